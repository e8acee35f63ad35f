"""One virtual machine as a process of this one: start it, know whether it runs, pull its cord."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from wizard.base.errors import LabError
from wizard.lab.base.host import find_tool, need_memory
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.pids import running_pid
from wizard.lab.base.progress import tail
from wizard.lab.base.spec import LabSpec, NodeSpec
from wizard.lab.machine.command import machine_command
from wizard.lab.machine.qmp import Qmp
from wizard.lab.machine.taken import load_taken
from wizard.lab.network.cables import half_cut
from wizard.lab.network.gates import gate, gate_pids, need_node_ports, node_gate
from wizard.lab.network.hush import end_hush
from wizard.lab.network.whole import ensure_network

START_S = 20.0
"""Seconds QEMU gets to open its sockets."""

SILENT_S = 10.0
"""Seconds a machine's gate gets to notice its end and take its port; a moment, unless this host is
very busy.
"""


def running(spec: LabSpec, paths: LabPaths) -> list[str]:
    """The names of the machines that run."""
    return [node.name for node in spec.nodes if running_pid(paths, node.name) is not None]


def start(
    spec: LabSpec, paths: LabPaths, node: NodeSpec, accel: str, *, paused: bool = False
) -> int:
    """Switch a machine on and return its process id; raises LabError with QEMU's words when it does
    not start.

    The process has a session of its own: it outlives this program and its terminal.
    """
    need_node_ports(paths, [node])
    need_memory(spec, [node])
    taken = load_taken(paths)
    ensure_network(spec, paths)
    _mark_serial(paths.serial_log(node.name))
    with gate(paths, node.name, node_gate(node)) as descriptors:
        argv = machine_command(
            spec,
            paths,
            node,
            accel,
            descriptors,
            paused=paused,
            pulled=taken.disks.get(node.name, ()),
            fresh=taken.fresh.get(node.name, {}),
        )
        process = _launch(paths, node, argv, descriptors)
    try:
        _wait_started(paths, node, process)
        for cable in taken.cables.get(node.name, ()):
            set_cable(paths, node.name, cable, whole=False)
        for cable, way in taken.ways_cut(node.name):
            set_half(paths, node.name, cable, way, whole=False)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process.pid


def _launch(
    paths: LabPaths, node: NodeSpec, argv: list[str], descriptors: tuple[int, int]
) -> "subprocess.Popen[bytes]":
    with paths.qemu_log(node.name).open("wb") as log:
        return subprocess.Popen(
            [find_tool(argv[0]) or argv[0], *argv[1:]],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=paths.root,
            pass_fds=descriptors,
        )


def _mark_serial(log: Path) -> None:
    with log.open("ab") as file:
        file.write(f"\n==== switched on {time.strftime('%Y-%m-%d %H:%M:%S')} ====\n".encode())


def _wait_started(paths: LabPaths, node: NodeSpec, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise LabError(
                f"QEMU did not start\n{tail(paths.qemu_log(node.name))}", where=node.name
            )
        if running_pid(paths, node.name) == process.pid:
            with contextlib.suppress(LabError), Qmp(paths.socket(node.name, "qmp")) as qmp:
                qmp.call("query-status")
                return
        time.sleep(0.1)
    raise LabError(f"QEMU does not answer\n{tail(paths.qemu_log(node.name))}", where=node.name)


def set_cable(paths: LabPaths, name: str, cable: str, *, whole: bool) -> None:
    """Connect or cut a running machine's cable, `mgmt` or `cluster`; the guest sees its carrier
    come or go.
    """
    with Qmp(paths.socket(name, "qmp")) as qmp:
        qmp.call("set_link", name=cable, up=whole)


def set_half(paths: LabPaths, name: str, cable: str, way: str, *, whole: bool) -> None:
    """Cut or mend one way through a running machine's cable: `sends` or `receives`."""
    nowhere, redirector = half_cut(cable, way)
    with Qmp(paths.socket(name, "qmp")) as qmp:
        if whole:
            qmp.call("object-del", id=redirector["id"])
            qmp.call("chardev-remove", id=nowhere["id"])
        else:
            qmp.call("chardev-add", **nowhere)
            qmp.call("object-add", **redirector)


def power_off(paths: LabPaths, name: str) -> bool:
    """Pull the power cord, True when there was a running machine; the guest gets no chance to write
    anything.

    Its ssh port is silent when this returns.
    """
    pid = running_pid(paths, name)
    if pid is None:
        return False
    with contextlib.suppress(LabError, OSError), Qmp(paths.socket(name, "qmp")) as qmp:
        qmp.quit()
    if not _gone(paths, name, 5.0):
        os.kill(pid, signal.SIGKILL)
        _gone(paths, name, 5.0)
    # The gate is to take the port now; one that hung has it silent already, by another process.
    end_hush(paths, name)
    _wait(lambda: paths.silent(name).exists() or not gate_pids(paths, name), SILENT_S)
    return True


def _wait(over: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if over():
            return True
        time.sleep(0.05)
    return False


def _gone(paths: LabPaths, name: str, seconds: float) -> bool:
    return _wait(lambda: running_pid(paths, name) is None, seconds)


def wait_off(paths: LabPaths, name: str, seconds: float) -> bool:
    """Wait until a machine has switched itself off; False when it still runs after `seconds`."""
    return _gone(paths, name, seconds)
