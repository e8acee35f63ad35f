"""The log of a command: its whole output, appended piece by piece to a file of the state."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO


class Log:
    """Open while its command runs. A log that takes nothing more, on a full disk perhaps, is told
    once by `tell`.

    It stops no command: a command that was cut for it would be one whose outcome nobody knows.
    """

    def __init__(self, path: Path, tell: Callable[[str], None]) -> None:
        self._path, self._tell = path, tell
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Log:
        try:
            self._file = self._path.open("ab", buffering=0)
        except OSError as error:
            self._give_up(error)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, text: str) -> None:
        """Append a piece."""
        try:
            if self._file is not None:
                self._file.write(text.encode())
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None
        self._tell(
            f"{self._path} takes nothing more ({error.strerror}); the command goes on without it"
        )
