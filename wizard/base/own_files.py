"""Files of the operator's machine as they are read: whole, and never without an end, whatever lies
in their place.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from wizard.base.errors import WizardError
from wizard.base.exits import Exit

_PIECE = 1 << 20
LARGEST = 256 << 20
"""Bytes; a journal of many years is far below that."""


def open_file(path: Path) -> int:
    """A descriptor to read a file by; raises OSError for what is none.

    A pipe without a writer would be waited for, a device has no end (fifo(7), zero(4)).
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    raise OSError(errno.EINVAL, "this is a pipe or a device, and no file")


def read_whole(path: Path, largest: int = LARGEST) -> bytes:
    """What stands in a file; raises OSError for what is none, or has more bytes than `largest`."""
    data = bytearray()
    with os.fdopen(open_file(path), "rb", buffering=0) as file:
        # Asked for all at once, Python takes memory for `largest` bytes first.
        while piece := file.read(_PIECE):
            data += piece
            if len(data) > largest:
                raise OSError(errno.EFBIG, f"it has more than {largest} bytes")
    return bytes(data)


def mend_of(error: OSError) -> str:
    """What makes a place take what it did not take."""
    known = {
        errno.ENOSPC: "free space there",
        errno.EDQUOT: "free space there: this user's share of it is used up",
        errno.EROFS: "mount it for writing",
        errno.EACCES: "correct the permissions",
        errno.EPERM: "correct the permissions, or the attributes (lsattr)",
        errno.EBUSY: "something is mounted in its place: unmount that",
        errno.ENOENT: "make the folder above it",
        errno.ELOOP: "correct the path",
        errno.ENAMETOOLONG: "shorten the path",
    }
    return known.get(error.errno or 0, "free space there, or correct the permissions")


def named_by(variable: str) -> Path | None:
    """The folder that a variable of the environment names; None where it is not set, or empty.

    Raises WizardError (USAGE) for blanks: mostly another variable in it that is not set.
    """
    given = os.environ.get(variable, "")
    if given and not given.strip():
        what, mend = f"${variable} holds nothing but blanks", "name a folder in it, or unset it"
        raise WizardError(what, mend=mend, code=Exit.USAGE)
    return at_home(Path(given)) if given else None


def known_home(folder: Path) -> Path:
    """A folder of the user as platformdirs names it; raises RuntimeError, as it does itself in its
    newer versions, where no home is known and the `~` was left.
    """
    if not folder.is_absolute():
        raise RuntimeError(f"no home is known for {folder}")
    return folder


def at_home(path: Path) -> Path:
    """The path that is meant, with `~` for a home; as it is where no home is known, as in a
    container under a number without a name.
    """
    try:
        return path.expanduser()
    except RuntimeError:
        return path
