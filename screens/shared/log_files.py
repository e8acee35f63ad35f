"""What the commands printed, as files of the state directory."""

from __future__ import annotations

import os
from pathlib import Path

from wizard.base.plain import plain

SHOWN = 1 << 18
"""Bytes of a file's end that are shown."""


def log_files(folder: Path) -> list[Path]:
    """The logs in a folder, the newest first."""
    if not folder.is_dir():
        return []
    logs = folder.glob("*.log")
    return sorted(logs, key=_written, reverse=True)


def _written(path: Path) -> float:
    return path.stat().st_mtime


def read_end(path: Path) -> str:
    """The end of a log file; says when that is not all."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - SHOWN))
        end = file.read()
    # The cut may fall within a letter of several bytes.
    text = plain(end.decode("utf-8", "replace"))
    if size <= SHOWN:
        return text
    return f"(the last {SHOWN >> 10} KiB of {size >> 10})\n{text}"
