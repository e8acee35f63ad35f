"""Several small files or outputs read in one fact: `tail -v` writes a header before each file's
text.
"""

from __future__ import annotations

import re

_HEADER = re.compile(r"^==> (\S+) <==\n", re.MULTILINE)


def files(paths: str) -> str:
    """A snippet that prints every file among `paths` (a shell word list, globs allowed) with its
    name.
    """
    return f"tail -v -n +1 -- {paths}"


def sections(text: str) -> dict[str, str]:
    """Read the output of `files`: text by path; a missing file is absent.

    tail(1) writes an empty line before every header but the first; it belongs to the header, not to
    the file.
    """
    parts = _HEADER.split(text)
    names, bodies = parts[1::2], parts[2::2]
    found: dict[str, str] = {}
    for place, (name, body) in enumerate(zip(names, bodies, strict=True)):
        found[name] = body.removesuffix("\n") if place < len(names) - 1 else body
    return found


def fields(text: str) -> dict[str, str]:
    """Lines of "name: value" as a dictionary; other lines are ignored, the first of a name counts."""  # noqa: E501
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, sign, value = line.partition(":")
        if sign:
            found.setdefault(name.strip(), value.strip())
    return found
