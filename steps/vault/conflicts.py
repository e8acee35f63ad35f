"""Data in two places, or in none, and mount points that are none of ours: nothing is decided
without the operator.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.volume_layout import ASIDE, DEVICE, PART, mounts, paths
from steps.vault.disk import VaultVolume
from steps.vault.facts.protected import PROTECTED, MountPoint, Protected
from wizard.model.facts import Facts
from wizard.model.step import Finding


def conflicts(vault: VaultVolume, facts: Facts) -> Iterator[Finding]:
    """What keeps the directories from moving onto the volume as they are."""
    protected = facts.of(vault.host, PROTECTED)
    for path in mounts(vault.volume):
        yield from _other_mount(vault, protected, path)
        yield from _link(vault, protected, path)
    mount = vault.volume.mount
    base = protected.place(mount)
    if base.exists and not base.empty:
        yield Finding(
            vault.host,
            what=f"the directory {mount} is to be the mount point and has something in it",
            mend=f"move that elsewhere: umount {mount}; ls -A {mount}",
        )
    for path in paths(vault.volume):
        yield from _two_places(vault, protected.place(path), path, volume_is_mounted=base.mounted)
    yield from _too_much(vault, protected)


def _other_mount(vault: VaultVolume, protected: Protected, path: str) -> Iterator[Finding]:
    root, device = vault.seen.mounts.get(path, ("", ""))
    expected_root = "/" if path == vault.volume.mount else path
    is_ours = device == DEVICE and root == expected_root
    if protected.place(path).mounted and not is_ours:
        yield Finding(
            vault.host,
            what=(
                f"{path} is the mount point of {device or 'something else'}{root}, which "
                "is not the volume"
            ),
            mend=f"unmount that and take it out of /etc/fstab; its data must move to {path} first",
        )


def _link(vault: VaultVolume, protected: Protected, path: str) -> Iterator[Finding]:
    if protected.place(path).link:
        yield Finding(
            vault.host,
            what=f"{path} is a symbolic link, or lies behind one: data would stay where that leads",
            mend=(
                f"readlink -f {path}; put a directory with the data there, or name the real one "
                "(preset `none`, its service, its path)"
            ),
        )


def _has_data(place: MountPoint) -> bool:
    """Whether the directory itself, beneath a mount, holds something."""
    return place.exists and not place.empty


def _two_places(
    vault: VaultVolume, place: MountPoint, path: str, *, volume_is_mounted: bool
) -> Iterator[Finding]:
    mount = vault.volume.mount
    if place.mounted and place.aside and place.part:
        yield Finding(
            vault.host,
            what=(
                f"a copy of {path} waits as {mount}{path}{PART}, and something else "
                "is mounted in its place"
            ),
            mend=(
                f"protected-volume lock; compare {path}{ASIDE} with both on the volume and "
                "keep the right one"
            ),
        )
    has_copy = place.whole or place.part
    if _has_data(place) and place.whole:
        yield Finding(
            vault.host,
            what=f"both {path} and its place on the volume hold data",
            mend=f"decide which is the right one and move the other away: {mount}{path}",
        )
    elif volume_is_mounted and place.aside and not _has_data(place) and not has_copy:
        yield Finding(
            vault.host,
            what=f"{path} was set aside as {path}{ASIDE}, and the volume holds no copy",
            mend=f"lsattr -d {path}; chattr -i {path}; rmdir {path}; mv {path}{ASIDE} {path}",
        )


def _too_much(vault: VaultVolume, protected: Protected) -> Iterator[Finding]:
    total_kib = 0
    for path in paths(vault.volume):
        place = protected.place(path)
        if _has_data(place) and not place.mounted:
            total_kib += place.kib
    size_mib = vault.volume.size_mib
    # A tenth is for the header, the file system's own tables and the blocks that it keeps back.
    if total_kib > size_mib * 1024 * 9 // 10:
        yield Finding(
            vault.host,
            what=f"{total_kib >> 10} MiB are to move to a volume of {size_mib} MiB",
            mend="make the volume larger",
        )
