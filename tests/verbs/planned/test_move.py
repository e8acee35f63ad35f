"""`move`: there and back, what it says before, and what keeps it from beginning."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from steps.recover.planned.commands import STOPPED
from tests.locked import LOOK, SEEN, WORDS, Locked
from tests.steps.recover.test_situations import ALONE, WAITS
from tests.steps.recover.world import Killed
from tests.verbs.planned.cluster import INSTANCE, Cluster
from tests.verbs.planned.verb import Verb
from wizard import cli
from wizard.base.errors import Reach, WizardError
from wizard.base.exits import Exit
from wizard.daily.underway import NOTHING
from wizard.verbs import vault

pytestmark = pytest.mark.slow


def test_an_instance_goes_to_the_other_server_and_back(verb: Verb) -> None:
    world = Cluster()
    assert verb(world, "move", "inst1") is Exit.OK
    assert world.home == "node1"
    said = verb.text
    assert said.index("DOWNTIME") < said.index("hold: Hold the servers")
    assert "Xen on node2 has no shadow paging" in said
    assert f"{INSTANCE} answered all the time" in said
    told = world.lines()
    order = ["hold", "bundle", "freeze", "try-passphrase", " failover ", "unlock", "rm -f", "rm -r"]
    places = [next(n for n, line in enumerate(told) if part in line) for part in order]
    assert places == sorted(places)
    assert "answered all the time" in verb.report
    assert verb(world, "move", INSTANCE, to="node2") is Exit.OK
    assert world.home == "node2"
    assert len(world.exchanges) == 2
    assert [accident.case.target for accident in verb.accidents] == [
        "node1.name.org",
        "node2.name.org",
    ]
    assert all(accident.closed for accident in verb.accidents)
    assert not any("secret" in line for line in world.lines())
    assert verb.recover(world, "diagnose", json=False, schema=False, bundle=False) is Exit.OK


def test_a_plan_says_what_is_at_risk(verb: Verb) -> None:
    assert verb(Cluster(), "move", "inst1", plan=True) is Exit.PENDING
    assert f"danger: interrupts service: {STOPPED}" in verb.text


def test_what_can_run_on_is_moved_running_and_its_volume_stays_open(verb: Verb) -> None:
    world = Cluster(shadow=True)
    verb.secret = False
    assert verb(world, "move", "inst1") is Exit.OK
    (moved,) = world.exchanges
    assert "gnt-instance migrate -f --submit --print-jobid" in moved
    assert not any("unlock" in line or "try-passphrase" in line for line in world.lines())
    assert "It runs on meanwhile" in verb.text
    assert "DOWNTIME" not in verb.text


def test_a_stop_can_be_asked_for(verb: Verb) -> None:
    world = Cluster(shadow=True)
    assert verb(world, "move", "inst1", failover=True) is Exit.OK
    (moved,) = world.exchanges
    assert " failover " in moved
    assert "a stop was asked for" in verb.text


def test_what_is_there_already_is_left_alone(verb: Verb) -> None:
    world = Cluster()
    assert verb(world, "move", "inst1", to="node2") is Exit.OK
    assert "is on node2.name.org already" in verb.text
    assert world.ran == []
    assert verb.accidents == []


def test_a_plan_writes_nothing(verb: Verb) -> None:
    world = Cluster()
    assert verb(world, "move", "inst1", plan=True) is Exit.PENDING
    assert "gnt-instance failover" in verb.text
    assert "DOWNTIME" in verb.text
    assert world.ran == []
    assert not verb.folder.exists()
    world.room = 100
    world.refresh()
    assert verb(world, "move", "inst1", plan=True) is Exit.BLOCKED
    assert "NOT NOW" in verb.text


def degraded(world: Cluster) -> None:
    world.accident.drbd("node1", WAITS).drbd("node2", ALONE)


def resync(world: Cluster) -> None:
    world.accident.drbd("node2", "SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent")
    world.accident.drbd("node1", "SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate")


def small(world: Cluster) -> None:
    world.room = 255


def marked(flag: str) -> Callable[[Cluster], None]:
    def change(world: Cluster) -> None:
        for host in ("node1", "node2"):
            stored = json.loads(world.accident.raw[host]["ganeti"])
            for node in stored["config"]["nodes"]:
                if node["name"] == "node1.name.org":
                    node[flag] = True
            world.accident.raw[host]["ganeti"] = json.dumps(stored)

    return change


def busy(world: Cluster) -> None:
    world.job("node1", "OP_INSTANCE_REPLACE_DISKS")


def failing_over(world: Cluster) -> None:
    world.job("node1", "OP_INSTANCE_FAILOVER")


def away(world: Cluster) -> None:
    world.accident.down("node1", Reach.REFUSED)


def unread(world: Cluster) -> None:
    world.accident.raw["node1"]["drbd-generations"] = ""


def mute(world: Cluster) -> None:
    world.accident.change("node1", "hypervisor", "dom0_mib: 1536", "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (degraded, "are not connected"),
        (resync, "is being made the same on both sides"),
        (small, "has 255 MiB of memory free, and 256 MiB are needed"),
        (marked("offline"), "offline"),
        (marked("drained"), "is marked drained"),
        (busy, "job 91 (OP_INSTANCE_REPLACE_DISKS, running)"),
        (failing_over, "job 91 (OP_INSTANCE_FAILOVER, running)"),
        (away, "node1"),
        (unread, "could not be read"),
        (mute, "does not say what runs"),
    ],
)
def test_it_does_not_begin(verb: Verb, change: Callable[[Cluster], None], reason: str) -> None:
    world = Cluster()
    change(world)
    world.refresh()
    error = verb.refused(world, "move", "inst1")
    assert reason in str(error)
    assert error.code is Exit.BLOCKED
    assert error.mend


@pytest.mark.parametrize(
    ("subject", "given"), [("inst9", {}), ("inst1", {"to": "node9"}), ("", {})]
)
def test_names_that_nobody_has(verb: Verb, subject: str, given: dict[str, str]) -> None:
    assert verb.refused(Cluster(), "move", subject, **given).code is Exit.USAGE


def test_what_is_typed_is_what_the_verbs_take() -> None:
    read = cli.parser().parse_args
    moved = read(["move", "inst1"])
    assert (moved.subject, moved.to, moved.plan, moved.failover) == ("inst1", None, False, False)
    assert read(["move", "inst1", "--to", "node2", "--failover"]).to == "node2"
    worked_on = read(["maintenance", "node2", "--no-wait", "--secret", "vault-inst1=file"])
    assert (worked_on.no_wait, worked_on.back) == (True, False)
    for wrong in (["maintenance", "node2", "--no-wait", "--back"], ["move"], ["move", ""]):
        with pytest.raises(SystemExit):
            read(wrong)


def test_without_a_build_there_is_nothing_to_move(tmp_path: Path, capsys: Any) -> None:
    for verb in ("move", "maintenance"):
        assert cli.main(["--state", str(tmp_path / "none"), verb, "x"]) == Exit.STATE
        assert "no build was begun" in capsys.readouterr().err


def test_nothing_is_stopped_before_the_passphrase_is_known_to_open_the_volume(verb: Verb) -> None:
    world = Cluster()
    verb.secret = False
    error = verb.refused(world, "move", "inst1")
    assert error.code is Exit.CONSENT
    assert "--secret vault-inst1=FILE" in error.mend
    verb.secret = True
    world.fails = {"try-passphrase": 2}
    assert verb(world, "move", "inst1") is Exit.FAILED
    assert world.exchanges == []
    world.fails = {}
    assert verb(world, "move", "inst1") is Exit.OK
    assert world.home == "node1"


def test_a_terminal_is_asked_for_the_passphrase_once(
    verb: Verb, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def typed(prompt: str) -> str:
        asked.append(prompt)
        return "secret"

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(vault.getpass, "getpass", typed)
    world = Cluster()
    verb.secret = False
    assert verb(world, "move", "inst1") is Exit.OK
    assert asked == ["Passphrase of inst1's encrypted volume: "]
    assert world.serves


def test_where_another_wizard_has_the_lock_nothing_is_left(verb: Verb) -> None:
    world = Cluster()
    world.hosts["node1"].lock = Locked()
    error = verb.refused(world, "move", "inst1")
    assert "bob@laptop changes this host" in error.what
    assert NOTHING in verb.text
    assert "stays paused" not in verb.text
    assert not verb.left


@pytest.mark.parametrize(("work", "subject"), [("move", "inst1"), ("maintenance", "node2")])
def test_a_plan_names_who_has_the_lock(verb: Verb, work: str, subject: str) -> None:
    world = Cluster()
    world.accident.raw["node1"][LOOK] = SEEN
    world.refresh()
    assert verb(world, work, subject, plan=True) is Exit.PENDING
    assert f"[node1] locked: {WORDS}" in verb.text


def test_what_somebody_else_moved_meanwhile_is_not_moved_back(verb: Verb) -> None:
    world = Cluster()

    def moved(host: str, line: str) -> None:
        if "try-passphrase" in line:
            world._instance("failover")

    world.before = moved
    assert verb(world, "move", "inst1") is Exit.FAILED
    assert world.exchanges == []
    assert world.refused
    assert "refused by its guard" in verb.text
    world.before = lambda host, line: None
    assert verb(world, "move", "inst1") is Exit.OK
    assert world.home == "node1"
    assert world.exchanges == []


def test_a_job_that_is_under_way_is_followed(verb: Verb) -> None:
    world = Cluster()
    world.dies = lambda line: "before" if " failover " in line else ""
    with suppress(Killed):
        verb(world, "move", "inst1")
    world.dies = lambda line: ""
    world.job("node1", "OP_INSTANCE_FAILOVER")
    before = len(world.exchanges)
    assert verb(world, "move", "inst1") is Exit.OK
    assert len(world.exchanges) == before
    assert world.home == "node1"


def test_one_move_at_a_time_and_a_given_up_one_is_no_more_in_the_way(verb: Verb) -> None:
    world = Cluster()
    world.fails = {"unlock": 1}
    assert verb(world, "move", "inst1") is not Exit.OK
    error = verb.refused(world, "move", "inst1", to="node2")
    assert error.code is Exit.BLOCKED
    assert "is not at its end" in error.what
    world.fails = {}
    assert verb.recover(world, "thaw") is Exit.OK
    assert verb(world, "move", "inst1", to="node2") is Exit.OK
    assert world.home == "node2"


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_each_command_it_comes_to_the_same_end(verb: Verb, when: str) -> None:
    world = Cluster()
    killed: set[str] = set()

    def dies(line: str) -> str:
        if line in killed:
            return ""
        killed.add(line)
        return when

    world.dies = dies
    code = Exit.FAILED
    for _ in range(30):
        with suppress(Killed):
            code = verb(world, "move", "inst1")
        if code is Exit.OK:
            break
    assert code is Exit.OK
    assert len(killed) > 8
    assert world.home == "node1"
    assert world.runs_once
    assert world.serves
    if when == "after":
        assert len(world.exchanges) == 1
    assert len(verb.accidents) == 1


def test_a_wrong_migration_is_not_repeated(verb: Verb) -> None:
    world = Cluster(shadow=True)
    world.fails = {" migrate ": 1}
    with suppress(WizardError):
        assert verb(world, "move", "inst1") is Exit.FAILED
    assert len(world.exchanges) == 1
    assert world.home == "node2"
    world.fails = {}
    assert verb(world, "move", "inst1", failover=True) is Exit.OK
    assert world.home == "node1"
