"""Files on the operator's machine: where one can be, and the one way in which they are written."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import threading
import time
from pathlib import Path

from wizard.base.errors import StateError, WizardError
from wizard.base.exits import Exit
from wizard.base.own_files import mend_of


def write_whole(
    path: Path, content: str | bytes, mode: int = 0o600, *, keep_old: bool = False
) -> None:
    """Write a file so that a power cut leaves either the old one or the new one.

    A link is followed. A device, a pipe and an open file by its number (/dev/stdout) have no old
    content to save: they are written into, never replaced. `mode` is bounded by the umask.
    `keep_old` keeps what was there and differs, as NAME.old. Raises StateError; what was there is
    left as it was then.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        number = _open_file(path)
        if number is not None:
            _write_into(os.dup(number), data)
        elif _is_replaceable(path):
            _replace(Path(os.path.realpath(path)), data, mode, keep_old)
        else:
            _write_into(_opened(path), data)
    except OSError as error:
        raise StateError(
            f"cannot be written: {error.strerror}",
            where=str(path),
            mend=mend_of(error),
        ) from error


def _open_file(path: Path) -> int | None:
    """The number of the open file that a path stands for (/dev/stdout, /dev/fd/3), else None.

    Opened by that name again, a file would be cut, and one that the shell opened to append to
    (`>>`) would lose what it had (proc_pid_fd(5)).
    """
    own = re.compile(rf"/proc/(?:self|{os.getpid()})/(?:task/\d+/)?fd/(\d+)")
    for _ in range(_MOST_LINKS):
        path = Path(os.path.realpath(path.parent)) / path.name
        if found := own.fullmatch(str(path)):
            return int(found[1])
        if not path.is_symlink():
            return None
        path = path.parent / path.readlink()
    return None


_MOST_LINKS = 40
"""As many as the kernel follows (path_resolution(7))."""


def _is_replaceable(path: Path) -> bool:
    """Whether a path leads to a file, or to where one can be; links in a ring are an OSError."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return True


def _opened(path: Path) -> int:
    """A device or a pipe to write into. A pipe that nobody reads would be waited for without an end
    (fifo(7)); a reader who is just starting is.
    """
    until = time.monotonic() + PATIENCE
    while True:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO or not path.is_fifo():
                raise
            if time.monotonic() > until:
                what = f"nobody reads from this pipe for {PATIENCE:g} s"
                raise OSError(errno.ENXIO, what) from error
            time.sleep(0.1)
        else:
            os.set_blocking(descriptor, True)
            return descriptor


PATIENCE = 10.0
"""Seconds for whoever reads from a pipe."""


def _write_into(descriptor: int, data: bytes) -> None:
    sys.stdout.flush()
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _replace(path: Path, data: bytes, mode: int, keep_old: bool) -> None:
    # Two wizards, or two threads of one, may write the same file at once (a key they both accept):
    # each beside it by a name of its own.
    beside = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_native_id()}.new")
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
        if path.is_block_device():
            raise _no_place(path, "this is a disk, and would be overwritten", "name a file")
    except OSError as error:
        raise _no_place(
            path, f"cannot be written: {error.strerror}", "name another place"
        ) from error
    return path


def _no_place(where: Path, what: str, mend: str) -> WizardError:
    return WizardError(what, where=str(where), mend=mend, code=Exit.USAGE)
