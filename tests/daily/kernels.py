"""The kernel that an instance boots next has a newer version than its modules."""

from __future__ import annotations

from tests.daily.drbd import Change
from tests.daily.scene import Scene
from wizard.model.verdicts import Level

NEWER = "6.1.0-57-amd64"


def upgraded(scene: Scene, *hosts: str) -> None:
    """These nodes have a newer kernel, to which our hook moved the instances' links."""
    for host in hosts:
        scene.change(host, "boot", "\tvmlinuz-6.1.0-56-amd64", f"\tvmlinuz-{NEWER}")


KERNELS_WRONG: dict[str, tuple[Change, str, str, Level, str]] = {
    "the nodes' kernel was upgraded": (
        lambda scene: upgraded(scene, "node1", "node2"),
        "kernel",
        "inst1",
        Level.WARNING,
        f"it has no modules of kernel {NEWER}, which it boots at its next start on node1 and node2",
    ),
    "one node's kernel was upgraded": (
        lambda scene: upgraded(scene, "node2"),
        "kernel",
        "inst1",
        Level.WARNING,
        "which it boots at its next start on node2:",
    ),
}
