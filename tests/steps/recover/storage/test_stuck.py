"""Dead connections of DRBD that keep an instance's memory: told, and let go before any stop."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from steps.recover.steps import freeze
from tests.steps.recover.accident import NOW, Accident
from tests.steps.recover.test_runbook_steps import case
from tests.steps.recover.test_situations import runbook
from wizard.model.review import Review, State, look

FACTS = Path(__file__).parents[2] / "platform/facts/dead-links"
AFTER = json.loads((FACTS / "after-a-power-cut.json").read_text())["raw"]
"""As a real node said it."""


def paused(dead_links: str) -> Accident:
    """Two well servers with a paused watcher, and what node2 says of its connections."""
    accident = Accident()
    for host in ("node1", "node2"):
        accident.change(host, "lineage", "pause: ", f"pause: {NOW + 3600}")
    accident.raw["node2"]["dead-links"] = dead_links
    return accident


def frozen(accident: Accident) -> Review:
    return look(freeze.step(case()), accident.answers, accident.facts)


def test_xen_that_is_stuck_is_told_and_the_way_is_offered() -> None:
    accident = Accident()
    accident.raw["node2"]["dead-links"] = AFTER
    situation = accident.situation("stuck")
    assert situation.title == "Xen on node2 is stuck: no instance ends or starts there"
    assert "132466 bytes to a server that was gone" in situation.evidence[0].what
    assert [way.id for way in situation.runbooks] == ["wait", "let-go"]
    way = runbook(situation, "let-go")
    assert way.offered
    assert any("ss -K" in word.text and word.host == "node2" for word in way.words)


@pytest.mark.parametrize("said", ["", "in-place\n", "stuck\n", AFTER.replace("stuck\n", "")])
def test_nobody_is_told_of_what_hinders_nothing_yet(said: str) -> None:
    accident = Accident()
    accident.raw["node2"]["dead-links"] = said
    assert "stuck" not in accident.situations


@pytest.mark.parametrize("said", [AFTER, AFTER.replace("stuck\n", "")])
def test_every_runbook_lets_go_before_anything_is_stopped(said: str) -> None:
    review = frozen(paused(said))
    (command,) = review.plan.commands
    assert (command.host, command.argv[:2]) == ("node2", ("sh", "-c"))
    assert "ss -K" in command.argv[2] and "echo 1 >" in command.argv[2]
    assert review.state is not State.DONE


def test_what_nobody_can_end_holds_up_no_runbook_that_stops_nothing() -> None:
    once_done = AFTER.replace("in-place\n", "")
    accident = paused(f"{once_done}lasting\n")
    assert frozen(accident).state is State.DONE
    way = runbook(accident.situation("stuck"), "let-go")
    assert not way.offered
    assert "the kernel of node2 lets nobody end a connection" in way.refused


@pytest.mark.parametrize("said", ["", AFTER.replace("in-place\nstuck\n", "")])
def test_what_holds_nothing_of_an_instance_is_left_alone(said: str) -> None:
    assert frozen(paused(said)).state is State.DONE
