"""An address is in use also where its machine drops pings: seen by ARP, in a network namespace
(tests.veth).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from steps.ganeti.facts import ground
from steps.network.facts.names import PROBES
from tests.veth import NAMESPACE, NOBODYS, OUR, OUTER, THEIRS, ip, neighbour
from wizard.answers import Answers

pytestmark = pytest.mark.netns
ANSWERS = Answers.model_validate(
    {
        "nodes": [{"name": "node1.name.org", "ip": OUR}, {"name": "node2.name.org", "ip": THEIRS}],
        "hosts": {"cluster_name": "cluster1.name.org", "cluster_ip": NOBODYS},
    }
)


@pytest.fixture(autouse=True)
def silent_machine() -> Iterator[None]:
    """Somebody who has THEIRS and answers no ping."""
    with neighbour():
        ip("netns", "exec", NAMESPACE, "sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=1")
        yield


def test_the_steps_before_the_cluster_see_it() -> None:
    for look in ("first", "with an old entry in the cache"):
        said = subprocess.run(
            ["bash", "-c", PROBES.script_for(ANSWERS, "node1")], capture_output=True, text=True
        )
        seen = PROBES.parse(said.stdout)
        assert [seen.state(one) for one in (OUR, THEIRS, NOBODYS)] == [
            "here",
            "answers",
            "silent",
        ], look
        ip("neigh", "replace", NOBODYS, "lladdr", "02:00:00:00:00:01", "dev", OUTER, "nud", "stale")
        ip("neigh", "change", THEIRS, "dev", OUTER, "nud", "stale")


def test_cluster_and_instance_see_it() -> None:
    wanted = {"names": [], "peers": {}, "ips": [THEIRS, NOBODYS], "bridge": "none", "boot": []}
    program = f"NODED, DRBD = 1811, 14999\n{ground.PROGRAM.replace('WANTED', repr(wanted))}"
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ground.GROUND.parse(said.stdout).answering == (THEIRS,)
