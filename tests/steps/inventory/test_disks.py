"""The inventory's lines of disks: what is on a disk as a whole is told, too."""

from __future__ import annotations

from steps.inventory import INVENTORY
from tests.steps.disks.machines import Row, disk, disks, facts, row, table


def _lines(*rows: Row) -> list[str]:
    (topic,) = [topic for topic in INVENTORY.topics if topic.heading == "Disks"]
    parts: dict[str, Row | str] = {}
    for each in rows:
        own = [child for child in each["children"] if child["type"] == "part"]
        if own:
            parts[each["name"]] = table(own)
    return list(topic.lines(facts(disks(rows, parts)), "node1"))


def test_what_is_on_a_whole_disk_is_told() -> None:
    group = row("vg0-x", "lvm", mounts=["/srv"])
    whole = {**disk("sdb", fstype="LVM2_member"), "children": [group]}
    assert _lines(disk("sda", fstype="ext4", mounts=["/data"], ro=True)) == [
        "sda 500 GiB S-sda ext4 /data read-only"
    ]
    assert _lines(whole) == ["sdb 500 GiB S-sdb LVM2_member vg0-x"]


def test_a_disk_with_partitions_is_told_by_these() -> None:
    assert _lines(disk("sda", row("sda1", "part", mounts=["/"]))) == [
        "sda 500 GiB S-sda",
        "  sda1 40 GiB /",
    ]
