"""The snapshots that this program made of a copy before it was given up."""

from __future__ import annotations

from steps.ganeti.facts.kept import NAME, PREFIX
from wizard.answers import Answers
from wizard.model.facts import Fact


def parse(text: str) -> tuple[str, ...]:
    """Read the names of logical volumes, a line each."""
    names = []
    for line in text.splitlines():
        name = line.strip()
        if NAME.fullmatch(name):
            names.append(name)
    return tuple(names)


def _script(answers: Answers, host: str) -> str:
    return f"timeout 30 lvs --noheadings -o lv_name {answers.lvm.vg} | grep -F {PREFIX}"


SNAPSHOTS = Fact(name="split-snapshots", script=_script, parse=parse)
"""lvs(8)."""
