"""Use of devices that lsblk's tree does not show, put into the tree.

A file system over several devices is mounted from one of them (util-linux issue 4145: btrfs) or
from a list of them (pull request 4340: bcachefs), a ZFS pool from none; a volume group has no
volume on some of its devices; a file system may keep its journal on another one; and what the next
boot mounts may not be mounted now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from steps.disks.facts.contents import Signature, Signatures
from steps.disks.facts.disk import is_of_system
from steps.disks.facts.lsblk import Row, column, every, partitions

_SHARED = ("btrfs", "bcachefs")
_POOL = "zfs_member"
_VOLUME = "LVM2_member"
_NAMES = {
    "UUID=": "uuid",
    "LABEL=": "label",
    "PARTUUID=": "partuuid",
    "/dev/disk/by-uuid/": "uuid",
    "/dev/disk/by-label/": "label",
    "/dev/disk/by-partuuid/": "partuuid",
}
"""How fstab(5) names a device, by lsblk's column."""


def complete(rows: list[Row], signatures: Signatures, lines: Iterable[str]) -> None:
    """Put into the tree what the lines tell: `fstab SOURCE TARGET TYPE`, `zfs DATASET MOUNT`, `pool
    NAME`, `bcachefs DEVICE:DEVICE MOUNT`, `pv UUID GROUP`, `journal DEVICE`.
    """
    told = [line.split() for line in lines]
    _next_boot(rows, told)
    _lists(rows, told)
    _shared(rows, signatures)
    _pools(rows, signatures, told)
    _groups(rows, signatures, told)
    _journals(rows, told)


def _next_boot(rows: list[Row], told: list[list[str]]) -> None:
    """What of the system fstab mounts: it is needed, be it mounted now or not."""
    for words in told:
        match words:
            case ["fstab", source, _, "swap"]:
                target = "[SWAP]"
            case ["fstab", source, target, _]:
                pass
            case _:
                continue
        if not is_of_system(target):
            continue
        # What has something standing on it is mounted nowhere itself.
        named = [row for row in every(rows) if not row["children"] and _is_named(row, source)]
        # A guest's volume may bear the same label: the system uses the one that is mounted.
        mounted = [row for row in named if target in row["mountpoints"]]
        for row in mounted if "label" in source.lower() and mounted else named:
            _mount(row, [target])


def _is_named(row: Row, source: str) -> bool:
    if row["path"] in (source, _mapped(source)):
        return True
    for prefix, name in _NAMES.items():
        if source.startswith(prefix):
            given = source.removeprefix(prefix).strip('"').lower()
            return bool(given) and column(row, name).lower() == given
    return False


def _mapped(source: str) -> str:
    """The path that lsblk has for /dev/GROUP/VOLUME (lvm(8), VALID NAMES; dmsetup(8))."""
    words = source.replace("-", "--").split("/")
    is_volume = len(words) == 4 and words[:2] == ["", "dev"]
    return f"/dev/mapper/{words[2]}-{words[3]}" if is_volume else source


def _mount(row: Row, mounts: Iterable[str]) -> None:
    row["mountpoints"] = list(dict.fromkeys([*row["mountpoints"], *mounts]))


def _lists(rows: list[Row], told: list[list[str]]) -> None:
    for words in told:
        match words:
            case ["bcachefs", sources, target]:
                devices = sources.split(":")
                for row in every(rows):
                    if row["path"] in devices:
                        _mount(row, [target])


def _signed(row: Row, signatures: Signatures, *kinds: str) -> Iterator[Signature]:
    """What of these kinds is in a device; with an empty UUID and label where nobody tells them."""
    listed = [one for one in signatures.of(row["path"]) if one.kind in kinds]
    fstype = column(row, "fstype")
    if not listed and fstype in kinds:
        listed = [Signature(0, fstype, column(row, "uuid"), column(row, "label"))]
    yield from listed


def _shared(rows: list[Row], signatures: Signatures) -> None:
    """A file system over several devices is mounted from each. Two whose UUID is not known may be
    of one, unless one is in a volume, which may be a guest's disk.
    """
    signed = [(row, one) for row in every(rows) for one in _signed(row, signatures, *_SHARED)]
    mounted = [(list(row["mountpoints"]), one) for row, one in signed if row["mountpoints"]]
    for row, one in signed:
        for mounts, other in mounted:
            unknown = not (one.uuid and other.uuid) and not _is_volume(row)
            if one.kind == other.kind and (one.uuid == other.uuid != "" or unknown):
                _mount(row, mounts)


def _is_volume(row: Row) -> bool:
    return row.get("type") == "lvm"


def _pools(rows: list[Row], signatures: Signatures, told: list[list[str]]) -> None:
    """An imported ZFS pool stands on each of its devices; its label is the pool's name. A volume
    with that label is a guest's disk.
    """
    pools: dict[str, list[str]] = {}
    for words in told:
        match words:
            case ["pool", name]:
                pools.setdefault(name, [])
            case ["zfs", dataset, mount]:
                pools.setdefault(dataset.partition("/")[0], []).append(mount)
    if not told and not any("/" in row["mountpoints"] for row in every(rows)):
        # Nobody asked for pools, and nothing else carries the system.
        pools[""] = ["/"]
    for row in every(rows):
        for name in () if _is_volume(row) else _labels(row, signatures):
            # The last partition's labels show on the whole disk, too (util-linux issue 4078).
            if any(name in _labels(part, signatures) for part in partitions(row)):
                continue
            for pool, mounts in pools.items():
                if name == pool or "" in (name, pool):
                    _stand_on(row, pool or name or "a pool", "zpool", mounts)


def _labels(row: Row, signatures: Signatures) -> set[str]:
    return {one.label for one in _signed(row, signatures, _POOL)}


def _groups(rows: list[Row], signatures: Signatures, told: list[list[str]]) -> None:
    """A volume group of which something is mounted stands on each of its devices."""
    groups = {words[1]: words[2] for words in told if words[:1] == ["pv"] and len(words) == 3}
    members: dict[str, list[Row]] = {}
    for row in every(rows):
        for one in _signed(row, signatures, _VOLUME):
            group = groups.get(one.uuid.replace("-", ""))
            if group:
                members.setdefault(group, []).append(row)
    for group, devices in members.items():
        mounts = [mount for row in every(devices) for mount in row["mountpoints"]]
        for row in devices:
            if mounts and not row["children"]:
                _stand_on(row, group, "vg", mounts)


def _journals(rows: list[Row], told: list[list[str]]) -> None:
    """A journal on a device of its own, while its file system is mounted."""
    names = {words[1] for words in told if words[:1] == ["journal"] and len(words) == 2}
    for row in every(rows):
        if row["kname"] in names:
            _stand_on(row, "journal of a mounted file system", "journal", [])


def _stand_on(row: Row, name: str, kind: str, mounts: list[str]) -> None:
    held: Row = {
        "kname": f"{kind} {name}",
        "path": name,
        "type": kind,
        "mountpoints": list(dict.fromkeys(mounts)),
        "children": [],
    }
    row["children"].append(held)
