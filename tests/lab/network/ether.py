"""Frames made by hand, and a network card made of a process or a socket: a machine of the lab
without a machine.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tests.waiting import until

OUR_MAC = bytes.fromhex("525400670202")
DEAD_MAC = bytes.fromhex("525400670102")
BROADCAST = b"\xff" * 6
SYN, SYN_ACK = 0x02, 0x12


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    padded = data + b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip(
    to_mac: bytes, source: str, target: str, protocol: int, body: bytes, fragment: int = 0
) -> bytes:
    """An IPv4 packet in a frame."""
    addresses = socket.inet_aton(source) + socket.inet_aton(target)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 7, fragment, 64, protocol, 0)
    summed = checksum(head + addresses)
    return to_mac + OUR_MAC + b"\x08\x00" + head[:10] + struct.pack("!H", summed) + addresses + body


def _with_sum(source: str, target: str, protocol: int, body: bytes, at: int) -> bytes:
    pseudo = (
        socket.inet_aton(source)
        + socket.inet_aton(target)
        + struct.pack("!BBH", 0, protocol, len(body))
    )
    return body[:at] + struct.pack("!H", checksum(pseudo + body)) + body[at + 2 :]


def tcp(
    to_mac: bytes, source: str, target: str, port: int, flags: int = SYN, from_port: int = 40000
) -> bytes:
    """A TCP segment without data."""
    body = struct.pack("!HHIIBBHHH", from_port, port, 1000, 0, 5 << 4, flags, 64000, 0, 0)
    return ip(
        to_mac,
        source,
        target,
        socket.IPPROTO_TCP,
        _with_sum(source, target, socket.IPPROTO_TCP, body, 16),
    )


def udp(
    to_mac: bytes, source: str, target: str, port: int, data: bytes = b"", from_port: int = 40000
) -> bytes:
    """A UDP datagram."""
    body = struct.pack("!HHHH", from_port, port, 8 + len(data), 0) + data
    return ip(
        to_mac,
        source,
        target,
        socket.IPPROTO_UDP,
        _with_sum(source, target, socket.IPPROTO_UDP, body, 6),
    )


def ping(to_mac: bytes, source: str, target: str, number: int = 1) -> bytes:
    """An echo request."""
    body = struct.pack("!BBHHH", 8, 0, 0, 77, number)
    return ip(
        to_mac,
        source,
        target,
        socket.IPPROTO_ICMP,
        body[:2] + struct.pack("!H", checksum(body)) + body[4:],
    )


def arp(source: str, target: str, operation: int = 1, to_mac: bytes = BROADCAST) -> bytes:
    """An ARP request (1) or reply (2)."""
    head = struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation)
    return (
        to_mac
        + OUR_MAC
        + b"\x08\x06"
        + head
        + OUR_MAC
        + socket.inet_aton(source)
        + bytes(6)
        + socket.inet_aton(target)
    )


def query(name: str) -> bytes:
    """A DNS question for the IPv4 addresses of a name."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return (
        struct.pack("!HHHHHH", 4711, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", 1, 1)
    )


DOT1Q, DOT1AD = 0x8100, 0x88A8
"""EtherTypes of a VLAN's tag (IEEE 802.1Q), and of an outer one (802.1ad)."""


def tagged(frame: bytes, vlan: int, kind: int = DOT1Q) -> bytes:
    """The same frame with a VLAN's tag; a frame that has one gets another before it."""
    return frame[:12] + struct.pack("!HH", kind, vlan) + frame[12:]


AGAIN_S = 1.0
"""Seconds without a frame after which a question is asked again: a network may lose what nobody
repeats.
"""


class Card(Protocol):
    """Something that frames are sent by and come from."""

    def send(self, frame: bytes) -> None:
        """Send a frame."""

    def receive(self) -> bytes:
        """The next frame; empty when none comes for a while."""


class Plug:
    """A card in a vde switch, by vde_plug(1): on its standard input and output frames behind two
    bytes of length.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._into, self._out = process.stdin.fileno(), process.stdout.fileno()

    def send(self, frame: bytes) -> None:
        """Send a frame."""
        os.write(self._into, len(frame).to_bytes(2, "big") + frame)

    def receive(self) -> bytes:
        """The next frame; empty when none comes for a while."""
        ready, _, _ = select.select([self._out], [], [], AGAIN_S)
        return self._read(int.from_bytes(self._read(2), "big")) if ready else b""

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            data += os.read(self._out, size - len(data))
        return data


class Datagrams:
    """A card at QEMU's `-netdev dgram`: a frame a datagram."""

    def __init__(self, ours: socket.socket, theirs: Path) -> None:
        self._ours, self._theirs = ours, theirs
        ours.settimeout(AGAIN_S)

    def send(self, frame: bytes) -> None:
        """Send a frame."""
        self._ours.sendto(frame, str(self._theirs))

    def receive(self) -> bytes:
        """The next frame; empty when none comes for a while."""
        try:
            return self._ours.recv(1 << 16)
        except TimeoutError:
            return b""


class Trunk:
    """A card whose frames all have the tag of one VLAN, over another card."""

    def __init__(self, card: Card, vlan: int) -> None:
        self._card = card
        self._vlan = vlan

    def send(self, frame: bytes) -> None:
        """Send a frame with the tag."""
        self._card.send(tagged(frame, self._vlan))

    def receive(self) -> bytes:
        """The next frame, without its tag; empty when none comes for a while."""
        frame = self._card.receive()
        tag = struct.pack("!HH", DOT1Q, self._vlan)
        assert not frame or frame[12:16] == tag, f"a frame of another network: {frame.hex()}"
        return frame[:12] + frame[16:]


def _sockets(switch: Path) -> set[str]:
    """One for each port in use (datasock.c: port and descriptor)."""
    return {path.name for path in switch.glob("[0-9][0-9][0-9].*")}


@contextmanager
def plug(switch: Path, port: int = 0) -> Iterator[Card]:
    """A card in that switch, at its next free port or at that one.

    It is plugged in when this returns: of two that ask for a port at the same time, the switch may
    take what the first one sends for the second one's (vde_switch.c, add_fd moves an entry and
    leaves its old place in fdperm).
    """
    words = ["vde_plug", *(["--port", str(port)] if port else []), str(switch)]
    before = _sockets(switch)
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        until(lambda: _sockets(switch) - before, f"a port of {switch}")
        yield Plug(process)
        process.kill()
