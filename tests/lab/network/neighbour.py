"""What a machine of the lab can reach through QEMU's user networks; run in a namespace, prints what
answered it.

`python -m tests.lab.network.neighbour router|trunk|management FOLDER`: the real switch, router and
gates, and no machine.
"""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.network import ether, office
from tests.lab.network.ether import Card
from wizard.lab.base.host import QEMU
from wizard.lab.base.layout import CABLES, VLAN
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.spec import LabSpec, make_spec
from wizard.lab.network.cables import gate_options, management_backend
from wizard.lab.network.gates import gate, node_gate
from wizard.lab.network.ports import port_of
from wizard.lab.network.whole import ensure_network, stop_network

ELSEWHERE = (
    office.STRANGER,
    office.ROUTER,
    "10.9.9.9",
    "169.254.9.9",
    "172.16.9.9",
    "203.0.113.9",
    "224.0.0.9",
)
"""Addresses of other people: on this network, private, link-local, reserved, public as far as the
lab knows.
"""


@dataclass
class Asker:
    """A machine on the network, and who answered it so far: protocol, source address, source port,
    TCP's flags.
    """

    card: Card
    address: str
    gateway: str
    answers: set[str] = field(default_factory=set)
    mac: bytes = b""
    number: int = 0

    def hear(self) -> bytes:
        """The next frame, noted; empty when none comes for a while."""
        frame = self.card.receive()
        if frame[12:14] == b"\x08\x00":
            source = socket.inet_ntoa(frame[26:30])
            port = int.from_bytes(frame[34:36], "big") if frame[23] != socket.IPPROTO_ICMP else 0
            flags = frame[47] if frame[23] == socket.IPPROTO_TCP else 0
            self.answers.add(f"{frame[23]} {source} {port} {flags:#x}")
        return frame

    def find_gateway(self) -> None:
        """Ask for the gateway's hardware address, until it answers."""
        frame = b""
        while frame[12:14] != b"\x08\x06" or frame[28:32] != socket.inet_aton(self.gateway):
            if not frame:
                self.card.send(ether.arp(self.address, self.gateway))
            frame = self.hear()
        self.mac = frame[6:12]

    def settle(self) -> None:
        """Wait until all that was sent has been dealt with: frames are handled in order, so a ping
        comes back last.
        """
        self.number += 1
        wanted = struct.pack("!HH", 77, self.number)
        frame = b""
        while frame[23:24] != b"\x01" or frame[38:42] != wanted:
            if not frame:
                self.card.send(ether.ping(self.mac, self.address, self.gateway, self.number))
            frame = self.hear()

    def resolve(self, name: str, resolver: str) -> None:
        """Ask the network's name server until it answers."""
        frame = b""
        while not any(answer.startswith(f"17 {resolver} 53") for answer in self.answers):
            if not frame:
                self.card.send(ether.udp(self.mac, self.address, resolver, 53, ether.query(name)))
            frame = self.hear()

    def connect(self, target: str, port: int, mac: bytes | None = None) -> None:
        """The first segment of a connection; the frame goes to `mac`, else to the gateway."""
        self.card.send(ether.tcp(mac or self.mac, self.address, target, port))


def wander(asker: Asker, resolver: str) -> None:
    """All that a machine may try while another one is dead, and then what it must be able to do."""
    asker.find_gateway()
    for port in office.PORTS:
        asker.connect(office.STRANGER, port, ether.DEAD_MAC)
    asker.card.send(ether.ping(ether.DEAD_MAC, asker.address, office.STRANGER))
    asker.card.send(ether.udp(ether.DEAD_MAC, asker.address, office.STRANGER, 1814))
    asker.card.send(ether.arp(asker.address, office.STRANGER))
    for target in ELSEWHERE:
        for port in office.PORTS:
            asker.connect(target, port)
        asker.card.send(
            ether.udp(asker.mac, asker.address, target, 53, ether.query("deb.debian.org"))
        )
        asker.card.send(ether.ping(asker.mac, asker.address, target))
    asker.connect(asker.gateway, 22)
    asker.connect(resolver, 80)
    asker.settle()
    asker.resolve("deb.debian.org", resolver)
    while not any(answer.startswith(f"6 {office.ARCHIVE} 80") for answer in asker.answers):
        asker.connect(office.ARCHIVE, 80)
        asker.settle()
    asker.connect(office.ARCHIVE, 22)
    asker.settle()


