"""One thing at a time that the mirror of the system does not cover."""

from __future__ import annotations

from tests.daily.drbd import Change
from wizard.model.verdicts import Level

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
    "one EFI partition": (
        lambda scene: scene.raw["node1"].update(unmirrored="mirrored /\nefi /dev/nvme0n1p1\n"),
        "mirrored",
        "node1",
        Level.WARNING,
        "/dev/nvme0n1p1 is the only EFI partition",
    ),
}
