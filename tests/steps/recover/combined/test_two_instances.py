"""Two replicated instances, of which one may be connected and the other one has diverged."""

from __future__ import annotations

import json
from typing import Any

import pytest

from steps.recover.steps import connect
from tests.steps.recover.accident import AFTER, KEYS, NOW, OTHER, SAME, Accident
from tests.steps.recover.combined.test_kinds_of_instances import configured
from tests.steps.recover.test_situations import ALONE, CUT, WAITS, runbook
from wizard.model.accident import Case
from wizard.model.step import Command

CASE = Case("reconnect", "20261122T160850Z-reconnect", "me", NOW)
SECOND = "test2.name.org"
SYNCS = "SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent"


def two(*, first_diverged: bool) -> Accident:
    """Each instance has one disk: of inst1 the first, of test2 the second of the recorded ones."""

    def split(config: dict[str, Any]) -> None:
        one = config["instances"][0]
        other = {**one, "name": SECOND, "ips": [], "disks": one["disks"][1:]}
        other["uuid"] = "dead0000-0000-4000-8000-00000000000f"
        config["instances"].append(other)
        one["disks"] = one["disks"][:1]

    accident = configured(Accident(), split)
    accident.change("node2", "hypervisor", "dom0_mib", f"guest: {SECOND}\ndom0_mib")
    for host in ("node1", "node2"):
        minors = [states(host, first_diverged), states(host, not first_diverged)]
        put(accident, host, minors)
    return accident


def states(host: str, diverged: bool) -> tuple[str, str, str]:
    """Identifiers, flags and states of one copy; node2 is Ganeti's primary."""
    if host == "node2":
        return AFTER, "1:1:1:0:0:0:0", ALONE
    return (OTHER, "1:1:0:0:0:0:0", CUT) if diverged else (SAME, "1:1:0:1:0:0:0", WAITS)


def put(accident: Accident, host: str, minors: list[tuple[str, str, str]]) -> None:
    rows = []
    lines = ["version: 8.4.11 (api:1/proto:86-101)", "srcversion: F73C670A7EC572DB9CF3E5B"]
    for number, (volume, (ids, flags, said)) in enumerate(zip(KEYS, minors, strict=True)):
        row = {"attached": True, "gi": f"{ids}:{flags}", "group": "xenvg", "volume": volume}
        rows.append(row)
        lines.append(f" {number}: cs:{said} C r-----")
        lines.append("    ns:0 nr:0 dw:0 dr:0 al:8 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:64")
    accident.raw[host]["drbd-generations"] = json.dumps(rows)
    accident.raw[host]["drbd-states"] = "\n".join(lines) + "\n"


def planned(accident: Accident) -> list[Command]:
    step = connect.step(CASE)
    assert list(step.blockers(accident.answers, accident.facts)) == []
    return list(step.plan(accident.answers, accident.facts))


@pytest.mark.parametrize("first", [True, False])
def test_what_must_be_decided_comes_first_whatever_its_place(first: bool) -> None:
    accident = two(first_diverged=first)
    assert accident.situations == ["split-brain", "reconnect"]
    assert runbook(accident.situation("split-brain"), "split-brain").offered


@pytest.mark.parametrize("first", [True, False])
def test_one_that_is_split_takes_the_other_one_no_second_copy(first: bool) -> None:
    accident = two(first_diverged=first)
    well = SECOND if first else "inst1.name.org"
    assert [command.argv[-1] for command in planned(accident)] == [well]
    found = list(connect.step(CASE).verify(accident.answers, accident.facts))
    assert any("diverged" in one.what for one in found)


def test_it_is_followed_to_its_end_and_then_the_other_one_is_told() -> None:
    accident = two(first_diverged=True)
    syncing = [states("node2", True), (AFTER, "1:1:1:1:0:0:0", SYNCS)]
    put(accident, "node2", syncing)
    target = "SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate"
    put(accident, "node1", [states("node1", True), (AFTER, "0:0:0:1:0:0:0", target)])
    (follow,) = planned(accident)
    assert follow.argv[3] == "follow"
    whole = "Connected ro:Primary/Secondary ds:UpToDate/UpToDate"
    put(accident, "node2", [states("node2", True), (AFTER, "1:1:1:1:0:0:0", whole)])
    put(accident, "node1", [states("node1", True), (AFTER, "1:1:0:1:0:0:0", whole)])
    (found,) = connect.step(CASE).blockers(accident.answers, accident.facts)
    assert "disk 0 of inst1.name.org: diverged" in found.what
