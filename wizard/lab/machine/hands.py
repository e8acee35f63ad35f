"""What a hand does at a rack: cut and mend cables, pull and plug disks of running machines, let
machines hang.
"""

import time
from collections.abc import Mapping

from wizard.base.errors import LabError
from wizard.lab.base.layout import CABLES
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.pids import running_pid
from wizard.lab.base.spec import LabSpec, NodeSpec
from wizard.lab.machine.command import NO_FRESH, disk_device, serial_of
from wizard.lab.machine.power import set_cable, set_half
from wizard.lab.machine.qmp import Qmp
from wizard.lab.machine.taken import CLUSTER, MGMT, Fresh, Taken, load_taken, save_taken
from wizard.lab.network.cables import open_door, shut_door
from wizard.lab.network.hush import end_hush, hush, hush_pids

UNPLUG_S = 60.0
"""Seconds the guest gets to let a disk go; a slot is released by the guest's kernel, a second or
two when idle.
"""


def _cables(spec: LabSpec, what: str, card: int = 0) -> list[tuple[NodeSpec, str]]:
    """`cluster`: the cables to the cluster network of every node; NODE: its management cable;
    NODE:cluster: its cables to the cluster network alone. Of two such cables `card` (1, 2) means
    one, 0 both.
    """
    name, _, cable = what.partition(":")
    if cable == CABLES[1]:
        cable = CLUSTER
        card = 2
    if what == CLUSTER:
        nodes = spec.nodes
    elif cable == CLUSTER:
        nodes = (spec.node(name),)
    elif cable in ("", MGMT) and not card:
        return [(spec.node(name), MGMT)]
    elif cable in ("", MGMT):
        raise LabError("there is one management card", mend=f"say {name}:{CLUSTER}")
    else:
        raise LabError(
            f"there is no cable {cable!r}",
            mend=f"say {name}, {name}:{MGMT} or {name}:{CLUSTER}",
        )
    found = []
    for node in nodes:
        cables = spec.cables(node)
        found += [(node, one) for one in (cables[card - 1 : card] if card else cables)]
    if not found:
        raise LabError(
            f"{', '.join(node.name for node in nodes)}: one card in the cluster network",
            mend="ganeti-wizard lab up --cards bond makes a lab with two",
        )
    return found


def set_cables(
    spec: LabSpec, paths: LabPaths, what: str, *, whole: bool, only: str = "", card: int = 0
) -> list[str]:
    """Cut or mend; a machine that is off meets the change at its next boot. Returns the cables as
    `node:cable`.

    With `only` (`sends`, `receives`) that one way is cut, as by a broken transceiver or a filter on
    the way: the other one works on, and the card shows its carrier. `card`: of two cluster cards
    that one.
    """
    taken = load_taken(paths)
    changed = _cables(spec, what, card)
    for node, cable in changed:
        on = running_pid(paths, node.name) is not None
        if whole:
            _mend(paths, taken, node.name, cable, on=on)
        elif only:
            _cut_way(paths, taken, node.name, cable, only, on=on)
        else:
            taken.cut(node.name, cable)
            if on:
                set_cable(paths, node.name, cable, whole=False)
    save_taken(paths, taken)
    return [f"{node.name}:{cable}" for node, cable in changed]


def _cut_way(paths: LabPaths, taken: Taken, name: str, cable: str, way: str, *, on: bool) -> None:
    if (cable, way) in taken.ways_cut(name):
        return
    if on:
        set_half(paths, name, cable, way, whole=False)
    taken.cut_way(name, cable, way)


def _mend(paths: LabPaths, taken: Taken, name: str, cable: str, *, on: bool) -> None:
    if on:
        set_cable(paths, name, cable, whole=True)
        for other, way in taken.ways_cut(name):
            if other == cable:
                set_half(paths, name, cable, way, whole=True)
    taken.mend(name, cable)


def disk_number(node: NodeSpec, disk: str, fresh: Mapping[int, Fresh] = NO_FRESH) -> int:
    """A disk named by number (1, 2) or by its serial; raises LabError for any other."""
    serials = {number: serial_of(node, number, fresh) for number in (1, 2)}
    for number, serial in serials.items():
        if disk in (str(number), f"disk{number}", serial):
            return number
    raise LabError(
        f"{node.name} has no disk {disk!r}",
        mend=f"say 1 or 2, or a serial: {', '.join(serials.values())}",
    )


def present(qmp: Qmp, number: int) -> bool:
    """Whether a running machine has that disk's device."""
    devices = qmp.call("qom-list", path="/machine/peripheral")
    return f"dev{number}" in [device["name"] for device in devices]


def pull(paths: LabPaths, node: NodeSpec, number: int) -> None:
    """Pull a disk out, of a running machine by PCI hot-unplug; its contents wait for `plug`.

    A machine that is off meets the change at its next boot. Raises LabError when the guest's kernel
    does not let the slot go in time.
    """
    if running_pid(paths, node.name) is not None:
        _unplug(paths, node, number)
    taken = load_taken(paths)
    taken.pull(node.name, number)
    save_taken(paths, taken)


def _unplug(paths: LabPaths, node: NodeSpec, number: int) -> None:
    with Qmp(paths.socket(node.name, "qmp")) as qmp:
        if present(qmp, number):
            qmp.call("device_del", id=f"dev{number}")
        deadline = time.monotonic() + UNPLUG_S
        while present(qmp, number):
            if time.monotonic() > deadline:
                raise LabError(
                    f"the guest did not release disk {number}",
                    where=node.name,
                    mend="wait until it is booted and try again",
                )
            time.sleep(0.2)


def plug(paths: LabPaths, node: NodeSpec, number: int) -> None:
    """Put a pulled disk back, with what is on it; nothing happens when it is in."""
    taken = load_taken(paths)
    if running_pid(paths, node.name) is not None:
        with Qmp(paths.socket(node.name, "qmp")) as qmp:
            if not present(qmp, number):
                fresh = taken.fresh.get(node.name, {})
                qmp.call("device_add", **disk_device(node, number, fresh))
    taken.plug(node.name, number)
    save_taken(paths, taken)


def freeze(paths: LabPaths, node: NodeSpec) -> None:
    """Stop its processors; what it answers from then on is nothing, on its ssh port neither. Raises
    LabError where it is off.
    """
    _need_power(paths, node)
    if hush_pids(paths, node.name):
        return
    with Qmp(paths.socket(node.name, "qmp")) as qmp:
        qmp.call("stop")
        qmp.call("human-monitor-command", **{"command-line": shut_door(node)})
    hush(paths, node)


def thaw(paths: LabPaths, node: NodeSpec) -> None:
    """Let its processors run again. Its own clock stood still meanwhile. Raises LabError where it
    is off.
    """
    _need_power(paths, node)
    with Qmp(paths.socket(node.name, "qmp")) as qmp:
        if end_hush(paths, node.name):
            qmp.call("human-monitor-command", **{"command-line": open_door(node)})
        qmp.call("cont")


def _need_power(paths: LabPaths, node: NodeSpec) -> None:
    if running_pid(paths, node.name) is None:
        raise LabError("the machine is off", where=node.name, mend="ganeti-wizard lab boot NODE")
