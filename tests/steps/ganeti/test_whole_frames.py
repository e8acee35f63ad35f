"""Whether whole frames get to another node, in a network namespace (tests.veth)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from steps.ganeti.facts import ground
from tests.veth import INNER, NAMESPACE, OUTER, THEIRS, ip, neighbour

pytestmark = pytest.mark.netns


@pytest.fixture(autouse=True)
def cable() -> Iterator[None]:
    with neighbour():
        yield


def frames() -> int:
    """What the look says of the one peer."""
    wanted = {"names": [], "peers": {"node2": THEIRS}, "ips": [], "bridge": "none", "boot": []}
    head = f"NODED, DRBD, HEADERS = 1811, 14999, {ground.HEADERS}\n"
    program = head + ground.PROGRAM.replace("WANTED", repr(wanted))
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return ground.GROUND.parse(said.stdout).frames["node2"]


def test_whole_frames_get_there() -> None:
    assert frames() == 0


def test_jumbo_frames_that_the_other_side_does_not_take() -> None:
    ip("link", "set", OUTER, "mtu", "9000")
    assert frames() == 9000


def test_a_network_that_carries_less_than_the_usual() -> None:
    """As a provider's VLAN does: small frames pass, and a copy stands still."""
    ip("-n", NAMESPACE, "link", "set", INNER, "mtu", "1400")
    assert frames() == 1500


def test_where_pings_are_barred_nobody_can_tell() -> None:
    ip("netns", "exec", NAMESPACE, "sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=1")
    ip("-n", NAMESPACE, "link", "set", INNER, "mtu", "1400")
    assert frames() == 0
