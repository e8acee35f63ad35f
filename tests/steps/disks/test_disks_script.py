"""The look at the disks, run on a machine made of folders: which devices and uses it names."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from steps.disks.facts.disks import DISKS, NO_SFDISK

PROGRAMS = {
    # Debian 11's has no MOUNTPOINTS, and then prints nothing.
    "lsblk": 'case $* in *MOUNTPOINTS*) [ "$OLD" ] && exit 1;; esac; echo "lsblk $*"',
    "sfdisk": 'echo "sfdisk $*"',
    "wipefs": 'echo "wipefs $*"',
}
SIZES = {
    "sda": 1000,
    "sdb": 0,
    "mmcblk0": 1000,
    "mmcblk0boot0": 8,
    "mmcblk0rpmb": 8,
    "nvme0n1": 1000,
    "nvme0c1n1": 1000,
    "etherd!e0.0": 1000,
}
"""Sectors by name; ATA over Ethernet's names have a slash, which sysfs writes as an exclamation
mark.
"""
LINKS = {"x": "sda2", "y": "sda3"}
"""In /dev/disk/by-id, what each leads to."""
PARTITIONS = ("sda/sda1", "nvme0n1/nvme0n1p10", "etherd!e0.0/etherd!e0.0p1")
FILES = {
    "etc/fstab": "# a comment\n\nUUID=1 / ext4 errors=remount-ro 0 1\nLABEL=a none swap sw 0 0\n"
    "/dev/disk/by-id/x /boot ext4 defaults 0 2\n/dev/sda9 /srv ext4 defaults 0 2",
    "etc/crypttab": "# <target> <source>\nswap ID=y /dev/urandom swap\nold UUID=2",
    "proc/mounts": "rpool/ROOT / zfs rw 0 0\n/dev/sda1:/dev/sdb1 /srv bcachefs rw 0 0\n"
    "/dev/sda2 /zfs ext4 rw 0 0\n",
    "proc/fs/jbd2/sda1-8/info": "",
    "proc/fs/jbd2/sda1/info": "",
    "proc/spl/kstat/zfs/arcstats": "",
    "proc/spl/kstat/zfs/rpool/state": "ONLINE",
    "run/lvm/pvs_online/abc": "259:1\nvg:vg0\ndev:/dev/sda2\n",
    "run/lvm/pvs_online/def": "259:2\n",
    "sys/class/block/sda1/size": "5",
}


def _machine(root: Path) -> None:
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name, sectors in SIZES.items():
        folder = root / "sys/block" / name
        folder.mkdir(parents=True)
        (folder / "size").write_text(f"{sectors}\n")
    by_id = root / "dev/disk/by-id"
    by_id.mkdir(parents=True)
    for name, device in LINKS.items():
        (by_id / name).symlink_to(f"../../{device}")
    for name in PARTITIONS:
        (root / "sys/block" / name).mkdir()
        (root / "sys/block" / name / "partition").write_text("1\n")
    for name, text in PROGRAMS.items():
        program = root / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)


def _said(root: Path, **environment: str) -> dict[str, list[str]]:
    """What the snippet prints, by its headings."""
    script = str(DISKS.script)
    for folder in ("sys", "etc", "proc", "run"):
        script = script.replace(f" /{folder}/", f" {root}/{folder}/")
        script = script.replace(f"</{folder}/", f"<{root}/{folder}/")
        script = script.replace(f'"/{folder}/', f'"{root}/{folder}/')
    script = script.replace(" p=/dev/", f" p={root}/dev/").replace(" p=$1;", f" p={root}$1;")
    env = {"PATH": f"{root / 'bin'}:{os.environ['PATH']}", **environment}
    ran = subprocess.run(("sh", "-c", script), env=env, capture_output=True, text=True, timeout=60)
    said: dict[str, list[str]] = {}
    for part in ran.stdout.split("== ")[1:]:
        heading, *lines = part.splitlines()
        said[heading] = lines
    return said


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    _machine(tmp_path)
    return tmp_path


DEVICES = ("/dev/etherd/e0.0", "/dev/mmcblk0", "/dev/nvme0n1", "/dev/sda")


def test_each_disk_is_looked_at_and_nothing_else(root: Path) -> None:
    said = _said(root)
    tables = [heading.removeprefix("table ") for heading in said if heading.startswith("table ")]
    assert tuple(tables) == DEVICES
    (signatures,) = said["signatures"]
    devices = [word for word in signatures.split() if word.startswith("/dev/")]
    parts = ("/dev/etherd/e0.0p1", "/dev/nvme0n1p10", "/dev/sda1")
    assert sorted(devices) == sorted((*DEVICES, *parts))


def test_use_that_lsblk_does_not_show_is_told(root: Path) -> None:
    assert _said(root)["uses"] == [
        *(f"looked {device}" for device in DEVICES),
        "fstab UUID=1 / ext4",
        "fstab LABEL=a none swap",
        "fstab /dev/disk/by-id/x /boot ext4",
        f"link /dev/disk/by-id/x {root}/dev/sda2",
        "fstab /dev/sda9 /srv ext4",
        "crypttab swap ID=y",
        f"link ID=y {root}/dev/sda3",
        "crypttab old UUID=2",
        "pool rpool",
        "zfs rpool/ROOT /",
        "bcachefs /dev/sda1:/dev/sdb1 /srv",
        "journal sda1",
        "pv abc vg0",
    ]


def test_an_older_lsblk_is_asked_for_what_it_knows(root: Path) -> None:
    (new,) = _said(root)["lsblk"]
    (old,) = _said(root, OLD="yes")["lsblk"]
    assert new.endswith(",MOUNTPOINTS") and old.endswith(",MOUNTPOINT")


def test_a_machine_without_any_of_it(root: Path) -> None:
    for name in ("etc", "proc", "run"):
        shutil.rmtree(root / name)
    assert _said(root)["uses"] == [f"looked {device}" for device in DEVICES]


def test_a_minimal_system_without_sfdisk_says_so(root: Path) -> None:
    # timeout(1) ends with 127 where the program is not found.
    (root / "bin" / "sfdisk").write_text("#!/bin/sh\nexit 127\n")
    assert _said(root)["unread"] == [f"{device}: {NO_SFDISK}" for device in DEVICES]


def test_one_that_hangs_or_dies_gave_no_answer(root: Path) -> None:
    for status in (124, 137):
        (root / "bin" / "sfdisk").write_text(f"#!/bin/sh\nexit {status}\n")
        assert all("no answer within 10 s" in line for line in _said(root)["unread"])
