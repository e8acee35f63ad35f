"""A runbook by keys, on the play: real screens and steps, machines that only tell what was
recorded.
"""

from __future__ import annotations

import os
import sys

import pytest

from tests.acceptance.terminal import View
from tests.drills.errand import Errand
from tests.drills.keys import AGAIN, UNCHANGED, Keys, Refused

pytestmark = pytest.mark.slow


def hand(accident: str, **given: object) -> Keys:
    argv = [sys.executable, "-m", "tests.play", "--accident", accident, "--seconds", "0.1"]
    return Keys(argv, dict(os.environ), passphrase="secret", **given)  # type: ignore[arg-type]


def test_a_dead_node_s_instances_go_on_elsewhere() -> None:
    keys = hand(
        "node-dead", runbook="node-dead", dead="node2.name.org", confirm=("inst1.name.org",)
    )
    done = keys.carry_out()
    assert done.rc == 0, done.out
    assert "The runbook came to its end" in done.out
    assert keys.asked == ["inst1.name.org"]


def test_which_copy_is_given_up_is_chosen() -> None:
    keys = hand(
        "split-brain",
        runbook="split-brain",
        confirm=("node1/inst1.name.org", "no way back"),
        pick={"victim": lambda value: value == "node1/inst1.name.org"},
    )
    done = keys.carry_out()
    assert done.rc == 0, done.out
    assert "node1/inst1.name.org" in keys.asked


def test_what_nobody_meant_is_not_typed() -> None:
    done = hand("node-dead", runbook="node-dead", dead="node2.name.org").carry_out()
    assert done.rc == 4
    assert "nobody meant to type inst1.name.org" in done.out


def test_what_changes_nothing_is_not_tried_for_ever() -> None:
    keys = hand("node-dead", runbook="node-dead")
    keys.unchanged = AGAIN
    told = View("5/8 spread · Run", "TO DO", (f" {UNCHANGED}, and the hosts ask for the same",))
    with pytest.raises(Refused, match="ask for the same"):
        keys._act(told)


def test_a_way_that_is_not_offered_is_not_gone() -> None:
    done = hand("node-dead", runbook="takeover").carry_out()
    assert done.rc == 4


def errand(verb: str, subject: str, **given: object) -> Errand:
    argv = [sys.executable, "-m", "tests.play", "--planned", verb, subject, "--seconds", "0.1"]
    made = {"passphrase": "secret", "verb": verb, "subject": subject, **given}
    return Errand(argv, dict(os.environ), **made)  # type: ignore[arg-type]


def test_an_instance_is_moved() -> None:
    done = errand("move", "inst1").carry_out()
    assert done.rc == 0, done.out
    assert done.shown.startswith("$ move inst1 by ")


def test_a_server_is_freed_worked_on_and_taken_back() -> None:
    visits: list[str] = []
    freed = errand(
        "maintenance", "node2", halves=2, reboots=False, work=lambda: visits.append("worked on")
    )
    done = freed.carry_out()
    assert done.rc == 0, done.out
    assert visits == ["worked on"]
    assert "node2.name.org IS FREE" in done.out
    assert "Nothing is the matter any more" in done.out
