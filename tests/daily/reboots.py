"""One machine at a time that goes away by itself."""

from __future__ import annotations

from tests.daily.drbd import Change
from tests.daily.scene import Scene
from wizard.model.verdicts import Level


def _by_itself(scene: Scene, *hosts: str, at: str = "02:00") -> None:
    for host in hosts:
        scene.change(host, "reboots", "reboot: false\nat: ", f"reboot: true\nat: {at}")


REBOOTS_WRONG: dict[str, tuple[Change, str, str, Level, str]] = {
    "a node reboots by itself": (
        lambda scene: _by_itself(scene, "node2"),
        "reboots",
        "node2",
        Level.WARNING,
        "unattended-upgrades reboots it at 02:00 when an upgrade asks for it: its instances stop "
        "then, and their encrypted volumes stay locked",
    ),
    "both nodes reboot by themselves": (
        lambda scene: _by_itself(scene, "node1", "node2", at=""),
        "reboots",
        "node1",
        Level.WARNING,
        "reboots it at any time when an upgrade asks for it: its instances stop then, and their "
        "encrypted volumes stay locked; node2 does so too, perhaps in the same minute",
    ),
    "a guest reboots by itself": (
        lambda scene: _by_itself(scene, "inst1"),
        "reboots",
        "inst1",
        Level.WARNING,
        "its encrypted volume stays locked then",
    ),
    "a node that slept": (
        lambda scene: scene.change("node1", "reboots", "slept: 0", "slept: 3"),
        "reboots",
        "node1",
        Level.WARNING,
        "it was suspended 3 times since its boot",
    ),
}
