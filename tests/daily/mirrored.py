"""One thing at a time that the mirror of the system does not cover."""

from __future__ import annotations

import re

from tests.daily.drbd import Change
from tests.daily.scene import Scene
from wizard.model.verdicts import Level


def _on_older_half(scene: Scene) -> None:
    """node2 runs on the half that was out first, and the other one is in the server again."""
    scene.change("node2", "md", "array md1 raid1 1.2 clean 2 0", "array md1 raid1 1.2 clean 2 1")
    scene.change("node2", "md", "member md1 vdb2 in_sync 1\n", "")
    head, mark, rest = scene.raw["node2"]["md"].partition("examine /dev/vdb2\n")
    events = re.sub(r"MD_EVENTS=\d+", "MD_EVENTS=900", rest, count=1)
    scene.raw["node2"]["md"] = head + mark + events


def _group_on(device: str) -> Change:
    """The data mirror is not there, and LVM shows the group on this device."""

    def change(scene: Scene) -> None:
        text = scene.raw["node2"]["md"]
        kept = [line for line in text.split("\n") if " md1 " not in line]
        scene.raw["node2"]["md"] = "\n".join(kept)
        scene.change("node2", "lvm", "/dev/md1", device)

    return change


MIRRORED_WRONG: dict[str, tuple[Change, str, str, Level, str]] = {
    "swap on one disk": (
        lambda scene: scene.raw["node2"].update(unmirrored="mirrored /\nswap /dev/sda2\n"),
        "mirrored",
        "node2",
        Level.WARNING,
        "/dev/sda2 is swap on no mirror, unlike the system",
    ),
    "swap on both disks, but for itself": (
        lambda scene: scene.raw["node1"].update(
            unmirrored="mirrored /\nswap /dev/sda2\nswap /dev/sdb2\n"
        ),
        "mirrored",
        "node1",
        Level.WARNING,
        "/dev/sda2 and /dev/sdb2 are swap on no mirror",
    ),
    "a mirror that runs on its older half": (
        _on_older_half,
        "raid",
        "node2",
        Level.CRITICAL,
        "/dev/vdb2, left out, counts to 900 and is newer: what node2 holds is old data",
    ),
    "a group on the volume of a controller": (
        _group_on("/dev/sda3"),
        "raid",
        "node2",
        Level.WARNING,
        "xenvg lies on /dev/sda3, in no mirror that is seen here",
    ),
    "a group on half a mirror": (
        _group_on("/dev/vda2"),
        "raid",
        "node2",
        Level.CRITICAL,
        "the data mirror /dev/md1 is not there",
    ),
    "a group on the mirror under another name": (
        _group_on("/dev/md127"),
        "raid",
        "node2",
        Level.CRITICAL,
        "the data mirror /dev/md1 is not there",
    ),
    "one EFI partition": (
        lambda scene: scene.raw["node1"].update(
            unmirrored="mirrored /\nefi /dev/nvme0n1p1 /dev/nvme0n1 yes\n"
        ),
        "mirrored",
        "node1",
        Level.WARNING,
        "/dev/nvme0n1p1 is the only EFI partition",
    ),
    "two EFI partitions on one disk": (
        lambda scene: scene.raw["node1"].update(
            unmirrored="mirrored /\nefi /dev/sda1 /dev/sda yes\nefi /dev/sda2 /dev/sda no\n"
        ),
        "mirrored",
        "node1",
        Level.WARNING,
        "/dev/sda1 and /dev/sda2 are the only EFI partitions",
    ),
    "an EFI partition that no entry starts from": (
        lambda scene: scene.raw["node1"].update(
            unmirrored="mirrored /\nefi /dev/sda1 /dev/sda yes\nefi /dev/sdb1 /dev/sdb no\n"
        ),
        "mirrored",
        "node1",
        Level.WARNING,
        "entries for /dev/sda1 alone, none for /dev/sdb1: without /dev/sda the server may not",
    ),
}
