"""Several small files or outputs read in one fact: `tail -v` writes a header before each file's
text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_HEADER = re.compile(r"^==> (\S+) <==\n", re.MULTILINE)


def files(paths: str) -> str:
    """A snippet that prints every file among `paths` (a shell word list, globs allowed) with its
    name.
    """
    return f"tail -v -n +1 -- {paths}"


def filled(script: str, words: Mapping[str, str]) -> str:
    """A snippet with each `@NAME` in it replaced by the word of that name, which the shell reads as
    it is: quote what must be. Raises KeyError for a name without a word.
    """
    return re.sub(r"@([A-Z_]+)", lambda mark: words[mark[1]], script)


def sections(text: str) -> dict[str, str]:
    """Read the output of `files`: text by path; a missing file is absent.

    tail(1) writes an empty line before every header but the first; it belongs to the header, not to
    the file.
    """
    parts = _HEADER.split(text)
    # What stands before the first header, then headers and bodies in turn.
    names = parts[1::2]
    bodies = parts[2::2]
    whole = [body.removesuffix("\n") for body in bodies[:-1]]
    return dict(zip(names, [*whole, *bodies[-1:]], strict=True))


def fields(text: str) -> dict[str, str]:
    """Lines of "name: value" as a dictionary.

    Other lines are ignored, and the first line of a name counts.
    """
    values: dict[str, str] = {}
    for line in text.splitlines():
        name, sign, value = line.partition(":")
        if sign:
            values.setdefault(name.strip(), value.strip())
    return values
