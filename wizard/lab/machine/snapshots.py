"""Snapshots of whole running machines, all of the lab at one moment, in their qcow2 disks."""

import json
import re
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from wizard.base.errors import LabError
from wizard.base.names import clause
from wizard.lab.base.host import find_tool, need_disk
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.pids import running_pid
from wizard.lab.base.progress import Progress
from wizard.lab.base.spec import LabSpec, NodeSpec
from wizard.lab.machine.boot import wait_ssh
from wizard.lab.machine.fresh import forget_fresh
from wizard.lab.machine.power import power_off, running, start
from wizard.lab.machine.qmp import Qmp
from wizard.lab.machine.taken import MGMT, Taken, load_taken, save_taken
from wizard.lab.network.ssh import ssh_command
from wizard.lab.network.switch import greet
from wizard.lab.network.whole import stop_network

DISKS = ["disk1", "disk2"]
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SNAPSHOT_BYTES = 2 << 30
"""Free space a machine's snapshot may take: 0.2 GB blank, 0.9 GB seen with cluster and instance
alive.
"""

AWAKE_S = 120.0
"""Seconds a restored machine gets to answer ssh before its clock is set."""

Result = TypeVar("Result")


def _each(spec: LabSpec, task: Callable[[NodeSpec], Result]) -> list[Result]:
    with ThreadPoolExecutor(len(spec.nodes)) as pool:
        return list(pool.map(task, spec.nodes))


def _call(paths: LabPaths, node: NodeSpec, command: str) -> None:
    with Qmp(paths.socket(node.name, "qmp")) as qmp:
        qmp.call(command)


