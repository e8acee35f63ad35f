"""The early boot's own copy of files: what makes it, and what makes it anew once they are back."""

from __future__ import annotations

from collections.abc import Sequence

from steps.common.edit import entries
from wizard.model.undo import Undo


def update(version: str) -> tuple[str, ...]:
    """Builds the initramfs of a kernel anew, update-initramfs(8)."""
    return ("update-initramfs", "-u", "-k", version)


def undo(version: str) -> Undo:
    """The same after all files are back; a kernel that was removed since needs none."""
    script = '[ ! -e "$2/initrd.img-$1" ] || exec update-initramfs -u -k "$1"'
    argv = ("sh", "-c", script, "initramfs", version, "/boot")
    return Undo(argv, f"update-initramfs -u -k {version}", last=True, unit=True)


def missing(text: str, modules: Sequence[str]) -> tuple[str, ...]:
    """Those modules that /etc/initramfs-tools/modules does not have loaded."""
    listed = {_module(line.split()[0]) for line in entries(text)}
    return tuple(name for name in modules if _module(name) not in listed)


def _module(name: str) -> str:
    # To modprobe(8) dash and underscore are one.
    return name.replace("-", "_")
