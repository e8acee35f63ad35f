"""Arrays as people have them: a firmware's RAID, old metadata, LVM that cannot be read."""

from __future__ import annotations

import pytest

from steps.disks.facts.disks import DISKS
from steps.disks.facts.lvm import parse as parse_lvm
from steps.disks.facts.md import parse
from steps.disks.layout import data_part
from steps.disks.lvm import STEP as LVM
from steps.disks.mirror import mirror
from steps.disks.partition import STEP as PARTITION
from steps.disks.raid import STEP as RAID
from steps.health import storage
from steps.health.look import Look
from steps.platform.reboot import _storage
from tests.steps.disks.machines import LINUX, array, container, disk, disks, facts, row, table
from tests.steps.disks.mirrored import UUID, mirrored
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.review import Review, State, look
from wizard.model.step import Step
from wizard.model.verdicts import Level

LVM_TYPE = "E6D6D379-F507-44C2-A23C-238F2A3DF928"
ESP = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
CONTAINER = container("md127", "sda", "sdb")
VOLUME = array("md126", "sda", "sdb", metadata="external:/md127/0")
FIRMWARE = CONTAINER + VOLUME


@pytest.mark.parametrize("kind", ["imsm", "ddf"])
@pytest.mark.parametrize("place", ["/md127/0", "-md127/0"])
def test_a_container_is_no_array_that_stands_still(kind: str, place: str) -> None:
    holder = container("md127", "sda", "sdb", kind=kind)
    md = parse(holder + VOLUME.replace("/md127/0", place))
    assert [volume.path for volume in md.volumes] == ["/dev/md126"]
    holding = md.holding("/dev/sda")
    assert holding and holding.path == "/dev/md126"


def test_a_container_alone_is_what_holds_its_disks() -> None:
    holding = parse(CONTAINER).holding("/dev/sda")
    assert holding and holding.is_container


def test_neither_health_nor_the_reboot_calls_it_a_fault() -> None:
    seen = facts("", FIRMWARE + array("md1", "sda2", "sdb2"), lvm_filter="")
    verdicts = list(storage.raid(Look(Answers(), seen, None)))
    assert {verdict.level for verdict in verdicts} == {Level.OK}
    assert not [found for found in _storage(Answers(), seen, "node1") if "md127" in found.what]


def test_an_array_that_stands_still_is_one() -> None:
    still = array("md5", "sda3", "sdb3").replace(" clean ", " inactive ")
    seen = facts("", still + array("md1", "sda2", "sdb2"))
    levels = [verdict.level for verdict in storage.raid(Look(Answers(), seen, None))]
    assert Level.CRITICAL in levels


@pytest.mark.parametrize("version", ["0.90", "1.0", "1.1", "1.2"])
def test_an_older_mirror_is_registered_as_it_is(version: str) -> None:
    parts = {name: row(f"{name}1", "part", row("md1", "raid1")) for name in ("sda", "sdb")}
    text = disks(
        [disk(name, part) for name, part in parts.items()],
        {name: table([part]) for name, part in parts.items()},
    )
    seen = facts(text, array("md1", "sda1", "sdb1", metadata=version))
    assert mirror(Answers(), seen, "node1").metadata == version


