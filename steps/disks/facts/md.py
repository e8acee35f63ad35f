"""Linux software RAID: arrays as the kernel runs them, and superblocks on partitions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wizard.base.plain import lines_of
from wizard.model.facts import Fact


@dataclass(frozen=True)
class Member:
    """One device of an array; `state` as in /sys/block/md*/md/dev-*/state (md(4)): in_sync, faulty,
    spare…
    """

    path: str
    state: str
    slot: str

    @property
    def faulty(self) -> bool:
        """Whether the kernel has given it up."""
        return "faulty" in self.state


@dataclass(frozen=True)
class Array:
    """One array that the kernel knows. `size` in bytes; `state` and `action` as in md(4)'s sysfs
    files.
    """

    path: str
    level: str
    metadata: str
    state: str
    raid_disks: int
    degraded: int
    size: int
    action: str
    progress: str
    members: tuple[Member, ...] = ()

    @property
    def is_container(self) -> bool:
        """Whether it only holds the disks of a firmware's RAID (IMSM, DDF): it never runs itself,
        the volumes in it do.

        The metadata of those is written external:/CONTAINER/NUMBER, with - for / while it is
        read-only (md(4)).
        """
        kind = self.metadata.removeprefix("external:")
        return kind != self.metadata and not kind.startswith(("/", "-"))

    @property
    def active(self) -> bool:
        """Whether it can be read: not `clear`, not `inactive`, not `broken` (no half left)."""
        return self.state not in ("", "clear", "inactive", "broken")

    @property
    def paths(self) -> tuple[str, ...]:
        """Its members' device names."""
        return tuple(member.path for member in self.members)


@dataclass(frozen=True)
class Superblock:
    """What `mdadm --examine --export` finds on a partition.

    `name` is host:name, or the bare name.
    """

    path: str
    uuid: str
    name: str
    level: str
    devices: int
    metadata: str = ""
    events: int = 0
    """How often it was updated: of two halves the one that counts further is the newer."""
    updated: int = 0
    """When that was last, in seconds since 1970 by the host's clock; 0 where it is not told."""
    slot: int = -1
    """Its place in the array; -1 where it has none, as a spare, or where it is not told."""
    states: str = ""
    """Of each place whether it was there when this one was last written to: `.` for one that was
    not (`mdadm --examine`, Array State)."""

    def misses(self, other: Superblock) -> bool:
        """Whether it was written to while the other one was not there."""
        return self.states[other.slot : other.slot + 1] == "." if other.slot >= 0 else False

    @property
    def bare(self) -> str:
        """The array's name without the host's."""
        return self.name.rpartition(":")[2]


@dataclass(frozen=True)
class Md:
    """All arrays and superblocks of a node; `installed` is whether mdadm is there."""

    installed: bool = False
    arrays: tuple[Array, ...] = ()
    superblocks: tuple[Superblock, ...] = ()

    @property
    def volumes(self) -> tuple[Array, ...]:
        """The arrays that hold data: all but containers."""
        return tuple(array for array in self.arrays if not array.is_container)

    def array(self, path: str) -> Array | None:
        """The array of that device name."""
        return next((array for array in self.arrays if array.path == path), None)

    def holding(self, part: str) -> Array | None:
        """The array that a partition or disk is a member of right now, its container last."""
        ordered = sorted(self.arrays, key=lambda array: array.is_container)
        return next((array for array in ordered if part in array.paths), None)

    def superblock(self, part: str) -> Superblock | None:
        """The superblock on a partition."""
        return next((block for block in self.superblocks if block.path == part), None)

    def uuid(self, array: Array) -> str:
        """An array's UUID, read off its members."""
        for path in array.paths:
            block = self.superblock(path)
            if block:
                return block.uuid
        return ""


SYSFS_SECTOR = 512
"""Bytes of a sector in sysfs, whatever the disk's own are (kernel, ABI/stable/sysfs-block)."""


def _number(word: str) -> int:
    return 0 if word == "-" else int(word)


def _array(words: list[str]) -> Array:
    # A word that the snippet could not read is "-"; a line that was cut lacks words.
    padded = words + ["-"] * 8
    name, level, metadata, state, disks, degraded, size, action = padded[:8]
    return Array(
        path=f"/dev/{name}",
        level=level.strip("-"),
        metadata=metadata.strip("-"),
        state=state.strip("-"),
        raid_disks=_number(disks),
        degraded=_number(degraded),
        size=_number(size) * SYSFS_SECTOR,
        action=action.strip("-"),
        progress=" ".join(words[8:]).strip("-"),
    )


