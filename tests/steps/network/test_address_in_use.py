"""An address is in use also where its machine drops pings: seen by ARP, in a network namespace
(tests.veth).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from steps.ganeti.facts import ground
from steps.network.facts.names import PROBES, Probes
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


def _without(folder: Path, *lacking: str) -> dict[str, str]:
    """An environment in which these programs are not there."""
    for program in {"ip", "ping", "timeout", "bash", "cat", "tr"} - {*lacking}:
        found = shutil.which(program)
        assert found, program
        (folder / program).symlink_to(found)
    return {"PATH": str(folder), "LC_ALL": "C"}


def _probed(environment: dict[str, str]) -> Probes:
    script = PROBES.script_for(ANSWERS, "node1")
    said = subprocess.run(
        ["/bin/sh", "-c", script], capture_output=True, text=True, env=environment
    )
    return PROBES.parse(said.stdout)


def test_a_minimal_system_without_ping_sees_it(tmp_path: Path) -> None:
    seen = _probed(_without(tmp_path, "ping"))
    assert [seen.state(one) for one in (OUR, THEIRS, NOBODYS)] == ["here", "answers", "silent"]
    assert not seen.blind


def test_one_without_ip_says_that_it_sees_nothing(tmp_path: Path) -> None:
    assert _probed(_without(tmp_path, "ip", "ping")).blind


def test_cluster_and_instance_see_it() -> None:
    wanted = {"names": [], "peers": {}, "ips": [THEIRS, NOBODYS], "bridge": "none", "boot": []}
    program = (
        f"NODED, DRBD, HEADERS = 1811, 14999, 28\n{ground.PROGRAM.replace('WANTED', repr(wanted))}"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ground.GROUND.parse(said.stdout).answering == (THEIRS,)
