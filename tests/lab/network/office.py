"""An office's network in a namespace of its own, with a stranger at a lab machine's address: who
talks to whom there.

Run as `python -m tests.lab.network.office`: it answers name queries and connections, and prints one
line for every packet that comes out of the lab's namespace: protocol, address, port.
"""

from __future__ import annotations

import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

STRANGER = "192.168.0.111"
"""Somebody else's machine, with the address that node1 has in the lab."""
ROUTER, OURS = "192.168.0.254", "192.168.0.50"
NAMES, ARCHIVE = "10.53.0.53", "198.51.100.7"
"""The name server, a private address, and the archive that it names, a reserved one: as on many a
test machine.
"""
PORTS = (22, 80, 1811, 11000)
END = 9
"""A datagram to this port of the router is the last word."""
CARD = "office0"


@contextmanager
def networks(lab: str, office: str) -> Iterator[None]:
    """Two namespaces with a cable between them."""
    try:
        for name in (lab, office):
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", lab, "link", "add", "lab0", "type", "veth", "peer", "name", CARD, "netns", office)
        _ip("-n", lab, "addr", "add", f"{OURS}/24", "dev", "lab0")
        for address in (f"{ROUTER}/24", f"{STRANGER}/32", f"{NAMES}/32", f"{ARCHIVE}/32"):
            _ip("-n", office, "addr", "add", address, "dev", CARD)
        _ip("-n", office, "link", "set", CARD, "up")
        _ip("-n", lab, "link", "set", "lab0", "up")
        _ip("-n", lab, "route", "add", "default", "via", ROUTER)
        yield
    finally:
        for name in (lab, office):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def _ip(*argv: str) -> None:
    subprocess.run(["ip", *argv], check=True, capture_output=True)


def _serve_names() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((NAMES, 53))
        while True:
            question, client = server.recvfrom(4096)
            head = question[:2] + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0)
            answer = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + socket.inet_aton(ARCHIVE)
            server.sendto(head + question[12:] + answer, client)


def _serve_connections(port: int) -> None:
    with socket.create_server(("", port)) as server:
        accepted = []
        while True:
            accepted.append(server.accept())


def main() -> None:
    """Serve and watch until the last word."""
    tasks = [threading.Thread(target=_serve_names, daemon=True)]
    tasks += [
        threading.Thread(target=_serve_connections, args=(port,), daemon=True) for port in PORTS
    ]
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800)) as watcher:
        watcher.bind((CARD, 0x0800))
        for task in tasks:
            task.start()
        print("ready", flush=True)
        for line in iter(lambda: _next_line(watcher), f"17 {ROUTER} {END}"):
            print(line, flush=True)


def _next_line(watcher: socket.socket) -> str:
    while True:
        packet, where = watcher.recvfrom(4096)
        head = (packet[0] & 0x0F) * 4
        if where[2] != socket.PACKET_OUTGOING:
            port = int.from_bytes(packet[head + 2 : head + 4], "big")
            return f"{packet[9]} {socket.inet_ntoa(packet[16:20])} {port}"


def last_word() -> None:
    """Said from the lab's namespace when all is done."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as voice, suppress(ConnectionError):
        voice.sendto(b"", (ROUTER, END))


def resolver_file(folder: Path) -> Path:
    """A resolv.conf that names this network's name server."""
    file = folder / "resolv.conf"
    file.write_text(f"nameserver {NAMES}\n")
    return file


if __name__ == "__main__":
    main()
