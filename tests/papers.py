"""What a recovery keeps: archives of evidence, and copies of its report."""

from __future__ import annotations

import base64
import hashlib

from wizard.daily.report_copy import FOLDER
from wizard.hosts.host import Result


def archive() -> Result:
    """The output of a command that is kept as a file."""
    content = b"an archive"
    text = f"{base64.b64encode(content).decode()}\nsha256 {hashlib.sha256(content).hexdigest()}\n"
    return Result(0, text, "", 0.0)


def is_report(words: tuple[str, ...]) -> bool:
    """Whether a command leaves a copy of a report."""
    return words[0] == "write-file" and words[1].startswith(f"{FOLDER}/")
