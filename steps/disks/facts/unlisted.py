"""Use of devices that lsblk's tree does not show, put into the tree.

A file system over several devices is mounted from one of them (util-linux issue 4145: btrfs) or
from a list of them (pull request 4340: bcachefs), a ZFS pool from none; a volume group has no
volume on some of its devices; a file system may keep its journal on another one; and what the next
boot mounts may not be mounted now.
"""

from __future__ import annotations

import re
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
    "PARTLABEL=": "partlabel",
    "/dev/disk/by-uuid/": "uuid",
    "/dev/disk/by-label/": "label",
    "/dev/disk/by-partuuid/": "partuuid",
}
"""How fstab(5) names a device, by lsblk's column."""
_ESCAPE = re.compile(r"\\([0-7]{3})")
"""A character that would end a word of fstab(5), in octal."""


def complete(rows: list[Row], signatures: Signatures, lines: Iterable[str]) -> None:
    """Put into the tree what the lines tell: `fstab SOURCE TARGET TYPE`, `crypttab NAME SOURCE`,
    `link SOURCE DEVICE` for a name that is a link, `zfs DATASET MOUNT`, `pool NAME`, `bcachefs
    DEVICE:DEVICE MOUNT`, `pv UUID GROUP`, `journal DEVICE`.
    """
    told = [line.split() for line in lines]
    _next_boot(rows, told)
    _lists(rows, told)
    _shared(rows, signatures)
    _pools(rows, signatures, told)
    _groups(rows, signatures, told)
    _journals(rows, told)


def _next_boot(rows: list[Row], told: list[list[str]]) -> None:
    """What of the system fstab mounts, and what crypttab opens: it is needed, be it in use now or
    not.
    """
    links = _links(told)
    for source, target in _fstab(told):
        if not is_of_system(target):
            continue
        for row in _meant(rows, source, target, links):
            _mount(row, [target])
    for name, source in _crypttab(told):
        for row in _meant(rows, source, "", links):
            # Plain dm-crypt, as for swap, leaves no trace on a device that is not open.
            _stand_on(row, name, "crypt", [])


def _links(told: list[list[str]]) -> dict[str, str]:
    """Where names that are links lead to (udev(7): /dev/disk/by-id and the like)."""
    links = {}
    for words in told:
        match words:
            case ["link", source, device]:
                links[source] = device
    return links


def _fstab(told: list[list[str]]) -> Iterator[tuple[str, str]]:
    """Each device as fstab(5) names it, and where it is mounted."""
    for words in told:
        match words:
            case ["fstab", source, _, "swap"]:
                yield source, "[SWAP]"
            case ["fstab", source, target, _]:
                yield source, _unescaped(target)


def _crypttab(told: list[list[str]]) -> Iterator[tuple[str, str]]:
    """Each name that crypttab(5) gives, and the device that it opens."""
    for words in told:
        match words:
            case ["crypttab", name, source]:
                yield name, source


def _unescaped(word: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8)), word)


def _meant(rows: list[Row], source: str, target: str, links: dict[str, str]) -> list[Row]:
    """The devices that a name in fstab or crypttab may stand for."""
    paths = {source, _mapped(source), links.get(source, source)}
    named = []
    for row in every(rows):
        # What has something standing on it is mounted nowhere itself.
        if not row["children"] and _is_named(row, source, paths):
            named.append(row)
    if "label" not in source.lower():
        return named
    # A guest's volume may bear the same label: the system uses the one that is mounted.
    mounted = []
    for row in named:
        if target in row["mountpoints"]:
            mounted.append(row)
    return mounted or named


def _is_named(row: Row, source: str, paths: set[str]) -> bool:
    # A link of udev leads to the kernel's name: /dev/dm-1, where lsblk has /dev/mapper/x.
    if row["path"] in paths or f"/dev/{row['kname']}" in paths:
        return True
    for prefix, name in _NAMES.items():
        if source.startswith(prefix):
            value = _unescaped(source.removeprefix(prefix).strip("\"'"))
            held = column(row, name)
            # A device without a label is none that an empty name stands for.
            return value != "" and value.lower() == held.lower()
    return False


def _mapped(source: str) -> str:
    """The path that lsblk has for /dev/GROUP/VOLUME (lvm(8), VALID NAMES; dmsetup(8))."""
    # A hyphen within a name is doubled there: a single one joins group and volume.
    words = source.replace("-", "--").split("/")
    match words:
        case ["", "dev", group, volume]:
            return f"/dev/mapper/{group}-{volume}"
    return source


def _mount(row: Row, mounts: Iterable[str]) -> None:
    """Add where a device is mounted, each place once."""
    places = [*row["mountpoints"], *mounts]
    row["mountpoints"] = list(dict.fromkeys(places))


def _lists(rows: list[Row], told: list[list[str]]) -> None:
    """What is mounted from a list of devices is mounted from each of them."""
    for words in told:
        match words:
            case ["bcachefs", sources, target]:
                devices = sources.split(":")
                for row in every(rows):
                    if row["path"] in devices:
                        _mount(row, [target])


