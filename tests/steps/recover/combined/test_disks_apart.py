"""Three disks of one instance, each in another state; and a copy that was held still by hand."""

from __future__ import annotations

import json
from typing import Any

from steps.recover.scene import Scene
from steps.recover.steps import pause
from steps.recover.victims import chosen, undecided
from tests.steps.recover.accident import AFTER, KEYS, NOW, OTHER, SAME, Accident
from tests.steps.recover.combined.test_kinds_of_instances import configured
from tests.steps.recover.test_situations import ALONE, CUT, WAITS, runbook
from wizard.model.accident import Case

THIRD = "aaaa0000-0000-4000-8000-000000000009.disk2"
PRIMARY = "1:1:1:0:0:0:0"
STANDBY = "1:1:0:1:0:0:0"
Disk = tuple[str, str, str]
"""Identifiers, flags, and the states in /proc/drbd."""


def with_disks(node1: list[Disk], node2: list[Disk]) -> Accident:
    """inst1 has a third disk, and its disks stand so on either node."""

    def add(config: dict[str, Any]) -> None:
        disk = {**config["disks"][0], "minors": [2, 2]}
        disk["uuid"] = "dead0000-0000-4000-8000-0000000000aa"
        disk["volumes"] = [f"{THIRD}_data", f"{THIRD}_meta"]
        config["disks"].append(disk)
        config["instances"][0]["disks"].append(disk["uuid"])

    accident = configured(Accident(), add)
    for host, disks in (("node1", node1), ("node2", node2)):
        rows = []
        lines = ["version: 8.4.11 (api:1/proto:86-101)", "srcversion: F73C670A7EC572DB9CF3E5B"]
        for number, (volume, (ids, flags, states)) in enumerate(
            zip((*KEYS, THIRD), disks, strict=True)
        ):
            gi = f"{ids}:{flags}"
            rows.append({"attached": True, "gi": gi, "group": "xenvg", "volume": volume})
            lines.append(f" {number}: cs:{states} C r-----")
            lines.append("    ns:0 nr:0 dw:0 dr:0 al:8 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:64")
        accident.raw[host]["drbd-generations"] = json.dumps(rows)
        accident.raw[host]["drbd-states"] = "\n".join(lines) + "\n"
    return accident


def test_each_side_is_ahead_with_another_disk() -> None:
    behind, ahead = (SAME, STANDBY, WAITS), (AFTER, PRIMARY, WAITS)
    same = (SAME, STANDBY, WAITS)
    accident = with_disks([ahead, behind, same], [behind, (AFTER, PRIMARY, ALONE), same])
    situation = accident.situation("split-brain")
    assert situation.runbooks[0].id == "ask"
    assert not runbook(situation, "reconnect").offered
    assert runbook(situation, "split-brain").offered
    scene = Scene(accident.answers, accident.facts, NOW)
    for kept, victim, disk in (("node1", "node2", 1), ("node2", "node1", 0)):
        side = chosen({"victim": f"{victim}/inst1.name.org"}, scene)
        assert side is not None
        assert side.survivor == kept
        # What the one that is kept has newer already is left alone.
        assert [one.number for one in undecided(scene, side)] == [disk]


def test_one_disk_has_diverged_beside_one_that_has_not() -> None:
    connected = "Connected ro:Secondary/Primary ds:UpToDate/UpToDate"
    accident = with_disks(
        [(SAME, STANDBY, connected), (AFTER, "1:1:0:0:0:0:0", CUT), (SAME, STANDBY, WAITS)],
        [(SAME, "1:1:1:1:0:0:0", connected), (OTHER, PRIMARY, ALONE), (AFTER, PRIMARY, ALONE)],
    )
    assert accident.situations == ["split-brain"]
    told = [evidence.what for evidence in accident.situation("split-brain").evidence]
    assert not any("disk 0" in what for what in told)


def runs_twice(held: str) -> Accident:
    accident = Accident().drbd("node1", ALONE).drbd("node2", ALONE)
    accident.generations("node1", OTHER, PRIMARY).generations("node2", AFTER, PRIMARY)
    accident.change("node1", "hypervisor", "dom0_mib", "guest: inst1.name.org\ndom0_mib")
    if held:
        accident.raw[held]["paused-instances"] = "inst1.name.org\n"
    return accident


def test_where_one_copy_is_held_still_already_the_other_goes_on() -> None:
    case = Case("twice", "20261122T160850Z-twice", "me", NOW)
    for held in ("node1", "node2"):
        accident = runs_twice(held)
        assert "twice" not in accident.situations
        assert runbook(accident.situation("split-brain"), "split-brain").offered
        assert list(pause.step(case).plan(accident.answers, accident.facts)) == []
    both = runs_twice("")
    (command,) = pause.step(case).plan(both.answers, both.facts)
    assert command.host == "node1"


def test_two_copies_of_which_one_is_held_still_and_nothing_shows_that_they_diverged() -> None:
    accident = runs_twice("node2").generations("node1", SAME, "1:1:1:1:0:0:0")
    accident.generations("node2", SAME, "1:1:1:1:0:0:0")
    situation = accident.situation("twice")
    assert [one.id for one in situation.runbooks] == ["ask"]
    assert [one.what for one in situation.evidence] == [
        "inst1.name.org runs here",
        "inst1.name.org runs here, held still",
    ]
