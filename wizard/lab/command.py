"""The QEMU command lines of the lab, as pure functions of the specification."""

from collections.abc import Collection
from pathlib import Path

from wizard.lab.host import QEMU
from wizard.lab.paths import LabPaths
from wizard.lab.spec import LabSpec, NodeSpec

TCG, KVM = "tcg", "kvm"

CPU = {TCG: "Nehalem", KVM: "host"}
"""Processor models. Under TCG a newer one (`max`) has SMAP, with which Xen 4.17's dom0 crashes at
its start.
"""

ROUTER_NAME = "router"
"""Name of the process that is the instances' way out; no machine may have it."""

DISK_SLOTS = {1: 0x5, 2: 0x6}
"""PCI slots, fixed so that a disk plugged in again, and a restored machine, find the same place."""

IDENTITY_KEY = "opt/org.ganeti-wizard/identity"
"""Name under which the machine finds its identity script in QEMU's fw_cfg device."""


def accelerator(accel: str) -> list[str]:
    """The options that choose the processor: real (KVM) or emulated (TCG, one host thread a
    processor).
    """
    return ["-accel", "tcg,thread=multi" if accel == TCG else "kvm", "-cpu", CPU[accel]]


def disk_device(node: NodeSpec, disk: int) -> dict[str, str]:
    """The device half of a disk, as QMP's device_add takes it; its other half is the block node
    `disk<N>`.
    """
    return {
        "driver": "virtio-blk-pci",
        "id": f"dev{disk}",
        "drive": f"disk{disk}",
        "serial": node.serial(disk),
        "bus": "pci.0",
        "addr": f"0x{DISK_SLOTS[disk]:x}",
    }


def _disk(paths: LabPaths, node: NodeSpec, disk: int, pulled: Collection[int]) -> list[str]:
    """Zeros are not stored: a mirror's first synchronisation writes the whole disk and would fill
    the overlay.
    """
    backend = (
        f"driver=qcow2,node-name=disk{disk},cache.no-flush=on,discard=unmap,detect-zeroes=unmap,file.driver=file,"
        f"file.filename={paths.disk(node.name, disk)},file.cache.no-flush=on,file.discard=unmap"
    )
    device = ",".join(f"{key}={value}" for key, value in disk_device(node, disk).items())
    return [
        "-blockdev",
        backend,
        *([] if disk in pulled else ["-device", f"{device},bootindex={disk}"]),
    ]


def cluster_backend(spec: LabSpec, paths: LabPaths, node: NodeSpec) -> str:
    """The cluster cable: between two machines a pair of unix sockets, among more a software switch."""  # noqa: E501
    if spec.switched:
        return f"vde,id=cluster,sock={paths.switch}"
    (peer,) = (other for other in spec.nodes if other.number != node.number)
    return (
        f"dgram,id=cluster,local.type=unix,local.path={paths.socket(node.name, 'net')},"
        f"remote.type=unix,remote.path={paths.socket(peer.name, 'net')}"
    )


def management_backend(node: NodeSpec) -> str:
    """The management cable: QEMU's user network, ssh forwarded from this host's loopback and
    nothing else let in.
    """
    return (
        f"user,id=mgmt,ipv6=off,net=10.0.2.0/24,dhcpstart={node.mgmt_address},"
        f"hostfwd=tcp:127.0.0.1:{node.ssh_port}-{node.mgmt_address}:22"
    )


def gate_options(netdev: str, descriptors: tuple[int, int]) -> list[str]:
    """Every frame to that user network goes through the gate at the other end of the two inherited
    sockets.

    Only from the machines outwards: what comes in answers something that was let out. Without its
    gate a network is dead, never open (net/filter-mirror.c: a frame whose socket is closed is
    dropped).
    """
    asking, granted = descriptors
    return [
        *[
            "-chardev",
            f"socket,id=asking,fd={asking}",
            "-chardev",
            f"socket,id=granted,fd={granted}",
        ],
        *[
            "-object",
            f"filter-redirector,id=gate,netdev={netdev},queue=rx,outdev=asking,indev=granted",
        ],
    ]