def by_router(spec: LabSpec, paths: LabPaths) -> Asker:
    """node2 on the cluster network, where node1 is dead."""
    try:
        ensure_network(spec, paths)
        with ether.plug(paths.switch) as card:
            asker = Asker(card, spec.nodes[1].address, spec.router)
            wander(asker, spec.resolver)
            return asker
    finally:
        stop_network(paths)


SECURE_WEB = 443
"""A port of the archive to which the gate lets whoever asks for it, and at which nobody asks but
those whose frames have no business outside.
"""


def by_trunk(spec: LabSpec, paths: LabPaths) -> Asker:
    """node2 where the cluster network is a VLAN, on its second cable: as above, and then with every
    tag but that of the VLAN.
    """
    try:
        ensure_network(spec, paths)
        node = spec.nodes[1]
        with ether.plug(paths.switch, port_of(node, CABLES[1])) as card:
            asker = Asker(ether.Trunk(card, VLAN), node.address, spec.router)
            wander(asker, spec.resolver)
            frame = ether.tcp(asker.mac, node.address, office.ARCHIVE, SECURE_WEB)
            card.send(frame)
            for vlan in (0, 1, VLAN + 1, 4094, 4095):
                card.send(ether.tagged(frame, vlan))
            for kind in (ether.DOT1Q, ether.DOT1AD):
                card.send(ether.tagged(frame, VLAN, kind=ether.DOT1AD))
                card.send(ether.tagged(ether.tagged(frame, VLAN, kind), VLAN))
            asker.settle()
            return asker
    finally:
        stop_network(paths)


def by_management(spec: LabSpec, paths: LabPaths) -> Asker:
    """node1 on its management network."""
    node = spec.nodes[0]
    paths.node(node.name).mkdir()
    try:
        with _management(spec, paths) as card:
            asker = Asker(card, node.mgmt_address, "10.0.2.2")
            wander(asker, "10.0.2.3")
            return asker
    finally:
        stop_network(paths)


@contextmanager
def _management(spec: LabSpec, paths: LabPaths) -> Iterator[Card]:
    node = spec.nodes[0]
    ours, theirs = paths.root / "ours", paths.root / "theirs"
    backend = (
        f"dgram,id=lan,local.type=unix,local.path={theirs},remote.type=unix,remote.path={ours}"
    )
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end,
        gate(paths, node.name, node_gate(node)) as descriptors,
    ):
        end.bind(str(ours))
        argv = [
            *[QEMU, "-machine", "none", "-nodefaults", "-display", "none"],
            *["-netdev", backend, "-netdev", "hubport,id=inside,hubid=0,netdev=lan"],
            *[
                "-netdev",
                management_backend(node),
                "-netdev",
                "hubport,id=outside,hubid=0,netdev=mgmt",
            ],
            *gate_options("mgmt", descriptors),
        ]
        with subprocess.Popen(argv, pass_fds=descriptors, stderr=subprocess.DEVNULL) as process:
            while not theirs.exists() and process.poll() is None:
                pass
            yield ether.Datagrams(end, theirs)
            process.kill()


def main() -> None:
    """Wander, say what answered, and end the watch."""
    paths = LabPaths(Path(sys.argv[2]))
    if sys.argv[1] == "trunk":
        asker = by_trunk(make_spec(backup=True, cards="bond-vlan"), paths)
    else:
        way = {"router": by_router, "management": by_management}[sys.argv[1]]
        asker = way(make_spec(backup=True), paths)
    office.last_word()
    print(json.dumps(sorted(asker.answers)))


if __name__ == "__main__":
    main()
