"""Who works on this node's recovery, and of which accident its evidence is kept.

The folder is in memory: a reboot ends every hold. Its name is made by one rename, so that of two
who try at once one fails.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from wizard.base.plain import plain_json
from wizard.model.facts import Fact

HOLD = "/run/ganeti-wizard-recover"
KEPT = "kept-"
"""The beginning of a mark's name: the rest is the accident of which this node's evidence is kept.
"""
NO_WAY_BACK = "no-way-back-"
"""The same of one in which somebody agreed that what is given up is kept nowhere."""
_OWNER = re.compile(r"[\w.@:/ -]{1,200}")


@dataclass(frozen=True)
class Hold:
    """`owner` is "" where nobody holds the node."""

    owner: str = ""
    kept: tuple[str, ...] = ()
    no_way_back: tuple[str, ...] = ()


def _owner(text: str) -> str:
    """What another machine wrote is shown to people: only words and signs of a name and a path."""
    try:
        owner = str(plain_json(text)["owner"])
    except (ValueError, KeyError, TypeError):
        return ""
    return owner if _OWNER.fullmatch(owner) else "somebody whose name cannot be read"


def parse(text: str) -> Hold:
    """Read the JSON of the owner, then the names in the folder after "== marks"."""
    head, _, names = text.partition("== marks\n")
    marks = names.splitlines()
    return Hold(
        owner=_owner(head) if head.strip() else "",
        kept=_marked(marks, KEPT),
        no_way_back=_marked(marks, NO_WAY_BACK),
    )


def _marked(marks: list[str], beginning: str) -> tuple[str, ...]:
    """The accidents that marks of one kind name."""
    accidents = [mark.removeprefix(beginning) for mark in marks if mark.startswith(beginning)]
    return tuple(accidents)


HOLDS = Fact(
    name="recovery-hold",
    script=f"""cd {HOLD} || exit
head -c 1000 owner
echo
echo '== marks'
ls""",
    parse=parse,
)
