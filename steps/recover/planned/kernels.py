"""The kernel with which an instance would be started on a node: whether it is there, and whether
the instance has the modules of it.

An instance that is stopped for a move boots the kernel that the other node's link leads to by then,
and has the modules of those that were copied into it alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.common import initramfs
from steps.common.versions import GUEST_KERNELS, VOLUME_MODULES
from steps.ganeti.facts.ganeti import Guest
from steps.guest.kernels import kernel_path, parameter, version_at
from steps.health.facts.ciphers import CIPHERS
from steps.health.facts.modules import MODULES
from steps.platform.facts.boot import BOOT, Boot
from steps.platform.facts.xen import MODULES as LISTED
from steps.platform.facts.xen import XEN_FILES
from steps.recover.scene import Scene
from wizard.base.names import short
from wizard.model.step import Finding

MEND = "ganeti-wizard apply xen"
COPY = "copy them from there as `ganeti-wizard health` says in its row `kernel`"


def unbootable(scene: Scene, guest: Guest, target: str) -> Iterator[Finding]:
    """Why an instance would not come back with its data, were it started on that node; nothing
    where that is not known.
    """
    boot = scene.read(target, BOOT)
    if boot is None or scene.answers.xen.hypervisor not in GUEST_KERNELS:
        return
    version = version_at(boot, _kernel(scene, guest))
    if not version:
        return
    if boot.kernel(version) is None:
        what = f"kernel {version}, which {guest.name} would boot here, is not there whole"
        yield Finding(target, what, mend=MEND)
        return
    initrd = version_at(boot, _initrd(scene, guest))
    if initrd not in ("", version):
        what = f"{guest.name} would boot kernel {version} here with the initramfs of {initrd}"
        yield Finding(target, what, mend=MEND)
    elif _locked_out(scene, guest, boot, version, target):
        what = (
            f"{guest.name} would boot kernel {version} here: neither has it the modules of that, "
            "nor does the initramfs bring what opens its encrypted volume"
        )
        yield Finding(target, what, mend=f"{MEND}; or {COPY}")


def missed(scene: Scene, guest: Guest, target: str) -> str:
    """What an instance would lack that is started on that node, as a risk; "" for nothing known."""
    boot = scene.read(target, BOOT)
    version = version_at(boot, _kernel(scene, guest)) if boot is not None else ""
    if not version or not _without_modules(scene, guest, version):
        return ""
    return (
        f"it has no modules of kernel {version}, which it boots on {target}: packet filters, "
        f"tunnels, further file systems are missing there until you {COPY}"
    )


def _kernel(scene: Scene, guest: Guest) -> str:
    return kernel_path(scene.config, scene.answers.xen.hypervisor, guest.name)


def _initrd(scene: Scene, guest: Guest) -> str:
    return parameter(scene.config, scene.answers.xen.hypervisor, guest.name, "initrd_path", "")


def _without_modules(scene: Scene, guest: Guest, version: str) -> bool:
    """Whether it told which modules it has, and those of this kernel are not among them."""
    seen = scene.read(short(guest.name), MODULES)
    if seen is None or not seen.running or seen.own:
        # One with a kernel of its own boots that.
        return False
    return version not in seen.versions


def _locked_out(scene: Scene, guest: Guest, boot: Boot, version: str, target: str) -> bool:
    """Whether nothing there would open its encrypted volume."""
    if not _encrypted(scene, guest) or not _without_modules(scene, guest, version):
        return False
    files = scene.read(target, XEN_FILES)
    if files is None:
        return False
    lacking = initramfs.missing(files.get(LISTED, ""), VOLUME_MODULES)
    return bool(lacking) or boot.stale(LISTED, boot.kernel(version))


def _encrypted(scene: Scene, guest: Guest) -> bool:
    """Whether it has an encrypted volume, by the answers or by what it says."""
    host = short(guest.name)
    known = scene.answers.encrypted_on(host) is not None
    return known or any(not cipher.swap for cipher in scene.read(host, CIPHERS) or ())
