"""The port of a machine that hangs says nothing, and its network takes it again afterwards: the
real QEMU, without a machine.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator

import pytest

from tests.waiting import until
from wizard.base.errors import LabError
from wizard.lab.base.host import QEMU, port_free
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.spec import NodeSpec
from wizard.lab.machine import hands
from wizard.lab.network.cables import management_backend
from wizard.lab.network.gates import gate_pids
from wizard.lab.network.hush import end_hush, hush_pids

pytestmark = pytest.mark.skipif(shutil.which(QEMU) is None, reason="QEMU is not installed")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def node(paths: LabPaths, monkeypatch: pytest.MonkeyPatch) -> Iterator[NodeSpec]:
    made = NodeSpec(name="node1", number=1, ssh_port=free_port(), address="192.168.0.111")
    paths.node("node1").mkdir()
    monkeypatch.setattr(hands, "running_pid", lambda paths, name: 1)
    argv = [
        *[QEMU, "-machine", "none", "-nodefaults", "-display", "none"],
        *["-qmp", f"unix:{paths.socket('node1', 'qmp')},server=on,wait=off"],
        *["-netdev", management_backend(made)],
    ]
    with subprocess.Popen(argv, stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: not port_free(made.ssh_port), "QEMU")
            yield made
        finally:
            process.kill()
            end_hush(paths, "node1")


def opens(node: NodeSpec) -> bool:
    """Whether somebody takes a connection; False for silence, and a refusal raises."""
    try:
        with socket.create_connection(("127.0.0.1", node.ssh_port), timeout=1):
            return True
    except TimeoutError:
        return False


def test_it_is_silent_while_it_hangs(paths: LabPaths, node: NodeSpec) -> None:
    assert opens(node)
    hands.freeze(paths, node)
    hands.freeze(paths, node)
    assert not opens(node)
    assert len(hush_pids(paths, "node1")) == 1
    assert gate_pids(paths, "node1") == hush_pids(paths, "node1"), "it ends with the lab"
    hands.thaw(paths, node)
    assert opens(node) and not hush_pids(paths, "node1")


def test_a_machine_without_power_is_told(
    paths: LabPaths, node: NodeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hands, "running_pid", lambda paths, name: None)
    with pytest.raises(LabError, match="the machine is off"):
        hands.freeze(paths, node)
