"""Output of a command that is kept as a file on the operator's machine: base64, then a line `sha256
<hex digits>`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from pathlib import Path

from wizard.base.errors import StateError, WizardError
from wizard.hosts.host import Host, OnOutput
from wizard.state.files import write_whole


def run(host: Host, argv: Sequence[str], stdin: bytes | None, path: Path, tell: OnOutput) -> int:
    """Run a command and keep its output in `path`, mode 600; returns its exit code, `tell` gets
    what it says else.

    An older file of that name is kept beside it with `.old` added. Raises WizardError when what
    came is not whole, StateError when it cannot be written.
    """
    pieces: list[str] = []
    result = host.run(argv, stdin=stdin, on_output=pieces.append)
    text = "".join(pieces)
    if result.rc != 0:
        tell(text[-2000:])
        return result.rc
    content = decoded(text)
    if content is None:
        raise WizardError(
            "the file arrived damaged and was not kept", where=host.name, mend="run the step again"
        )
    write(path, content)
    tell(f"kept {len(content)} bytes in {path}\n")
    return 0


def forbid(host: Host, path: Path) -> None:
    """Refuse a command while this file is there, by a WizardError: it is a copy of what the command
    overwrites.
    """
    if path.exists():
        what = f"not run: {path} was kept of what it overwrites"
        mend = (
            "restore that; or, when what is there is truly new and empty, move the file elsewhere"
        )
        raise WizardError(what, where=host.name, mend=mend)


def decoded(text: str) -> bytes | None:
    """The content, or None when it is cut short or does not fit its digest."""
    body, _, digest = text.rstrip().rpartition("sha256 ")
    try:
        content = base64.b64decode("".join(body.split()), validate=True)
    except binascii.Error:
        return None
    return content if content and hashlib.sha256(content).hexdigest() == digest.strip() else None


def write(path: Path, content: bytes) -> None:
    """Write a file whole and private, the older one beside it; raises StateError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(
            f"cannot write: {error.strerror}",
            where=str(path),
            mend="correct the permissions of its folder",
        ) from error
    write_whole(path, content, keep_old=True)
