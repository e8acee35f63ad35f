"""How the program was called, and the one file that `make dist` makes of it."""

from __future__ import annotations

import hashlib
import shlex
import sys
import zipfile
from functools import cache
from pathlib import Path


def called() -> str:
    """The words that call this program again, from any directory, for a shell."""
    program = sys.argv[0] or "ganeti-wizard"
    if Path(program).name == "__main__.py":
        # `python -m wizard`: that file cannot be run by itself.
        return shlex.join([sys.executable, "-m", Path(program).parent.name])
    if "/" in program:
        program = str(Path(program).absolute())
    return shlex.quote(program)


@cache
def one_file() -> Path | None:
    """The file that runs now, when all of the program is in it; None for any other installation.

    It stays the same while the program runs: a plan may depend on it.
    """
    path = Path(sys.argv[0] or "ganeti-wizard").absolute()
    try:
        whole = path.is_file() and zipfile.is_zipfile(path)
    except OSError:
        return None
    return path if whole else None


@cache
def digest() -> str:
    """The SHA-256 of that file in hexadecimal digits; "" without one, or when it cannot be read."""
    path = one_file()
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() if path else ""
    except OSError:
        return ""
