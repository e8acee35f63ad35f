"""DRBD's connections to a server that is gone: under Xen they keep an instance's memory."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.base.plain import lines_of
from wizard.model.facts import Fact

PORTS = range(11000, 15000)
"""Ganeti gives DRBD its ports out of these (lib/constants.py, FIRST_DRBD_PORT, LAST_DRBD_PORT)."""


@dataclass(frozen=True)
class DeadLink:
    """A connection that was closed on this side, and that the other side never heard of."""

    local: str
    """Address:port, as the next."""
    peer: str
    waiting: int
    """Bytes that it still would have to send."""


@dataclass(frozen=True)
class DeadLinks:
    """What they are, and whether they do harm."""

    links: tuple[DeadLink, ...] = ()
    in_place: bool = False
    """Whether DRBD sends out of the instances' own memory; else nothing of them is in these."""
    stuck: bool = False
    """Whether Xen waits for memory that is still in use: no instance ends or starts meanwhile."""
    lasting: bool = False
    """Whether this kernel lets nobody end a connection from outside."""

    @property
    def hang(self) -> bool:
        """Whether they keep an instance from ending that was stopped."""
        return bool(self.links) and self.stuck

    @property
    def threaten(self) -> bool:
        """Whether they would keep one from ending that is stopped."""
        return bool(self.links) and self.in_place


def parse(text: str) -> DeadLinks:
    """Read the flags and `link: LOCAL PEER BYTES` lines; other ports are not DRBD's."""
    links = []
    in_place = False
    stuck = False
    lasting = False
    for line in lines_of(text):
        word, _, rest = line.partition(" ")
        if word == "in-place":
            in_place = True
        elif word == "stuck":
            stuck = True
        elif word == "lasting":
            lasting = True
        elif word == "link:":
            local, peer, waiting = rest.split(" ")
            if _port(local) in PORTS or _port(peer) in PORTS:
                links.append(DeadLink(local, peer, int(waiting)))
    return DeadLinks(tuple(links), in_place, stuck, lasting)


def _port(end: str) -> int:
    return int(end.rpartition(":")[2])


DEAD_LINKS = Fact(
    name="dead-links",
    script=r"""[ "$(cat /sys/hypervisor/type)" = xen ] && [ -d /sys/module/drbd ] || exit
[ "$(cat /sys/module/drbd/parameters/disable_sendpage)" = N ] && echo in-place
grep -qsx '# CONFIG_INET_DIAG_DESTROY is not set' "/boot/config-$(uname -r)" && echo lasting
waits() {
  for p in $(grep -lsx xenwatch /proc/[0-9]*/comm); do
    grep -qs '^State:.D' "${p%comm}status" && return
  done
  return 1
}
waits && sleep 1 && waits && sleep 1 && waits && echo stuck
ss -Htan | awk '$1 ~ /^(FIN-WAIT-1|LAST-ACK|CLOSING)$/ { print "link:", $4, $5, $3 }'""",
    parse=parse,
)
"""xenwatch is the one thread that serves all of Xen's devices; it sleeps uninterruptibly where it
waits for an instance's pages (drivers/xen/grant-table.c, gnttab_unmap_refs_sync). Seen with Linux
6.1.192 and Xen 4.17: bytes to a server that had been off still waited after 24 minutes, when it had
been back for 20. Whether ss(8) can end a connection is settled when the kernel is built.
"""
