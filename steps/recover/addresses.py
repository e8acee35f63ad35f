"""Which addresses are looked for from every place: of servers, cluster, guests and backup host."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.answers import Answers

SSH = 22
NODED = 1811
"""The port of ganeti-noded (Ganeti's constants, DEFAULT_NODED_PORT)."""


@dataclass(frozen=True)
class Address:
    """`owner` is the short name of the machine; the cluster's own address has the owner CLUSTER."""

    owner: str
    ip: str
    ports: tuple[int, ...]
    kind: str


CLUSTER = "cluster"
"""The owner of the cluster's address: whichever node is master."""
SECOND = "replication"
"""The kind of a node's second address, over which DRBD replicates: it may answer where the first
one does not, and is a sign of life as good as any.
"""


def addresses(answers: Answers, host: str) -> list[Address]:
    """What is looked for from `host`, all for "": everything but its own addresses.

    Second addresses are asked for from the nodes alone: their network is the nodes' own, and on the
    backup host's or the operator's way there may be another one with the same numbers.
    """
    inside = host in ("", *(node.short for node in answers.nodes))
    wanted = []
    for node in answers.nodes:
        if node.short != host:
            wanted.append(Address(node.short, str(node.ip), (SSH, NODED), "node"))
            if node.secondary_ip and inside:
                wanted.append(Address(node.short, node.secondary_ip, (SSH,), SECOND))
    wanted.append(Address(CLUSTER, str(answers.hosts.cluster_ip), (), "cluster"))
    for guest in answers.guests:
        wanted.append(Address(guest.short, str(guest.ip), (SSH,), "guest"))
    backup = answers.backup_host
    if backup is not None and backup.short != host:
        wanted.append(Address(backup.short, str(backup.ip), (SSH,), "backup host"))
    return wanted


def second_addresses(answers: Answers) -> list[str]:
    """Those of all nodes that have one."""
    return [node.secondary_ip for node in answers.nodes if node.secondary_ip]
