"""The operator's account on this machine."""

from __future__ import annotations

import os
import pwd

_NAMED_BY = ("LOGNAME", "USER", "LNAME", "USERNAME")
"""Where getpass.getuser() of Python looks first, and ssh's libraries by it."""


def ensure_name() -> None:
    """Give an account without a name, as containers have them, its number for one.

    Libraries that log in ask for the name even where another one is given, and fail without.
    """
    if any(os.environ.get(name) for name in _NAMED_BY):
        return
    try:
        pwd.getpwuid(os.getuid())
    except KeyError:
        os.environ["LOGNAME"] = str(os.getuid())