def router_command(spec: LabSpec, paths: LabPaths, gate: tuple[int, int]) -> list[str]:
    """A QEMU without a machine: its user network as router and name server on the cluster network's
    switch.
    """
    out = f"user,id=out,ipv6=off,net={spec.network},host={spec.router},dns={spec.resolver}"
    return [
        *[QEMU, "-name", ROUTER_NAME, "-machine", "none", "-nodefaults", "-display", "none"],
        *["-pidfile", str(paths.pid(ROUTER_NAME))],
        *[
            "-netdev",
            f"vde,id=lan,sock={paths.switch}",
            "-netdev",
            "hubport,id=inside,hubid=0,netdev=lan",
        ],
        *["-netdev", out, "-netdev", "hubport,id=outside,hubid=0,netdev=out"],
        *gate_options("out", gate),
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
) -> list[str]:
    """The whole command line of one machine; `gate`: the descriptors of its management network's
    gate.

    `paused` leaves its processors stopped (to load a snapshot); `pulled` disks have no device until
    plugged in.
    """
    name = node.name
    console = f"socket,id=ser,path={paths.socket(name, 'ser')},server=on,wait=off"
    return [
        *[
            QEMU,
            "-name",
            name,
            "-machine",
            "pc",
            *accelerator(accel),
            "-smp",
            str(spec.cpus),
            "-m",
            str(spec.memory(node)),
        ],
        *[
            "-nodefaults",
            "-display",
            "none",
            "-vga",
            "std",
            "-rtc",
            "base=utc",
            "-pidfile",
            str(paths.pid(name)),
        ],
        *["-fw_cfg", f"name={IDENTITY_KEY},file={paths.identity(name)}"],
        *["-qmp", f"unix:{paths.socket(name, 'qmp')},server=on,wait=off"],
        *["-monitor", f"unix:{paths.socket(name, 'mon')},server=on,wait=off"],
        *[
            "-chardev",
            f"{console},logfile={paths.serial_log(name)},logappend=on",
            "-serial",
            "chardev:ser",
        ],
        *["-device", "virtio-rng-pci,addr=0x7"],
        *["-netdev", management_backend(node)],
        *["-device", f"virtio-net-pci,netdev=mgmt,id=nic1,mac={node.mac(1)},addr=0x3,romfile="],
        *gate_options("mgmt", gate),
        *["-netdev", cluster_backend(spec, paths, node)],
        *["-device", f"virtio-net-pci,netdev=cluster,id=nic2,mac={node.mac(2)},addr=0x4,romfile="],
        *_disk(paths, node, 1, pulled),
        *_disk(paths, node, 2, pulled),
        *(["-S"] if paused else []),
    ]


def _raw_drive(path: Path, readonly: bool = False) -> list[str]:
    flags = ",readonly=on" if readonly else ""
    return ["-drive", f"file={path},format=raw,if=virtio,cache=unsafe{flags}"]


def builder_command(
    rootfs: Path, kernel: Path, initrd: Path, disks: list[Path], serial: Path, accel: str, part: int
) -> list[str]:
    """The machine that writes the base disks: the root image as its read-only root, our script as
    its init.

    `part` is the number of the root mirror's partition; the kernel hands it to init as an
    environment variable.
    """
    append = (
        "root=/dev/vda ro console=ttyS0 panic=5 init=/usr/local/sbin/lab-builder-init "
        f"LAB_ROOT_PART={part}"
    )
    return [
        *[
            QEMU,
            "-name",
            "lab-builder",
            "-machine",
            "pc",
            *accelerator(accel),
            "-smp",
            "2",
            "-m",
            "1024",
        ],
        *["-nodefaults", "-display", "none", "-no-reboot", "-serial", f"file:{serial}"],
        *["-kernel", str(kernel), "-initrd", str(initrd), "-append", append],
        *_raw_drive(rootfs, readonly=True),
        *[option for disk in disks for option in _raw_drive(disk)],
    ]


def probe_command(kernel: Path, initrd: Path, serial: Path) -> list[str]:
    """A machine that tries KVM: a real kernel, which without a root disk gets as far as its
    initramfs.
    """
    return [
        *[
            QEMU,
            "-name",
            "lab-probe",
            "-machine",
            "pc",
            *accelerator(KVM),
            "-smp",
            "2",
            "-m",
            "512",
        ],
        *["-nodefaults", "-display", "none", "-no-reboot", "-serial", f"file:{serial}"],
        *["-kernel", str(kernel), "-initrd", str(initrd), "-append", "console=ttyS0 panic=1"],
    ]
