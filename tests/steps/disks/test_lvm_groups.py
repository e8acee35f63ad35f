"""Volume groups that LVM lists and does nothing with, and groups of one name."""

from __future__ import annotations

import json

import pytest

from steps.disks.facts.lvm import parse
from steps.disks.facts.lvmconf import parse_lvm
from steps.disks.lvmfilter import wanted_filter
from tests.cases import case_path, load
from tests.daily.scene import Scene
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.review import Review, State, look
from wizard.model.verdicts import Level

OWN = "7NhNhh-UiH7-a0EH-xOqi-z0Do-I51o-7VMh5X"
OTHER = "SC8bfG-ZC23-0tWx-gMJY-NidS-zQZf-2T0Uu1"


def pv(name: str, uuid: str, vg: str = "xenvg") -> dict[str, str]:
    return {"pv_name": name, "vg_name": vg, "pv_size": "23601348608", "vg_uuid": uuid}


def vg(uuid: str = OWN, name: str = "xenvg", attributes: str = "wz--n-") -> dict[str, str]:
    sizes = {"vg_size": "23601348608", "vg_free": "23601348608", "vg_missing_pv_count": "0"}
    return {"vg_name": name, **sizes, "vg_attr": attributes, "vg_uuid": uuid}


def said(pvs: list[dict[str, str]], vgs: list[dict[str, str]]) -> str:
    """What the fact prints; with log/report_command_log set, LVM appends its log (lvmreport(7))."""
    log = [{"log_seq_num": "1", "log_type": "status", "log_message": "success"}]
    documents = [{"report": [{"pv": pvs}], "log": log}, {"report": [{"vg": vgs}], "log": log}]
    return "lvm installed\n" + "\n".join(json.dumps(one, indent=6) for one in documents)


def seen(text: str) -> Review:
    step, _, answers, facts = load(case_path("lvm", "done"))
    raw = {host: dict(texts) for host, texts in facts.raw.items()}
    raw["node1"]["lvm"] = text
    return look(step, answers, Facts(raw))


def health(text: str) -> list[tuple[Level, str, str]]:
    scene = Scene()
    scene.raw["node1"]["lvm"] = text
    verdicts = [one for one in scene.report.verdicts if (one.check, one.host) == ("lvm", "node1")]
    return [(one.level, one.what, one.mend) for one in verdicts]


@pytest.mark.parametrize(
    ("attributes", "what", "mend"),
    [
        ("wzx-n-", "is exported", "vgimport xenvg"),
        ("wz-pns", "is shared under a lock manager", "vgchange --lock-type none"),
        ("wz--nc", "is shared under a lock manager", "vgchange --lock-type none"),
        ("rz--n-", "is read-only", "vgdisplay xenvg"),
    ],
)
def test_a_group_that_lvm_lists_and_leaves_alone(attributes: str, what: str, mend: str) -> None:
    text = said([pv("/dev/md1", OWN)], [vg(attributes=attributes)])
    review = seen(text)
    assert review.state is not State.DONE and not review.plan.commands
    (finding,) = {str(one): one for one in (*review.blockers, *review.problems)}.values()
    assert finding.host == "node1" and what in finding.what and mend in finding.mend
    ((level, told, way),) = health(text)
    assert level is Level.CRITICAL and what in told and mend in way


@pytest.mark.parametrize("attributes", ["wz--n-", "w---n-", "wz--a-", ""])
def test_a_group_that_lvm_works_with(attributes: str) -> None:
    text = said([pv("/dev/md1", OWN)], [vg(attributes=attributes)])
    assert seen(text).state is State.DONE
    assert [level for level, _, _ in health(text)] == [Level.OK]


@pytest.mark.parametrize("other", ["/dev/drbd3", "/dev/sdc1", "[unknown]"])
def test_two_groups_of_one_name_are_told_with_their_devices(other: str) -> None:
    """hwameistor #1437: an instance's disk held a group of the host's own name."""
    rows = [pv("/dev/md1", OWN), pv(other, OTHER)]
    for groups in ([vg(OWN), vg(OTHER)], [vg(OTHER), vg(OWN)]):
        text = said(rows, groups)
        review = seen(text)
        assert review.state is not State.DONE and not review.plan.commands
        told = " ".join(map(str, (*review.blockers, *review.problems)))
        for word in (
            "2 volume groups are named xenvg",
            f"{OWN} on /dev/md1",
            f"{OTHER} on {other}",
        ):
            assert word in told
        ((level, what, mend),) = health(text)
        assert level is Level.CRITICAL and OTHER in what and "lvmfilter" in mend


def test_groups_of_one_name_that_are_not_ours_are_nobodys_concern() -> None:
    rows = [pv("/dev/md1", OWN), pv("/dev/sdc1", OTHER, "old"), pv("/dev/sdd1", "third", "old")]
    text = said(rows, [vg(), vg(OTHER, "old"), vg("third", "old")])
    assert seen(text).state is State.DONE
    assert parse(text).fault("none") is None


HEAD = 'global_filter=["a|.*|"]\nuse_devicesfile=0\n  /dev/md1|pv|xenvg|pv|' + OWN + "\n"


def filtered(rows: str, lvmlocal: str = "") -> Review:
    step, _, answers, facts = load(case_path("lvmfilter", "fresh"))
    raw = {host: dict(texts) for host, texts in facts.raw.items()}
    raw["node1"]["lvm_filter"] = HEAD + rows
    if lvmlocal:
        raw["node1"]["lvmlocal"] = f"==> /etc/lvm/lvmlocal.conf <==\n{lvmlocal}"
    return look(step, answers, Facts(raw))


def test_a_guests_group_of_the_same_name_is_hidden_and_never_to_be_moved() -> None:
    own = f"  /dev/md1|all|xenvg|all|{OWN}\n"
    guests = f"  /dev/drbd3|all|xenvg|all|{OTHER}\n"
    review = filtered(own + guests)
    assert not review.blockers
    assert [one.host for one in review.plan.commands] == ["node1", "node2"]
    assert "drbd" not in (review.plan.commands[0].stdin or "")
    same = f"  /dev/drbd3|all|xenvg|all|{OWN}\n"
    for rows in (own + same, guests):
        assert "would hide it" in " ".join(map(str, filtered(rows).blockers))


def test_a_device_that_is_missing_is_no_device_to_admit() -> None:
    view = parse_lvm(f"{HEAD}  [unknown]|all|vg0|all|{OTHER}\n  /dev/md1|all|xenvg|all|{OWN}\n")
    assert wanted_filter(view, "xenvg") == ("a|^/dev/md|", "r|.*|")


def test_a_filter_that_another_file_overrides_is_told_and_not_written_for_ever() -> None:
    """lvmlocal.conf says that an lvm_TAG.conf goes before it."""
    own = f"  /dev/md1|all|xenvg|all|{OWN}\n"
    (command, _) = filtered(own).plan.commands
    review = filtered(own, command.stdin or "")
    assert [one.host for one in review.plan.commands] == ["node2"]
    mine = [one for one in review.wrong() if one.host == "node1"]
    assert mine and "though /etc/lvm/lvmlocal.conf has another one" in mine[0].what
    assert "lvm_*.conf" in mine[0].mend and Answers().lvm.vg == "xenvg"
