"""What differs between releases of Debian and Ganeti, as data in one place; no step compares
version numbers.

Sources: `apt-cache policy` on both Debian releases; Ganeti's NEWS and `lib/_constants.py` of 3.0.2
and 3.1.0 (`xen_cmd` is gone in 3.1 and naming it there is an error; name and address checks of
`gnt-instance add` are on by default in 3.0 and off in 3.1).
"""

from __future__ import annotations

from dataclasses import dataclass

from wizard.base.errors import WizardError
from wizard.base.exits import Exit


@dataclass(frozen=True)
class Hypervisor:
    """One hypervisor on one release: what to install, what its guests boot, how Ganeti is told.

    `packages` make a node run it; `kernel` and `initrd` are the links under /boot that Ganeti's
    parameters name; `modules` are what a guest's initramfs needs to reach its root disk and network
    card; `params` are the cluster-wide parameters for `gnt-cluster init -H`, in order; `space_mib`
    is the free space by directory that all packages together want, downloads and a second initramfs
    included. `hotplug` is whether Ganeti can give a running guest a disk (gnt-instance(8), modify:
    KVM only). `live` is whether a running guest can be moved: Debian 12's Xen is built without
    shadow paging (CONFIG_SHADOW_PAGING in /boot/xen-*.config), so its PV guests cannot; later ones
    are taken to be the same until somebody has seen otherwise.
    """

    name: str
    packages: tuple[str, ...]
    kernel: str
    initrd: str
    modules: tuple[str, ...]
    params: tuple[tuple[str, str], ...]
    console: str
    disk_prefix: str
    hotplug: bool
    space_mib: tuple[tuple[str, int], ...]
    live: bool = False

    @property
    def option(self) -> str:
        """The value of `-H`: name:key=value,…; commas and backslashes in values escaped as Ganeti
        wants.
        """
        pairs = [
            f"{key}={value.replace(chr(92), chr(92) * 2).replace(',', chr(92) + ',')}"
            for key, value in self.params
        ]
        return f"{self.name}:{','.join(pairs)}"


@dataclass(frozen=True)
class Release:
    """Everything that depends on the Debian release and Ganeti series of a node.

    `names_checked` and `names_unchecked` are the flags that make `gnt-instance add` check, or not
    check, that the instance's name resolves and its address is free. `verify_flags` go to
    `gnt-cluster verify`. `hotplug` are the flags that make `gnt-instance modify` show a new disk to
    a running KVM instance (the default from 3.1 on).
    """

    debian: str
    codename: str
    ganeti: str
    kernel: str
    xen: str
    packages: tuple[str, ...]
    hypervisors: tuple[Hypervisor, ...]
    names_checked: tuple[str, ...]
    names_unchecked: tuple[str, ...]
    verify_flags: tuple[str, ...]
    hotplug: tuple[str, ...]
    drbd_series: str = "8.4"
    usermode_helper: str = "/bin/true"

    def hypervisor(self, name: str) -> Hypervisor:
        """The settings of one hypervisor by Ganeti's name for it; KeyError when the release has
        none.
        """
        return {one.name: one for one in self.hypervisors}[name]

    def wanted_packages(self, hypervisor: str) -> tuple[str, ...]:
        """All packages that a node needs, in the order they are shown."""
        return self.packages + self.hypervisor(hypervisor).packages


PING = "iputils-ping"
OTHER_PING = "inetutils-ping"
"""It serves as well, and the two do not go together (packages.debian.org)."""
_PACKAGES = ("ganeti", "ganeti-instance-debootstrap", "drbd-utils", "logrotate", PING)
"""Ganeti's package rotates its logs by logrotate and does not depend on it, which a minimal system
lacks: an idle pair writes more than a megabyte a day into the root file system (seen). Nothing
depends on ping either, and without it a node that is there looks silent.
"""
VOLUME_MODULES = ("dm_crypt", "xts", "ecb", "aesni_intel", "loop")
"""What opens an encrypted volume, all of them modules in Debian's kernels (its config files). After
a kernel upgrade on the node a guest boots the new kernel and has none of its modules: what the
initramfs has loaded (initramfs-tools(7), /etc/initramfs-tools/modules) is all that it gets.
"""
_XEN_MODULES = ("xen_blkfront", "xen_netfront", "ext4", *VOLUME_MODULES)
_KVM_MODULES = ("virtio_pci", "virtio_blk", "virtio_net", "ext4", *VOLUME_MODULES)
_KVM_STOP_MODULES = ("button", "evdev")
"""They hear KVM's power button, by which a guest is asked to shut down."""

GUEST_KERNELS = {"xen-pvm": "/boot/vmlinuz-3-xenU", "kvm": "/boot/vmlinuz-3-kvmU"}
"""By hypervisor, the link on the nodes that Ganeti has its instances boot."""


