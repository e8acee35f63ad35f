"""The same against the real systemd of a lab node (`ganeti-wizard lab up`): harmless commands,
removed afterwards.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.remote.test_unit import NEVER, ended
from wizard.hosts.connect import KEY_NAME
from wizard.hosts.known_hosts import KnownHosts
from wizard.hosts.ssh import SshHost
from wizard.remote import reboot, rollback
from wizard.remote import unit as units
from wizard.remote.stream import LeftRunning

pytestmark = pytest.mark.lab
LAB = Path(os.environ.get("GANETI_WIZARD_LAB", "~/.cache/ganeti-wizard/lab")).expanduser()
PORT = int(os.environ.get("GANETI_WIZARD_LAB_PORT", "2201"))


@pytest.fixture
def node() -> Iterator[SshHost]:
    key = LAB / KEY_NAME
    if not key.exists():
        pytest.skip("no lab is up: ganeti-wizard lab up")
    host = SshHost(
        "node1", "127.0.0.1", PORT, own_key=key, known_hosts=KnownHosts(LAB / "known_hosts", ())
    )
    yield host
    host.close()


@pytest.fixture
def unit(node: SshHost) -> Iterator[str]:
    name = f"gw-test-{os.getpid()}-{time.monotonic_ns() % 10**6}"
    yield name
    node.run(("systemctl", "stop", f"{name}.service"))
    units.forget(node, name)


def test_start_follow_and_forget(node: SshHost, unit: str) -> None:
    script = "for i in 1 2 3 4; do echo $i ${HOME} $1; sleep 1; done; exit 3"
    assert units.start(node, unit, ("sh", "-c", script, "x", "$$ %n ${USER}")).running
    times: list[float] = []
    seen: list[str] = []

    def take(text: str) -> None:
        seen.append(text)
        times.append(time.monotonic())

    assert units.follow(node, unit, take, NEVER()) == 3
    assert "".join(seen) == "".join(f"{n} /root $$ %n ${{USER}}\n" for n in (1, 2, 3, 4))
    assert times[-1] - times[0] > 1.5, "the output comes while it runs"
    assert units.start(node, unit, ("true",)) == units.UnitState("ended", 3)
    assert node.run(("systemctl", "is-failed", unit)).out.strip() != "failed"


def test_a_cut_connection_does_not_cut_the_output(node: SshHost, unit: str) -> None:
    units.start(
        node, unit, ("sh", "-c", "for i in $(seq 15); do echo line $i; sleep 1; done; exit 5")
    )
    seen: list[str] = []

    def cut_at_3_and_9(text: str) -> None:
        seen.append(text)
        if "line 3\n" in text or "line 9\n" in text:
            threading.Thread(target=node.close).start()

    assert units.follow(node, unit, cut_at_3_and_9, NEVER()) == 5
    lines = "".join(seen).splitlines()
    assert [line for line in lines if line.startswith("line")] == [
        f"line {n}" for n in range(1, 16)
    ]
    assert sum("connection lost" in line for line in lines) == 2


def test_left_and_taken_up_by_another_connection(node: SshHost, unit: str) -> None:
    units.start(node, unit, ("sh", "-c", "echo one; sleep 6; echo two"))
    stop = threading.Event()
    threading.Timer(2, stop.set).start()
    with pytest.raises(LeftRunning):
        units.follow(node, unit, lambda _: None, stop)
    node.close()
    seen: list[str] = []
    assert units.follow(node, unit, seen.append, NEVER()) == 0
    assert "".join(seen) == "one\ntwo\n"


def test_stop_records_the_end(node: SshHost, unit: str) -> None:
    units.start(node, unit, ("sh", "-c", "sh -c 'sleep 300'; true"))
    assert units.look(node, unit).running
    assert units.stop(node, unit) == units.UnitState("ended", 143)


def test_a_killed_unit_has_vanished(node: SshHost, unit: str) -> None:
    units.start(node, unit, ("sleep", "300"))
    node.run(("systemctl", "kill", "--signal=KILL", "--kill-whom=all", f"{unit}.service"))
    assert ended(node, unit).kind == "vanished"


def test_what_a_command_leaves_behind_outlives_it(node: SshHost, unit: str) -> None:
    """As Ganeti's daemons do, which Debian does not start by systemd."""
    script = "setsid sleep 97 </dev/null >/dev/null 2>&1 & echo $!"
    units.start(node, unit, ("sh", "-c", script))
    seen: list[str] = []
    assert units.follow(node, unit, seen.append, NEVER()) == 0
    time.sleep(1)
    pid = "".join(seen).strip()
    assert node.run(("kill", pid)).rc == 0


def test_no_follower_is_left_behind(node: SshHost, unit: str) -> None:
    units.start(node, unit, ("sleep", "30"))
    threading.Timer(3, node.close).start()
    stop = threading.Event()
    threading.Timer(6, stop.set).start()
    with pytest.raises(LeftRunning):
        units.follow(node, unit, lambda _: None, stop)
    time.sleep(4)
    assert node.run(("pgrep", "-fa", f"tail .*{unit}[.]log")).out == ""


def test_the_roll_back_timer_undoes_and_can_be_disarmed(node: SshHost, unit: str) -> None:
    file = f"/run/{unit}"
    write = ("sh", "-c", 'echo "$2" >"$1"', "w", file)
    said: list[str] = []
    assert (
        rollback.run(
            node, unit, (*write, "new"), (*write, "undone"), said.append, NEVER(), seconds=30
        )
        == 0
    )
    assert node.run(("cat", file)).out == "new\n"
    assert node.run(("systemctl", "is-active", f"{unit}-undo.timer")).out.strip() != "active"
    units.forget(node, unit)
    rollback.arm(node, unit, (*write, "undone"), seconds=3)
    for _ in range(30):
        if node.run(("cat", file)).out == "undone\n":
            break
        time.sleep(1)
    assert node.run(("cat", file)).out == "undone\n"
    assert not rollback.disarm(node, unit)
    failing = ("sh", "-c", f"echo half >{file}; exit 4")
    assert (
        rollback.run(
            node, unit, failing, (*write, "undone at once"), said.append, NEVER(), seconds=60
        )
        == 4
    )
    assert node.run(("cat", file)).out == "undone at once\n"
    node.run(("sh", "-c", f"rm -f {file} {units.DIRECTORY}/{unit}.*"))


def test_the_boot_id_tells_machines_apart(node: SshHost) -> None:
    assert len(reboot.boot_id(node)) == 36 and not reboot.same_machine(node)


def test_a_followed_unit_is_not_in_the_connections_session(node: SshHost, unit: str) -> None:
    units.start(node, unit, ("cat", "/proc/self/cgroup"))
    seen: list[str] = []
    assert units.follow(node, unit, seen.append, NEVER()) == 0
    assert f"system.slice/{unit}.service" in "".join(seen)


def test_openssh_reaches_it_too(node: SshHost) -> None:
    done = subprocess.run(
        [*node.shell(), "hostname"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
