"""Use of a disk that lsblk's tree does not show: no such disk is offered or overwritten."""

from __future__ import annotations

import pytest

from steps.disks.facts.disk import Disk
from steps.disks.facts.disks import DISKS
from steps.disks.layout import data_part
from steps.disks.slots import refusal
from tests.steps.disks.machines import LINUX, Row, array, disk, disks, facts, row, table
from wizard.answers import Answers
from wizard.model.facts import Facts

NODE = "node1"


def _seen(parts: dict[str, list[Row]], *told: str, signatures: tuple[str, ...] = ()) -> Facts:
    """Disks with these partitions, the lines of `== uses`, and what wipefs says."""
    rows = [disk(name, *own) for name, own in parts.items()]
    tables: dict[str, Row | str] = {name: table(own, LINUX) for name, own in parts.items() if own}
    uses = "".join(f"{line}\n" for line in ("== uses", *(f"looked /dev/{n}" for n in parts), *told))
    return facts(disks(rows, tables, *signatures) + uses)


def _refusal(seen: Facts, number: int) -> str:
    """Why a disk is refused though its word was typed."""
    found = _disk(seen, number)
    consent = Answers.model_validate({"partition": {"erase": [f"{NODE}:{found.id}"]}})
    return refusal(consent, seen, NODE, found)


def _disk(seen: Facts, number: int) -> Disk:
    return seen.of(NODE, DISKS)[number]


ROOT = row("sda1", "part", fstype="ext4", mounts=["/"], uuid="R")


@pytest.mark.parametrize(
    ("source", "line", "mount"),
    [
        ("UUID=abcd-0001", "/boot/efi vfat", "/boot/efi"),
        ('UUID="ABCD-0001"', "/boot/efi vfat", "/boot/efi"),
        ("/dev/disk/by-uuid/ABCD-0001", "/boot ext4", "/boot"),
        ("LABEL=spare", "none swap", "[SWAP]"),
        ("PARTUUID=p-1", "/var ext4", "/var"),
        ("/dev/sdb1", "/usr ext4", "/usr"),
        ("PARTLABEL=My\\040part", "/var ext4", "/var"),
        ("PARTLABEL='My\\040part'", "/var ext4", "/var"),
    ],
)
def test_what_the_next_boot_mounts_is_the_system_s(source: str, line: str, mount: str) -> None:
    part = row(
        *("sdb1", "part"),
        uuid="ABCD-0001",
        label="spare",
        partuuid="P-1",
        partlabel="My part",
        fstype="x",
    )
    seen = _seen({"sda": [ROOT], "sdb": [part]}, f"fstab {source} {line}")
    (found,) = _disk(seen, 1).parts
    assert found.is_system and found.mounts == (mount,)
    assert f"in use: {mount}" in _refusal(seen, 1)


@pytest.mark.parametrize(
    "source",
    [
        "ID=ata-WD-part1",
        "/dev/disk/by-id/ata-WD-part1",
        "/dev/disk/by-path/pci-0000:00:1f.2-ata-2-part1",
        r"/dev/disk/by-partlabel/My\x20part",
        r"/dev/disk/by-label/a\x2fb",
    ],
)
def test_a_name_that_is_a_link_is_followed(source: str) -> None:
    own = {"sda": [ROOT], "sdb": [row("sdb1", "part")]}
    assert not _refusal(_seen(own, f"fstab {source} /boot ext4"), 1)
    seen = _seen(own, f"fstab {source} /boot ext4", f"link {source} /dev/sdb1")
    assert "in use: /boot" in _refusal(seen, 1)


def test_a_link_to_what_the_kernel_calls_otherwise() -> None:
    volume = {**row("dm-1", "lvm"), "path": "/dev/mapper/vg0-boot"}
    lines = (
        "fstab /dev/disk/by-id/dm-name-x /boot ext4",
        "link /dev/disk/by-id/dm-name-x /dev/dm-1",
    )
    seen = _seen({"sda": [ROOT], "sdb": [row("sdb1", "part", volume)]}, *lines)
    assert _disk(seen, 1).parts[0].is_system