@pytest.mark.parametrize(
    "text",
    [
        "lvm installed\n",
        'lvm installed\n{"report": [\n{"report": []}',
        'lvm installed\n{"report": []}\n',
        "lvm installed\n[]\n[]\n",
    ],
)
def test_volumes_that_cannot_be_read_are_not_none(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        parse_lvm(text)


def test_a_node_without_lvm_has_none() -> None:
    nothing = parse_lvm("")
    assert not nothing.installed and nothing.pvs == ()


GROUP = '{"vg_name":"xenvg","vg_size":"42945478656","vg_free":"5","vg_missing_pv_count":"0"}'
PV = '{"pv_name":"/dev/md1","vg_name":"xenvg","pv_size":"42945478656"}'


def _machine(md: str, *members: str, groups: int = 1, pv: str = PV) -> Facts:
    """Disks with the root mirror and md1, which is registered and has a volume group on it."""
    volumes = ",".join([GROUP] * groups)
    reports = f'{{"report":[{{"pv":[{pv}]}}]}}\n{{"report":[{{"vg":[{volumes}]}}]}}'
    return mirrored(md, members, signature="md1,0x218,LVM2_member,u,", lvm=reports)


def _looked(step: Step, seen: Facts) -> Review:
    return look(step, Answers(), seen)


@pytest.mark.parametrize("third", ["in_sync 2", "spare none", "in_sync,write_mostly 2"])
def test_a_third_half_or_a_spare_makes_it_no_other_mirror(third: str) -> None:
    md = array("md1", "sda2", "sdb2", "sdc2").replace("in_sync 2", third)
    seen = _machine(md, "sda", "sdb", "sdc")
    for step in (PARTITION, RAID, LVM):
        assert _looked(step, seen).state is State.DONE, step.id


def test_a_mirror_that_has_one_of_the_two_beside_another_is_another() -> None:
    seen = _machine(array("md1", "sda2", "sdc2"), "sda", "sdb")
    assert "is not the data mirror" in str(_looked(LVM, seen).blockers[0])


@pytest.mark.parametrize(
    "state", ["clean", "active", "read-auto", "readonly", "write-pending", "active-idle"]
)
def test_states_in_which_an_array_can_be_read(state: str) -> None:
    seen = _machine(array("md1", "sda2", "sdb2").replace(" clean ", f" {state} "), "sda", "sdb")
    assert _looked(RAID, seen).state is State.DONE


def test_an_array_that_lost_its_last_half_is_not_whole() -> None:
    seen = _machine(array("md1", "sda2", "sdb2").replace(" clean ", " broken "), "sda", "sdb")
    raid = _looked(RAID, seen)
    assert not raid.plan and "/dev/md1 is broken" in str(raid.blockers[0])
    assert "does not run" in str(_looked(LVM, seen).blockers[0])
    levels = [verdict.level for verdict in storage.raid(Look(Answers(), seen, None))]
    assert Level.CRITICAL in levels


def test_two_volume_groups_of_one_name() -> None:
    seen = _machine(array("md1", "sda2", "sdb2"), "sda", "sdb", groups=2)
    (told, *_) = _looked(LVM, seen).blockers
    assert "2 volume groups are named xenvg" in str(told) and "vgrename UUID" in str(told)


def test_a_spare_is_no_half_that_is_left() -> None:
    lost = array("md0", "sda1", "sdb1").replace("clean 2 0", "active 2 1")
    lost = lost.replace("sdb1 in_sync 1", "sdb1 spare none").replace(" idle ", " frozen ")
    parts = {name: row(f"{name}1", "part", row("md0", "raid1", mounts=["/"])) for name in "ab"}
    rows = [disk(f"sd{name}", {**part, "path": f"/dev/sd{name}1"}) for name, part in parts.items()]
    text = disks(rows, {each["name"]: table(each["children"]) for each in rows})
    seen = facts(text, lost)
    assert "runs on /dev/sda1 alone" in str(_looked(PARTITION, seen).blockers[0])
    what = [verdict.what for verdict in storage.raid(Look(Answers(), seen, None))]
    assert any("left: /dev/sda1" in text and "sdb1" not in text for text in what)


def test_a_partition_that_shows_through_a_member_is_not_its_own() -> None:
    volume = row("md126", "raid1", row("md126p1", "part", mounts=["/"]))
    parts = {name: row(f"{name}1", "part") for name in ("sda", "sdb")}
    rows = [disk(name, part, volume) for name, part in parts.items()]
    seen = facts(disks(rows, {name: table([part]) for name, part in parts.items()}), FIRMWARE)
    for found in seen.of("node1", DISKS):
        assert data_part(Answers(), seen, "node1", found) is None


def test_an_array_over_arrays_is_not_offered() -> None:
    upper = row("md5", "raid1", row("md1", "raid0", mounts=["/srv"]))
    parts = {name: row(f"{name}1", "part", upper) for name in ("sda", "sdb")}
    rows = [disk(name, part) for name, part in parts.items()]
    text = disks(rows, {name: table([part]) for name, part in parts.items()})
    seen = facts(text, array("md5", "sda1", "sdb1") + array("md1", "md5"))
    for found in seen.of("node1", DISKS):
        assert data_part(Answers(), seen, "node1", found) is None


@pytest.mark.parametrize(
    ("device", "name", "ours"),
    [
        ("/dev/md/node9:1", "node9:1", True),
        ("/dev/md/1", "any:1", True),
        ("/dev/md/any:data", "any:data", False),
        ("/dev/md/data", "any:1", False),
    ],
)
def test_a_line_that_only_repeats_the_superblock_s_name(device: str, name: str, ours: bool) -> None:
    parts = {each: row(f"{each}1", "part", row("md127", "raid1")) for each in ("sda", "sdb")}
    rows = [disk(each, part) for each, part in parts.items()]
    text = disks(rows, {each: table([part]) for each, part in parts.items()})
    md = array("md127", "sda1", "sdb1")
    for each in parts:
        md += (
            f"examine /dev/{each}1\nMD_LEVEL=raid1\nMD_DEVICES=2\nMD_NAME={name}\nMD_UUID={UUID}\n"
        )
    conf = f"fresh 6.1\n== conf\nARRAY {device} UUID={UUID}\n"
    seen = facts(text, md, **{"mdadm-conf": conf})
    for found in seen.of("node1", DISKS):
        assert (data_part(Answers(), seen, "node1", found) is not None) == ours


@pytest.mark.parametrize(("state", "action"), [("read-auto", "idle"), ("clean", "frozen")])
def test_a_half_that_nothing_is_copied_to(state: str, action: str) -> None:
    md = array("md1", "sda2", "sdb2").replace("clean 2 0", f"{state} 2 1")
    md = md.replace("sdb2 in_sync 1", "sdb2 spare none").replace(" idle ", f" {action} ")
    review = _looked(RAID, _machine(md, "sda", "sdb"))
    assert review.state is State.WRONG
    assert "nothing is copied to it" in str(review.wrong()[0])
    copied = md.replace(f" {action} ", " recover ")
    assert _looked(RAID, _machine(copied, "sda", "sdb")).state is State.DONE


@pytest.mark.parametrize(
    ("kind", "ours"), [(LINUX, True), (LVM_TYPE, True), ("da", True), (ESP, False)]
)
def test_a_mirror_on_partitions_of_another_type(kind: str, ours: bool) -> None:
    parts = {name: row(f"{name}1", "part", row("md1", "raid1")) for name in ("sda", "sdb")}
    rows = [disk(name, part) for name, part in parts.items()]
    text = disks(rows, {name: table([part], kind) for name, part in parts.items()})
    seen = facts(text, array("md1", "sda1", "sdb1"))
    for found in seen.of("node1", DISKS):
        assert (data_part(Answers(), seen, "node1", found) is not None) == ours
    free = facts(disks(rows, {name: table([part], kind) for name, part in parts.items()}))
    for found in free.of("node1", DISKS):
        assert data_part(Answers(), free, "node1", found) is None


def test_a_half_that_lvm_takes_for_the_physical_volume() -> None:
    seen = _machine(array("md1", "sda2", "sdb2"), "sda", "sdb", pv=PV.replace("md1", "sdb2"))
    told = [str(found) for found in _looked(LVM, seen).blockers if found.host == "node1"]
    assert any("LVM takes /dev/sdb2, a half of /dev/md1" in text for text in told)
    assert not any("choose another name" in text for text in told)


def _also_on(name: str, md: str = "") -> Facts:
    more = PV.replace("/dev/md1", name)
    return _machine(array("md1", "sda2", "sdb2") + md, "sda", "sdb", pv=f"{PV},{more}")


@pytest.mark.parametrize(
    ("name", "md", "told"),
    [
        # vgextend(8): the group grew by what was at hand.
        ("/dev/sdc1", "", True),
        ("/dev/md2", array("md2", "sdc1", "sdd1").replace("raid1", "raid0"), True),
        ("/dev/md2", array("md2", "sdc1", "sdd1"), False),
        ("/dev/md/2", array("md2", "sdc1", "sdd1"), False),
        ("[unknown]", "", False),
    ],
)
def test_a_group_that_lies_on_one_disk_as_well(name: str, md: str, told: bool) -> None:
    words = [str(found) for found in _looked(LVM, _also_on(name, md)).wrong()]
    assert any("is in no mirror" in word for word in words) == told


def test_a_mirror_that_lvm_shows_by_its_other_name() -> None:
    """lvm.conf(5), preferred_names: /dev/md/1 is /dev/md1."""
    seen = _machine(array("md1", "sda2", "sdb2"), "sda", "sdb", pv=PV.replace("md1", "md/1"))
    assert _looked(LVM, seen).state is State.DONE


def test_a_disk_that_multipath_holds_is_mended_there() -> None:
    """rear issue 2298, gluster-ansible-infra pull request 79: multipathd takes a disk that has one
    way alone.
    """
    seen = facts(disks([disk("sda", row("mpatha", "mpath"))], {}))
    answers = Answers.model_validate({"partition": {"disks": {"node1": ["S-sda"]}}})
    told = [str(found) for found in look(PARTITION, answers, seen).blockers]
    assert any("find_multipaths" in text for text in told), told


def test_members_with_a_slash_in_their_name() -> None:
    md = parse("array md1 raid1 1.2 clean 2 0 8 idle none\nmember md1 etherd!e0.0p1 in_sync 0\n")
    assert md.arrays[0].paths == ("/dev/etherd/e0.0p1",)
