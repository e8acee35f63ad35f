"""A node is back alone, and the backup host, which would know who led last, is silent as well."""

from __future__ import annotations

import pytest

from tests.cases import answers_of
from tests.steps.recover.accident import AFTER, Accident
from tests.steps.recover.test_situations import node_dead


def back_alone(lost: str) -> Accident:
    """The other node restarted, and by its own metadata it was the last one up."""
    alive = "node2" if lost == "node1" else "node1"
    accident = Accident().down(lost).drbd(alive, "")
    accident.raw.pop("inst1")
    accident.generations(alive, AFTER, "1:1:1:0:0:0:0", attached=False)
    if alive == "node1":
        accident.raw["node1"]["ganeti-running"] = accident.running("192.168.0.111", "noded")
    accident.raw["node2" if lost == "node1" else "node1"]["hypervisor"] = Accident().raw["node1"][
        "hypervisor"
    ]
    return accident


@pytest.mark.parametrize(("lost", "identity"), [("node1", "first-back"), ("node2", "alone")])
def test_what_the_witness_would_know_is_said_to_be_unknown(lost: str, identity: str) -> None:
    heard = back_alone(lost).situation(identity)
    assert not any("took over" in one.what for one in heard.evidence)
    situation = back_alone(lost).down("backup").situation(identity)
    (unheard,) = [one for one in situation.evidence if "took over" in one.what]
    assert unheard.host == "backup"
    assert "Let backup answer before anything else" in situation.runbooks[0].words[0].text


def test_without_a_backup_host_nobody_is_waited_for() -> None:
    accident = back_alone("node2")
    del accident.raw["backup"]
    accident.answers = answers_of({})
    situation = accident.situation("alone")
    assert not any("took over" in one.what for one in situation.evidence)


def test_a_node_that_hears_nobody_may_be_the_one_that_is_cut_off() -> None:
    beside = "it hears no other machine either, and may itself be cut off"
    heard = node_dead().situation("node-dead")
    assert not any(beside in one.what for one in heard.evidence)
    # The cluster's own address, which the master has itself, is nobody else.
    alone = node_dead().down("backup").elsewhere().situation("node-dead")
    assert any(beside in one.what for one in alone.evidence if one.host == "node1")
