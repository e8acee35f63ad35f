"""Files on the operator's machine: where one can be, and the one way in which they are written."""

from __future__ import annotations

import os
from pathlib import Path

from wizard.base.errors import StateError, WizardError
from wizard.base.exits import Exit


def write_whole(
    path: Path, content: str | bytes, mode: int = 0o600, *, keep_old: bool = False
) -> None:
    """Write a file so that a power cut leaves either the old one or the new one.

    A link is followed. `mode` is bounded by the umask. `keep_old` keeps what was there and differs,
    as NAME.old. Raises StateError; what was there is left as it was then.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        target = path.resolve()
        if path.exists() and not path.is_file():
            # A device or a pipe (/dev/stdout) has no old content to save, and a rename would put
            # a file in its place.
            path.write_bytes(data)
        else:
            _replace(target, data, mode, keep_old)
    except OSError as error:
        raise StateError(
            f"cannot be written: {error.strerror}",
            where=str(path),
            mend="free space there or correct the permissions",
        ) from error


def _replace(path: Path, data: bytes, mode: int, keep_old: bool) -> None:
    # Two wizards may write the same file at once (a key they both accept): each beside it by a
    # name of its own.
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if keep_old and path.exists() and path.read_bytes() != data:
            path.replace(path.with_name(f"{path.name}.old"))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Have the names in it on the disk: without that, a rename may be lost (fsync(2))."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def place(path: Path) -> Path:
    """A file that the operator wants written; raises WizardError (USAGE) where none can be."""
    try:
        if not path.parent.is_dir():
            raise _no_place(
                path.parent, "the folder does not exist", "make it, or name another place"
            )
        if path.is_dir():
            raise _no_place(path, "this is a folder", "name a file in it")
    except OSError as error:
        raise _no_place(
            path, f"cannot be written: {error.strerror}", "name another place"
        ) from error
    return path


def _no_place(where: Path, what: str, mend: str) -> WizardError:
    return WizardError(what, where=str(where), mend=mend, code=Exit.USAGE)
