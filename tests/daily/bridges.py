"""One thing at a time that keeps instances' frames from crossing a node's bridge."""

from __future__ import annotations

from tests.daily.drbd import Change
from tests.daily.scene import Scene
from wizard.model.verdicts import Level

_DOCKER = "bridged ip\nfamily ip\n:FORWARD DROP [0:0]\n-A FORWARD -o docker0 -j DOCKER\n"


def _installed(scene: Scene) -> None:
    """Docker comes to node2, where instances run under KVM (docker/for-linux issue 949)."""
    scene.answers.xen.hypervisor = "kvm"
    scene.raw["node2"]["packet-filter"] = _DOCKER


def _unreadable(scene: Scene) -> None:
    """Rules that nft cannot list, under KVM: under Xen nothing depends on them."""
    scene.answers.xen.hypervisor = "kvm"
    scene.raw["node1"]["packet-filter"] = "unread\n"


BRIDGES_WRONG: dict[str, tuple[Change, str, str, Level, str]] = {
    "Docker bars what is bridged": (
        _installed,
        "bridge",
        "node2",
        Level.WARNING,
        "instances would have no network: the packet filter bars IPv4",
    ),
    "rules that could not be read": (
        _unreadable,
        "bridge",
        "node1",
        Level.UNKNOWN,
        "rules that could not be read",
    ),
}
