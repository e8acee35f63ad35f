"""Arrays as people have them: a firmware's RAID, old metadata, LVM that cannot be read."""

from __future__ import annotations

import pytest

from steps.disks.facts.lvm import parse as parse_lvm
from steps.disks.facts.md import parse
from steps.disks.raid_checks import mirror
from steps.health import storage
from steps.health.look import Look
from steps.platform.reboot import _storage
from tests.steps.disks.machines import array, container, disk, disks, facts, row, table
from wizard.answers import Answers
from wizard.model.verdicts import Level

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
