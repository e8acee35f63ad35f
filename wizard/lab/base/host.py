"""What this machine must offer before a lab can be made on it."""

import os
import shutil
import socket
from collections.abc import Collection, Iterable
from pathlib import Path

from wizard.base.errors import LabError
from wizard.lab.base.spec import LabSpec, NodeSpec

QEMU = "qemu-system-x86_64"
RUN_TOOLS = {
    QEMU: "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
}
BUILD_TOOLS = {
    "mmdebstrap": "mmdebstrap",
    "mke2fs": "e2fsprogs",
    "sfdisk": "fdisk",
    "tar": "tar",
    "zstd": "zstd",
}

GIB = 1 << 30
BUILD_DISK_BYTES = 6 * GIB
"""Free space the base image takes while it is made (measured: the tars, the root image and both
disks).
"""
NODE_DISK_BYTES = 3 * GIB
"""Free space a node's disks take by the time a cluster with an instance stands on it."""
MEMORY_RESERVE_MIB = 1024
"""Memory left to this machine itself."""


def find_tool(name: str) -> str | None:
    """The path of a program, also in the administrators' folders that a user's PATH lacks."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def need_tools(tools: dict[str, str]) -> None:
    """Raise LabError naming every missing program and the packages that bring them."""
    missing = [name for name in tools if find_tool(name) is None]
    if missing:
        packages = " ".join(sorted({tools[name] for name in missing}))
        raise LabError(
            f"missing here: {', '.join(missing)}",
            where="this machine",
            mend=f"as root: apt-get install {packages}",
        )


def need_disk(path: Path, wanted: int) -> None:
    """Raise LabError when the file system that holds `path` has less than `wanted` bytes free."""
    place = path
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < wanted:
        raise LabError(
            f"{free / GIB:.1f} GiB free, {wanted / GIB:.1f} GiB needed",
            where=str(place),
            mend=(
                "free some space, or put the lab elsewhere with GANETI_WIZARD_LAB and "
                "GANETI_WIZARD_LAB_IMAGES"
            ),
        )


def available_memory_mib() -> int:
    """Memory that programs can still get, in MiB (proc(5): MemAvailable)."""
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) // 1024
    return 0


def need_memory(spec: LabSpec, nodes: Collection[NodeSpec]) -> None:
    """Raise LabError when these machines, which are off, do not fit into memory."""
    wanted = sum(map(spec.memory, nodes)) + MEMORY_RESERVE_MIB
    free = available_memory_mib()
    if free < wanted:
        raise LabError(
            f"{free} MiB of memory available, {wanted} MiB needed for "
            f"{', '.join(node.name for node in nodes)}",
            where="this machine",
            mend=(
                "stop other programs or another lab, or choose a smaller --memory-mib "
                "(2048 at least for Xen)"
            ),
        )


def port_free(port: int) -> bool:
    """Whether a TCP port of 127.0.0.1 can be listened on now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def need_ports(ports: Iterable[int]) -> None:
    """Raise LabError naming every port that another program holds."""
    taken = [str(port) for port in ports if not port_free(port)]
    if taken:
        raise LabError(
            f"port {', '.join(taken)} taken by another program",
            where="127.0.0.1",
            mend=(
                "stop it (ss -ltnp shows which it is), or choose others: ganeti-wizard lab "
                "up --port-base 2301"
            ),
        )
