"""The question before leaving: what goes on without the wizard, and how to come back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from screens.dialogs.modal import ConfirmModal

if TYPE_CHECKING:
    from wizard.run.session import Session


def _in_flight(session: Session) -> Iterator[str]:
    for progress in session.progress.values():
        for flight in progress.flights.values():
            if flight.kind in ("unit", "job", "rollback"):
                yield (
                    f"  {flight.host}: {flight.line}\n    goes on as a {flight.kind}; it "
                    "is followed again later"
                )
            elif flight.kind == "reboot":
                yield f"  {flight.host}: reboots in any case"
            else:
                yield f"  {flight.host}: {flight.line}\n    is cut; what it left is looked at later"


def text_of(session: Session, *, running: bool) -> str:
    """What leaving means now."""
    lines = []
    if running:
        lines += ["A step is running:", *_in_flight(session), ""]
    elif left := list(_in_flight(session)):
        lines += ["Begun before, and its end was not seen:", *left, ""]
    else:
        lines += ["Nothing is running; nothing is lost.", ""]
    lines += ["Come back at any time with:", f"  {session.resume_command}"]
    return "\n".join(lines)


class LeaveModal(ConfirmModal):
    """True to leave; the focus is on staying while something runs."""

    def __init__(self, session: Session, *, running: bool) -> None:
        text = text_of(session, running=running)
        super().__init__("Quit?", text, "Quit", "Stay", danger=running)
