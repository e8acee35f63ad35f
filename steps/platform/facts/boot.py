"""What lies under /boot and what runs: kernels with their initramfs, links for guests, boot id,
memory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from steps.common.facts.texts import fields
from wizard.model.facts import Fact

_KERNEL = re.compile(r"^vmlinuz-(\d.*)$")
_HYPERVISOR = re.compile(r"xen-\d.*\.gz")


def version_key(version: str) -> tuple[tuple[int, int, str], ...]:
    """Order kernel versions as people do: runs of digits count as numbers."""
    parts = re.findall(r"\d+|\D+", version)
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts)


@dataclass(frozen=True)
class Kernel:
    """An installed kernel that has an initramfs; `built` is the initramfs' time in seconds since
    1970.
    """

    version: str
    built: float


@dataclass(frozen=True)
class Boot:
    """The contents of /boot that matter, and when the files that go into an initramfs changed.

    All names are sorted, kernels by version.
    """

    kernels: tuple[Kernel, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    """A link's name below /boot, and its target."""
    hypervisors: tuple[str, ...] = ()
    """Names of Xen's images."""
    changed: tuple[tuple[str, float], ...] = ()
    """Path and modification time, in seconds since 1970."""

    @property
    def newest(self) -> Kernel | None:
        """The kernel that GRUB boots by default: the newest with an initramfs."""
        return self.kernels[-1] if self.kernels else None

    def link(self, path: str) -> str:
        """Where a link under /boot points, "" when there is none."""
        return dict(self.links).get(path.removeprefix("/boot/"), "")

    def kernel(self, version: str) -> Kernel | None:
        """The kernel of that version, None where it or its initramfs is not there."""
        return next((one for one in self.kernels if one.version == version), None)

    def stale(self, path: str, kernel: Kernel | None = None) -> bool:
        """Whether a file was changed after a kernel's initramfs was made, the newest one's unless
        another is named.
        """
        kernel = kernel or self.newest
        if kernel is None:
            return False
        changed = dict(self.changed).get(path, 0.0)
        return changed > kernel.built


def parse_boot(text: str) -> Boot:
    """Read find's lines: kind of file, path, link's target and time, parted by tabs."""
    links = {}
    built = {}
    changed = {}
    for line in text.splitlines():
        if line.count("\t") != 3:
            continue
        kind, path, target, time = line.split("\t")
        name = path.removeprefix("/boot/")
        if kind == "l":
            links[name] = target
        elif kind == "f" and path.startswith("/boot/"):
            built[name] = float(time)
        elif kind == "f" and path.startswith("/etc/"):
            changed[path] = float(time)
    return Boot(
        kernels=tuple(_kernels(built)),
        links=tuple(sorted(links.items())),
        hypervisors=tuple(sorted(name for name in built if _HYPERVISOR.fullmatch(name))),
        changed=tuple(sorted(changed.items())),
    )


def _kernels(built: Mapping[str, float]) -> list[Kernel]:
    """The kernels that have an initramfs, the newest last."""
    kernels = []
    for name in built:
        match = _KERNEL.match(name)
        initramfs = f"initrd.img-{match.group(1)}" if match else ""
        if match and initramfs in built:
            kernels.append(Kernel(version=match.group(1), built=built[initramfs]))
    return sorted(kernels, key=_by_version)


def _by_version(kernel: Kernel) -> tuple[tuple[int, int, str], ...]:
    return version_key(kernel.version)


BOOT = Fact(
    name="boot",
    script=(
        r"find /boot -maxdepth 1 \( -type f -o -type l \) -printf '%y\t%p\t%l\t%T@\n'; "
        r"find /etc/initramfs-tools/modules -type f -printf '%y\t%p\t%l\t%T@\n'"
    ),
    parse=parse_boot,
)


@dataclass(frozen=True)
class Running:
    """What the machine runs now."""

    kernel: str = ""
    boot_id: str = ""
    cmdline: str = ""
    booted: float = 0.0
    """The boot's time, in seconds since 1970."""
    memory_mib: int = 0
    """What Linux has."""
    efi: bool = False
    secure_boot: bool = False
    """Whether the firmware has only what is signed booted (UEFI Secure Boot); False where that is
    not known.
    """


def parse_running(text: str) -> Running:
    """Read "name: value" lines."""
    values = fields(text)
    return Running(
        kernel=values.get("kernel", ""),
        boot_id=values.get("boot_id", ""),
        cmdline=values.get("cmdline", ""),
        booted=float(values.get("booted", "0") or 0),
        memory_mib=int(values.get("memory_kib", "0") or 0) // 1024,
        efi=values.get("efi") == "yes",
        secure_boot=values.get("secure", "") == "1" and values.get("insecure", "") != "1",
    )


RUNNING = Fact(
    name="running",
    script=r"""read -r a b c rest </proc/version; echo "kernel: $c"
read -r x </proc/sys/kernel/random/boot_id; echo "boot_id: $x"
read -r x </proc/cmdline; echo "cmdline: $x"
while read -r k v; do [ "$k" = btime ] && echo "booted: $v"; done </proc/stat
read -r k v unit </proc/meminfo; echo "memory_kib: $v"
[ -d /sys/firmware/efi ] && echo "efi: yes" || echo "efi: no"
of() { od -An -tu1 -j4 -N1 "/sys/firmware/efi/efivars/$1" | tr -d ' '; }
echo "secure: $(of SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c)"
echo "insecure: $(of MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23)" """,
    parse=parse_running,
)
"""A variable's value comes after four bytes of attributes (the kernel's efivarfs). By the second
one shim tells that its own check is switched off (mokutil(1), --disable-validation).
"""
