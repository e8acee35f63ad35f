"""What the engine needs of a host, however it is reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

OnOutput = Callable[[str], None]
"""Called with each piece of output as it arrives, from the thread that runs the command."""


@dataclass(frozen=True)
class Result:
    """How a command ended. Long output keeps its head and tail only; the log file has it all."""

    rc: int
    out: str
    err: str
    seconds: float


class Host(Protocol):
    """One machine. All methods may be called from several threads; connecting happens at the first
    `run`.
    """

    name: str

    @property
    def is_self(self) -> bool:
        """Whether the wizard itself runs on this machine."""
        ...

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes | None = None,
        timeout: float | None = None,
        on_output: OnOutput | None = None,
    ) -> Result:
        """Run as root with LC_ALL=C and without a terminal, and wait.

        `stdin` is never logged. Without `on_output`, out and err are kept apart; with it, both go
        to it as well. Either way they are plain text (`wizard.base.plain`). Raises Unreachable or
        HostKey… when nothing was run, ConnectionLost when the link broke meanwhile (also a timeout:
        the command may go on), never for an exit code.
        """
        ...

    def close(self) -> None:
        """Drop the connection; the next `run` opens a new one. A running `run` ends in
        ConnectionLost.
        """
        ...

    def shell(self) -> tuple[str, ...]:
        """The local command line that opens an interactive shell there (the front end suspends
        itself for it).
        """
        ...
