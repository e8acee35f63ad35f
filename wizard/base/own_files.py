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
    with os.fdopen(open_file(path), "rb") as file:
        data = file.read(largest + 1)
    if len(data) > largest:
        raise OSError(errno.EFBIG, f"it has more than {largest} bytes")
    return data


def named_by(variable: str) -> Path | None:
    """The folder that a variable of the environment names; None where it is not set, or empty.

    Raises WizardError (USAGE) for blanks: mostly another variable in it that is not set.
    """
    given = os.environ.get(variable, "")
    if given and not given.strip():
        what, mend = f"${variable} holds nothing but blanks", "name a folder in it, or unset it"
        raise WizardError(what, mend=mend, code=Exit.USAGE)
    return at_home(Path(given)) if given else None


def at_home(path: Path) -> Path:
    """The path that is meant, with `~` for a home; as it is where no home is known, as in a
    container under a number without a name.
    """
    try:
        return path.expanduser()
    except RuntimeError:
        return path
