"""What may be given up after a split brain, by the facts alone."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys

import pytest

from steps.recover.scene import Scene
from steps.recover.steps.parted import common, discard, part, snapshot
from steps.recover.victims import CHOICE, VICTIM, chosen, possible, refusal, sides, undecided
from tests.steps.recover.accident import AFTER, KEYS, NOW, OTHER, SAME, Accident
from tests.steps.recover.test_situations import ALONE, CUT, runbook
from wizard.model.accident import Case
from wizard.model.review import Review, look
from wizard.model.step import Danger, Step

pytestmark = pytest.mark.slow

INSTANCE = "inst1.name.org"


def diverged(standby: str = CUT) -> Accident:
    accident = Accident().drbd("node1", standby).drbd("node2", ALONE)
    accident.generations("node1", OTHER, "1:1:0:0:0:0:0")
    return accident.generations("node2", AFTER, "1:1:1:0:0:0:0")


def scene(accident: Accident) -> Scene:
    return Scene(accident.answers, accident.facts)


def words(accident: Accident) -> list[str]:
    return [side.word for side in possible(scene(accident))]


def review(step: Step, accident: Accident) -> Review:
    return look(step, accident.answers, accident.facts)


def case(victim: str = "node1") -> Case:
    values = {VICTIM: f"{victim}/{INSTANCE}"} if victim else {}
    return Case("split-brain", "20261122T160850Z-split-brain", "me@desk:/x", NOW, chosen=values)


def test_either_side_of_a_split_brain_may_be_given_up_and_nothing_else() -> None:
    both = [f"node1/{INSTANCE}", f"node2/{INSTANCE}"]
    assert sorted(words(diverged())) == both
    assert words(Accident()) == []
    accident = diverged()
    options = CHOICE.options(accident.answers, accident.facts)
    assert sorted(option.value for option in options) == both
    assert all("is thrown away" in option.words for option in options)


@pytest.mark.parametrize("victim", ["node1", "node2"])
def test_an_unread_copy_forbids_both(victim: str) -> None:
    accident = diverged()
    accident.raw[victim]["drbd-generations"] = "[]"
    moment = scene(accident)
    for guest in moment.guests:
        for side in sides(moment, guest):
            assert "could not be read" in refusal(moment, side).why
    assert words(accident) == []


@pytest.mark.parametrize(
    ("states", "flags"),
    [
        (ALONE.replace("UpToDate/", "Inconsistent/"), "1:1:1:0:0:0:0"),
        (ALONE.replace("UpToDate/", "Outdated/"), "1:0:1:0:0:0:0"),
        (ALONE, "1:0:1:0:0:0:0"),
    ],
)
def test_only_a_whole_copy_is_kept(states: str, flags: str) -> None:
    accident = diverged().drbd("node2", states).generations("node2", AFTER, flags)
    assert words(accident) == [f"node2/{INSTANCE}"]


def test_what_the_survivor_would_be_the_source_of_is_not_given_up_again() -> None:
    accident = diverged().generations("node1", OTHER, "0:0:0:0:0:0:0")
    moment = scene(accident)
    side = chosen(case().chosen, moment)
    assert side is not None
    assert undecided(moment, side) == []
    for step in (part, snapshot, discard):
        made = review(step.step(case()), accident)
        assert not made.plan
        assert not made.blockers


def test_without_a_choice_nothing_is_planned() -> None:
    made = review(part.step(case("")), diverged())
    assert "nobody has chosen" in str(made.blockers[0])
    for step in (snapshot, discard):
        assert not review(step.step(case("")), diverged()).plan


def test_nothing_is_destroyed_before_the_side_stands_alone_and_is_kept() -> None:
    waiting = diverged(CUT.replace("StandAlone", "WFConnection"))
    told = [str(blocker) for blocker in review(discard.step(case()), waiting).blockers]
    assert any("not given up here yet" in text for text in told)
    assert any("not kept yet" in text for text in told)
    assert "not given up here yet" in str(review(snapshot.step(case()), waiting).blockers[0])
    unread = diverged().change("node1", "replicas", "2048.00", "-")
    unread.raw["node1"].pop("lvm")
    assert "could not be read" in str(review(snapshot.step(case()), unread).blockers[0])


def test_each_destroying_command_is_guarded_typed_and_a_turning_point() -> None:
    accident = diverged()
    names = snapshot.wanted(case(), scene(accident), next(possible(scene(accident))))
    rows = "\n".join(f"  {name}|134217728|0.00|xenvg" for name in names.values())
    accident.raw["node1"]["split-kept"] += rows
    commands = review(discard.step(case()), accident).plan.commands
    assert [command.argv for command in commands] == [
        ("drbdsetup", "invalidate", "0"),
        ("drbdsetup", "invalidate", "1"),
    ]
    for command in commands:
        assert command.host == "node1"
        assert command.danger is Danger.DESTROY
        assert command.confirm == f"node1/{INSTANCE}"
        assert command.turning
        # What is asked on the other node is one word of ssh's.
        remote = shlex.split(command.guard)[-1]
        assert "drbdsetup get-gi" in remote and "ds:UpToDate/" in remote
        assert "root@node2.name.org" in command.guard
        assert "cs:StandAlone ro:Secondary/" in command.guard


GROUP = '{"vg_name":"xenvg", "vg_size":"23601348608", "vg_free":"23601348608",'
"""How the group of the recorded servers begins, as vgs writes it."""


def in_other_groups(
    accident: Accident, data: str = "ssd", metadata: str = "hdd", free: int = 1 << 34
) -> Accident:
    """The first disk's volumes are in groups of their own (gnt-instance add, vg and metavg)."""
    for host in ("node1", "node2"):
        stored = json.loads(accident.raw[host]["ganeti"])
        for disk in stored["config"]["disks"]:
            if disk["minors"] == [0, 0]:
                disk["groups"] = [data, metadata]
        accident.raw[host]["ganeti"] = json.dumps(stored)
        texts = accident.raw[host]
        moved = {KEYS[0] + "_data": data, KEYS[0] + "_meta": metadata}
        rows = []
        for row in texts["replicas"].splitlines():
            name = row.split()[0] if row.split() else ""
            rows.append(row.replace(" xenvg ", f" {moved[name]} ") if name in moved else row)
        texts["replicas"] = "\n".join(rows) + "\n"
        copies = json.loads(texts["drbd-generations"])
        copies[0]["group"] = metadata
        texts["drbd-generations"] = json.dumps(copies)
        more = ""
        for name in (data, metadata):
            more += f'{{"vg_name":"{name}", "vg_size":"{1 << 35}", "vg_free":"{free}",'
            more += ' "vg_extent_size":"4194304", "vg_missing_pv_count":"0"},'
        accident.change(host, "lvm", GROUP, more + GROUP)
    return accident