def snapshots(paths: LabPaths, node: NodeSpec) -> list[str]:
    """The names of a machine's complete snapshots, oldest first; empty when its disk cannot be
    read.
    """
    argv = [
        find_tool("qemu-img") or "qemu-img",
        "info",
        "-U",
        "--output=json",
        str(paths.disk(node.name, 1)),
    ]
    done = subprocess.run(argv, capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        return []
    return [
        found["name"]
        for found in json.loads(done.stdout).get("snapshots", [])
        if found["vm-state-size"] > 0
    ]


def common_snapshots(spec: LabSpec, paths: LabPaths) -> list[str]:
    """The snapshots that every machine has, and that can therefore be restored."""
    lists = [snapshots(paths, node) for node in spec.nodes]
    return [name for name in lists[0] if all(name in other for other in lists)]


def save(spec: LabSpec, paths: LabPaths, name: str, progress: Progress) -> None:
    """Save all machines at one moment under `name`, replacing an older snapshot of that name.

    All are stopped before the first is written, so that their common state is consistent; they run
    on afterwards. Raises LabError when a machine is off or lacks a disk, or QEMU cannot write the
    snapshot.
    """
    if not NAME.fullmatch(name):
        raise LabError(
            f"{name!r} is no name for a snapshot",
            mend="use letters, digits, dot, dash and underscore",
        )
    _need_whole(spec, paths)
    need_disk(paths.root, SNAPSHOT_BYTES * len(spec.nodes))
    with progress.phase(f"save {name}"):
        try:
            _each(spec, lambda node: _call(paths, node, "stop"))
            _each(spec, lambda node: _save_one(paths, node, name))
        except BaseException:
            _each(spec, lambda node: _forget_if_there(paths, node, name))
            raise
        finally:
            _each(spec, lambda node: _call(paths, node, "cont"))


def _need_whole(spec: LabSpec, paths: LabPaths) -> None:
    off = [node.name for node in spec.nodes if running_pid(paths, node.name) is None]
    if off:
        raise LabError(
            f"{', '.join(off)} off: only running machines are saved",
            mend="ganeti-wizard lab boot NODE",
        )
    pulled = [name for name, disks in load_taken(paths).disks.items() if disks]
    if pulled:
        raise LabError(
            f"{clause(pulled, 'has', 'have')} a disk pulled; such a state cannot be restored",
            mend="ganeti-wizard lab plug NODE DISK",
        )
    renewed = [name for name, disks in load_taken(paths).fresh.items() if disks]
    if renewed:
        raise LabError(
            f"{clause(renewed, 'has', 'have')} a disk that is not of the lab's first ones; such a "
            "state cannot be restored",
            mend="ganeti-wizard lab restore NAME puts the first ones back",
        )


def _save_one(paths: LabPaths, node: NodeSpec, name: str) -> None:
    _forget_if_there(paths, node, name)
    with Qmp(paths.socket(node.name, "qmp")) as qmp:
        qmp.job("snapshot-save", tag=name, vmstate=DISKS[0], devices=DISKS)


def _forget_if_there(paths: LabPaths, node: NodeSpec, name: str) -> None:
    if name in snapshots(paths, node):
        with Qmp(paths.socket(node.name, "qmp")) as qmp:
            qmp.job("snapshot-delete", tag=name, devices=DISKS)


def restore(spec: LabSpec, paths: LabPaths, name: str, accel: str, progress: Progress) -> None:
    """Bring all machines back to a snapshot, running, cables and disks whole, and set their clocks
    right.

    All are switched off and on for it; a guest inside a machine keeps the time of the snapshot.
    Raises LabError when a machine lacks the snapshot, and, with all machines switched off, when one
    cannot load it.
    """
    common = common_snapshots(spec, paths)
    if name not in common:
        known = ", ".join(common) or "none"
        raise LabError(
            f"there is no snapshot {name!r} of all machines", mend=f"restore one of these: {known}"
        )
    try:
        with progress.phase(f"restore {name}"):
            _ready_to_load(spec, paths, accel)
            _each(spec, lambda node: _load_one(spec, paths, node, name))
            _each(spec, lambda node: _call(paths, node, "cont"))
    except BaseException:
        for node in spec.nodes:
            power_off(paths, node.name)
        stop_network(paths)
        progress.say("   all machines are switched off: a half-restored lab would deceive")
        raise
    with progress.phase("set the clocks"):
        _each(spec, lambda node: set_clock(paths, node))
    if spec.switched:
        with progress.phase("make the machines known to the switch"):
            _each(spec, lambda node: greet(spec, paths, node))


def _ready_to_load(spec: LabSpec, paths: LabPaths, accel: str) -> None:
    """Every machine in a new process, stopped, with all its disks and cables.

    Loaded into a process that had run for long, Xen's clock stood still ("Platform timer appears to
    have unexpectedly wrapped", and no ssh); in a new one it went on.
    """
    for name in running(spec, paths):
        power_off(paths, name)
    save_taken(paths, Taken())
    forget_fresh(spec, paths)
    for node in spec.nodes:
        start(spec, paths, node, accel, paused=True)


def _load_one(spec: LabSpec, paths: LabPaths, node: NodeSpec, name: str) -> None:
    with Qmp(paths.socket(node.name, "qmp")) as qmp:
        qmp.job("snapshot-load", tag=name, vmstate=DISKS[0], devices=DISKS)
        for cable in (MGMT, *spec.cables(node)):
            qmp.call("set_link", name=cable, up=True)


CLOCK = 'echo ready && read -r now && date -u -s "@$now" >/dev/null && echo set'


def set_clock(paths: LabPaths, node: NodeSpec) -> None:
    """Set a machine's clock to this host's; a restored one still has the time of its snapshot.

    A login takes seconds under TCG, so the time is sent only when the machine says that it is ready
    for it.
    """
    wait_ssh(paths, node, AWAKE_S)
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*ssh_command(paths, node), CLOCK], stdin=pipe, stdout=pipe, stderr=pipe
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdout.readline()
        answer, errors = process.communicate(f"{time.time():.3f}\n".encode())
    if answer != b"set\n":
        said = errors.decode("utf-8", "replace").strip()
        raise LabError(
            f"cannot set the clock: {said}",
            where=node.name,
            mend="restore again, or set it by hand",
        )


def overlay_bytes(path: Path) -> int:
    """The space that a disk really takes on this host, in bytes."""
    return path.stat().st_blocks * 512 if path.exists() else 0
