"""Signs of life of a machine that did not let the wizard in.

A refused port, ARP, replication, an address of the cluster that answers though no node that was
seen holds it: each alone is enough to forbid that its work be given to another machine.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.recover.addresses import Address, addresses
from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.drbdstates import DRBD_STATES
from steps.recover.facts.presence import PRESENCE
from steps.recover.scene import Scene
from steps.recover.views import addresses_of, here, places, views
from wizard.base.names import short
from wizard.model.recovery import Evidence

LOST = "Unknown"
"""The role of a peer that DRBD has no connection to (drbdsetup(8))."""


def signs_of_life(scene: Scene, host: str) -> Iterator[Evidence]:
    """All that speaks for a machine that did not let the wizard in."""
    error = scene.facts.missing.get(host)
    if error is not None and error.reach.answered:
        what = f"{error.reach.value}: {error.what}"
        yield Evidence("ssh", here(scene), what, scene.now)
    yield from _heard(scene, host)
    yield from _replicates(scene, host)
    servers = [node.short for node in scene.nodes]
    if host in servers:
        yield from _serves(scene, host)


def _heard(scene: Scene, host: str) -> Iterator[Evidence]:
    """What came from its own addresses."""
    for place, view in views(scene, host):
        for address in addresses_of(scene, host):
            heard = view.heard.get(address.ip)
            for sign in heard.signs if heard is not None else ():
                what = f"{address.ip} {sign}"
                yield Evidence(PRESENCE.name, place, what, heard.last if heard else 0)


def _replicates(scene: Scene, host: str) -> Iterator[Evidence]:
    """DRBD elsewhere is connected to it, perhaps by a cable that nobody pinged through."""
    for place, disk in scene.connected_to(host):
        number = disk.minor_on(place)
        states = scene.read(place, DRBD_STATES)
        if states is None or number is None:
            continue
        minor = states.minor(number)
        if minor is not None and not _parted_since(scene, place, number):
            what = f"{disk.label} is connected to {host}: {minor.states}"
            yield scene.evidence(DRBD_STATES, place, what)


def _parted_since(scene: Scene, place: str, minor: int) -> bool:
    """Whether DRBD there had lost the peer by the end of the look: what it said at the beginning
    was no sign of life.
    """
    view = scene.read(place, PRESENCE)
    if view is None or view.peers is None:
        return False
    return view.peers.get(minor, LOST) == LOST


def _serves(scene: Scene, host: str) -> Iterator[Evidence]:
    """The cluster's address, or that of an instance, answers, and no node that was seen has it."""
    held = _held_by_others(scene, host)
    if held is None:
        # Another node that was not seen may be the one that answers.
        return
    for address in addresses(scene.answers, ""):
        if address.kind == "cluster":
            if address.ip not in held:
                yield from _answers(scene, host, address, "the cluster's address")
        elif address.kind == "guest":
            guest = address.owner
            if not _runs_elsewhere(scene, guest):
                yield from _answers(scene, host, address, f"the address of {guest}")


def _held_by_others(scene: Scene, host: str) -> set[str] | None:
    """The addresses that the other nodes have; None unless all of them told."""
    held: set[str] = set()
    for node in scene.nodes:
        if node.short == host:
            continue
        running = scene.read(node.short, RUNNING)
        if running is None:
            return None
        held.update(running.addresses)
    return held


def _runs_elsewhere(scene: Scene, name: str) -> bool:
    for guest in scene.guests:
        if short(guest.name) == name:
            return bool(scene.runs_on(guest))
    # An instance that the configuration does not know may be anywhere.
    return True


def _answers(scene: Scene, host: str, address: Address, name: str) -> Iterator[Evidence]:
    for place, view in places(scene, host):
        heard = view.heard.get(address.ip)
        if heard is None:
            continue
        if heard.signs:
            sign = heard.signs[0]
            # One sign is enough: it is about who has the address.
            yield Evidence(
                PRESENCE.name,
                place,
                f"{name} {address.ip} {sign}, and no node that was seen has it",
                heard.last,
            )
