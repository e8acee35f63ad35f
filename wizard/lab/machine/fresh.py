"""Disks that were not there when the lab was made: a blank one in the place of a pulled one, and
both of a machine that is installed anew. The first ones keep what they hold, and every snapshot:
`restore` puts them back.
"""

from collections.abc import Mapping
from pathlib import Path

from wizard.base.errors import LabError
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.pids import running_pid
from wizard.lab.base.spec import LabSpec, NodeSpec
from wizard.lab.image.base_image import Image
from wizard.lab.machine.command import disk_backend, disk_device, disk_file
from wizard.lab.machine.disks import overlay
from wizard.lab.machine.power import power_off
from wizard.lab.machine.qmp import Qmp
from wizard.lab.machine.taken import Fresh, load_taken, save_taken


def plug_blank(spec: LabSpec, paths: LabPaths, node: NodeSpec, number: int) -> str:
    """Put a new blank disk in the place of a pulled one, of its size; returns the new serial.

    A machine that is off finds it at its next boot. Raises LabError when the old one was not pulled
    before.
    """
    taken = load_taken(paths)
    if number not in taken.disks.get(node.name, ()):
        raise LabError(
            f"disk {number} is in its place",
            where=node.name,
            mend=f"ganeti-wizard lab pull {node.name} {number}",
        )
    # A disk that was bought has a serial number of its own: the pulled one's is not used again.
    count = _next(paths, node, number)
    serial = f"{node.serial(number)}R{count}"
    new = Fresh(file=_file(number, count), serial=serial)
    _make(spec, paths.node(node.name), new)
    before = taken.fresh.get(node.name, {})
    fresh = {**before, number: new}
    if running_pid(paths, node.name) is not None:
        _plug_while_on(paths, node, number, fresh)
    taken.fresh[node.name] = fresh
    taken.plug(node.name, number)
    save_taken(paths, taken)
    return new.serial


def _plug_while_on(
    paths: LabPaths, node: NodeSpec, number: int, fresh: Mapping[int, Fresh]
) -> None:
    """Give a running machine the new disk: first its file, then the device that the guest sees."""
    file = disk_file(paths, node, number, fresh)
    backend = disk_backend(file, number)
    with Qmp(paths.socket(node.name, "qmp")) as qmp:
        # The pulled disk's file is still there, under the same name.
        qmp.call("blockdev-del", **{"node-name": backend["node-name"]})
        qmp.call("blockdev-add", **backend)
        qmp.call("device_add", **disk_device(node, number, fresh))


def wipe(spec: LabSpec, paths: LabPaths, node: NodeSpec, image: Image) -> None:
    """Pull a machine's cord and give it disks as `up` does: Debian on the first partitions, and
    nothing else. Cards, cables, addresses, serials and host keys are those that it had.
    """
    power_off(paths, node.name)
    folder = paths.node(node.name)
    fresh = {}
    for number in (1, 2):
        count = _next(paths, node, number)
        new = Fresh(file=_file(number, count), serial=node.serial(number))
        _make(spec, folder, new, image.disk(number))
        fresh[number] = new
    taken = load_taken(paths)
    taken.fresh[node.name] = fresh
    # A disk that was pulled before is among them: none is missing any more.
    taken.disks.pop(node.name, None)
    save_taken(paths, taken)


def _make(spec: LabSpec, folder: Path, new: Fresh, image: Path | None = None) -> None:
    """Make a disk's file: blank, or with what the image holds."""
    file = folder / new.file
    log = folder / "qemu-img.log"
    overlay(file, spec.disk_gib, log, image)


def forget_fresh(spec: LabSpec, paths: LabPaths) -> None:
    """Remove the files of all such disks; the machines must be off."""
    for node in spec.nodes:
        folder = paths.node(node.name)
        for file in folder.glob(_file("*", "*")):
            file.unlink()


def _file(number: int | str, count: int | str) -> str:
    """The name of a disk's file, or with "*" the pattern of several."""
    return f"disk{number}.fresh{count}.qcow2"


def _next(paths: LabPaths, node: NodeSpec, number: int) -> int:
    """The how-manieth disk it is in that place."""
    pattern = _file(number, "*")
    earlier = list(paths.node(node.name).glob(pattern))
    return len(earlier) + 1
