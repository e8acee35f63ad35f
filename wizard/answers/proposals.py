"""What the answers propose beside the servers' own names and addresses, as long as nothing else was
decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Protocol


class Server(Protocol):
    """A server's full name and its address on the cluster network."""

    name: str
    ip: IPv4Address


@dataclass(frozen=True)
class Proposed:
    """Names and addresses beside the servers' own: the article's for the article's servers."""

    cluster: str
    cluster_ip: IPv4Address
    instance: str
    instance_ip: IPv4Address


def proposed(nodes: Sequence[Server]) -> Proposed:
    """cluster1 and inst1 in the first server's domain, on the next two addresses after the highest
    server's.
    """
    domain = nodes[0].name.partition(".")[2] if nodes else "name.org"
    used = {node.ip for node in nodes}
    highest = max(used, default=IPv4Address("192.168.0.112"))
    network = list(IPv4Network((highest, 24), strict=False).hosts())
    after = [one for one in network if one > highest] + [one for one in network if one < highest]
    first, second = [one for one in after if one not in used][:2]
    return Proposed(f"cluster1.{domain}", first, f"inst1.{domain}", second)
