"""Whether a machine is there: a value with its evidence, never a boolean and never one probe alone.

Any sign of life counts, from whatever place: a refused port, ARP, replication, the cluster's
address answering that no seen node holds. Silence counts only where somebody looked.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.recover.addresses import CLUSTER, Address, addresses
from steps.recover.facts.certificates import CERTIFICATES
from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.drbdstates import DRBD_STATES
from steps.recover.facts.presence import PRESENCE, Heeded
from steps.recover.scene import Scene
from wizard.base.errors import Reach
from wizard.model.recovery import HERE, Evidence, Presence, Standing


def presence(scene: Scene, host: str) -> Presence:
    """How one machine stands towards those who looked."""
    if host in scene.facts.raw:
        state = Standing.PARTIAL if host in scene.facts.cut else Standing.ANSWERS
        return Presence(state, tuple(_answered(scene, host)), (_here(scene),), readings=1)
    signs = tuple(signs_of_life(scene, host))
    looked = dict(_views(scene, host))
    readings = {place: view.readings for place, view in looked.items()}
    if _reach(scene, host).unanswered:
        # The login that failed is one reading from where the program runs.
        readings.setdefault(_here(scene), 1)
    state = Standing.SILENT if readings else Standing.UNSEEN
    if signs:
        state = Standing.ALIVE
    now = scene.now if readings else 0
    return Presence(
        state,
        (*signs, *_silences(scene, host, looked)),
        vantages=tuple(readings),
        near=tuple(place for place, view in looked.items() if view.arp),
        readings=min(readings.values(), default=0),
        since=min((view.begun for view in looked.values()), default=now),
        until=max((view.ended for view in looked.values()), default=now),
    )


def _here(scene: Scene) -> str:
    """Where the program runs: on a server itself, or on a machine of its own."""
    for node in scene.nodes:
        if node.ssh.local:
            return node.short
    return HERE


def _answered(scene: Scene, host: str) -> Iterator[Evidence]:
    yield scene.evidence("ssh", host, "answers the wizard")
    error = scene.facts.cut.get(host)
    if error is not None:
        yield scene.evidence("ssh", host, error.what)


def _reach(scene: Scene, host: str) -> Reach:
    error = scene.facts.missing.get(host)
    return error.reach if error else Reach.UNTRIED


def _address(scene: Scene, host: str) -> Address | None:
    for address in addresses(scene.answers, ""):
        if address.owner == host:
            return address
    return None


def _places(scene: Scene, host: str) -> Iterator[tuple[str, Heeded]]:
    """Every place that told what it sees, but the machine itself."""
    for place in scene.facts.hosts:
        view = scene.read(place, PRESENCE) if place != host else None
        if view is not None and view.readings:
            yield place, view


def _views(scene: Scene, host: str) -> Iterator[tuple[str, Heeded]]:
    """The places that looked for this machine and have a way into its network."""
    address = _address(scene, host)
    for place, view in _places(scene, host):
        if address is not None and address.ip in view.heard and view.route:
            yield place, view


def signs_of_life(scene: Scene, host: str) -> Iterator[Evidence]:
    """All that speaks for a machine that did not let the wizard in."""
    error = scene.facts.missing.get(host)
    if error is not None and error.reach.answered:
        yield Evidence("ssh", _here(scene), f"{error.reach.value}: {error.what}", scene.now)
    address = _address(scene, host)
    if address is not None:
        for place, view in _views(scene, host):
            heard = view.heard[address.ip]
            for sign in heard.signs:
                yield Evidence("presence", place, f"{address.ip} {sign}", heard.last)
    yield from _replicates(scene, host)
    if host in [node.short for node in scene.nodes]:
        yield from _serves(scene, host)


def _replicates(scene: Scene, host: str) -> Iterator[Evidence]:
    for place, disk in scene.connected_to(host):
        number = disk.minor_on(place)
        states = scene.read(place, DRBD_STATES)
        minor = states.minor(number) if states and number is not None else None
        if minor is not None:
            what = f"{disk.label} is connected to {host}: {minor.states}"
            yield scene.evidence(DRBD_STATES, place, what)


def _serves(scene: Scene, host: str) -> Iterator[Evidence]:
    """The cluster's address, or that of an instance, answers, and no node that was seen has it."""
    others = [node.short for node in scene.nodes if node.short != host]
    if any(other not in scene.facts.raw for other in others):
        # Another unseen node may be the one that answers.
        return
    held: set[str] = set()
    for other in others:
        running = scene.read(other, RUNNING)
        if running is None:
            return
        held.update(running.addresses)
    for address in addresses(scene.answers, ""):
        if address.kind == "cluster" and address.ip not in held:
            yield from _answers(scene, host, address, "the cluster's address")
        elif address.kind == "guest" and not _runs_elsewhere(scene, address.owner):
            yield from _answers(scene, host, address, f"the address of {address.owner}")


def _runs_elsewhere(scene: Scene, guest: str) -> bool:
    for known in scene.guests:
        if known.name.partition(".")[0] == guest:
            return bool(scene.runs_on(known))
    # An instance that the configuration does not know may be anywhere.
    return True


def _answers(scene: Scene, host: str, address: Address, name: str) -> Iterator[Evidence]:
    for place, view in _places(scene, host):
        heard = view.heard.get(address.ip)
        if heard is not None and heard.signs:
            what = f"{name} {address.ip} {heard.signs[0]}, and no node that was seen has it"
            yield Evidence("presence", place, what, heard.last)


def _silences(scene: Scene, host: str, looked: dict[str, Heeded]) -> Iterator[Evidence]:
    """Where nothing was heard, and how often it was asked."""
    error = scene.facts.missing.get(host)
    if error is not None and not error.reach.answered:
        yield Evidence("ssh", _here(scene), error.what, scene.now)
    address = _address(scene, host)
    for place, view in looked.items():
        heard = view.heard[address.ip] if address else None
        if address is not None and heard is not None and not heard.signs:
            ports = [f"port {port} {state}" for port, state in heard.ports]
            asked = ["no ping", *(["no ARP"] if view.arp else []), *ports]
            what = f"{address.ip}: {', '.join(asked)}; {view.readings} readings"
            yield Evidence("presence", place, what, view.ended)


def stranger(scene: Scene, host: str) -> tuple[Evidence, ...]:
    """What shows that somebody else answers for a machine's address: another certificate on
    noded's port, or one card that answers for several machines (a router with proxy ARP).
    """
    known = set()
    for node in scene.answering:
        certificates = scene.read(node, CERTIFICATES)
        if certificates is not None and certificates.fingerprint:
            known.add(certificates.fingerprint)
    address = _address(scene, host)
    if address is None or address.owner == CLUSTER or host in scene.facts.raw:
        return ()
    found = []
    for place, view in _views(scene, host):
        heard = view.heard[address.ip]
        if known and heard.certificate and heard.certificate not in known:
            shown = heard.certificate[:16]
            what = (
                f"what answers at {address.ip}:1811 shows no certificate of this cluster ({shown})"
            )
            found.append(Evidence("presence", place, what, heard.last))
        for ip, other in view.heard.items():
            owner = _owner_kind(scene, ip)
            if ip != address.ip and owner == "backup host" and set(other.macs) & set(heard.macs):
                what = f"{address.ip} and {ip} answer from one card, {heard.macs[0]}"
                found.append(Evidence("presence", place, what, heard.last))
    return tuple(found)


def _owner_kind(scene: Scene, ip: str) -> str:
    for address in addresses(scene.answers, ""):
        if address.ip == ip:
            return address.kind
    return ""
