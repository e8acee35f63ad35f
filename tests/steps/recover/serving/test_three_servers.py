"""A third server: no runbook goes on there, and what is said names no dead machine as a way out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.steps.recover.accident import MASTER, Accident
from tests.steps.recover.combined.test_kinds_of_instances import configured
from tests.steps.recover.test_situations import ALONE, PARTED, WAITS
from wizard.model.recovery import Situation

THIRD = {"name": "node3.name.org", "ip": "192.168.0.116"}


def three() -> Accident:
    """node3 is a member, holds no copy, and nothing runs there."""
    accident = Accident()
    data = accident.answers.model_dump(mode="json")
    data["nodes"].append(THIRD)
    accident.answers = type(accident.answers).model_validate(data)

    def add(config: dict[str, Any]) -> None:
        member = {**config["nodes"][1], "name": THIRD["name"]}
        member["uuid"] = "dead0000-0000-4000-8000-000000000333"
        config["nodes"].append(member)

    configured(accident, add)
    accident.raw["node3"] = {
        **accident.raw["node1"],
        "ganeti-running": accident.running(THIRD["ip"], "noded"),
        "drbd-states": "version: 8.4.11 (api:1/proto:86-101)\n",
        "drbd-generations": "[]",
    }
    return accident


def said(situation: Situation) -> str:
    words = [situation.title]
    for way in situation.runbooks:
        words += [way.title, *(f"{word.host} {word.text}" for word in way.words)]
    return " / ".join(words)


def test_it_is_well() -> None:
    accident = three()
    assert accident.situations == []
    assert "luxid" in MASTER


def test_the_dead_master_is_no_place_to_type_anything() -> None:
    accident = three().down("node1").drbd("node2", ALONE)
    accident.raw["node2"]["history"] += PARTED % 0 + PARTED % 1
    situation = accident.situation("master-idle-dead")
    text = said(situation)
    assert "The service runs on node2." in text
    assert "go on without node1" in text
    assert "Do not reboot" not in text and "--no-voting" not in text
    hosts = {word.host for way in situation.runbooks for word in way.words}
    assert "node1" not in hosts
    assert not any(way.offered for way in situation.runbooks if way.changes)


@pytest.mark.parametrize("lost", ["node2"])
def test_a_copy_is_looked_for_where_it_is(lost: str) -> None:
    accident = three().down(lost).drbd("node1", WAITS)
    accident.raw.pop("inst1")
    situation = accident.situation("node-dead")
    copies = [one for one in situation.evidence if "the copy on" in one.what]
    assert {one.host for one in copies} == {"node1"}
    assert "alone" not in situation.runbooks[1].title
