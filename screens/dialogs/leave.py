"""The question before leaving: what goes on without the wizard, and how to come back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from screens.dialogs.modal import ConfirmModal
from wizard.remote import kinds

if TYPE_CHECKING:
    from wizard.run.session import Session


def _in_flight(session: Session) -> Iterator[str]:
    for progress in session.progress.values():
        for flight in progress.flights.values():
            leaving = kinds.begun(flight).words.leaving
            yield f"  {flight.host}: {flight.line}\n    {leaving}"


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
