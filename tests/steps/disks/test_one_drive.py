"""Two disks that are one drive, and one disk that two nodes reach: no mirror, no pair of copies."""

from __future__ import annotations

import re

import pytest

from steps.disks.facts.disks import DISKS
from steps.disks.layout import suggested
from steps.disks.partition import STEP
from steps.disks.slots import refusal
from tests.steps.disks.machines import LINUX, Row, disk, disks, facts, row, table
from tests.steps.recover.storage.rack import Rack
from tests.steps.recover.storage.test_disk import NEW, blank, degraded, values
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.review import look

NODE = "node1"


def _namespace(name: str, model: str = "SAMSUNG MZWLR3T8HBLS") -> Row:
    """A namespace: those of one drive show one serial (gardenlinux issue 883)."""
    return disk(name, serial="S1", wwn=f"eui.{name}", model=model, tran="nvme")


def _chosen(*names: str) -> Answers:
    ids = [f"eui.{name}" for name in names]
    return Answers.model_validate({"partition": {"disks": {NODE: ids}}})


def _told(answers: Answers, seen: Facts) -> str:
    return "\n".join(str(found) for found in look(STEP, answers, seen).blockers)


def test_two_namespaces_of_one_drive_are_no_mirror() -> None:
    seen = facts(disks([_namespace("nvme0n1"), _namespace("nvme0n2")], {}))
    assert suggested(Answers(), seen, NODE) == ()
    assert "two parts of one drive" in _told(_chosen("nvme0n1", "nvme0n2"), seen)


def test_a_namespace_of_each_of_two_drives_is_a_mirror() -> None:
    names = ("nvme0n1", "nvme0n2", "nvme1n1", "nvme1n2", "nvme10n1")
    seen = facts(disks([_namespace(name) for name in names], {}))
    assert suggested(Answers(), seen, NODE) == ("eui.nvme0n1", "eui.nvme1n1")
    assert "parts of one drive" not in _told(_chosen("nvme0n2", "nvme1n2"), seen)


@pytest.mark.parametrize(
    "model",
    [
        "VMware Virtual NVMe Disk",
        "nvme_card",
        "QEMU NVMe Ctrl",
        "MSFT NVMe Accelerator v1.0",
    ],
)
def test_namespaces_that_a_hypervisor_makes_up_are_disks_of_their_own(model: str) -> None:
    seen = facts(disks([_namespace("nvme0n1", model), _namespace("nvme0n2", model)], {}))
    assert "parts of one drive" not in _told(_chosen("nvme0n1", "nvme0n2"), seen)


SEAGATE = "0x6000c500d9c5c8d7"
HPE = "0x600508b1001c4d3a"
"""Volumes of a Smart Array are units of one target."""


def _unit(name: str, address: str, maker: str) -> Row:
    """A SCSI disk; both units of a drive with two actuators show its serial."""
    wwn = f"{maker}000{address[-1]}000000000000"
    return disk(name, serial="ZL2", wwn=wwn, hctl=address, tran="sas", model="ST14000NM0001")


@pytest.mark.parametrize(
    ("addresses", "maker", "refused"),
    [
        (("0:0:1:0", "0:0:1:1"), SEAGATE, True),
        (("0:0:1:0", "0:0:1:1"), SEAGATE.upper().replace("X", "x"), True),
        (("0:0:1:0", "0:0:2:1"), SEAGATE, False),
        (("0:1:0:0", "0:1:0:1"), HPE, False),
    ],
)
def test_two_actuators_of_one_drive_are_no_mirror(
    addresses: tuple[str, str], maker: str, refused: bool
) -> None:
    units = [_unit("sda", addresses[0], maker), _unit("sdb", addresses[1], maker)]
    seen = facts(disks(units, {}))
    ids = [row["wwn"] for row in units]
    answers = Answers.model_validate({"partition": {"disks": {NODE: ids}}})
    assert ("parts of one drive" in _told(answers, seen)) == refused
    assert (suggested(Answers(), seen, NODE) == ()) == refused


def _on_both(transport: str, serials: tuple[str, str], model: str = "ST4000") -> Facts:
    """A disk of one WWN in both nodes, with these serials."""
    raw = {}
    for node, serial in zip(("node1", "node2"), serials, strict=True):
        row = disk("sda", serial=serial, wwn="0x5000c5", tran=transport, model=model)
        text = disks([row], {})
        raw[node] = facts(text).raw[node]
    return Facts(raw)


@pytest.mark.parametrize(
    ("transport", "serials", "refused"),
    [
        # An enclosure with dual-ported disks on both servers (openzfs issue 3577).
        ("sas", ("X", "X"), True),
        ("nvme", ("X", "X"), True),
        # Disks of one make that all show the same WWN (scrutiny issue 479).
        ("sas", ("X", "Y"), False),
        ("sata", ("X", "X"), False),
    ],
)
def test_a_disk_that_is_cabled_to_both_nodes(
    transport: str, serials: tuple[str, str], refused: bool
) -> None:
    seen = _on_both(transport, serials)
    for host in ("node1", "node2"):
        (found,) = seen.of(host, DISKS)
        why = refusal(Answers(), seen, host, found)
        assert ("reaches the same disk" in why) == refused


def test_a_hypervisor_s_disks_of_one_serial_are_not_the_same_disk() -> None:
    seen = _on_both("nvme", ("X", "X"), "QEMU NVMe Ctrl")
    (found,) = seen.of("node1", DISKS)
    assert refusal(Answers(), seen, "node1", found) == ""


def test_a_namespace_of_the_only_good_drive_is_no_new_half() -> None:
    accident = degraded(blank)
    raw = accident.raw["node1"]
    for name, text in raw.items():
        parts = re.sub(r"\bvda(\d)", r"nvme0n1p\1", text)
        raw[name] = parts.replace("vda", "nvme0n1").replace("vdc", "nvme0n2")
    assert "a part of the same drive as nvme0n1" in str(accident.situation("disk").evidence)
    assert NEW not in values(accident)


def test_a_disk_that_the_other_node_reaches_is_no_new_half() -> None:
    def shared(rack: Rack) -> None:
        rack.plug("vdc", NEW).update(wwn="0x5000c5", tran="sas")

    accident = degraded(shared)
    other = Rack(accident, "node2")
    shared(other)
    other.tell()
    assert "node2 reaches the same disk as /dev/vdc" in str(accident.situation("disk").evidence)
    assert NEW not in values(accident)


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ([], True),
        # A stick, or a volume of a storage box, is no second disk of the server.
        ([disk("sdb", rm=True)], True),
        ([disk("sdb", tran="iscsi")], True),
        ([disk("sdb")], False),
    ],
)
def test_the_single_volume_of_a_controller_is_refused_as_that(
    others: list[Row], told: bool
) -> None:
    root = row("sda1", "part", mounts=["/"])
    lone = disk("sda", root, model="PERC H730 Mini", wwn="0x6848f690", tran="sas")
    seen = facts(disks([lone, *others], {"sda": table([root], LINUX)}))
    words = _told(Answers(), seen)
    assert ("set the controller to show each disk by itself" in words) == told
    assert ("name two serials" in words) != told


def test_two_volumes_of_a_controller_of_one_disk_each_are_two_disks() -> None:
    pair = [
        disk(name, wwn=f"0x6848f690e2b1a5000000000000000{number}", hctl=f"0:2:{number}:0")
        for number, name in enumerate(("sda", "sdb"))
    ]
    assert len(suggested(Answers(), facts(disks(pair, {})), NODE)) == 2
