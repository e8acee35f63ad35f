"""An old half of the data mirror on a third disk: the one that was replaced, left in the server."""

from __future__ import annotations

import pytest

from steps.disks.layout import suggested
from steps.disks.lvm import STEP as LVM
from steps.disks.raid import STEP as RAID
from tests.cases import case_path, content
from tests.steps.disks.machines import array, disk, disks, facts, row, table
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.review import State, look

UUID = "11112222:33334444:55556666:77778888"
GROUP = '{"vg_name":"xenvg","vg_size":"42945478656","vg_free":"5","vg_missing_pv_count":"0"}'
PV = '{"pv_name":"/dev/md1","vg_name":"xenvg","pv_size":"42945478656"}'


def _examined(name: str, events: int) -> str:
    named = f"MD_LEVEL=raid1\nMD_DEVICES=2\nMD_NAME=any:1\nMD_UUID={UUID}"
    return f"examine /dev/{name}\n{named}\nMD_EVENTS={events}\n"


def _machine(md: str, events: int) -> Facts:
    """The mirror on sda2 and sdb2, as `md` has it; sdc1 was a half of it and has the most room."""
    parts = {
        name: [row(f"{name}1", "part", row("md0", "raid1", mounts=["/"])), row(f"{name}2", "part")]
        for name in ("sda", "sdb")
    }
    parts["sdc"] = [row("sdc1", "part")]
    counts = {"sda2": 10, "sdb2": 10, "sdc1": events}
    md = array("md0", "sda1", "sdb1") + md
    md += "".join(_examined(name, count) for name, count in counts.items())
    recorded = content(case_path("raid", "done-resyncing"))["facts"]["node1"]
    others = {name: recorded[name] for name in ("packages", "unfinished", "apt-lists")}
    others["mdadm-conf"] = f"fresh 6.1\n== conf\nARRAY /dev/md1 UUID={UUID}\n"
    others["mirror-content"] = "md1,0x218,LVM2_member,u,\n"
    reports = f'{{"report":[{{"pv":[{PV}]}}]}}\n{{"report":[{{"vg":[{GROUP}]}}]}}'
    rows = [disk(name, *listed) for name, listed in parts.items()]
    return facts(
        disks(rows, {name: table(listed) for name, listed in parts.items()}),
        md,
        **{**others, "lvm": f"lvm installed\n{reports}\n"},
    )


WHOLE = array("md1", "sda2", "sdb2")
ALONE = array("md1", "sda2").replace("clean 1 0", "clean 2 1")


def _choose(*names: str) -> Answers:
    nodes = [node.short for node in Answers().nodes]
    chosen = {node: [f"S-{name}" for name in names] for node in nodes}
    return Answers.model_validate({"partition": {"disks": chosen}})


def test_the_mirror_s_own_disks_are_suggested() -> None:
    seen = _machine(WHOLE, events=5)
    assert suggested(Answers(), seen, "node1") == ("S-sda", "S-sdb")
    for step in (RAID, LVM):
        assert look(step, Answers(), seen).state is State.DONE, step.id


def test_the_disk_that_the_mirror_runs_on_is_always_one_of_them() -> None:
    assert "S-sda" in suggested(Answers(), _machine(ALONE, events=5), "node1")


@pytest.mark.parametrize("names", [("sda", "sdc"), ("sdb", "sdc")])
def test_a_whole_mirror_gets_no_third_half(names: tuple[str, str]) -> None:
    review = look(RAID, _choose(*names), _machine(WHOLE, events=5))
    assert not review.plan
    told = [str(found) for found in review.blockers if found.host == "node1"]
    assert any("/dev/sdc1 is none of them" in text for text in told), told
    mended = look(RAID, _choose("sda", "sdb"), _machine(WHOLE, events=5))
    assert mended.state is State.DONE


@pytest.mark.parametrize("md", [WHOLE, ALONE])
def test_a_newer_half_on_a_disk_that_was_not_chosen_is_told(md: str) -> None:
    """With another half beside it the mirror would only go on from old data."""
    review = look(RAID, _choose("sda", "sdb"), _machine(md, events=50))
    told = [str(found) for found in review.blockers if found.host == "node1"]
    assert any("/dev/sdc1, left out, counts to 50 and is newer" in text for text in told), told
    assert not review.plan