def test_volumes_outside_of_the_cluster_s_group_are_kept_and_thrown_away_where_they_are() -> None:
    accident = in_other_groups(diverged())
    lines = [command.line for command in review(snapshot.step(case()), accident).plan.commands]
    volumes = [line.split()[-1] for line in lines]
    assert volumes == [
        f"ssd/{KEYS[0]}_data",
        f"hdd/{KEYS[0]}_meta",
        f"xenvg/{KEYS[1]}_data",
        f"xenvg/{KEYS[1]}_meta",
    ]
    for host in ("node1", "node2"):
        accident.drbd(host, "")
    accident.generations("node1", OTHER, "1:1:0:0:0:0:0", attached=False)
    made = scene(in_other_groups(accident))
    side = chosen({VICTIM: f"node1/{INSTANCE}"}, made)
    assert side is not None
    first, second = (discard._invalidate(case(), made, side, disk) for disk in made.disks)
    assert f"drbdmeta 0 v08 /dev/hdd/{KEYS[0]}_meta flex-external invalidate" in first.line
    assert f"/dev/hdd/{KEYS[0]}_meta flex-external get-gi" in first.guard
    assert f"/dev/xenvg/{KEYS[1]}_meta flex-external invalidate" in second.line


def test_without_room_in_one_of_the_groups_there_is_no_way_back() -> None:
    accident = in_other_groups(diverged(), free=1 << 22)
    (only,) = review(snapshot.step(case()), accident).plan.commands
    assert only.confirm == snapshot.CONSENT


def test_an_old_half_in_a_group_beside_tells_nothing_of_a_copy() -> None:
    """Its volumes have the same names (vgimportclone(8)), and identifiers of long ago."""
    accident = diverged()
    before = accident.situations
    for host in ("node1", "node2"):
        rows = json.loads(accident.raw[host]["drbd-generations"])
        for row in list(rows):
            old = {"attached": False, "gi": f"{SAME}:1:1:0:1:0:0:0", "group": "xenvg1"}
            rows.append({**row, **old})
        accident.raw[host]["drbd-generations"] = json.dumps(rows)
    assert before == ["split-brain"]
    assert accident.situations == before


def test_a_group_whose_name_is_none_reaches_no_command() -> None:
    made = review(snapshot.step(case()), in_other_groups(diverged(), data="$(reboot)"))
    assert not made.plan.commands


def test_a_volume_whose_name_is_not_ganetis_reaches_no_command() -> None:
    accident = diverged()
    for host in ("node1", "node2"):
        for fact in ("ganeti", "drbd-generations"):
            text = accident.raw[host][fact]
            accident.raw[host][fact] = text.replace(".disk0", ".$(reboot)")
    moment = scene(accident)
    side = chosen(case().chosen, moment)
    assert side is not None
    assert any("not Ganeti's" in finding.what for finding in common.objections(moment, side))
    assert review(discard.step(case()), accident).blockers


@pytest.mark.parametrize("module", ["runbooks", "victims", "situations", "copies"])
def test_each_may_be_the_first_that_is_loaded(module: str) -> None:
    """Modules that need each other load in one order, and end the program in another."""
    line = f"import steps.recover.{module}"
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_second_copy_that_is_held_still_is_decided_by_the_split_brain() -> None:
    accident = diverged(ALONE)
    accident.raw["node1"]["hypervisor"] += f"\nguest: {INSTANCE}\n"
    assert accident.situations[0] == "twice"
    assert not runbook(accident.situation("split-brain"), "split-brain").offered
    accident.raw["node1"]["paused-instances"] = f"{INSTANCE}\n"
    assert accident.situations[0] == "split-brain"
    told = [evidence.what for evidence in accident.situation("split-brain").evidence]
    assert f"{INSTANCE} runs here, held still" in told
    # Where the copies did not diverge, which one to end is no question of data.
    accident.generations("node1", SAME, "1:1:1:0:0:0:0")
    assert accident.situations[0] == "twice"
