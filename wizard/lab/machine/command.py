"""The QEMU command line of a machine of the lab, as a pure function of the specification."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from wizard.lab.base.layout import SLOTS
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.qemu import pc
from wizard.lab.base.spec import LabSpec, NodeSpec
from wizard.lab.machine.taken import Fresh
from wizard.lab.network.cables import cluster_backend, gate_options, management_backend

DISK_SLOTS = {1: 0x5, 2: 0x6}
"""PCI slots, fixed so that a disk plugged in again, and a restored machine, find the same place."""

IDENTITY_KEY = "opt/org.ganeti-wizard/identity"
"""Name under which the machine finds its identity script in QEMU's fw_cfg device."""


NO_FRESH: Mapping[int, Fresh] = {}
"""A machine with the disks that it was made with."""


def disk_backend(path: Path, disk: int) -> dict[str, Any]:
    """The block half of a disk, as QMP's blockdev-add takes it.

    Zeros are not stored: a mirror's first synchronisation writes the whole disk and would fill the
    overlay.
    """
    return {
        "driver": "qcow2",
        "node-name": f"disk{disk}",
        "cache": {"no-flush": True},
        "discard": "unmap",
        "detect-zeroes": "unmap",
        "file": {
            "driver": "file",
            "filename": str(path),
            "cache": {"no-flush": True},
            "discard": "unmap",
        },
    }


def _options(backend: Mapping[str, Any], within: str = "") -> Iterator[str]:
    """The same as words of a command line: `file.cache.no-flush=on`."""
    for key, value in backend.items():
        if isinstance(value, Mapping):
            yield from _options(value, f"{within}{key}.")
        else:
            yield f"{within}{key}={'on' if value is True else value}"


def disk_file(paths: LabPaths, node: NodeSpec, disk: int, fresh: Mapping[int, Fresh]) -> Path:
    """Where a disk's contents are: in its own file, or in that of the one in its place."""
    new = fresh.get(disk)
    return paths.node(node.name) / new.file if new else paths.disk(node.name, disk)


def serial_of(node: NodeSpec, disk: int, fresh: Mapping[int, Fresh]) -> str:
    """The serial number of the disk that is in its place now."""
    new = fresh.get(disk)
    return new.serial if new else node.serial(disk)


def disk_device(node: NodeSpec, disk: int, fresh: Mapping[int, Fresh] = NO_FRESH) -> dict[str, str]:
    """The device half of a disk, as QMP's device_add takes it; its other half is the block node
    `disk<N>`.
    """
    return {
        "driver": "virtio-blk-pci",
        "id": f"dev{disk}",
        "drive": f"disk{disk}",
        "serial": serial_of(node, disk, fresh),
        "bus": "pci.0",
        "addr": f"0x{DISK_SLOTS[disk]:x}",
    }


def _disk(
    paths: LabPaths,
    node: NodeSpec,
    disk: int,
    pulled: Collection[int],
    fresh: Mapping[int, Fresh],
) -> list[str]:
    backend = ",".join(_options(disk_backend(disk_file(paths, node, disk, fresh), disk)))
    device = ",".join(f"{key}={value}" for key, value in disk_device(node, disk, fresh).items())
    return [
        "-blockdev",
        backend,
        *([] if disk in pulled else ["-device", f"{device},bootindex={disk}"]),
    ]


def _card(node: NodeSpec, netdev: str, number: int, slot: int) -> list[str]:
    device = f"virtio-net-pci,netdev={netdev},id=nic{number},mac={node.mac(number)},addr={slot:#x}"
    return ["-device", f"{device},romfile="]


def _cluster_cards(spec: LabSpec, paths: LabPaths, node: NodeSpec) -> Iterator[str]:
    """The first cluster card is the machine's second one."""
    for number, (cable, slot) in enumerate(zip(spec.cables(node), SLOTS, strict=False), start=2):
        yield from ("-netdev", cluster_backend(spec, paths, node, cable))
        yield from _card(node, cable, number, slot)


def _sockets(paths: LabPaths, name: str) -> list[str]:
    console = f"socket,id=ser,path={paths.socket(name, 'ser')},server=on,wait=off"
    log = f"logfile={paths.serial_log(name)},logappend=on"
    return [
        *["-qmp", f"unix:{paths.socket(name, 'qmp')},server=on,wait=off"],
        *["-monitor", f"unix:{paths.socket(name, 'mon')},server=on,wait=off"],
        *["-chardev", f"{console},{log}", "-serial", "chardev:ser"],
    ]


def machine_command(
    spec: LabSpec,
    paths: LabPaths,
    node: NodeSpec,
    accel: str,
    gate: tuple[int, int],
    *,
    paused: bool = False,
    pulled: Collection[int] = (),
    fresh: Mapping[int, Fresh] = NO_FRESH,
) -> list[str]:
    """The whole command line of one machine; `gate`: the descriptors of its management network's
    gate.

    `paused` leaves its processors stopped (to load a snapshot); `pulled` disks have no device until
    plugged in; `fresh` ones are in the place of those that the machine was made with.
    """
    name = node.name
    return [
        *pc(name, accel, spec.cpus, spec.memory(node)),
        *["-vga", "std", "-rtc", "base=utc", "-pidfile", str(paths.pid(name))],
        *["-fw_cfg", f"name={IDENTITY_KEY},file={paths.identity(name)}"],
        *_sockets(paths, name),
        *["-device", "virtio-rng-pci,addr=0x7"],
        *["-netdev", management_backend(node)],
        *_card(node, "mgmt", number=1, slot=0x3),
        *gate_options("mgmt", gate),
        *_cluster_cards(spec, paths, node),
        *_disk(paths, node, 1, pulled, fresh),
        *_disk(paths, node, 2, pulled, fresh),
        *(["-S"] if paused else []),
    ]
