"""A half that counts further than the one that a mirror runs on is never overwritten unasked.

linux-raid, "RAID1: two components with different data" (spinics.net/lists/raid/msg08355): one disk
is out, the other is written to, and then it is out in turn.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from steps.disks.facts.md import MD
from steps.disks.partition import STEP as PARTITION
from steps.disks.raid import STEP as RAID
from tests.cases import answers_of, case_path, content
from tests.steps.disks.machines import disk, disks, row, table
from tests.steps.disks.machines import facts as made
from wizard.model.facts import Facts
from wizard.model.review import Review, look
from wizard.model.step import Step


def _looked(step: Step, case: str, half: tuple[str, int], twin: tuple[str, int]) -> Review:
    """A recorded case in which these two partitions of node2 have counted so far."""
    recorded = content(case_path(step.id, case))
    facts = recorded["facts"]
    md = facts["node2"]["md"]
    for path, events in (half, twin):
        before, mark, after = md.partition(f"examine /dev/{path}\n")
        assert mark
        rest = after.split("\n")
        at = next(i for i, line in enumerate(rest) if line.startswith("MD_EVENTS="))
        rest[at] = f"MD_EVENTS={events}"
        md = before + mark + "\n".join(rest)
    facts["node2"]["md"] = md
    return look(step, answers_of(recorded.get("answers", {})), Facts(facts))


def _told(review: Review) -> str:
    return "\n".join(str(found) for found in review.blockers if found.host == "node2")


@pytest.mark.parametrize(("running", "left_out"), [(68, 69), (9, 500)])
def test_the_newer_half_of_the_data_mirror_is_not_overwritten(running: int, left_out: int) -> None:
    review = _looked(RAID, "member-removed", ("vda2", running), ("vdb2", left_out))
    assert f"/dev/vdb2, left out, counts to {left_out} and is newer" in _told(review)
    assert not review.plan
    advised = [str(found) for found in review.wrong()]
    assert not any("--add" in text for text in advised), advised


@pytest.mark.parametrize(("running", "left_out"), [(68, 68), (500, 9)])
def test_an_older_half_is_added(running: int, left_out: int) -> None:
    review = _looked(RAID, "member-removed", ("vda2", running), ("vdb2", left_out))
    assert not review.blockers
    lines = [command.line for command in review.plan.on("node2")]
    assert lines == ["mdadm /dev/md1 --add /dev/vdb2"]


def test_nobody_is_told_to_overwrite_the_newer_half_of_the_root_mirror() -> None:
    review = _looked(PARTITION, "root-mirror-degraded", ("vda1", 5), ("vdb1", 9))
    assert "/dev/vdb1, left out, counts to 9 and is newer" in _told(review)
    assert "--add" not in _told(review)


U = "11112222:33334444:55556666:77778888"
SINGLE = "array {0} raid1 1.2 clean 2 1 8 idle none\nmember {0} {1} in_sync 0\n"


def _examined(name: str, slot: int, states: str, level: str = "raid1", devices: int = 2) -> str:
    """What the look prints of one partition."""
    return (
        f"examine /dev/{name}\nMD_LEVEL={level}\nMD_DEVICES={devices}\nMD_NAME=any:1\n"
        f"MD_UUID={U}\nMD_EVENTS=12\nDevice Role=Active device {slot}\n"
        f"Array State={states} ('A' == active, '.' == missing, 'R' == replacing)\n"
    )


def _seen(md: str) -> Review:
    """Two disks, each with a partition of type RAID, and these arrays and superblocks."""
    parts = {name: row(f"{name}1", "part") for name in ("sda", "sdb")}
    text = disks(
        [disk(name, part) for name, part in parts.items()],
        {name: table([part]) for name, part in parts.items()},
        *(f"{name}1,0x1000,linux_raid_member,u," for name in parts),
    )
    recorded = content(case_path("raid", "done-resyncing"))["facts"]["node1"]
    others = {name: recorded[name] for name in ("packages", "unfinished", "apt-lists")}
    # Metadata 0.90 has no name: only the file tells which mirror it is.
    others["mdadm-conf"] = f"== conf\nARRAY /dev/md1 UUID={U}\n"
    return look(RAID, answers_of({}), made(text, md, **others))


@pytest.mark.parametrize(
    ("md", "refused"),
    [
        (_examined("sda1", 0, "A.") + _examined("sdb1", 1, ".A"), True),
        (
            SINGLE.format("md1", "sda1") + _examined("sda1", 0, "A.") + _examined("sdb1", 1, ".A"),
            True,
        ),
        (
            SINGLE.format("md1", "sda1")
            + SINGLE.format("md127", "sdb1")
            + _examined("sda1", 0, "A.")
            + _examined("sdb1", 1, ".A"),
            True,
        ),
        # The half that was left out knows of nothing: it was not written to since.
        (
            SINGLE.format("md1", "sda1") + _examined("sda1", 0, "A.") + _examined("sdb1", 1, "AA"),
            False,
        ),
        (_examined("sda1", 0, "AA") + _examined("sdb1", 1, "AA"), False),
        # A third half is missing, and both know it.
        (
            _examined("sda1", 0, "AA.", devices=3) + _examined("sdb1", 1, "AA.", devices=3),
            False,
        ),
    ],
)
def test_halves_that_were_written_to_apart_are_not_joined(md: str, refused: bool) -> None:
    review = _seen(md)
    told = "\n".join(str(found) for found in review.blockers)
    assert ("each was written to without the other" in told) == refused, told
    assert bool(review.plan) == (not refused)


def _of_0_90(name: str, place: str, first: str, second: str) -> str:
    """What the look prints of one partition with metadata 0.90."""
    return (
        f"examine /dev/{name}\nMD_LEVEL=raid1\nMD_DEVICES=2\nMD_METADATA=0.90\nMD_UUID={U}\n"
        f"MD_EVENTS=12\nPlace this={place}\nPlace 0=0 {first}\nPlace 1=1 {second}\n"
    )


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        (("0 active sync /dev/sda1", "active sync", "removed"), None, True),
        (("0 active sync /dev/sda1", "active sync", "faulty removed"), None, True),
        # The second one was there when it was written to last.
        (("0 active sync /dev/sda1", "active sync", "active sync"), None, False),
        # What is being copied is a spare and has no place yet.
        (("2 spare /dev/sda1", "removed", "active sync"), None, False),
        # It was left out, and was not written to since.
        (
            ("0 active sync /dev/sda1", "active sync", "removed"),
            ("1 active sync /dev/sdb1", "active sync", "active sync"),
            False,
        ),
    ],
)
def test_halves_of_metadata_0_90_that_were_written_to_apart(
    first: tuple[str, str, str], second: tuple[str, str, str] | None, refused: bool
) -> None:
    """They have no Array State, but a table (examine_super0 in mdadm's super0.c)."""
    other = second or ("1 active sync /dev/sdb1", "removed", "active sync")
    running = SINGLE.format("md1", "sda1").replace("1.2", "0.90")
    review = _seen(running + _of_0_90("sda1", *first) + _of_0_90("sdb1", *other))
    told = "\n".join(str(found) for found in review.blockers)
    assert ("each was written to without the other" in told) == refused, told


@pytest.mark.parametrize("level", ["raid5", "raid6", "raid10", "raid0", "linear"])
def test_what_is_left_of_another_array_is_not_started(level: str) -> None:
    """Disks out of a storage box, whose second array has the number of the data mirror."""
    review = _seen(_examined("sda1", 0, "AAA", level, 3) + _examined("sdb1", 1, "AAA", level, 3))
    told = [str(found) for found in review.blockers if found.host == "node1"]
    assert any(f"belongs to a {level} of 3 devices" in text for text in told), told
    assert not review.plan


def test_the_snippet_asks_for_the_places(tmp_path: Path) -> None:
    for name in ("sda1", "sda2"):
        (tmp_path / "sys/class/block" / name).mkdir(parents=True)
        (tmp_path / "sys/class/block" / name / "partition").touch()
    stub = tmp_path / "mdadm"
    stub.write_text(
        "#!/bin/sh\ncase $* in\n"
        f'"--examine --export /dev/sda1") echo MD_UUID={U}; echo MD_EVENTS=7;;\n'
        '"--examine /dev/sda1") echo "   Device Role : Active device 1";'
        " echo \"   Array State : .A ('A' == active)\";;\n"
        '"--examine --export /dev/sda2") echo MD_UUID=a:b:c:d; echo MD_DEVICES=2;;\n'
        '"--examine /dev/sda2") echo "      Number   Major   Minor   RaidDevice State";'
        ' echo "this     1       8       33        1      active sync   /dev/sda2";'
        ' echo "   0     0       0        0        0      removed";'
        ' echo "   1     1       8       33        1      active sync   /dev/sda2";;\nesac\n'
    )
    stub.chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", str(MD.script).replace("/sys/", f"{tmp_path}/sys/")],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
    )
    block, old = MD.parse(done.stdout).superblocks
    assert (block.path, block.slot, block.states, block.events) == ("/dev/sda1", 1, ".A", 7)
    assert (old.path, old.slot, old.states) == ("/dev/sda2", 1, ".A")
