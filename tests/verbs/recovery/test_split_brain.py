"""A split brain worked off on simulated machines: both ways to decide, killed at each command."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.steps.recover.accident import AFTER, OTHER, Accident
from tests.steps.recover.test_situations import ALONE, CUT, WAITS
from tests.steps.recover.world import Killed, World
from tests.verbs.recovery.verb import Verb
from wizard.base.errors import WizardError
from wizard.base.exits import Exit

pytestmark = pytest.mark.slow

INSTANCE = "inst1.name.org"
GIVE_UP = {host: f"{host}/{INSTANCE}" for host in ("node1", "node2")}


def given(victim: str, *more: str) -> dict[str, list[str]]:
    """The options that give this node's data up."""
    word = GIVE_UP[victim]
    return {"choose": [f"victim={word}"], "confirm": [word, *more]}


def diverged(standby: str = CUT) -> World:
    """Both sides wrote since they parted; node2 is Ganeti's primary and runs the instance."""
    accident = Accident().drbd("node1", standby).drbd("node2", ALONE)
    accident.generations("node1", OTHER, "1:1:0:0:0:0:0")
    accident.generations("node2", AFTER, "1:1:1:0:0:0:0")
    roomy(accident)
    world = World(accident)
    for host in ("node1", "node2"):
        world.drbd.data[host] = dict.fromkeys(("0", "1"), f"{host}'s")
    return world


def roomy(accident: Accident, free: int = 20 * 1024**3) -> None:
    for host in ("node1", "node2"):
        accident.change(host, "lvm", '"vg_free":"23601348608"', f'"vg_free":"{free}"')


def ran_twice() -> World:
    """The same, and a second copy was started by hand on node1, which is held still by now."""
    world = diverged(ALONE)
    raw = world.accident.raw["node1"]
    raw["hypervisor"] += f"\nguest: {INSTANCE}\n"
    raw["paused-instances"] = f"{INSTANCE}\n"
    world.refresh()
    return world


def down() -> World:
    """The standby's disks are not up; its metadata show that it was written to."""
    world = diverged()
    world.drbd.down("node1")
    world.refresh()
    return world


def lines(world: World) -> list[str]:
    """What was run for the split brain itself, by the first words of each command."""
    known = ("xl", "stop-by-hand", "secondary", "disconnect", "lvcreate", "drbd", "gnt-instance")
    return [line for line in world.lines() if line.partition(": ")[2].startswith(known)]


def home(world: World) -> str:
    uuid = world.config()["instances"][0]["primary"]
    return str(next(n["name"] for n in world.config()["nodes"] if n["uuid"] == uuid)).partition(
        "."
    )[0]


def all_of(world: World, keeper: str) -> bool:
    """Whether both copies hold one side's data, and it runs there."""
    same = all(set(disks.values()) == {f"{keeper}'s"} for disks in world.drbd.data.values())
    runs = [h for h in ("node1", "node2") if INSTANCE in world.accident.raw[h]["hypervisor"]]
    return same and runs == [keeper] == [home(world)]


WORLDS = [diverged, lambda: diverged(WAITS), ran_twice, down]
NAMES = ["standalone", "waiting", "twice", "down"]


@pytest.mark.parametrize("made", WORLDS, ids=NAMES)
@pytest.mark.parametrize("victim", ["node1", "node2"])
def test_one_side_is_given_up(verb: Verb, made: Callable[[], World], victim: str) -> None:
    world = made()
    keeper = "node2" if victim == "node1" else "node1"
    assert verb(world, "apply", "split-brain", **given(victim)) is Exit.OK
    assert all_of(world, keeper)
    assert sorted(world.drbd.kept.values()) == [f"{victim}'s"] * 4
    done = lines(world)
    order = [f"{victim}: lvcreate", "invalidate", "gnt-instance"]
    if victim == "node2":
        order = ["shutdown --no-remember", *order[:2], "failover"]
    places = [next(n for n, line in enumerate(done) if part in line) for part in order]
    if victim == "node1":
        assert not any("shutdown" in line or "failover" in line for line in done)
    assert places == sorted(places)
    # What went to the other node is not at home now, and nothing else is the matter.
    assert world.accident.situations == ([] if keeper == "node2" else ["home"])
    (accident,) = verb.accidents
    report = (accident.store.folder / "report.md").read_text()
    assert f"victim = {GIVE_UP[victim]}" in report
    assert "kernel's rule 90" in report


