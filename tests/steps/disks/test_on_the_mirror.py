"""What stands on the data mirror in another way than as LVM's physical volume is never told to be
wiped unseen.
"""

from __future__ import annotations

import json

import pytest

from steps.disks.lvm import STEP
from tests.steps.disks.machines import Row, array, row
from tests.steps.disks.mirrored import mirrored
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.review import Review, State, look

WORDS = [f"{node}:S-{name}" for node in ("node1", "node2") for name in ("sda", "sdb")]
CONSENT = Answers.model_validate({"partition": {"erase": WORDS}})


def _pv(name: str, group: str) -> dict[str, str]:
    return {"pv_name": name, "vg_name": group, "pv_size": "42945478656", "vg_uuid": group}


def _vg(name: str) -> dict[str, str]:
    sizes = {"vg_size": "42945478656", "vg_free": "5", "vg_missing_pv_count": "0"}
    return {"vg_name": name, **sizes, "vg_attr": "wz--n-", "vg_uuid": name}


def _machine(kind: str, standing: list[Row], pvs: list[dict[str, str]]) -> Facts:
    """Both nodes with the registered data mirror, on which wipefs sees this."""
    reports = ({"pv": pvs}, {"vg": [_vg(name) for name in {pv["vg_name"] for pv in pvs}]})
    said = "\n".join(json.dumps({"report": [one]}) for one in reports)
    data = array("md1", "sda2", "sdb2")
    seen = f"md1,0x200,{kind},,"
    return mirrored(data, ("sda", "sdb"), standing=standing, signature=seen, lvm=said)


def _told(review: Review) -> list[str]:
    return [str(found) for found in review.blockers if found.host == "node1"]


PART = row("md1p1", "part")


@pytest.mark.parametrize(
    ("kind", "standing", "pvs", "named"),
    [
        # A table on the mirror (md(4), partitions) and a group on it that is not active.
        ("gpt", [PART], [_pv("/dev/md1p1", "data")], "/dev/md1p1 (data)"),
        ("gpt", [PART], [_pv("/dev/md1p1", "")], "/dev/md1p1 (a physical volume)"),
        ("gpt", [row("md1p1", "part", row("data-a", "lvm"))], [], "/dev/data-a"),
        ("dos", [row("md1p1", "part", mounts=["/srv"])], [], "/dev/md1p1"),
        ("crypto_LUKS", [row("secret", "crypt")], [_pv("/dev/secret", "data")], "/dev/secret"),
    ],
)
@pytest.mark.parametrize("answers", [Answers(), CONSENT])
def test_what_is_on_it_is_named_and_nothing_is_wiped(
    kind: str, standing: list[Row], pvs: list[dict[str, str]], named: str, answers: Answers
) -> None:
    review = look(STEP, answers, _machine(kind, standing, pvs))
    assert review.state is State.BLOCKED and not review.plan
    (told,) = _told(review)
    assert "something else is on it" in told and named in told
    assert "partition.erase" not in told


def test_an_empty_partition_on_it_goes_with_the_word() -> None:
    seen = _machine("gpt", [PART], [])
    assert "partition.erase" in _told(look(STEP, Answers(), seen))[0]
    plan = look(STEP, CONSENT, seen).plan.on("node1")
    assert plan[0].argv == ("wipefs", "--all", "/dev/md1")


def test_a_group_of_our_name_on_its_partition() -> None:
    review = look(STEP, CONSENT, _machine("gpt", [PART], [_pv("/dev/md1p1", "xenvg")]))
    assert not review.plan
    assert any("/dev/md1p1 (xenvg)" in text for text in _told(review))


def test_a_physical_volume_that_lvm_hides_is_never_told_to_be_emptied() -> None:
    """The initramfs brought its volumes up, and LVM's list of devices leaves it out since."""
    machine = _machine("LVM2_member", [row("xenvg-uuid.disk0_data", "lvm")], [])
    told = _told(look(STEP, Answers(), machine))
    assert any("is a physical volume, and pvs does not show it" in text for text in told)
    assert not any("wipefs" in text or "pvremove" in text for text in told)
