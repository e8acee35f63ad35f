"""Partitions are taken away by Debian's own sfdisk and wipefs, on images that stand for disks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from steps.disks import partition_back
from steps.disks.facts.disk import Disk
from tests.steps.undoing.machine import Machine
from wizard.model.undo import Undo

pytestmark = pytest.mark.slow

DISK = Disk("/dev/vda", serial="S1", model="m", size=1 << 26, sector=512, id="S1", label="dos")
LSBLK = """\
for device; do :; done
case "$*" in
  *SERIAL*) echo "  S1 " ;;
  *NAME*) echo "${device##*/}"; cat "$device.holders" 2>/dev/null ;;
  *MOUNTPOINT*) cat "$device.mounts" 2>/dev/null ;;
esac
exit 0
"""
PARTX = """\
while [ "$1" != --nr ]; do shift; done
rm "$3$2"
"""


class Image:
    """A disk of 64 MiB, with its table as sfdisk writes it."""

    def __init__(self, machine: Machine, table: str) -> None:
        self.machine = machine
        self.path = machine.file("/dev/vda")
        with self.path.open("wb") as image:
            image.truncate(1 << 26)
        machine.program("lsblk", LSBLK)
        machine.program("partx", PARTX)
        if table:
            self.sfdisk(table)
        self.before = self.path.read_bytes()

    def sfdisk(self, text: str, *options: str) -> None:
        """Write the table, or append to it."""
        code, said = self.machine.run(("sfdisk", "--quiet", *options, "/dev/vda"), text)
        assert code == 0, said

    def made(self, number: int) -> Path:
        """The kernel's device of a partition."""
        part = self.path.with_name(f"vda{number}")
        with part.open("wb") as device:
            device.truncate(1 << 20)
        return part

    def undo(self, number: int, **more: bool) -> tuple[int, str]:
        """Take the partition at 20480, of 8192 sectors, away."""
        fresh = more.get("fresh", False)
        return self.machine.undo(partition_back.undo(DISK, number, 20480, 8192, fresh=fresh))


@pytest.fixture
def image(tmp_path: Path) -> Image:
    return Image(Machine(tmp_path), "label: dos\nstart=2048, size=8192, type=83\n")


@pytest.fixture
def with_part(image: Image) -> Image:
    image.sfdisk("start=20480, size=8192, type=fd\n", "--append")
    image.made(2)
    return image


def test_an_appended_partition_goes_and_the_others_stay(with_part: Image) -> None:
    for _ in range(2):
        assert with_part.undo(2) == (0, "")
        assert with_part.path.read_bytes() == with_part.before
        assert not with_part.path.with_name("vda2").exists()


def test_a_new_label_goes_with_its_only_partition(tmp_path: Path) -> None:
    image = Image(Machine(tmp_path), "")
    image.sfdisk("label: gpt\nstart=20480, size=8192\n", "--wipe=never")
    image.made(1)
    for _ in range(2):
        assert image.undo(1, fresh=True) == (0, "")
        code, held = image.machine.run(("wipefs", "--noheadings", "/dev/vda"))
        assert (code, held) == (0, "")


def test_a_new_label_stays_for_another_partition(tmp_path: Path) -> None:
    image = Image(Machine(tmp_path), "")
    image.sfdisk("label: gpt\nstart=20480, size=8192\nstart=40960, size=8192\n")
    assert image.undo(1, fresh=True) == (0, "")
    code, table = image.machine.run(("sfdisk", "--dump", "/dev/vda"))
    assert code == 0 and "vda2 : start=       40960" in table and "vda1 " not in table


def stays(image: Image, said: str, number: int = 2) -> None:
    """It is refused with these words, and the disk is as it was."""
    before = image.path.read_bytes()
    code, words = image.undo(number)
    assert code == 1 and said in words
    assert image.path.read_bytes() == before


def test_what_is_in_it_stays(with_part: Image) -> None:
    part = with_part.path.with_name("vda2")
    assert with_part.machine.run(("mkswap", "/dev/vda2"))[0] == 0
    stays(with_part, "holds swap: it stays")
    with part.open("wb") as device:
        device.truncate(1 << 20)
    part.with_name("vda2.holders").write_text("md1\n")
    stays(with_part, "is in use: it stays")
    part.with_name("vda2.holders").unlink()
    part.with_name("vda2.mounts").write_text("/srv\n")
    stays(with_part, "is mounted: it stays")


def test_another_partition_in_its_place_stays(image: Image) -> None:
    image.sfdisk("start=20480, size=16384, type=fd\n", "--append")
    stays(image, "has start and size 20480 16384, not 20480 8192: it stays")


def test_another_disk_of_that_name_stays(with_part: Image) -> None:
    with_part.machine.program("lsblk", "echo S2\n")
    stays(with_part, "is S2, not S1: it stays")


def test_a_table_that_cannot_be_read_is_not_none(with_part: Image) -> None:
    with_part.machine.program("sfdisk", "echo Input/output error >&2; exit 1\n")
    stays(with_part, "Input/output error: it stays")


def test_a_disk_by_its_wwn_and_one_that_shows_nothing() -> None:
    by_wwn = partition_back.undo(replace(DISK, wwn="0x5", id="0x5"), 2, 1, 2, fresh=False)
    assert isinstance(by_wwn, Undo) and by_wwn.argv[5:7] == ("WWN", "0x5")
    text = partition_back.undo(replace(DISK, id="vda"), 2, 1, 2, fresh=False)
    assert isinstance(text, str) and "partx --delete --nr 2 /dev/vda" in text
