"""The gate as a process of its own: what it passes on, and a port's silence when QEMU is gone."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from tests.lab.network import ether
from tests.waiting import until
from wizard.lab.base.host import port_free
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.spec import LabSpec, NodeSpec, make_spec
from wizard.lab.network.frames import MAC_PREFIX
from wizard.lab.network.gates import (
    end_gates,
    gate,
    gate_pids,
    need_node_ports,
    node_gate,
    router_gate,
)

pytestmark = pytest.mark.slow

MAC = MAC_PREFIX + socket.inet_aton("10.0.2.2")
PING = ether.ping(MAC, "10.0.2.11", "10.0.2.2")
LEAK = ether.tcp(ether.DEAD_MAC, "10.0.2.11", "192.168.0.111", 1811)


@pytest.fixture
def node(paths: LabPaths) -> Iterator[NodeSpec]:
    """A machine with an ssh port that nobody uses here."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    first = make_spec(port_base=port).nodes[0]
    paths.node(first.name).mkdir()
    yield first
    end_gates(paths)


def framed(frame: bytes) -> bytes:
    return len(frame).to_bytes(4, "big") + frame


def connects(port: int) -> str:
    """What becomes of an attempt to connect: `open`, `refused` or `silent`."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.3):
            return "open"
    except ConnectionRefusedError:
        return "refused"
    except TimeoutError:
        return "silent"


def wait_silent(paths: LabPaths, node: NodeSpec) -> None:
    until(paths.silent(node.name).exists, "a silent port")


def test_frames_that_may_go_out_come_back_whole_and_in_order(
    paths: LabPaths, node: NodeSpec
) -> None:
    pings = [ether.ping(MAC, "10.0.2.11", "10.0.2.2", number) for number in range(3)]
    stream = b"".join(framed(frame) for frame in (pings[0], LEAK, pings[1], LEAK, pings[2]))
    with gate(paths, node.name, node_gate(node)) as (asking, granted):
        for at in range(0, len(stream), 50):
            os.write(asking, stream[at : at + 50])
        wanted = b"".join(framed(frame) for frame in pings)
        got = b""
        while len(got) < len(wanted):
            got += os.read(granted, 1 << 16)
        assert got == wanted
    assert paths.gate_log(node.name).read_text().count("192.168.0.111, port 1811") == 1, (
        "and it is told once"
    )


def test_the_gate_goes_on_reading_when_qemu_does_not(paths: LabPaths, node: NodeSpec) -> None:
    with gate(paths, node.name, node_gate(node)) as (asking, granted):
        for _ in range(40):
            os.write(asking, framed(PING) * 2000)
        assert os.read(granted, len(framed(PING))) == framed(PING)


def test_a_machine_without_power_is_silent_until_it_is_switched_on(
    paths: LabPaths, node: NodeSpec
) -> None:
    assert connects(node.ssh_port) == "refused"
    for _ in range(2):
        with gate(paths, node.name, node_gate(node)):
            assert connects(node.ssh_port) == "refused", "the port is QEMU's now"
        wait_silent(paths, node)
        assert [connects(node.ssh_port) for _ in range(3)] == ["silent"] * 3
        need_node_ports(paths, [node])
    end_gates(paths, node.name)
    assert port_free(node.ssh_port) and gate_pids(paths) == []


def test_the_port_is_taken_when_an_ending_qemu_lets_it_go(paths: LabPaths, node: NodeSpec) -> None:
    with socket.create_server(("127.0.0.1", node.ssh_port)) as ending:
        with gate(paths, node.name, node_gate(node)):
            pass
        assert connects(node.ssh_port) == "open" and not paths.silent(node.name).exists()
        ending.close()
        wait_silent(paths, node)
    assert connects(node.ssh_port) == "silent"


def test_a_router_s_gate_ends_with_it(paths: LabPaths, spec: LabSpec) -> None:
    paths.node("router").mkdir()
    with gate(paths, "router", router_gate(spec)):
        assert len(gate_pids(paths, "router")) == 1 == len(gate_pids(paths))
        assert gate_pids(paths, "node1") == []
    until(lambda: not gate_pids(paths), "the gate's end")


def test_a_killed_gate_lets_nothing_out_and_is_seen(paths: LabPaths, node: NodeSpec) -> None:
    with gate(paths, node.name, node_gate(node)) as (asking, _):
        end_gates(paths, node.name)
        with pytest.raises(BrokenPipeError):
            os.write(asking, framed(PING))
    assert gate_pids(paths, node.name) == []
