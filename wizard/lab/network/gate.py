"""`python -m wizard.lab.network.gate`: the gate of one QEMU, which lives as long as the lab.

While QEMU runs, every frame from the machines to its user network passes here first (QEMU's
filter-redirector) and goes on only by the rules of `frames`. When QEMU is gone, however it went,
the gate keeps the machine's ssh port silent. It imports nothing heavy: there is one for every
machine.
"""

from __future__ import annotations

import argparse
import contextlib
import select
import signal
import socket
import sys
from pathlib import Path

from wizard.lab.network.archives import Archives
from wizard.lab.network.frames import Rules, asked_name, packet_of
from wizard.lab.network.silence import hold_silent

LENGTH_BYTES = 4
"""Before every frame on QEMU's socket: its length, big-endian (net/filter-mirror.c, filter_send).
"""

PENDING_BYTES = 1 << 20
"""What waits for QEMU at most; more is dropped, as by any network. The gate never stops reading:
QEMU would wait for it while it waits for QEMU.
"""

TOLD_MAX = 500
"""Refused destinations written to the log, each once."""


class Gate:
    """Takes frames from `asking`, gives those that the rules let out to `granted`; both are sockets
    to one QEMU.
    """

    def __init__(
        self, asking: socket.socket, granted: socket.socket, rules: Rules, archives: Archives
    ) -> None:
        self._asking, self._granted = asking, granted
        self._rules, self._archives = rules, archives
        self._received, self._pending = bytearray(), bytearray()
        self._told: set[tuple[int, bytes, int]] = set()
        granted.setblocking(False)

    def run(self) -> None:
        """Work until QEMU ends."""
        with contextlib.suppress(ConnectionError):
            while self._turn():
                pass

    def _turn(self) -> bool:
        readable, _, _ = select.select([self._asking], [self._granted] if self._pending else [], [])
        if readable:
            data = self._asking.recv(1 << 16)
            if not data:
                return False
            self._received += data
            self._judge_all()
        self._send()
        return True

    def _judge_all(self) -> None:
        while len(self._received) >= LENGTH_BYTES:
            end = LENGTH_BYTES + int.from_bytes(self._received[:LENGTH_BYTES], "big")
            if len(self._received) < end:
                return
            self._judge(bytes(self._received[LENGTH_BYTES:end]))
            del self._received[:end]

    def _judge(self, frame: bytes) -> None:
        name = asked_name(frame)
        if name:
            self._archives.look_up(name)
        if not self._rules.let_out(frame):
            self._tell(frame)
        elif len(self._pending) < PENDING_BYTES:
            self._pending += len(frame).to_bytes(LENGTH_BYTES, "big") + frame

    def _send(self) -> None:
        if self._pending:
            with contextlib.suppress(BlockingIOError):
                del self._pending[: self._granted.send(self._pending)]

    def _tell(self, frame: bytes) -> None:
        packet = packet_of(frame)
        if packet is None or len(self._told) >= TOLD_MAX:
            return
        refused = (packet.protocol, packet.target, packet.port)
        if refused not in self._told:
            self._told.add(refused)
            print(
                f"refused: protocol {packet.protocol}, {socket.inet_ntoa(packet.target)}, "
                f"port {packet.port}",
                flush=True,
            )


def main(argv: list[str] | None = None) -> int:
    """Be the gate, and then the silence, until QEMU is gone (without a port) or somebody ends this
    process.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--name", required=True, help="the machine's folder, by which `gates` finds this process"
    )
    parser.add_argument("--gateway", required=True)
    parser.add_argument("--resolver", required=True)
    parser.add_argument("--dhcp", action="store_true")
    parser.add_argument("--asking", type=int, required=True, metavar="DESCRIPTOR")
    parser.add_argument("--granted", type=int, required=True, metavar="DESCRIPTOR")
    parser.add_argument("--port", type=int, help="kept silent on 127.0.0.1 when QEMU is gone")
    parser.add_argument("--silent", type=Path, help="made when the port has become silent")
    parser.add_argument("--archive", action="append", default=[], metavar="HOST[:PORT]")
    given = parser.parse_args(argv)
    archives = Archives(given.archive)
    rules = Rules.of(given.gateway, given.resolver, dhcp=given.dhcp, reachable=archives)
    with (
        socket.socket(fileno=given.asking) as asking,
        socket.socket(fileno=given.granted) as granted,
    ):
        Gate(asking, granted, rules, archives).run()
    if given.port is not None:
        _keep_silent(given.port, given.silent)
    return 0


def _keep_silent(port: int, mark: Path | None) -> None:
    sockets = hold_silent(port)
    if mark is not None:
        mark.touch()
    while sockets:
        signal.pause()


if __name__ == "__main__":
    sys.exit(main())