def _signed(row: Row, signatures: Signatures, *kinds: str) -> list[Signature]:
    """What of these kinds is in a device; with an empty UUID and label where nobody tells them."""
    listed = [one for one in signatures.of(row["path"]) if one.kind in kinds]
    fstype = column(row, "fstype")
    if listed or fstype not in kinds:
        return listed
    uuid = column(row, "uuid")
    label = column(row, "label")
    return [Signature(0, fstype, uuid, label)]


def _shared(rows: list[Row], signatures: Signatures) -> None:
    """A file system over several devices is mounted from each. Two whose UUID is not known may be
    of one, unless one is in a volume, which may be a guest's disk.
    """
    signed: list[tuple[Row, Signature]] = []
    for row in every(rows):
        for one in _signed(row, signatures, *_SHARED):
            signed.append((row, one))
    # As it is before anything is added: what one device gets here is not handed on by it to others.
    mounted: list[tuple[list[str], Signature]] = []
    for row, one in signed:
        if row["mountpoints"]:
            mounted.append((list(row["mountpoints"]), one))
    for row, one in signed:
        for mounts, other in mounted:
            if _may_be_of_one(row, one, other):
                _mount(row, mounts)


def _may_be_of_one(row: Row, one: Signature, other: Signature) -> bool:
    """Whether what is in this device may be a part of the same file system as the other."""
    if one.kind != other.kind:
        return False
    if one.uuid and other.uuid:
        return one.uuid == other.uuid
    return not _is_volume(row)


def _is_volume(row: Row) -> bool:
    """Whether it is a logical volume, whose content may be a guest's own affair."""
    return row.get("type") == "lvm"


def _pools(rows: list[Row], signatures: Signatures, told: list[list[str]]) -> None:
    """An imported ZFS pool stands on each of its devices; its label is the pool's name."""
    pools = _imported(told)
    if not told and not _shows_root(rows):
        # Nobody asked for pools, and nothing else carries the system.
        pools[""] = ["/"]
    for row in every(rows):
        for name in _pool_names(row, signatures):
            for pool, mounts in pools.items():
                # A name that is not known may be any.
                is_unknown = "" in (name, pool)
                if name == pool or is_unknown:
                    shown = pool or name or "a pool"
                    _stand_on(row, shown, "zpool", mounts)


def _imported(told: list[list[str]]) -> dict[str, list[str]]:
    """The imported pools by name, each with what is mounted from it."""
    pools: dict[str, list[str]] = {}
    for words in told:
        match words:
            case ["pool", name]:
                pools.setdefault(name, [])
            case ["zfs", dataset, mount]:
                name = dataset.partition("/")[0]
                pools.setdefault(name, []).append(mount)
    return pools


def _shows_root(rows: list[Row]) -> bool:
    """Whether the tree tells what / is mounted from."""
    return any("/" in row["mountpoints"] for row in every(rows))


def _pool_names(row: Row, signatures: Signatures) -> set[str]:
    """The names of the pools of which a device is a part."""
    if _is_volume(row):
        # It is a guest's disk.
        return set()
    names = _labels(row, signatures)
    for part in partitions(row):
        # The last partition's labels show on the whole disk, too (util-linux issue 4078).
        names -= _labels(part, signatures)
    return names


def _labels(row: Row, signatures: Signatures) -> set[str]:
    """The pools that ZFS's labels on a device name."""
    members = _signed(row, signatures, _POOL)
    return {member.label for member in members}


def _groups(rows: list[Row], signatures: Signatures, told: list[list[str]]) -> None:
    """A volume group of which something is mounted stands on each of its devices."""
    for group, devices in _members(rows, signatures, told).items():
        mounts = _all_mounts(devices)
        if not mounts:
            continue
        for row in devices:
            # Where it has a volume lsblk shows what stands on the device.
            if not row["children"]:
                _stand_on(row, group, "vg", mounts)


def _all_mounts(devices: list[Row]) -> list[str]:
    """Where these devices and all that stands on them are mounted."""
    mounts: list[str] = []
    for row in every(devices):
        mounts += row["mountpoints"]
    return mounts


def _members(
    rows: list[Row], signatures: Signatures, told: list[list[str]]
) -> dict[str, list[Row]]:
    """The devices of each volume group, as far as a group is told."""
    groups: dict[str, str] = {}
    for words in told:
        match words:
            case ["pv", uuid, group]:
                groups[uuid] = group
    members: dict[str, list[Row]] = {}
    for row in every(rows):
        for volume in _signed(row, signatures, _VOLUME):
            named = groups.get(volume.uuid.replace("-", ""))
            if named:
                members.setdefault(named, []).append(row)
    return members


def _journals(rows: list[Row], told: list[list[str]]) -> None:
    """A journal on a device of its own, while its file system is mounted."""
    names = set()
    for words in told:
        match words:
            case ["journal", name]:
                names.add(name)
    for row in every(rows):
        if row["kname"] in names:
            _stand_on(row, "journal of a mounted file system", "journal", [])


def _stand_on(row: Row, name: str, kind: str, mounts: list[str]) -> None:
    """Put a user of a device into the tree, as lsblk would list it."""
    held: Row = {
        "kname": f"{kind} {name}",
        "path": name,
        "type": kind,
        "mountpoints": list(dict.fromkeys(mounts)),
        "children": [],
    }
    row["children"].append(held)