def _xen(extra: tuple[tuple[str, str], ...]) -> Hypervisor:
    kernel, initrd = GUEST_KERNELS["xen-pvm"], "/boot/initrd-3-xenU"
    return Hypervisor(
        name="xen-pvm",
        packages=("xen-system-amd64", "socat"),
        kernel=kernel,
        initrd=initrd,
        modules=_XEN_MODULES,
        params=(
            *extra,
            ("kernel_path", kernel),
            ("initrd_path", initrd),
            ("root_path", "/dev/xvda1"),
            ("blockdev_prefix", "xvd"),
            ("kernel_args", "ro console=hvc0"),
        ),
        console="hvc0",
        disk_prefix="xvd",
        hotplug=False,
        space_mib=(("/usr", 220), ("/var", 90), ("/boot", 60)),
    )


def _kvm() -> Hypervisor:
    kernel, initrd = GUEST_KERNELS["kvm"], "/boot/initrd-3-kvmU"
    return Hypervisor(
        name="kvm",
        packages=("qemu-system-x86", "qemu-utils", "socat"),
        kernel=kernel,
        initrd=initrd,
        modules=_KVM_MODULES + _KVM_STOP_MODULES,
        params=(
            ("kernel_path", kernel),
            ("initrd_path", initrd),
            ("root_path", "/dev/vda1"),
            ("serial_console", "true"),
            ("kernel_args", "ro"),
        ),
        console="ttyS0",
        disk_prefix="vd",
        hotplug=True,
        space_mib=(("/usr", 330), ("/var", 110), ("/boot", 60)),
        live=True,
    )


@dataclass(frozen=True)
class _Debian:
    codename: str
    ganeti: str
    kernel: str
    xen: str


@dataclass(frozen=True)
class _Ganeti:
    xen_params: tuple[tuple[str, str], ...]
    names_checked: tuple[str, ...]
    names_unchecked: tuple[str, ...]
    verify_flags: tuple[str, ...]
    hotplug: tuple[str, ...]


DEBIAN = {
    "12": _Debian(codename="bookworm", ganeti="3.0", kernel="6.1", xen="4.17"),
    "13": _Debian(codename="trixie", ganeti="3.1", kernel="6.12", xen="4.20"),
}
GANETI = {
    "3.0": _Ganeti(
        xen_params=(("xen_cmd", "xl"),),
        names_checked=(),
        names_unchecked=("--no-name-check", "--no-ip-check"),
        verify_flags=(),
        hotplug=("--hotplug-if-possible",),
    ),
    "3.1": _Ganeti(
        xen_params=(),
        names_checked=("--name-check", "--ip-check"),
        names_unchecked=(),
        verify_flags=(),
        hotplug=(),
    ),
}
_CRYPTO = ("cryptsetup", "e2fsprogs", "psmisc")
GUEST_CRYPTO = {"bookworm": _CRYPTO, "trixie": (*_CRYPTO, "systemd-cryptsetup")}
"""Packages for LUKS in a guest by its Debian release; from trixie on systemd's part is a package of
its own.
"""


def series(version: str) -> str:
    """The series of a Ganeti version: "3.0" of "3.0.2-3", "3.1" of "3.1.0~rc2-3"; "" of ""."""
    return ".".join(version.replace("~", ".").split("-")[0].split(".")[:2])


def supported(debian: str, ganeti: str = "") -> bool:
    """Whether the wizard knows this Debian release and Ganeti version ("" stands for the release's
    own).
    """
    return debian in DEBIAN and (not ganeti or series(ganeti) in GANETI)


def release(debian: str, ganeti: str = "") -> Release:
    """The data of a Debian release (VERSION_ID of os-release: "12") and an installed Ganeti
    version.

    `ganeti` may be empty (the release's own series), a series or a package version. Raises
    WizardError for what is not supported.
    """
    if not supported(debian, ganeti):
        wanted = f"Debian {debian or 'of unknown release'}" + (
            f" with Ganeti {ganeti}" if ganeti else ""
        )
        raise WizardError(
            f"{wanted} is not supported",
            mend=f"use Debian {' or '.join(DEBIAN)} with Ganeti {' or '.join(GANETI)}",
            code=Exit.BLOCKED,
        )
    system = DEBIAN[debian]
    name = series(ganeti) or system.ganeti
    tools = GANETI[name]
    return Release(
        debian=debian,
        codename=system.codename,
        ganeti=name,
        kernel=system.kernel,
        xen=system.xen,
        packages=_PACKAGES,
        hypervisors=(_xen(tools.xen_params), _kvm()),
        names_checked=tools.names_checked,
        names_unchecked=tools.names_unchecked,
        verify_flags=tools.verify_flags,
        hotplug=tools.hotplug,
    )


ATOMIC_RENAME = {"MariaDB": (10, 6)}
"""Database servers whose RENAME TABLE of several names survives a crash as a whole, by their first
version so far proved (MariaDB Knowledge Base, Atomic DDL). MySQL documents the same from 8.0 on; it
was not tried.
"""


def database_server(version: str) -> tuple[str, bool]:
    """The server's name by what it says of itself ("10.11.19-MariaDB-0+deb12u1", "8.0.36"), and
    whether it will do.
    """
    name = "MariaDB" if "mariadb" in version.lower() else "MySQL"
    numbers = tuple(
        int(part) if part.isdigit() else 0 for part in version.split("-")[0].split(".")[:2]
    )
    return name, name in ATOMIC_RENAME and numbers >= ATOMIC_RENAME[name]
