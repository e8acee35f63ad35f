"""What lies under /boot and what runs: kernels with their initramfs, links for guests, boot id,
memory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from steps.common.facts.texts import fields
from wizard.model.step import Fact

_KERNEL = re.compile(r"^vmlinuz-(\d.*)$")


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
    """The contents of /boot that matter, and when the files that an initramfs is made of were last
    changed.

    `links` maps a link's name to its target. `changed` maps a path to its modification time.
    `shadow` says whether the installed hypervisor was built with shadow paging, without which Xen
    cannot move a running paravirtual guest (lab: "Failed to enable logdirty: 95"); None when no
    hypervisor is installed.
    """

    kernels: tuple[Kernel, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    hypervisors: tuple[str, ...] = ()
    changed: tuple[tuple[str, float], ...] = ()
    shadow: bool | None = None

    @property
    def newest(self) -> Kernel | None:
        """The kernel that GRUB boots by default: the newest with an initramfs."""
        return self.kernels[-1] if self.kernels else None

    def link(self, path: str) -> str:
        """Where a link under /boot points, "" when there is none."""
        return dict(self.links).get(path.removeprefix("/boot/"), "")

    def stale(self, path: str) -> bool:
        """Whether a file was changed after the newest kernel's initramfs was made."""
        return self.newest is not None and dict(self.changed).get(path, 0.0) > self.newest.built


def parse_boot(text: str) -> Boot:
    """Read find's lines of kind, name, link target and time; then the hypervisors' build options."""  # noqa: E501
    rows = [line.split("\t") for line in text.splitlines() if line.count("\t") == 3]
    times = {name: float(when) for kind, name, _, when in rows if kind == "f"}
    under = {
        name.removeprefix("/boot/"): when
        for name, when in times.items()
        if name.startswith("/boot/")
    }
    found = [match.group(1) for name in under if (match := _KERNEL.match(name))]
    kernels = [
        Kernel(one, under[f"initrd.img-{one}"]) for one in found if f"initrd.img-{one}" in under
    ]
    options = [
        line for line in text.splitlines() if "CONFIG_SHADOW_PAGING" in line and "\t" not in line
    ]
    return Boot(
        kernels=tuple(sorted(kernels, key=lambda one: version_key(one.version))),
        links=tuple(
            sorted((name.removeprefix("/boot/"), to) for kind, name, to, _ in rows if kind == "l")
        ),
        hypervisors=tuple(sorted(name for name in under if re.fullmatch(r"xen-\d.*\.gz", name))),
        changed=tuple(
            sorted((name, when) for name, when in times.items() if name.startswith("/etc/"))
        ),
        shadow=any(line.startswith("CONFIG_SHADOW_PAGING=y") for line in options)
        if options
        else None,
    )


BOOT = Fact(
    name="boot",
    script=(
        r"find /boot -maxdepth 1 \( -type f -o -type l \) -printf '%y\t%p\t%l\t%T@\n'; "
        r"find /etc/initramfs-tools/modules -type f -printf '%y\t%p\t%l\t%T@\n'; "
        "grep -h SHADOW_PAGING /boot/xen-*.config"
    ),
    parse=parse_boot,
)


@dataclass(frozen=True)
class Running:
    """What the machine runs now. `booted` is the boot's time in seconds since 1970, `memory_mib`
    what Linux has; `self_clock` is the host's own clock when it was looked at.
    """

    kernel: str = ""
    boot_id: str = ""
    cmdline: str = ""
    booted: float = 0.0
    memory_mib: int = 0
    efi: bool = False


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
    )


RUNNING = Fact(
    name="running",
    script=r"""read -r a b c rest </proc/version; echo "kernel: $c"
read -r x </proc/sys/kernel/random/boot_id; echo "boot_id: $x"
read -r x </proc/cmdline; echo "cmdline: $x"
while read -r k v; do [ "$k" = btime ] && echo "booted: $v"; done </proc/stat
read -r k v unit </proc/meminfo; echo "memory_kib: $v"
[ -d /sys/firmware/efi ] && echo "efi: yes" || echo "efi: no" """,
    parse=parse_running,
)
