"""What a node says never becomes a command of its own in what is to be typed on another one."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import pytest

from tests.steps.recover.accident import AFTER, OTHER, Accident
from tests.steps.recover.test_situations import node_dead

NAME = "inst1.name.org"
HOSTILE = "inst1; reboot #.name.org"


def renamed(accident: Accident) -> Accident:
    for host in ("node1", "node2"):
        texts = accident.raw.get(host, {})
        for fact, text in texts.items():
            texts[fact] = text.replace(NAME, HOSTILE)
    return accident


def runs_twice() -> Accident:
    accident = Accident()
    accident.raw["node1"]["hypervisor"] = accident.raw["node2"]["hypervisor"]
    return accident


def diverged() -> Accident:
    accident = Accident()
    for host, identifiers in (("node1", OTHER), ("node2", AFTER)):
        accident.drbd(host, "StandAlone ro:Primary/Unknown ds:UpToDate/DUnknown")
        accident.generations(host, identifiers, "1:1:1:0:0:0:0")
    return accident


@pytest.mark.parametrize("made", [node_dead, runs_twice, diverged])
def test_the_name_of_an_instance_stays_one_word(made: Callable[[], Accident]) -> None:
    named = 0
    for situation in renamed(made()).findings.situations:
        for runbook in situation.runbooks:
            for word in runbook.words:
                if not word.command or "reboot" not in word.text:
                    continue
                named += 1
                arguments = shlex.split(word.text)
                assert "reboot" not in arguments
                names = [argument.rpartition("/")[2] for argument in arguments]
                assert HOSTILE in names or HOSTILE.partition(".")[0] in names
    assert named
