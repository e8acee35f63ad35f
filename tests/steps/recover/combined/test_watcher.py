"""The watcher was paused by hand long ago, for longer than any runbook does it; or nothing has it
run at all.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from steps.recover.steps import connect, thaw
from tests.daily.scene import CRON_LACKS, CRON_WORKS
from tests.steps.recover.accident import AFTER, NOW, Accident
from tests.steps.recover.test_situations import ALONE, WAITS, runbook
from wizard.model.accident import Case

CASE = Case("thaw", "20261122T160850Z-thaw", "me", NOW)


def paused(seconds: int, accident: Accident | None = None) -> Accident:
    accident = accident or Accident()
    for host in ("node1", "node2"):
        accident.change(host, "lineage", "pause: ", f"pause: {NOW + seconds}")
    return accident


def idle() -> Accident:
    accident = Accident()
    accident.raw["node2"]["hypervisor"] = accident.raw["node1"]["hypervisor"]
    return accident


def apart() -> Accident:
    accident = Accident().drbd("node1", WAITS).drbd("node2", ALONE)
    return accident.generations("node2", AFTER, "1:1:1:0:0:0:0")


def test_it_is_said_while_all_is_well() -> None:
    situation = paused(30 * 86400).situation("watcher-paused")
    assert "it starts nothing by itself" in situation.title
    assert "paused until 2026-12-22 16:08:50 UTC" in situation.evidence[0].what
    assert not situation.runbooks[0].changes
    way = runbook(situation, "unpause")
    assert [word.host for word in way.words if word.command] == ["node1", "node2"]


def test_a_pause_that_is_over_is_none() -> None:
    assert paused(-60).situations == []


def test_work_that_is_under_way_has_its_pause() -> None:
    accident = paused(7000)
    for host in ("node1", "node2"):
        accident.raw[host]["recovery-hold"] = '{"owner": "me"}\n== marks\nowner\n'
    assert accident.situations == []


@pytest.mark.parametrize(("made", "identity"), [(idle, "stopped"), (apart, "reconnect")])
def test_nobody_is_told_to_wait_for_a_watcher_that_does_nothing(
    made: object, identity: str
) -> None:
    working = made().situation(identity)  # type: ignore[operator]
    assert "within five minutes" in working.runbooks[0].words[0].text
    waiting = paused(86400, made()).situation(identity)  # type: ignore[operator]
    assert "Ganeti's watcher is paused until" in waiting.runbooks[0].words[0].text
    assert "within five minutes" not in waiting.runbooks[0].words[0].text


def inactive(accident: Accident) -> Accident:
    """A failed activation makes the disks inactive for Ganeti, also under what runs."""
    for host in ("node1", "node2"):
        stored = json.loads(accident.raw[host]["ganeti"])
        for instance in stored["config"]["instances"]:
            instance["active"] = False
        accident.raw[host]["ganeti"] = json.dumps(stored)
    return accident


def test_connected_disks_that_it_leaves_alone_are_made_active_again() -> None:
    accident = inactive(Accident())
    assert accident.situations == ["reconnect"]
    assert runbook(accident.situation("reconnect"), "reconnect").offered
    made = connect.step(CASE)
    (command,) = made.plan(accident.answers, accident.facts)
    assert command.argv[:2] == ("gnt-instance", "activate-disks")
    (left,) = made.verify(accident.answers, accident.facts)
    assert "leaves the disks of inst1.name.org alone" in left.what
    stopped = inactive(Accident())
    for host in ("node1", "node2"):
        stopped.change(host, "ganeti", '"state": "up"', '"state": "down"')
    assert "reconnect" not in stopped.situations
    assert not list(made.plan(stopped.answers, stopped.facts))


def test_nobody_is_told_to_wait_for_disks_that_it_leaves_alone() -> None:
    accident = inactive(apart())
    first, way = accident.situation("reconnect").runbooks
    assert "its watcher leaves them alone" in first.words[0].text
    assert way.offered


@pytest.mark.parametrize(("seconds", "ends"), [(7190, True), (30 * 86400, False)])
def test_a_recovery_ends_its_own_pause_alone(seconds: int, ends: bool) -> None:
    accident = paused(seconds)
    planned = list(thaw.step(CASE).plan(accident.answers, accident.facts))
    assert any(command.argv[0] == "rm" for command in planned) is ends
    left = list(thaw.step(CASE).verify(accident.answers, accident.facts))
    assert any("still paused" in one.what for one in left) is ends


@pytest.mark.parametrize(("mark", "ends"), [("", False), ("\npause by: us", True)])
def test_a_runbook_does_not_end_the_pause_of_somebodys_own_work(mark: str, ends: bool) -> None:
    """The card on the wall says `gnt-cluster watcher pause 2h` before a move by hand."""
    accident = Accident()
    for host in ("node1", "node2"):
        accident.change(host, "lineage", "pause: ", f"pause: {NOW + 6000}{mark}")
    made = thaw.step(replace(CASE, runbook="move"))
    planned = list(made.plan(accident.answers, accident.facts))
    assert any(command.argv[0] == "rm" for command in planned) is ends
    left = list(made.verify(accident.answers, accident.facts))
    assert any("still paused" in one.what for one in left) is ends


@pytest.mark.parametrize(("since", "ends"), [(3800, False), (1200, True)])
def test_a_days_pause_stays_one_in_its_last_hour(since: int, ends: bool) -> None:
    accident = Accident()
    for host in ("node1", "node2"):
        text = f"pause: {NOW + 6000}\npause since: {NOW - since}"
        accident.change(host, "lineage", "pause: ", text)
    planned = list(thaw.step(CASE).plan(accident.answers, accident.facts))
    assert any(command.argv[0] == "rm" for command in planned) is ends


def without_cron(accident: Accident, *hosts: str) -> Accident:
    for host in hosts:
        accident.change(host, "watcher", CRON_WORKS, CRON_LACKS)
    return accident


def test_a_watcher_that_nothing_runs_is_said_while_all_is_well() -> None:
    situation = without_cron(Accident(), "node1", "node2").situation("watcher-idle")
    assert "on node1 and node2: it starts nothing by itself" in situation.title
    assert situation.evidence[0].what == "no cron is installed"
    (way,) = situation.runbooks
    commands = [(word.host, word.text) for word in way.words if word.command]
    assert commands == [
        ("", "ganeti-wizard apply packages"),
        ("node1", "apt-get install cron"),
        ("node2", "apt-get install cron"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "lacking", "command"),
    [
        ("State=active", "State=failed", "cron.service does not run", "enable --now cron.service"),
        ("FileState=enabled", "FileState=masked", "cron.service does not run", "unmask"),
        ("/etc/cron.d/ganeti\n", "", "no crontab names it", "/etc/cron.d/ganeti-watcher"),
    ],
)
def test_why_nothing_runs_it(old: str, new: str, lacking: str, command: str) -> None:
    situation = Accident().change("node2", "watcher", old, new).situation("watcher-idle")
    assert [sign.what for sign in situation.evidence] == [lacking]
    assert any(command in word.text for word in situation.runbooks[0].words)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Id=cron.target\nLoadState=loaded\nActiveState=active\nUnitFileState=static\n"
        "== asked\n/etc/cron.d/ganeti\n== numbers\nganeti: 1\n",
        f"{CRON_LACKS}== asked\n/etc/systemd/system/watcher.service\n== numbers\nganeti: 1\n",
        f"{CRON_LACKS}== asked\n== numbers\n",
    ],
    ids=["nothing was told", "systemd-cron", "a timer of the administrator's", "no Ganeti"],
)
def test_a_watcher_that_is_run_otherwise_is_no_matter(text: str) -> None:
    accident = Accident()
    accident.raw["node2"]["watcher"] = text
    assert accident.situations == []


@pytest.mark.parametrize(("made", "identity"), [(idle, "stopped"), (apart, "reconnect")])
def test_nobody_is_told_to_wait_for_a_watcher_that_nothing_runs(
    made: object, identity: str
) -> None:
    situation = without_cron(made(), "node1").situation(identity)  # type: ignore[operator]
    assert "Nothing has Ganeti's watcher run on node1" in situation.runbooks[0].words[0].text
