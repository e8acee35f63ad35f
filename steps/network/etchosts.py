"""The text of /etc/hosts with our names in it: pure."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.base.names import short


def _split(line: str) -> tuple[str, list[str], str]:
    body, sign, comment = line.partition("#")
    words = body.split()
    return (words[0] if words else ""), words[1:], f"{sign}{comment}"


def aliases(name: str) -> tuple[str, str]:
    """The two forms of a name that stand in the file: full and short."""
    return name, short(name)


def _right(address: str, names: list[str], wanted: dict[str, str]) -> str:
    """The wanted name that this line gives rightly: the full name first, the short one among the
    others.
    """
    if not names or wanted.get(names[0]) != address:
        return ""
    return names[0] if aliases(names[0])[1] in names else ""


def rewritten(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    """The file's text with one right line for each (full name, address); unchanged when it has them
    already.

    Lines for 127.0.1.1 go (Debian's installer writes one; Ganeti needs the node's name to resolve
    to its real address), and our names go from any other line. All else stays.
    """
    wanted = dict(pairs)
    ours = {alias for name in wanted for alias in aliases(name)}
    kept: list[str] = []
    found: set[str] = set()
    for line in text.splitlines():
        address, names, comment = _split(line)
        right = _right(address, names, wanted)
        if address == "127.0.1.1" or (right and right in found):
            continue
        mine = set(aliases(right)) if right else set()
        rest = [name for name in names if name in mine or name not in ours]
        if right:
            found.add(right)
        if names and not rest:
            continue
        kept.append(
            line
            if rest == names
            else "  ".join(filter(None, [f"{address}\t{' '.join(rest)}", comment]))
        )
    lines = [
        f"{address}\t{' '.join(dict.fromkeys(aliases(name)))}"
        for name, address in wanted.items()
        if name not in found
    ]
    place = 1 + max(
        (n for n, line in enumerate(kept) if line.split()[:1] == ["127.0.0.1"]), default=-1
    )
    return "".join(f"{line}\n" for line in [*kept[:place], *lines, *kept[place:]])
