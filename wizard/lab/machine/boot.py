"""Switching machines on until ssh answers, with one second try for a boot that hangs."""

import time
from collections.abc import Sequence

from wizard.base.errors import LabError
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.pids import running_pid
from wizard.lab.base.progress import Progress, last_line, tail
from wizard.lab.base.spec import LabSpec, NodeSpec
from wizard.lab.machine.cards import make_bonds
from wizard.lab.machine.power import power_off, start
from wizard.lab.machine.taken import load_taken
from wizard.lab.network.ssh import authorized

BOOT_S = 600.0
"""Seconds a boot may take until ssh answers (seen under TCG: 65 plain, 120 under Xen, both nodes at
once).
"""

SILENT_S = 180.0
"""Seconds without a word on the serial line and without ssh after which a boot counts as hung."""


def boot_nodes(
    spec: LabSpec, paths: LabPaths, nodes: Sequence[NodeSpec], accel: str, progress: Progress
) -> dict[str, float]:
    """Switch the nodes on, all at once, and wait for ssh; returns each one's seconds until it
    answered. Those that are to have a bond have it then.

    A node whose management cable is cut is not waited for: ssh cannot reach it. A node that hangs
    is switched off and on once, which is said; raises LabError with the end of its serial log when
    the second try hangs too.
    """
    started = {node.name: time.monotonic() for node in nodes}
    retried: set[str] = set()
    took: dict[str, float] = {}
    taken = load_taken(paths)
    waiting = [node for node in nodes if not taken.unreachable(node.name)]
    for node in nodes:
        start(spec, paths, node, accel)
    for node in nodes:
        if node not in waiting:
            progress.say(f"   {node.name} is on, its management cable is cut: not waited for")
    if not waiting:
        return took
    names = ", ".join(node.name for node in waiting)
    with progress.phase(f"boot {names} until ssh answers", lambda: _hint(paths, waiting)):
        while waiting:
            for node in list(waiting):
                name = node.name
                if authorized(paths, node):
                    seconds = time.monotonic() - started[name]
                    progress.say(f"   {name} answers after {seconds:.0f} s")
                    took[name] = seconds
                    waiting.remove(node)
                elif _hung(paths, node, started[name]):
                    _again(spec, paths, node, accel, progress, retried)
                    started[name] = time.monotonic()
            time.sleep(1)
    make_bonds(spec, paths, [node for node in nodes if node.name in took], progress)
    return took


def _hint(paths: LabPaths, waiting: Sequence[NodeSpec]) -> str:
    hints = []
    for node in waiting:
        last = last_line(paths.serial_log(node.name))
        hints.append(f"{node.name}: {last[:40]}")
    return "; ".join(hints)


def _hung(paths: LabPaths, node: NodeSpec, started: float) -> bool:
    if running_pid(paths, node.name) is None:
        end = tail(paths.qemu_log(node.name))
        raise LabError(f"the machine went off\n{end}", where=node.name)
    age = time.monotonic() - started
    if age > BOOT_S:
        return True
    last_word = paths.serial_log(node.name).stat().st_mtime
    silent = time.time() - last_word
    return age > SILENT_S and silent > SILENT_S


def _again(
    spec: LabSpec,
    paths: LabPaths,
    node: NodeSpec,
    accel: str,
    progress: Progress,
    retried: set[str],
) -> None:
    end = tail(paths.serial_log(node.name))
    power_off(paths, node.name)
    if node.name in retried:
        raise LabError(
            f"the boot hung twice; ssh never answered\n{end}",
            where=node.name,
            mend="ganeti-wizard lab boot NODE",
        )
    retried.add(node.name)
    progress.say(f"   {node.name}: the boot hung; it is switched off and tried once more\n{end}")
    start(spec, paths, node, accel)


def wait_ssh(paths: LabPaths, node: NodeSpec, seconds: float = BOOT_S) -> float:
    """Wait until ssh runs a command on a booting node; returns the seconds, raises LabError when it
    never does.
    """
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        if authorized(paths, node):
            return time.monotonic() - started
        time.sleep(1)
    end = tail(paths.serial_log(node.name))
    raise LabError(f"no ssh within {seconds:.0f} s\n{end}", where=node.name)
