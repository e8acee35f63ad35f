"""Short commands over the connection: nothing of them survives it."""

from __future__ import annotations

import threading

from wizard.hosts.host import Host, OnOutput
from wizard.model.flight import Flight
from wizard.remote import keep
from wizard.remote.kind import Carrier, Order, Settled, Words


class Exec(Carrier):
    """Over when it is begun. One that was cut is unknown until the facts show what it did."""

    words = Words(
        about="",
        running="RUNNING",
        leaving="is cut; what it left is looked at later",
    )

    def start(self, order: Order) -> int:
        """Run it to its end."""
        command = order.command
        if command.keep:
            path = order.folder / command.keep
            return keep.run(order.host, command.guarded, order.stdin, path, order.on_output)
        result = order.host.run(command.guarded, stdin=order.stdin, on_output=order.on_output)
        return result.rc

    def follow(
        self, flight: Flight, host: Host, on_output: OnOutput, leave: threading.Event
    ) -> int:
        """Never asked for: it neither goes on after its start nor is it found again."""
        raise NotImplementedError

    def settle(self, flight: Flight, host: Host) -> Settled:
        """There is nothing to look up."""
        told = "whether this finished is unknown, so the hosts are looked at"
        return Settled("unknown: the facts decide", ok=False, told=told)

    def traced(self, flight: Flight) -> bool:
        """Never."""
        return False

    def cut(self, flight: Flight, host: Host, tell: OnOutput) -> bool:
        """Drop the connection that it needs."""
        host.close()
        return True
