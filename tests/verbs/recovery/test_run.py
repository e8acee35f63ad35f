"""`recover apply` from the accident to the service, on simulated machines."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from tests.daily.scene import LOCKED
from tests.locked import LOOK, SEEN, WORDS, Locked
from tests.steps.recover.accident import NOW, Accident
from tests.steps.recover.test_situations import idle_dead, node_dead
from tests.steps.recover.world import Killed, World
from tests.verbs.recovery.verb import Verb
from wizard.base.errors import Unreachable, WizardError
from wizard.base.exits import Exit
from wizard.daily import recovering
from wizard.daily.underway import NOTHING
from wizard.daily.waiting import WAIT_SECONDS
from wizard.model.recovery import WAIT

pytestmark = pytest.mark.slow

INSTANCE = "inst1.name.org"
DEAD = {"dead": "node2.name.org", "fenced": "cables"}


def test_a_dead_node_and_its_instance_back_and_home(verb: Verb) -> None:
    world = World(node_dead())
    assert verb(world, "apply", "node-dead", **DEAD, confirm=[INSTANCE]) is Exit.OK
    told = world.lines(without="gnt-cluster verify")
    assert [line.partition(" ")[0] for line in told[:3]] == ["node1:"] * 3
    order = ["hold", "bundle", "touch", "freeze", "-O yes", "failover", "unlock", "rm -f", "rm -r"]
    places = [next(n for n, line in enumerate(told) if part in line) for part in order]
    assert places == sorted(places)
    assert sum("failover" in line for line in told) == 1
    (accident,) = verb.accidents
    assert accident.closed
    assert (accident.store.folder / "bundle" / "node1.tar.gz").read_bytes() == b"an archive"
    report = (accident.store.folder / "report.md").read_text()
    assert "its power cables were pulled" in report
    assert f"typed: {INSTANCE}" in report
    assert "gnt-instance failover" in report

    world.power_on("node2")
    assert verb(world, "apply", "rejoin") is Exit.OK
    told = world.lines()
    known = told.index("node1: know node2.name.org")
    assert told[known + 1] == "node1: twice gnt-node add --readd node2.name.org"
    world.later()
    assert verb(world, "apply", "home") is Exit.OK
    assert world.config()["instances"][0]["primary"].startswith("bb91eb7c")
    assert verb(world, "diagnose", json=False, schema=False, bundle=False) is Exit.OK
    assert verb(world, "status") is Exit.OK


def test_a_dead_master_with_its_instance(verb: Verb) -> None:
    accident = idle_dead()
    world = World(accident)
    world._stop("node2")
    del accident.raw["inst1"]
    uuid = "ce559928-f5fa-486b-906c-1d531f3d5e5d"
    world.configure(lambda config: config["instances"][0].update(primary=uuid))
    accident.drbd("node2", "WFConnection ro:Secondary/Unknown ds:UpToDate/DUnknown")
    world.refresh()
    dead = {"dead": "node1.name.org", "fenced": "cables"}
    assert verb(world, "apply", "master-dead", **dead, confirm=[INSTANCE]) is Exit.OK
    told = world.lines()
    failover = "node2: gnt-cluster master-failover --no-voting --yes-do-it"
    offline = next(line for line in told if "-O yes" in line)
    assert told.index(failover) < told.index(offline) < len(told)
    assert sum("master-failover" in line for line in told) == 1
    assert any("node2: gnt-instance failover" in line for line in told)
    assert any("backup: write-file /var/lib/ganeti-wizard/takeover.json" in line for line in told)

    world.power_on("node1")
    assert verb(world, "apply", "rejoin") is Exit.OK
    world.later()
    assert verb(world, "apply", "home") is Exit.OK
    assert world.master == "node1"
    # What the takeover left would forbid the next one.
    notes = [world.accident.raw[host]["lineage"] for host in ("node1", "node2")]
    notes.append(world.accident.raw["backup"]["configuration-copies"])
    assert all('"master": "node1.name.org"' in note for note in notes)
    assert verb(world, "diagnose", json=False, schema=False, bundle=False) is Exit.OK


def test_an_idle_master_is_taken_over(verb: Verb) -> None:
    world = World(idle_dead())
    dead = {"dead": "node1.name.org", "fenced": "power"}
    assert verb(world, "apply", "takeover", **dead) is Exit.OK
    assert not any("gnt-instance" in line for line in world.lines())


def test_a_claim_waits_for_a_second_look(verb: Verb) -> None:
    world = World(node_dead())
    verb(world, "plan", "node-dead", **DEAD)
    assert verb.slept
    assert max(verb.slept) <= recovering.APART
    assert "the point of no return" not in verb.text
    assert world.ran == []
    assert not verb.folder.exists()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "wants somebody's word"),
        ({"dead": "node2", "fenced": "cables"}, "not the full name"),
        ({"dead": "node2.name.org", "fenced": "reboot"}, "no way to take a machine's power"),
        ({"dead": "node1.name.org", "fenced": "cables"}, "not silent"),
    ],
)
def test_a_claim_that_does_not_count(verb: Verb, given: dict[str, str], reason: str) -> None:
    error = verb.refused(World(node_dead()), "apply", "node-dead", **given)
    assert reason in str(error)
    assert error.code in (Exit.CONSENT, Exit.BLOCKED)


def test_a_sign_of_life_between_the_looks_voids_the_claim(verb: Verb) -> None:
    world = World(node_dead())

    def wakes(seconds: float) -> None:
        world.accident.silent.clear()
        world.refresh()

    verb.pause(wakes)
    error = verb.refused(world, "apply", "node-dead", **DEAD, confirm=[INSTANCE])
    assert "answers ping" in error.what


def test_from_one_place_alone_a_claim_takes_a_minute(verb: Verb) -> None:
    world = World(node_dead().down("backup").elsewhere())
    assert verb(world, "plan", "node-dead") is Exit.BLOCKED
    assert verb(world, "apply", "node-dead", **DEAD, confirm=[INSTANCE]) is Exit.OK
    assert recovering.APART < max(verb.slept) <= recovering.APART_ALONE


def test_a_runbook_that_does_not_fit_is_refused(verb: Verb) -> None:
    error = verb.refused(World(Accident()), "apply", "rejoin")
    assert error.code is Exit.BLOCKED
    assert not verb.left
    assert verb(World(Accident()), "plan", "reconnect") is Exit.BLOCKED


def test_an_unproved_copy_wants_its_name_typed(verb: Verb) -> None:
    world = World(node_dead())
    with pytest.raises(WizardError) as caught:
        verb(world, "apply", "node-dead", **DEAD)
    assert caught.value.code is Exit.CONSENT
    assert INSTANCE in caught.value.what
    assert not any("failover" in line for line in world.lines())
    assert "The watcher stays paused" in verb.text
    assert verb(world, "status") is Exit.PENDING


def test_a_machine_that_wakes_is_left_alone_by_the_guard(verb: Verb) -> None:
    world = World(node_dead())

    def wakes(host: str, line: str) -> None:
        if "freeze" in line:
            world._quiet = lambda guard: False  # type: ignore[method-assign]

    world.before = wakes
    assert verb(world, "apply", "node-dead", **DEAD, confirm=[INSTANCE]) is not Exit.OK
    assert world.refused
    assert not any("gnt-" in line for line in world.lines())
    assert "refused by its guard" in verb.text


def test_what_ended_badly_is_gone_on_with_and_nothing_is_given_twice(verb: Verb) -> None:
    world = World(node_dead())
    world.fails = {"unlock": 1}
    assert verb(world, "apply", "node-dead", **DEAD, confirm=[INSTANCE]) is not Exit.OK
    assert "The watcher stays paused" in verb.text
    world.fails = {}
    assert verb(world, "apply", "node-dead", **DEAD) is Exit.OK
    assert sum("failover" in line for line in world.lines()) == 1
    assert sum("-O yes" in line for line in world.lines()) == 1
    assert len(verb.accidents) == 1


def test_somebody_else_holds_the_servers(verb: Verb) -> None:
    world = World(node_dead())
    world.accident.raw["node1"]["recovery-hold"] = '{"owner": "eve@desk:/x"}\n== marks\nowner\n'
    world.refresh()
    assert verb(world, "apply", "node-dead", **DEAD, confirm=[INSTANCE]) is Exit.BLOCKED
    assert "eve@desk:/x works on a recovery here" in verb.text
    assert world.ran == []
    assert NOTHING in verb.text
    assert "stays paused" not in verb.text
    assert not verb.left


def test_where_another_wizard_has_the_lock_nothing_is_left(verb: Verb) -> None:
    world = World(node_dead())
    world.hosts["node1"].lock = Locked()
    error = verb.refused(world, "apply", "node-dead", **DEAD, confirm=[INSTANCE])
    assert "bob@laptop changes this host" in error.what
    assert NOTHING in verb.text
    assert "stays paused" not in verb.text
    assert not verb.left


def test_a_plan_names_who_has_the_lock_and_is_made_all_the_same(verb: Verb) -> None:
    accident = node_dead()
    accident.raw["node1"][LOOK] = SEEN
    assert verb(World(accident), "plan", "node-dead", **DEAD) is Exit.PENDING
    assert f"[node1] locked: {WORDS}" in verb.text


def test_what_was_begun_is_kept_though_going_on_with_it_is_refused(verb: Verb) -> None:
    world = World(node_dead())
    with pytest.raises(WizardError):
        verb(world, "apply", "node-dead", **DEAD)
    free = world.hosts["node1"].lock
    world.hosts["node1"].lock = Locked()
    verb.refused(world, "apply", "node-dead", **DEAD)
    assert "The watcher stays paused" in verb.text
    assert "-- report:" in verb.text
    world.hosts["node1"].lock = free
    assert verb(world, "thaw") is Exit.OK
    world.hosts["node1"].lock = Locked()
    verb.refused(world, "apply", "node-dead", **DEAD)
    assert "stays paused" not in verb.text
    assert len(verb.accidents) == 2


def test_the_evidence_alone(verb: Verb) -> None:
    world = World(node_dead())
    code = verb(world, "diagnose", json=False, schema=False, bundle=True)
    assert code is Exit.PENDING
    (accident,) = verb.accidents
    assert (accident.store.folder / "bundle" / "node1.tar.gz").exists()
    assert world.lines() == ["node1: bundle"]


def test_thaw_alone(verb: Verb) -> None:
    world = World(node_dead())
    with pytest.raises(WizardError):
        verb(world, "apply", "node-dead", **DEAD)
    assert verb(world, "thaw") is Exit.OK
    assert world.accident.raw["node1"]["recovery-hold"] == ""
    assert verb(world, "report") is Exit.OK


def test_an_instance_that_runs_twice_is_held_still_before_all_else(verb: Verb) -> None:
    accident = Accident()
    accident.raw["node1"]["hypervisor"] += f"\nguest: {INSTANCE}\n"
    world = World(accident)
    assert verb(world, "apply", "twice") is Exit.OK
    told = world.lines()
    assert told[0] == f"node1: xl pause {INSTANCE}"
    assert not any("node2: xl" in line for line in told)
    assert any("freeze" in line for line in told)
    assert "runs on node1 and node2 at once" in verb.text


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_each_command_it_comes_to_the_same_end(verb: Verb, when: str) -> None:
    """One kill a run, at one command later each time, before or after it did its work."""
    world = World(node_dead())
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
            code = verb(world, "apply", "node-dead", **DEAD, confirm=[INSTANCE])
        if code is Exit.OK:
            break
    assert code is Exit.OK
    assert len(killed) > 8
    assert world.config()["instances"][0]["primary"].startswith("ce559928")
    if when == "after":
        given = [line for line in world.lines() if "gnt-instance" in line or "-O yes" in line]
        assert len(given) == len(set(given))


def test_a_thaw_that_saw_no_machine_is_none(verb: Verb) -> None:
    world = World(node_dead())
    # Copies of the configuration on the backup host say nothing about a server.
    for host in ("node1", "node2", "inst1"):
        world.accident.raw.pop(host, None)
        world.accident.missing[host] = Unreachable("silent", where=host)
    world.refresh()
    error = verb.refused(world, "thaw", "")
    assert error.code is Exit.UNREACHABLE and "nothing was thawed" in error.what
    assert not verb.left


def test_a_wait_goes_on_as_long_as_it_may_help(verb: Verb) -> None:
    world = World(node_dead())
    verb.tell_time(lambda: NOW + sum(verb.slept), verb.slept.append)
    assert verb(world, "apply", WAIT) is Exit.PENDING
    assert sum(verb.slept) == WAIT_SECONDS
    assert "The wait is over" in verb.text


def test_a_wait_ends_when_nothing_is_left_that_passes_by_itself(verb: Verb) -> None:
    accident = Accident()
    accident.raw["inst1"]["ciphers"] = LOCKED
    assert verb(World(accident), "apply", WAIT) is Exit.PENDING
    assert verb.slept == []
    assert "Nothing of this passes by waiting" in verb.text


@pytest.mark.parametrize("given", [DEAD, {"choose": ["a=b"]}, {"confirm": [INSTANCE]}])
def test_a_wait_acts_on_nothing_that_is_said(verb: Verb, given: dict[str, Any]) -> None:
    error = verb.refused(World(node_dead()), "apply", "wait", **given)
    assert error.code is Exit.USAGE and "wait takes no --" in error.what
