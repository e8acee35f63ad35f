"""Who looked for a machine, and from where: what its presence is judged by."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from steps.recover.addresses import SECOND, Address, addresses
from steps.recover.facts.presence import PRESENCE, Heeded
from steps.recover.scene import Scene
from wizard.answers import Answers
from wizard.answers.servers import Node
from wizard.model.recovery import HERE


def here(scene: Scene) -> str:
    """Where the program runs: on a server itself, or on a machine of its own."""
    for node in scene.nodes:
        if node.ssh.local:
            return node.short
    return HERE


def outside(answers: Answers) -> bool:
    """Whether this machine is no part of the servers' network: it reaches one by an address that is
    none of its own (a forwarded port, a lab). Whoever has the servers' addresses in its own network
    is a stranger.
    """
    return any(_by_another_address(node) for node in answers.nodes)


def _by_another_address(node: Node) -> bool:
    """Whether ssh goes to an address that is none of the node's own; a name may well be its own."""
    way = node.ssh.host
    if node.ssh.local or not way:
        return False
    if way == "localhost":
        return True
    try:
        ipaddress.ip_address(way)
    except ValueError:
        return False
    return way not in node.addresses


def address_of(scene: Scene, host: str) -> Address | None:
    """Where a machine is looked for; None when it has no address in the answers."""
    for address in addresses(scene.answers, ""):
        if address.owner == host:
            return address
    return None


def addresses_of(scene: Scene, host: str) -> list[Address]:
    """All addresses at which a machine is looked for, its own one first."""
    return [address for address in addresses(scene.answers, "") if address.owner == host]


def places(scene: Scene, host: str) -> Iterator[tuple[str, Heeded]]:
    """Every place that told what it sees, but the machine itself."""
    for place in scene.facts.hosts:
        if place == host:
            continue
        view = scene.read(place, PRESENCE)
        if view is not None and view.readings:
            yield place, view


def views(scene: Scene, host: str) -> Iterator[tuple[str, Heeded]]:
    """The places that looked for this machine and have a way into its network."""
    address = address_of(scene, host)
    if address is None:
        return
    for place, view in places(scene, host):
        # A place without a way there hears nothing of anybody: its silence says nothing.
        if view.route and address.ip in view.heard and not _deaf(scene, place, view):
            yield place, view


def other_machines(scene: Scene, place: str, host: str) -> list[str]:
    """The addresses of the machines that a place looks for beside `host`. The cluster's address and
    those of instances are left out: a server may have them itself, and hear nobody else.
    """
    ips = []
    for address in addresses(scene.answers, place):
        if address.kind in ("node", SECOND, "backup host") and address.owner != host:
            ips.append(address.ip)
    return ips


def hears_nobody_else(scene: Scene, place: str, view: Heeded, host: str) -> bool:
    """Whether a place heard no machine beside `host`, though there are some: it may be the one that
    is cut off.
    """
    ips = other_machines(scene, place, host)
    heard = [view.heard[ip] for ip in ips if ip in view.heard]
    return bool(heard) and not any(one.signs for one in heard)


def _deaf(scene: Scene, place: str, view: Heeded) -> bool:
    """Whether a place that is no server heard nobody at all though some server answers: then it is
    the one that is cut off, however its own network tells that. A server may be the last one.
    """
    if place in [node.short for node in scene.nodes] or not scene.answering:
        return False
    return not any(heard.signs for heard in view.heard.values())
