"""Where a state directory can be: what the path that was named leads to, and whose it is."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from wizard.base.errors import StateError
from wizard.base.own_files import mend_of

_ANOTHER = "choose another with --state DIR"


def refuse_no_folder(folder: Path) -> None:
    """Raise StateError where a path leads to something that is no folder, or cannot be followed.

    One where nothing is yet is none of these: a folder may be made there.
    """
    try:
        mode = folder.stat().st_mode
    except FileNotFoundError:
        if folder.is_symlink():
            what = "this is a link that leads to nothing"
            raise _unusable(folder, what, "make the folder that it names, or remove it") from None
        return
    except NotADirectoryError as error:
        what = "a part of this path is a file, and no folder"
        raise _unusable(folder, what, "correct the path") from error
    except OSError as error:
        raise unusable(folder, error) from error
    if not stat.S_ISDIR(mode):
        raise _unusable(folder, "this is no folder", "name one, or where one can be made")


def unusable(folder: Path, error: OSError | RecursionError) -> StateError:
    """The error for a folder that an operating system's call failed on."""
    # Python makes the folders above one by calling itself.
    what = "its path is too long" if isinstance(error, RecursionError) else str(error.strerror)
    mend = "shorten the path" if isinstance(error, RecursionError) else mend_of(error)
    return _unusable(folder, what, mend)


def _unusable(folder: Path, what: str, mend: str) -> StateError:
    return StateError(
        f"the state directory cannot be used: {what}",
        where=str(folder),
        mend=f"{mend}, or {_ANOTHER}",
    )


def refuse_strangers(folder: Path) -> None:
    """Raise StateError where others may put files into the directory, or own it: what stands in it
    is believed, by root perhaps, and secrets go to the hosts that it names.
    """
    try:
        seen = folder.stat()
    except OSError:
        return
    if seen.st_uid not in (0, os.geteuid()):
        what = "the state directory belongs to somebody else"
        mend = f"be that user (number {seen.st_uid}), or {_ANOTHER}"
    elif seen.st_mode & stat.S_IWOTH:
        what = "everybody may write to the state directory"
        mend = f"chmod 700 it, once you know that nobody did, or {_ANOTHER}"
    else:
        return
    raise StateError(what, where=str(folder), mend=mend)