@pytest.mark.parametrize("made", [diverged, ran_twice], ids=["standalone", "twice"])
@pytest.mark.parametrize("victim", ["node1", "node2"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_each_command(
    verb: Verb, made: Callable[[], World], victim: str, when: str
) -> None:
    world = made()
    killed: set[str] = set()

    def dies(line: str) -> str:
        if line in killed:
            return ""
        killed.add(line)
        return when

    world.dies = dies
    code = Exit.FAILED
    for _ in range(40):
        with suppress(Killed):
            code = verb(world, "apply", "split-brain", **given(victim))
        if code is Exit.OK:
            break
    assert code is Exit.OK
    assert all_of(world, "node2" if victim == "node1" else "node1")
    assert len(killed) > 10
    destroying = [line for line in lines(world) if "invalidate" in line or "destroy" in line]
    assert not any(line.startswith(("node1", "node2")[victim == "node1"]) for line in destroying)
    if when == "after":
        assert len(destroying) == len(set(destroying))
        assert sum("failover" in line for line in lines(world)) <= 1


def test_nothing_runs_before_somebody_chose(verb: Verb) -> None:
    error = verb.refused(diverged(), "apply", "split-brain")
    assert error.code is Exit.BLOCKED
    assert all(f"victim={word}: what" in error.mend for word in GIVE_UP.values())
    assert "64 KiB" not in str(error) and "128 KiB differ" in error.mend


def test_the_choice_is_typed_as_well(verb: Verb) -> None:
    world = diverged()
    with pytest.raises(WizardError) as caught:
        verb(world, "apply", "split-brain", choose=[f"victim={GIVE_UP['node1']}"])
    assert caught.value.code is Exit.CONSENT
    assert GIVE_UP["node1"] in caught.value.what
    assert not any("invalidate" in line for line in world.lines())


def test_without_room_for_snapshots_that_is_typed_too(verb: Verb) -> None:
    world = diverged()
    roomless = 2400 * 1024**2
    for host in ("node1", "node2"):
        world.accident.change(host, "lvm", str(20 * 1024**3), str(roomless))
    world.refresh()
    with pytest.raises(WizardError) as caught:
        verb(world, "apply", "split-brain", **given("node1"))
    assert "no way back" in caught.value.what
    assert verb(world, "apply", "split-brain", **given("node1", "no way back")) is Exit.OK
    assert all_of(world, "node2")
    assert world.drbd.kept == {}


@pytest.mark.parametrize(
    ("change", "victim"),
    [
        # The side that is kept is written to by somebody else, or breaks.
        (
            lambda w: w.accident.generations(
                "node2", OTHER.replace("9999", "7777"), "1:1:1:0:0:0:0"
            ),
            "node1",
        ),
        (lambda w: w.drbd.change("node2", "0", "ds:UpToDate", "ds:Failed"), "node1"),
        # The side that is given up is used.
        (lambda w: w.drbd.change("node1", "0", "ro:Secondary", "ro:Primary"), "node1"),
        (lambda w: w.drbd.change("node1", "0", "StandAlone", "WFConnection"), "node1"),
    ],
)
def test_what_changed_since_it_was_shown_stops_the_command(
    verb: Verb, change: Callable[[World], object], victim: str
) -> None:
    world = diverged()
    agrees = world._agrees

    def late(host: str, guard: str) -> bool:
        # Nobody looked since the plan was made: the command itself has to find out.
        change(world)
        return agrees(host, guard)

    world._agrees = late  # type: ignore[method-assign]
    assert verb(world, "apply", "split-brain", **given(victim)) is not Exit.OK
    assert world.refused and "invalidate" in world.refused[0]
    assert not any("invalidate" in line for line in world.lines())
    assert "refused by its guard" in verb.text


def test_a_copy_that_is_not_whole_is_never_what_is_kept(verb: Verb) -> None:
    world = diverged()
    world.drbd.invalidate("node1", "0")
    world.refresh()
    error = verb.refused(world, "apply", "split-brain", **given("node2"))
    assert "is none of the options" in error.what
    assert GIVE_UP["node1"] in error.mend
    assert f"victim={GIVE_UP['node2']}" not in error.mend


def test_unrelated_copies_are_never_connected(verb: Verb) -> None:
    world = diverged()
    world.accident.generations(
        "node1",
        "1111000000000000:0000000000000000:2222000000000000:3333000000000000",
        "1:1:0:0:0:0:0",
    )
    text = world.accident.raw["node1"]["drbd-generations"]
    assert json.loads(text)
    world.refresh()
    error = verb.refused(world, "apply", "split-brain", **given("node1"))
    assert "unrelated" in error.what


def test_who_ran_it_when_is_told(verb: Verb) -> None:
    world = diverged()
    world.accident.raw["node1"]["history"] += (
        "1795363000.5 node1 kernel: drbd resource0: conn( Connected -> Timeout )\n"
        "1795363100.5 node1 kernel: block drbd0: role( Secondary -> Primary )\n"
        "1795363400.5 node1 kernel: block drbd0: role( Primary -> Secondary )\n"
    )
    world.refresh()
    verb(world, "diagnose", json=False, schema=False, bundle=False)
    text = " ".join(verb.text.split())
    assert "disk 0 of inst1.name.org: parted from its peer 2026-11-22 15:56:40 UTC" in text
    assert "Primary here from 2026-11-22 15:58:20 UTC to 2026-11-22 16:03:20 UTC" in text
    assert "its last good backup is of 2026-11-22" in text
    assert "64 KiB out of sync" in text
