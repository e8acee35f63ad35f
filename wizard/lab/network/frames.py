"""What a frame from the lab's machines must be to be let out to QEMU's user network: pure, a frame
at a time.

Layouts: Ethernet and ARP (RFC 826), IPv4 (RFC 791), UDP (RFC 768), TCP (RFC 9293), DNS (RFC 1035,
4.1).
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Container
from dataclasses import dataclass

Place = tuple[bytes, int]
"""An IPv4 address, four bytes, and a TCP port."""

ARP, IPV4 = 0x0806, 0x0800
ICMP, TCP, UDP = 1, 6, 17
BROADCAST = b"\xff" * 6
EVERYBODY = b"\xff" * 4
DNS_PORT, DHCP_PORT = 53, 67
SYN, ACK = 0x02, 0x10
FRAGMENT = 0x3FFF
"""More-fragments flag and fragment offset of an IPv4 header: not zero in every piece of a packet.
"""
ECHO_REQUEST = 8
ARP_REQUEST, ARP_REPLY = 1, 2

MAC_PREFIX = b"\x52\x55"
"""QEMU's user network answers for its own addresses with 52:55 and the address (libslirp, arp_input
in slirp.c).
"""

ETHERNET_BYTES = 14
ARP_BYTES = 28
IPV4_BYTES = 20


@dataclass(frozen=True)
class Packet:
    """An IPv4 packet that carries its ports: its protocol, where it goes, and the bytes behind the
    IPv4 header.
    """

    protocol: int
    target: bytes
    body: bytes

    @property
    def port(self) -> int:
        """The destination port; 0 for a protocol without ports."""
        return int.from_bytes(self.body[2:4], "big") if self.protocol in (TCP, UDP) else 0

    @property
    def opens(self) -> bool:
        """Whether this is the first segment of a TCP connection that the sender opens."""
        return len(self.body) > 13 and self.body[13] & (SYN | ACK) == SYN


def packet_of(frame: bytes) -> Packet | None:
    """The IPv4 packet in a frame; None for anything else, for a damaged one, and for a fragment,
    which hides ports.
    """
    if len(frame) < ETHERNET_BYTES + IPV4_BYTES or frame[ETHERNET_BYTES] >> 4 != 4:
        return None
    if int.from_bytes(frame[12:14], "big") != IPV4:
        return None
    header_bytes = (frame[ETHERNET_BYTES] & 0x0F) * 4
    if header_bytes < IPV4_BYTES or int.from_bytes(frame[20:22], "big") & FRAGMENT:
        return None
    return Packet(
        protocol=frame[23],
        target=frame[30:34],
        body=frame[ETHERNET_BYTES + header_bytes :],
    )


def asked_name(frame: bytes) -> str:
    """The name that a DNS query over UDP asks for, in small letters; "" for any other frame."""
    packet = packet_of(frame)
    if packet is None or packet.protocol != UDP or packet.port != DNS_PORT:
        return ""
    question = packet.body[8 + 12 :]
    labels = []
    while question and 0 < question[0] < 64:
        labels.append(question[1 : 1 + question[0]].decode("ascii", "replace").lower())
        question = question[1 + question[0] :]
    return ".".join(labels)


@dataclass(frozen=True)
class Rules:
    """What may go out through one user network: to it, to its name server, and to the places in
    `reachable`.

    `gateway` and `resolver` are the network's own addresses; `dhcp`: it hands out addresses.
    """

    gateway: bytes
    resolver: bytes
    dhcp: bool
    reachable: Container[Place]

    @classmethod
    def of(cls, gateway: str, resolver: str, *, dhcp: bool, reachable: Container[Place]) -> Rules:
        """The same from addresses as people write them."""
        return cls(socket.inet_aton(gateway), socket.inet_aton(resolver), dhcp, reachable)

    def let_out(self, frame: bytes) -> bool:
        """Whether this frame may reach the user network.

        A frame for another machine's hardware address never does: the user network would take the
        packet in it for its own and open a connection from this host to that address, wherever it
        leads here.
        """
        if frame[12:14] == ARP.to_bytes(2, "big"):
            return self._arp(frame)
        packet = packet_of(frame)
        if packet is None:
            return False
        if frame[:6] in (MAC_PREFIX + self.gateway, MAC_PREFIX + self.resolver):
            return self._goes(packet)
        return (
            frame[:6] == BROADCAST and packet.target == EVERYBODY and self._asks_for_address(packet)
        )

    def _arp(self, frame: bytes) -> bool:
        if len(frame) < ETHERNET_BYTES + ARP_BYTES:
            return False
        (operation,) = struct.unpack_from("!H", frame, ETHERNET_BYTES + 6)
        wanted = frame[ETHERNET_BYTES + 24 : ETHERNET_BYTES + 28]
        if operation == ARP_REPLY:
            return frame[:6] in (MAC_PREFIX + self.gateway, MAC_PREFIX + self.resolver)
        return operation == ARP_REQUEST and wanted in (self.gateway, self.resolver)

    def _goes(self, packet: Packet) -> bool:
        if packet.target == self.gateway:
            return self._is_for_gateway(packet)
        if packet.target == self.resolver:
            return packet.protocol in (UDP, TCP) and packet.port == DNS_PORT
        return packet.protocol == TCP and (packet.target, packet.port) in self.reachable

    def _is_for_gateway(self, packet: Packet) -> bool:
        """Ping, and answers to connections that were let in; what a machine opens itself would
        reach this host.
        """
        if packet.protocol == TCP:
            return not packet.opens
        if packet.protocol == ICMP:
            return packet.body[:1] == bytes([ECHO_REQUEST])
        return self._asks_for_address(packet)

    def _asks_for_address(self, packet: Packet) -> bool:
        return self.dhcp and packet.protocol == UDP and packet.port == DHCP_PORT
