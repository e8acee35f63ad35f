"""A half that counts further than the one that a mirror runs on is never overwritten unasked.

linux-raid, "RAID1: two components with different data" (spinics.net/lists/raid/msg08355): one disk
is out, the other is written to, and then it is out in turn.
"""

from __future__ import annotations

import pytest

from steps.disks.partition import STEP as PARTITION
from steps.disks.raid import STEP as RAID
from tests.cases import answers_of, case_path, content
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
