"""What the commands printed, as files of the state directory."""

from __future__ import annotations

from pathlib import Path

SHOWN = 1 << 18
"""Bytes of a file's end that are shown."""


def log_files(folder: Path) -> list[Path]:
    """The logs in a folder, the newest first."""
    found = folder.glob("*.log") if folder.is_dir() else iter(())
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def read_end(path: Path) -> str:
    """The end of a log file; says when that is not all."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - SHOWN))
        text = file.read().decode("utf-8", "replace")
    return text if size <= SHOWN else f"(the last {SHOWN >> 10} KiB of {size >> 10})\n{text}"
