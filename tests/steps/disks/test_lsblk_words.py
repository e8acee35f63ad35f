"""lsblk's list in the words of any version, and what in it is no disk."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from steps.disks.facts.disks import DISKS, parse
from steps.disks.layout import suggested
from steps.disks.partition import STEP
from steps.disks.slots import refusal
from tests.steps.disks.machines import Row, disk, disks, facts, row, table
from wizard.answers import Answers
from wizard.model.review import State, look

NODE = "node1"


def of_2_32(device: Row) -> Row:
    """A device as util-linux before 2.33 writes it: texts for all, one mount point, null children
    (issue 1474; clr-installer pull request 175).
    """
    old: dict[str, Any] = copy.deepcopy(device)
    old["mountpoint"] = old.pop("mountpoints")[0]
    for column, usual in (("size", 0), ("ro", "0"), ("rm", "0"), ("log-sec", 512)):
        old[column] = str(device.get(column, usual))
    old["children"] = [of_2_32(child) for child in device["children"]] or None
    return old


def _system() -> tuple[list[Row], dict[str, Row | str]]:
    """Two disks with the root mirror, and a card reader without a card."""
    parts = [row(f"{name}1", "part", row("md0", "raid1", mounts=["/"])) for name in ("sda", "sdb")]
    rows = [disk("sda", parts[0]), disk("sdb", parts[1]), {**disk("sdc"), "size": 0}]
    return rows, {"sda": table([parts[0]]), "sdb": table([parts[1]])}


def test_an_older_lsblk_says_the_same() -> None:
    rows, tables = _system()
    new = parse(disks(rows, tables))
    assert parse(disks([of_2_32(each) for each in rows], tables)) == new
    assert [found.name for found in new] == ["sda", "sdb"]
    assert all(found.is_system and found.parts[0].seen for found in new)


@pytest.mark.parametrize(("value", "meant"), [("1", True), (1, True), (True, True), (None, False)])
def test_flags(value: object, meant: bool) -> None:
    (found,) = parse(disks([disk("sda", ro=value, rm=value)], {}))
    assert (found.read_only, found.removable) == (meant, meant)


@pytest.mark.parametrize("more", [{"ro": "perhaps"}, {"rm": "?"}, {"log-sec": "4K"}])
def test_what_is_no_flag_and_no_number_is_not_guessed(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        parse(disks([disk("sda", **more)], {}))


def test_a_list_without_mount_points_is_unread() -> None:
    rows = [disk("sda"), disk("sdb")]
    for each in rows:
        del each["mountpoints"]
    assert look(STEP, Answers(), facts(disks(rows, {}))).state is State.UNSEEN


def test_a_device_below_two_others_is_one_device() -> None:
    rows, tables = _system()
    # Only the first of the two tells what is on the mirror.
    rows[1]["children"][0]["children"] = [row("md0", "raid1")]
    assert all(found.is_system for found in parse(disks(rows, tables)))


def test_an_emmc_s_boot_areas_are_no_disks() -> None:
    areas = ("mmcblk0boot0", "mmcblk0boot1", "mmcblk0rpmb", "mmcblk0gp0")
    rows = [disk("mmcblk0", serial="0x1"), *(disk(name, serial="0x1") for name in areas)]
    assert [(found.name, found.id) for found in parse(disks(rows, {}))] == [("mmcblk0", "0x1")]


def test_a_path_of_nvme_s_own_multipath_is_no_disk() -> None:
    rows = [
        disk("nvme0n1", serial="A", wwn="eui.01"),
        disk("nvme0c0n1", serial="A", wwn="eui.01"),
        disk("nvme0c1n1", serial="A", wwn="eui.01"),
        disk("nvme1n1", serial="B", wwn="eui.02"),
    ]
    seen = facts(disks(rows, {}))
    assert suggested(Answers(), seen, NODE) == ("eui.01", "eui.02")
    for found in seen.of(NODE, DISKS):
        assert not refusal(Answers(), seen, NODE, found)


def test_a_partition_that_kpartx_mapped_holds_the_disk() -> None:
    mapped = {**row("dm-3", "part"), "path": "/dev/mapper/sda1"}
    seen = facts(disks([disk("sda", mapped), disk("sdb")], {}))
    first, _ = seen.of(NODE, DISKS)
    assert "as a whole it is part of /dev/mapper/sda1" in refusal(Answers(), seen, NODE, first)
    assert suggested(Answers(), seen, NODE) == ()


def test_a_disk_whose_table_nobody_looked_at_is_not_empty() -> None:
    text = disks([disk("sda"), disk("sdb")], {}) + "== uses\nlooked /dev/sda\n"
    first, second = parse(text)
    assert first.is_blank and not second.is_blank and "nobody looked" in second.unread


@pytest.mark.parametrize(
    "wwn",
    [
        "uuid.00000000-0000-0000-0000-000000000000",
        "nvme.0000-00-00-00000000",
        "0xffffffffffffffff",
        "naa.0000000000000000",
    ],
)
def test_a_wwn_that_names_nothing(wwn: str) -> None:
    (found,) = parse(disks([disk("sda", wwn=wwn)], {}))
    assert found.id == "S-sda" and found.wwn == ""


@pytest.mark.parametrize("wwn", ["uuid.1b4e28ba-2fa1-11d2-883f-0016d3cca427", "eui.0025385b21"])
def test_a_wwn_with_a_prefix(wwn: str) -> None:
    (found,) = parse(disks([disk("nvme0n1", wwn=wwn)], {}))
    assert found.id == wwn


def test_what_two_disks_show_in_any_way_names_neither() -> None:
    found = parse(disks([disk("sda", serial="X"), disk("sdb", serial="Y", wwn="X")], {}))
    assert [each.id for each in found] == ["sda", "Y"]


def test_two_blank_disks_too_small_are_not_suggested() -> None:
    small = [{**disk(name), "size": 4 << 20} for name in ("sdc", "sdd")]
    large = [disk("sda"), {**disk("sdb"), "size": 480 << 30}]
    seen = facts(disks([*small, *large], {}))
    assert suggested(Answers(), seen, NODE) == ("S-sda", "S-sdb")


def test_two_ways_to_one_disk_are_not_suggested() -> None:
    rows = [disk(name, serial="A", wwn="eui.01") for name in ("nvme0n1", "nvme1n1")]
    assert suggested(Answers(), facts(disks(rows, {})), NODE) == ()


@pytest.mark.parametrize("transport", ["iscsi", "fc", "fcoe"])
def test_a_disk_that_both_nodes_reach_is_refused(transport: str) -> None:
    rows = [disk("sda", wwn="0x51", tran=transport), disk("sdb", wwn="0x52", tran="sata")]
    seen = facts(disks(rows, {}))
    shared, own = seen.of(NODE, DISKS)
    consent = Answers.model_validate({"partition": {"erase": [f"{NODE}:0x51"]}})
    for answers in (Answers(), consent):
        assert "node2 reaches the same disk as /dev/sda" in refusal(answers, seen, NODE, shared)
        assert not refusal(answers, seen, NODE, own)


def test_a_serial_of_zeros_names_nothing() -> None:
    rows = [disk("sda", serial="00000000000000000000"), disk("sdb", serial="0", wwn="0x52")]
    found = parse(disks(rows, {}))
    assert [each.id for each in found] == ["sda", "0x52"]
    assert found[0].anonymous


def test_a_disk_that_is_listed_twice_is_one_disk() -> None:
    (found,) = parse(disks([disk("sda"), disk("sda")], {}))
    assert found.id == "S-sda"


def test_a_disk_with_a_slash_in_its_name() -> None:
    # lsblk has /dev/etherd/e0.0 (ATA over Ethernet), wipefs only the last part of it.
    part = {**row("etherd!e0.0p1", "part"), "path": "/dev/etherd/e0.0p1"}
    whole = {**disk("etherd!e0.0", part), "path": "/dev/etherd/e0.0"}
    text = disks([whole, disk("sda")], {"etherd/e0.0": table([part])}, "e0.0p1,0x438,ext4,u,")
    found, _ = parse(text)
    assert found.name == "e0.0" and found.parts[0].number == 1
    assert found.parts[0].content == "ext4" and found.parts[0].seen


@pytest.mark.parametrize("transport", ["usb", "iscsi", "fc"])
def test_disks_outside_of_the_server_are_not_suggested(transport: str) -> None:
    outside = [disk(name, tran=transport) for name in ("sda", "sdb")]
    inside = [disk(name, tran="sata") for name in ("sdc", "sdd")]
    assert suggested(Answers(), facts(disks(outside, {})), NODE) == ()
    seen = facts(disks([*outside, *inside], {}))
    assert suggested(Answers(), seen, NODE) == ("S-sdc", "S-sdd")


@pytest.mark.parametrize(
    ("zoned", "refused"), [("host-managed", True), ("host-aware", False), ("none", False)]
)
def test_a_disk_that_takes_no_partitions(zoned: str, refused: bool) -> None:
    """Shingled disks of data centres (WD's HC600, Seagate's Exos H)."""
    seen = facts(disks([disk(name, zoned=zoned) for name in ("sda", "sdb")], {}))
    assert (suggested(Answers(), seen, NODE) == ()) == refused
    for found in seen.of(NODE, DISKS):
        consent = Answers.model_validate({"partition": {"erase": [f"{NODE}:{found.id}"]}})
        assert ("takes no partitions" in refusal(consent, seen, NODE, found)) == refused
