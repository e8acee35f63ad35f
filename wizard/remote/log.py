"""The log of a command: its whole output, appended piece by piece to a file of the state."""

from __future__ import annotations

import os
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
            # Were a pipe there, the command would wait for somebody who reads it.
            how = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC
            self._file = os.fdopen(os.open(self._path, how, 0o666), "ab", buffering=0)
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