def _superblock(path: str, values: dict[str, str]) -> Superblock:
    events = values.get("MD_EVENTS", "")
    updated = values.get("MD_UPDATE_TIME", "")
    return Superblock(
        path=path,
        uuid=values["MD_UUID"],
        name=values.get("MD_NAME", ""),
        level=values.get("MD_LEVEL", ""),
        devices=int(values.get("MD_DEVICES", "0")),
        metadata=values.get("MD_METADATA", ""),
        events=int(events) if events.isdigit() else 0,
        updated=int(updated) if updated.isdigit() else 0,
        slot=_slot(values),
        states=values.get("Array State", "").partition(" ")[0] or _listed_states(values),
    )


def _slot(values: dict[str, str]) -> int:
    """The number in `Active device 1`; in metadata 0.90 that of the line "this"."""
    kind, _, number = values.get("Device Role", "").rpartition(" ")
    if kind == "Active device" and number.isdigit():
        return int(number)
    place, _, state = values.get("Place this", "").partition(" ")
    return int(place) if "active" in state and place.isdigit() else -1


def _listed_states(values: dict[str, str]) -> str:
    """The same as Array State from the table of metadata 0.90, a line for each device."""
    states = ""
    for place in range(int(values.get("MD_DEVICES", "0"))):
        listed = values.get(f"Place {place}")
        if listed is None:
            return ""
        states += "A" if "active" in listed else "."
    return states


def _with_member(array: Array, words: list[str]) -> Array:
    padded = words + ["-"] * 3
    device, state, slot = padded[:3]
    # sysfs writes the slash in a name like etherd/e0.0 as an exclamation mark.
    path = f"/dev/{device.replace('!', '/')}"
    member = Member(path, state.strip("-"), slot.strip("-"))
    return replace(array, members=(*array.members, member))


def parse(text: str) -> Md:
    """Read the `array`, `member` and `examine` lines that the snippet prints."""
    installed = False
    arrays: dict[str, Array] = {}
    examined: dict[str, dict[str, str]] = {}
    partition = ""
    for line in lines_of(text):
        word, _, rest = line.partition(" ")
        if word == "mdadm":
            installed = True
        elif word == "array":
            array = _array(rest.split())
            arrays[array.path] = array
        elif word == "member":
            name, *words = rest.split() or ["-"]
            array = arrays[f"/dev/{name}"]
            arrays[array.path] = _with_member(array, words)
        elif word == "examine":
            partition = rest
        elif partition and "=" in line:
            key, _, value = line.partition("=")
            examined.setdefault(partition, {})[key] = value
    superblocks = [
        _superblock(path, values) for path, values in examined.items() if "MD_UUID" in values
    ]
    return Md(installed, tuple(arrays.values()), tuple(superblocks))


_SCRIPT = r"""
command -v mdadm >/dev/null && echo 'mdadm installed'
get() { v=; [ -r "$1" ] && read -r v _ <"$1"; printf '%s' "${v:--}"; }
for m in /sys/block/md*/md; do
  [ -d "$m" ] || continue
  b=${m%/md}; n=${b##*/}
  echo "array $n $(get "$m/level") $(get "$m/metadata_version") $(get "$m/array_state")" \
    "$(get "$m/raid_disks") $(get "$m/degraded") $(get "$b/size") $(get "$m/sync_action")" \
    "$(cat "$m/sync_completed" 2>/dev/null || echo -)"
  for r in "$m"/dev-*; do
    [ -d "$r" ] && echo "member $n ${r##*/dev-} $(get "$r/state") $(get "$r/slot")"
  done
done
for p in /sys/class/block/*/partition; do
  d=${p%/partition}; d=${d##*/}
  case $d in nbd*|drbd*|md*|dm-*|loop*|mmcblk*boot*) continue;; esac
  case $d in *!*) d=$(printf '%s' "$d" | tr '!' /);; esac
  echo "examine /dev/$d"
  said=$(timeout 10 mdadm --examine --export "/dev/$d")
  [ -z "$said" ] || printf '%s\n' "$said"
  case $said in *MD_UUID=*) ;; *) continue;; esac
  timeout 10 mdadm --examine "/dev/$d" | sed -nE 's/^ *(Device Role|Array State) : /\1=/p
    s/^ *(this|[0-9]+)( +[0-9]+){3} +([0-9]+) +/Place \1=\3 /p'
done
"""

MD = Fact(name="md", script=_SCRIPT, parse=parse)
"""Arrays from sysfs (md(4)), superblocks from `mdadm --examine --export` (mdadm(8)), which does not
tell the places: with metadata 0.90 they stand in a table (examine_super0 in mdadm's super0.c).

During a reshape raid_disks reads "4 (3)", the new number and the old one: the first word counts.
"""
