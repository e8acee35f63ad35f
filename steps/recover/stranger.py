"""Somebody else answers for a machine's address, so what answers is no sign of its life.

A router with proxy ARP, or a forgotten box that still has the address: the machine looks alive to
every ping (seen in practice: a takeover then refuses, as the master's address "still answers").
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.recover.addresses import CLUSTER, Address, addresses
from steps.recover.facts.certificates import CERTIFICATES
from steps.recover.facts.presence import PRESENCE, Heard, Heeded
from steps.recover.scene import Scene
from steps.recover.views import address_of, views
from wizard.model.recovery import Evidence

SHOWN = 16
"""Hexadecimal digits of a fingerprint that are told: enough to compare by eye."""


def stranger(scene: Scene, host: str) -> tuple[Evidence, ...]:
    """What shows that somebody else answers for a machine's address: another certificate on
    noded's port, or one card that answers for several machines (a router with proxy ARP).
    """
    address = address_of(scene, host)
    if address is None or address.owner == CLUSTER or host in scene.facts.raw:
        return ()
    # Every node shows the same certificate: it is the cluster's.
    known = _known_certificates(scene)
    evidence: list[Evidence] = []
    for place, view in views(scene, host):
        heard = view.heard[address.ip]
        evidence += _other_certificate(place, address, heard, known)
        evidence += _same_card(scene, place, address, view)
    return tuple(evidence)


def _known_certificates(scene: Scene) -> set[str]:
    """The fingerprint of the cluster's certificate, as each node that answers has it."""
    known = set()
    for node in scene.answering:
        certificates = scene.read(node, CERTIFICATES)
        if certificates is not None and certificates.fingerprint:
            known.add(certificates.fingerprint)
    return known


def _other_certificate(
    place: str, address: Address, heard: Heard, known: set[str]
) -> Iterator[Evidence]:
    if not known or not heard.certificate:
        # There is nothing to compare, or noded's port was not open.
        return
    if heard.certificate not in known:
        shown = heard.certificate[:SHOWN]
        what = f"what answers at {address.ip}:1811 shows no certificate of this cluster ({shown})"
        yield Evidence(PRESENCE.name, place, what, heard.last)


def _same_card(scene: Scene, place: str, address: Address, view: Heeded) -> Iterator[Evidence]:
    """The backup host is a machine of its own: it shares no card with a server."""
    heard = view.heard[address.ip]
    for known in addresses(scene.answers, ""):
        if known.kind != "backup host" or known.ip == address.ip:
            continue
        other = view.heard.get(known.ip)
        if other is None:
            continue
        shared = set(other.macs) & set(heard.macs)
        if shared:
            card = heard.macs[0]
            what = f"{address.ip} and {known.ip} answer from one card, {card}"
            yield Evidence(PRESENCE.name, place, what, heard.last)