@pytest.mark.parametrize("source", ["UUID=U", "PARTUUID=P", "/dev/sdb1", "/dev/disk/by-id/x"])
def test_what_the_next_boot_opens_is_in_use(source: str) -> None:
    """crypttab(5): swap under a random key leaves no trace on a device that is not open."""
    part = row("sdb1", "part", uuid="U", partuuid="P")
    lines = (f"crypttab cryptswap {source}", "link /dev/disk/by-id/x /dev/sdb1")
    seen = _seen({"sda": [ROOT], "sdb": [part]}, *lines)
    assert "in use: cryptswap" in _refusal(seen, 1)


def test_an_array_that_fstab_swaps_to_is_not_the_data_mirror() -> None:
    swap = row("md1", "raid1", fstype="swap", uuid="S")
    parts = {name: [row(f"{name}1", "part", swap)] for name in ("sda", "sdb")}
    rows = [disk(name, *own) for name, own in parts.items()]
    text = disks(rows, {name: table(own) for name, own in parts.items()})
    seen = facts(f"{text}== uses\nfstab UUID=S none swap\n", array("md1", "sda1", "sdb1"))
    for found in seen.of(NODE, DISKS):
        assert data_part(Answers(), seen, NODE, found) is None


@pytest.mark.parametrize("line", ["UUID=other /boot ext4", "UUID=U /srv ext4", "nothing", "# UUID"])
def test_what_fstab_does_not_mean_stays_free(line: str) -> None:
    seen = _seen({"sda": [ROOT], "sdb": [row("sdb1", "part", uuid="U")]}, f"fstab {line}")
    assert not _refusal(seen, 1)


def _over(kind: str, uuid: str | None) -> list[Row]:
    """A root file system over two opened ciphers, mounted from the first."""
    first = row("c1", "crypt", fstype=kind, mounts=["/"], uuid=uuid)
    second = row("c2", "crypt", fstype=kind, uuid=uuid)
    return [row("sda1", "part", first), row("sdb1", "part", second)]


@pytest.mark.parametrize("kind", ["btrfs", "bcachefs"])
@pytest.mark.parametrize("uuid", ["U", None])
def test_each_device_of_a_file_system_over_several(kind: str, uuid: str | None) -> None:
    one, two = _over(kind, uuid)
    seen = _seen({"sda": [one], "sdb": [two]})
    assert all(found.is_system for found in seen.of(NODE, DISKS))


def test_another_file_system_of_the_kind_is_another_one() -> None:
    one, _ = _over("btrfs", "U")
    seen = _seen({"sda": [one], "sdb": [row("sdb1", "part", fstype="btrfs", uuid="V")]})
    assert not _disk(seen, 1).is_system and not _refusal(seen, 1)


def test_bcachefs_is_mounted_from_a_list_of_devices() -> None:
    parts = {name: [row(f"{name}1", "part", fstype="bcachefs")] for name in ("sda", "sdb")}
    seen = _seen(parts, "bcachefs /dev/sda1:/dev/sdb1 /")
    assert all(found.is_system for found in seen.of(NODE, DISKS))


POOL = ("pool rpool", "zfs rpool/ROOT/debian /", "zfs rpool/home /home")


def test_an_imported_pool_holds_its_devices() -> None:
    part = row("sdb3", "part", fstype="zfs_member")
    signature = "sdb3,0x3f000,zfs_member,1,rpool"
    seen = _seen({"sda": [], "sdb": [part]}, *POOL, signatures=(signature,))
    found = _disk(seen, 1)
    assert found.is_system and found.parts[0].holders[0].path == "rpool"
    whole = _seen({"sda": []}, "pool tank", signatures=("sda,0x3f000,zfs_member,1,tank",))
    assert "as a whole it is part of tank" in _refusal(whole, 0)


