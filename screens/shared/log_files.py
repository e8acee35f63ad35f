"""What the commands printed, as files of the state directory."""

from __future__ import annotations

import os
from pathlib import Path

from wizard.base.own_files import open_file
from wizard.base.plain import plain

SHOWN = 1 << 18
"""Bytes of a file's end that are shown."""


def log_files(folder: Path) -> list[Path]:
    """The logs in a folder, the newest first; what else lies there, a link that leads nowhere or a
    pipe, is none.
    """
    if not folder.is_dir():
        return []
    logs = [path for path in folder.glob("*.log") if path.is_file()]
    return sorted(logs, key=_written, reverse=True)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def read_end(path: Path) -> str:
    """The end of a log file; says when that is not all, or when it cannot be read."""
    try:
        return _end(path)
    except OSError as error:
        return f"({path} cannot be read: {error.strerror})"


def _end(path: Path) -> str:
    with os.fdopen(open_file(path), "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - SHOWN))
        end = file.read()
    # The cut may fall within a letter of several bytes.
    text = plain(end.decode("utf-8", "replace"))
    if size <= SHOWN:
        return text
    return f"(the last {SHOWN >> 10} KiB of {size >> 10})\n{text}"
