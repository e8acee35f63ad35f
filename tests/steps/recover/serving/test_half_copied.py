"""Of several instances one has no whole copy left: that holds up none of the others.

The source of a resync that dies leaves its target Inconsistent for good (drbdsetup(8), disk
states); on a node with several instances that is so of one of them, while a disk is replaced.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from steps.recover.steps import alone, move, service, takeover
from steps.recover.steps import offline as to_mark
from tests.steps.recover.accident import AFTER, MASTER, NOW, SAME, Accident
from tests.steps.recover.combined.test_kinds_of_instances import adopted, case, configured
from tests.steps.recover.combined.test_two_instances import SECOND, put, two
from tests.steps.recover.test_situations import ALONE, PARTED, WAITS, runbook
from wizard.model.accident import Case, Claim
from wizard.model.step import SUBMIT

HALF = WAITS.replace("UpToDate/", "Inconsistent/")


def left(host: str = "node1", *, first: str = HALF, second: str = WAITS) -> Accident:
    """The other node is silent; these are the states of the copies that are left."""
    lost = {"node1": "node2", "node2": "node1"}[host]
    accident = two(first_diverged=False).down(lost)
    flags = {
        states: f"{int('Inconsistent' not in states)}:1:0:1:0:0:0" for states in (first, second)
    }
    put(accident, host, [(SAME, flags[first], first), (SAME, flags[second], second)])
    accident.raw.pop("inst1", None)
    accident.raw[host]["history"] += PARTED % 0 + PARTED % 1
    adopted(accident, primary="node2", secondary="node1")
    accident.silent.add("test2")
    return accident


@pytest.mark.parametrize(
    ("first", "second", "saved", "given_up"),
    [
        (HALF, WAITS, SECOND, "inst1.name.org"),
        (WAITS, HALF, "inst1.name.org", SECOND),
        (WAITS, WAITS.replace("UpToDate/", "Diskless/"), "inst1.name.org", SECOND),
        (WAITS, WAITS.replace("UpToDate/", "Outdated/"), "inst1.name.org", SECOND),
    ],
)
def test_the_others_go_on(first: str, second: str, saved: str, given_up: str) -> None:
    accident = left(first=first, second=second)
    situation = accident.situation("node-dead")
    assert accident.situations[0] == "node-dead"
    assert f"{given_up} ran there and has no whole copy on node1" in situation.title
    assert f"Only that brings {given_up} back" in situation.runbooks[0].words[0].text
    way = runbook(situation, "node-dead")
    assert way.offered
    typed = [word.text for word in way.words]
    assert f"gnt-instance failover -f {saved}" in typed
    assert not any(given_up in text for text in typed)


def offline(accident: Accident) -> Accident:
    raw = accident.raw["node1"]
    raw["ganeti"] = json.dumps(json.loads(raw["ganeti"])).replace(
        '"name": "node2.name.org", "offline": false', '"name": "node2.name.org", "offline": true'
    )
    return accident


def change_home(accident: Accident, name: str, node: str) -> None:
    """Ganeti has an instance on another node."""

    def change(config: dict[str, Any]) -> None:
        home = next(one["uuid"] for one in config["nodes"] if one["name"] == f"{node}.name.org")
        for guest in config["instances"]:
            if guest["name"] == name:
                guest["primary"] = home

    configured(accident, change)


def test_the_runbook_runs_them_and_comes_to_its_end() -> None:
    accident = offline(left())
    step = move.step(case())
    assert list(step.blockers(accident.answers, accident.facts)) == []
    planned = list(step.plan(accident.answers, accident.facts))
    assert [command.argv[-1] for command in planned] == [SECOND]
    wrong = [str(one) for one in service.step(case()).verify(accident.answers, accident.facts)]
    assert not any("inst1" in text for text in wrong)


def test_once_the_others_run_the_one_that_is_left_holds_up_no_runbook() -> None:
    accident = offline(left())
    change_home(accident, SECOND, "node1")
    accident.change("node1", "hypervisor", "dom0_mib", f"guest: {SECOND}\ndom0_mib")
    step = move.step(case())
    assert list(step.blockers(accident.answers, accident.facts)) == []
    assert list(step.plan(accident.answers, accident.facts)) == []
    assert list(step.verify(accident.answers, accident.facts)) == []
    situation = accident.situation("idle-dead")
    assert "inst1.name.org ran there and has no whole copy on node1" in situation.title
    assert [one.id for one in situation.runbooks] == ["wait"]


def test_one_that_stands_still_at_home_goes_on_as_well() -> None:
    accident = left()
    change_home(accident, SECOND, "node1")
    assert accident.situations[0] == "node-dead"
    situation = accident.situation("node-dead")
    assert situation.title.endswith(
        f"{SECOND} runs nowhere; inst1.name.org ran there and has no whole copy on node1"
    )
    way = runbook(situation, "node-dead")
    assert way.offered
    typed = [word.text for word in way.words]
    assert f"gnt-instance startup {SECOND}" in typed
    assert not any("inst1" in text for text in typed)


def test_the_master_that_restarted_alone_leads_and_bars_the_other_node() -> None:
    accident = left(second=HALF)
    accident.raw["node1"]["ganeti-running"] = accident.running("192.168.0.111", "noded")
    assert accident.situations[0] == "alone"
    step = alone.step(case())
    assert "Inconsistent" not in str(list(step.blockers(accident.answers, accident.facts)))
    accident.raw["node1"]["ganeti-running"] = accident.running("192.168.0.111", *MASTER)
    assert "Inconsistent" not in str(list(step.blockers(accident.answers, accident.facts)))


def test_a_takeover_that_was_cut_off_bars_the_former_master_too() -> None:
    # It leads by its configuration, and the mark was not made any more.
    accident = left("node2", first=HALF, second=HALF)
    change_home(accident, SECOND, "node1")
    change_home(accident, "inst1.name.org", "node1")

    def leads(config: dict[str, Any]) -> None:
        (own,) = [one["uuid"] for one in config["nodes"] if one["name"] == "node2.name.org"]
        config["master"] = own

    configured(accident, leads)
    accident.raw["node2"]["ganeti-running"] = accident.running("192.168.0.112", *MASTER)
    claim = Claim("node1.name.org", "cables", NOW - 60, NOW - 90)
    given = Case("takeover", "20261122T160850Z-takeover", "me", NOW - 90, claim)
    step = takeover.step(given)
    assert list(step.blockers(accident.answers, accident.facts)) == []
    first = next(iter(step.plan(accident.answers, accident.facts)))
    assert first.argv == ("gnt-node", "modify", "-f", "-O", "yes", *SUBMIT, "node1.name.org")


def test_where_nothing_else_can_be_saved_the_way_back_is_the_first_word() -> None:
    accident = left(second=HALF)
    assert accident.situations[0] == "incomplete"
    assert "Inconsistent" in runbook(accident.situation("node-dead"), "node-dead").refused
    found = list(to_mark.step(case()).blockers(accident.answers, accident.facts))
    assert "Inconsistent" in str(found)


def test_the_masters_role_is_taken_over_beside_it() -> None:
    # Both run on node2, which is left; its own copy of one is the target of a resync.
    accident = left("node2", first=HALF, second=ALONE)
    assert accident.situations[0] == "master-idle-dead"
    assert runbook(accident.situation("master-idle-dead"), "takeover").offered
    assert "incomplete" in accident.situations


def test_after_both_lost_their_power_too() -> None:
    accident = left(first="", second="")
    rows = json.loads(accident.raw["node1"]["drbd-generations"])
    rows[0].update(attached=False, gi=f"{SAME}:0:1:0:1:0:0:0")
    rows[1].update(attached=False, gi=f"{AFTER}:1:1:1:0:0:0:0")
    accident.raw["node1"]["drbd-generations"] = json.dumps(rows)
    accident.drbd("node1", "")
    accident.raw["node1"]["ganeti-running"] = accident.running("192.168.0.111", "noded")
    assert runbook(accident.situation("first-back"), "first-back").claimable
    claim = Claim("node2.name.org", "cables", NOW - 60, NOW - 90)
    alone = Case("first-back", "20261122T160850Z-first-back", "me", NOW - 90, claim)
    step = move.step(alone)
    assert not any(
        "Inconsistent" in str(found) or "incomplete" in str(found)
        for found in step.blockers(accident.answers, accident.facts)
    )