def test_labels_of_the_last_partition_are_not_the_disk_s() -> None:
    part = row("sdb3", "part", fstype="zfs_member", label="rpool")
    both = ("sdb,0x1fff84000,zfs_member,1,rpool", "sdb3,0x4000,zfs_member,1,rpool")
    seen = _seen({"sda": [], "sdb": [part]}, *POOL, signatures=both)
    assert not _disk(seen, 1).holders


def test_a_pool_that_is_not_imported_may_be_overwritten() -> None:
    part = row("sdb3", "part", fstype="zfs_member", label="old")
    seen = _seen({"sda": [ROOT], "sdb": [part]}, "pool rpool", "zfs rpool /srv")
    assert not _refusal(seen, 1)


def test_a_pool_may_carry_a_system_of_which_nothing_is_seen() -> None:
    part = row("sdb3", "part", fstype="zfs_member")
    text = disks([disk("sda"), disk("sdb", part)], {"sdb": table([part], LINUX)})
    assert facts(text).of(NODE, DISKS)[1].is_system


PV = "abcdef-0000-1111-2222-3333-4444-555555"
ONLINE = (
    f"pv {PV.replace('-', '')} vg0",
    "pv other vg0",
)


def test_a_device_of_the_root_s_group_that_holds_none_of_its_volumes() -> None:
    volume = row("vg0-root", "lvm", mounts=["/"])
    parts = {"sda": [row("sda2", "part", volume)], "sdb": []}
    signed = ("sda2,0x218,LVM2_member,other,", f"sdb,0x218,LVM2_member,{PV},")
    seen = _seen(parts, *ONLINE, signatures=signed)
    assert "as a whole it is part of vg0" in _refusal(seen, 1)
    unused = _seen({"sda": [row("sda2", "part")], "sdb": []}, *ONLINE, signatures=signed)
    assert not _refusal(unused, 1)


def test_the_journal_of_a_file_system_elsewhere() -> None:
    part = row("sdb1", "part", fstype="jbd")
    seen = _seen({"sda": [ROOT], "sdb": [part]}, "journal sdb1")
    assert "journal of a mounted file system" in _refusal(seen, 1)


@pytest.mark.parametrize(
    ("source", "path"),
    [("/dev/vg0/boot", "/dev/mapper/vg0-boot"), ("/dev/my-vg/b-1", "/dev/mapper/my--vg-b--1")],
)
def test_a_volume_that_fstab_names(source: str, path: str) -> None:
    volume = {**row("dm-1", "lvm"), "path": path}
    seen = _seen(
        {"sda": [ROOT], "sdb": [row("sdb1", "part", volume)]}, f"fstab {source} /boot ext4"
    )
    assert _disk(seen, 1).parts[0].is_system


@pytest.mark.parametrize(
    ("guest", "told"),
    [
        ({"fstype": "swap", "label": "swap"}, ("fstab LABEL=swap none swap",)),
        ({"fstype": "zfs_member", "label": "rpool"}, POOL),
        ({"fstype": "btrfs"}, ()),
        ({"fstype": "btrfs", "uuid": "G"}, ()),
    ],
)
def test_a_guest_s_volume_is_not_the_system_s(guest: dict[str, str], told: tuple[str, ...]) -> None:
    volume = row("xenvg-inst1", "lvm", **guest)
    own = {"uuid": "N"} if "uuid" in guest else {}
    root = row("sda1", "part", fstype="btrfs", mounts=["/"], **own)
    swap = row("sda2", "part", fstype="swap", label="swap", mounts=["[SWAP]"])
    seen = _seen({"sda": [root, swap], "sdb": [row("sdb1", "part", volume)]}, *told)
    first, second = seen.of(NODE, DISKS)
    assert first.is_system and not second.parts[0].is_system
