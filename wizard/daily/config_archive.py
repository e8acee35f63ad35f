"""The copies of a cluster's configuration that the servers make every hour, read on this machine.

An archive may be damaged, or somebody else's: only two plain files of it are read, each up to a
bound, and nothing of it is written anywhere.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from pathlib import Path
from typing import Any, NamedTuple

from wizard.base.errors import WizardError
from wizard.base.exits import Exit

CONFIG = "config.data"
ANSWERS = "kit/answers.toml"
LARGEST = {CONFIG: 64 << 20, ANSWERS: 1 << 20}
"""Bytes; what is larger is none of these."""
WHOLE = 256 << 20
"""Bytes of an archive when it is unpacked: a small file may hold an endless one."""


class Copy(NamedTuple):
    """The texts; the second one is "" where the copy has no answers."""

    config: str
    answers: str


def read(path: Path) -> Copy:
    """Read an archive; raises WizardError for what is none."""
    try:
        with path.open("rb") as file, gzip.open(file) as unpacked:
            found = _members(unpacked)
    except FileNotFoundError as error:
        raise _unusable(path, "no such file") from error
    except (OSError, EOFError, tarfile.TarError, zlib.error, ValueError, UnicodeError) as error:
        raise _unusable(path, f"it cannot be read: {error}") from error
    if CONFIG not in found:
        raise _unusable(path, "it holds no config.data")
    return Copy(found[CONFIG], found.get(ANSWERS, ""))


def _unusable(path: Path, what: str) -> WizardError:
    mend = (
        "name an archive NODE-TIME-SERIAL.tar.gz out of /var/lib/ganeti-wizard/config of a server, "
        "or of the backup host"
    )
    return WizardError(what, where=str(path), mend=mend, code=Exit.BLOCKED)


def _members(unpacked: gzip.GzipFile) -> dict[str, str]:
    found = {}
    # As a stream, from its beginning to its end: no place in it is gone to that a header names.
    with tarfile.open(fileobj=io.BufferedReader(_Bounded(unpacked)), mode="r|") as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            if name not in LARGEST or not member.isreg():
                continue
            if member.size > LARGEST[name]:
                raise ValueError(f"{name} has {member.size} bytes")
            content = archive.extractfile(member)
            if content is not None:
                found[name] = content.read().decode()
    return found


class _Bounded(io.RawIOBase):
    """A stream that ends with an error after so many bytes."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        super().__init__()
        self._stream = stream
        self._left = WHOLE

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """The next bytes; raises ValueError when they are too many."""
        count = self._stream.readinto(buffer)
        self._left -= count
        if self._left < 0:
            raise ValueError(f"unpacked it has more than {WHOLE} bytes")
        return count
