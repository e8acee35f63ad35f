"""The question whether hosts are who they say: their fingerprints, with the focus on Refuse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.widget import Widget
from textual.widgets import Static

from screens.dialogs.modal import Modal
from wizard.base.errors import HostKeyUnknown


class HostKeyModal(Modal[bool]):
    """True when the operator has compared the fingerprints and accepts them all."""

    heading = "Unknown host key"
    danger = True

    def __init__(self, unknown: Sequence[HostKeyUnknown]) -> None:
        super().__init__()
        self.unknown = unknown

    def content(self) -> Iterator[Widget]:
        """One fingerprint per host, and where to compare it."""
        yield Static(
            "Not known yet. Compare each with what the host's own console says:", markup=False
        )
        for error in self.unknown:
            yield Static(f"{error.where}:\n  {error.fingerprint}", markup=False, classes="stake")
        command = "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"
        yield Static(f"On the console, as root:\n  {command}", markup=False)

    def buttons(self) -> Iterator[tuple[str, str]]:
        """Refuse first."""
        yield "Refuse", "refuse"
        yield "Accept", "accept"

    def answer(self, name: str) -> None:
        """True for Accept."""
        self.dismiss(name == "accept")
