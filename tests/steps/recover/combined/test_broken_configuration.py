"""A master whose configuration is broken: whose copy may come into force in its place."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.steps.recover.accident import Accident
from tests.steps.recover.test_situations import runbook
from wizard.model.recovery import Runbook


def broken() -> Accident:
    """node1 is the master, and its config.data cannot be read."""
    accident = Accident()
    stored = json.loads(accident.raw["node1"]["ganeti"])
    stored.update(config=None, broken=True)
    accident.raw["node1"]["ganeti"] = json.dumps(stored)
    return accident


def led_by_itself(accident: Accident) -> None:
    stored = json.loads(accident.raw["node2"]["ganeti"])
    config = stored["config"]
    own = next(node["uuid"] for node in config["nodes"] if node["name"] == "node2.name.org")
    config["master"] = own
    accident.raw["node2"]["ganeti"] = json.dumps(stored)


def the_way(accident: Accident) -> Runbook:
    return runbook(accident.situation("config"), "config")


def test_a_peer_that_has_what_is_in_force_may_lead() -> None:
    way = the_way(broken())
    assert way.offered
    assert any(word.text == "gnt-cluster master-failover" for word in way.words)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            lambda a: a.change("node1", "lineage", "offline:", "offline: node2.name.org"),
            "has node2 marked offline",
        ),
        (
            lambda a: a.change("backup", "configuration-copies", "Z-20.", "Z-31."),
            "backup has configuration 31 of node1, node2 has 20",
        ),
        (led_by_itself, "node2 takes node2 for the master"),
        (lambda a: a.raw["node1"].pop("lineage"), "does not say whom it has marked offline"),
    ],
)
def test_an_older_copy_never_comes_into_force(
    change: Callable[[Accident], object], reason: str
) -> None:
    accident = broken()
    change(accident)
    way = the_way(accident)
    assert reason in way.refused
    assert way.lifted
    assert not any("master-failover" in word.text for word in way.words)
