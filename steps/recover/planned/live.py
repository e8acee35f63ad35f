"""Whether an instance can go to another node while it runs, or has to be stopped for it."""

from __future__ import annotations

from steps.platform.facts.xen import HYPERVISOR
from steps.recover.facts.room import ROOM
from steps.recover.scene import Scene
from wizard.model.accident import Case

WAY = "way"
"""The key under which `Case.chosen` has how an instance is to go."""
STOP = "stop"
SHADOW = "shadow"
"""What `virt_caps` has where Xen was built with shadow paging: without it nobody can tell which
pages a paravirtual instance writes to, and `gnt-instance migrate` ends in "Failed to enable
logdirty" (seen on Debian 12's Xen 4.17).
"""


def stops(case: Case, scene: Scene, source: str, target: str) -> str:
    """Why an instance has to be stopped to go from one node to the other; "" when it can run on."""
    if case.chosen.get(WAY) == STOP:
        return "a stop was asked for"
    hypervisors = scene.config.hypervisors if scene.config else ()
    match hypervisors[:1]:
        case ("kvm",):
            return ""
        case ("xen-pvm",):
            return _xen(scene, source, target)
    kind = " ".join(hypervisors) or "an unknown hypervisor"
    return f"nothing is known here of a move under {kind} without a stop"


def _xen(scene: Scene, source: str, target: str) -> str:
    versions = []
    for host in (source, target):
        hypervisor = scene.read(host, HYPERVISOR)
        versions.append(hypervisor.version if hypervisor else "")
        room = scene.read(host, ROOM)
        if room is None or SHADOW not in room.abilities:
            return f"Xen on {host} has no shadow paging, without which no running copy can be made"
    if versions[0] != versions[1]:
        # Ganeti refuses it too (instance_migration.py, ignore_hvversions).
        return f"Xen is {versions[0]} on {source}, and {versions[1]} on {target}"
    return ""
