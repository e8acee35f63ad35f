"""Linux software RAID: arrays as the kernel runs them, superblocks on partitions, and what is
registered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from wizard.model.step import Fact


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
    def active(self) -> bool:
        """Whether it can be read: not `clear` and not `inactive`."""
        return self.state not in ("", "clear", "inactive")

    @property
    def paths(self) -> tuple[str, ...]:
        """Its members' device names."""
        return tuple(member.path for member in self.members)


@dataclass(frozen=True)
class Superblock:
    """What `mdadm --examine --export` finds on a partition; `name` is host:name, or the bare name."""  # noqa: E501

    path: str
    uuid: str
    name: str
    level: str
    devices: int

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

    def array(self, path: str) -> Array | None:
        """The array of that device name."""
        return next((one for one in self.arrays if one.path == path), None)

    def holding(self, part: str) -> Array | None:
        """The array that a partition is a member of right now."""
        return next((one for one in self.arrays if part in one.paths), None)

    def superblock(self, part: str) -> Superblock | None:
        """The superblock on a partition."""
        return next((one for one in self.superblocks if one.path == part), None)

    def uuid(self, array: Array) -> str:
        """An array's UUID, read off its members."""
        found = (self.superblock(path) for path in array.paths)
        return next((one.uuid for one in found if one), "")


def _array(words: list[str]) -> Array:
    name, level, metadata, state, disks, degraded, size, action = (words + ["-"] * 8)[:8]
    number = {"-": "0"}
    return Array(
        path=f"/dev/{name}",
        level=level.strip("-"),
        metadata=metadata.strip("-"),
        state=state.strip("-"),
        raid_disks=int(number.get(disks, disks)),
        degraded=int(number.get(degraded, degraded)),
        size=int(number.get(size, size)) * 512,
        action=action.strip("-"),
        progress=" ".join(words[8:]).strip("-"),
    )


def _superblock(path: str, values: dict[str, str]) -> Superblock:
    return Superblock(
        path=path,
        uuid=values["MD_UUID"],
        name=values.get("MD_NAME", ""),
        level=values.get("MD_LEVEL", ""),
        devices=int(values.get("MD_DEVICES", "0")),
    )


def parse(text: str) -> Md:
    """Read the `array`, `member` and `examine` lines that the snippet prints."""
    arrays: dict[str, Array] = {}
    blocks: dict[str, dict[str, str]] = {}
    installed, current = False, ""
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "mdadm":
            installed = True
        elif word == "array":
            found = _array(rest.split())
            arrays[found.path] = found
        elif word == "member":
            name, device, state, slot = (rest.split() + ["-"] * 4)[:4]
            array = arrays[f"/dev/{name}"]
            member = Member(f"/dev/{device}", state.strip("-"), slot.strip("-"))
            arrays[array.path] = replace(array, members=(*array.members, member))
        elif word == "examine":
            current = rest
        elif current and "=" in line:
            key, _, value = line.partition("=")
            blocks.setdefault(current, {})[key] = value
    found_blocks = tuple(
        _superblock(path, values) for path, values in blocks.items() if "MD_UUID" in values
    )
    return Md(installed, tuple(arrays.values()), found_blocks)


_SCRIPT = r"""
command -v mdadm >/dev/null && echo 'mdadm installed'
get() { v=; [ -r "$1" ] && read -r v _ <"$1"; printf '%s' "${v:--}"; }
for m in /sys/block/md*/md; do
  [ -d "$m" ] || continue
  b=${m%/md}; n=${b##*/}
  echo "array $n $(get "$m/level") $(get "$m/metadata_version") $(get "$m/array_state") $(get "$m/raid_disks")" \
    "$(get "$m/degraded") $(get "$b/size") $(get "$m/sync_action") $(cat "$m/sync_completed" 2>/dev/null || echo -)"
  for r in "$m"/dev-*; do
    [ -d "$r" ] && echo "member $n ${r##*/dev-} $(get "$r/state") $(get "$r/slot")"
  done
done
for p in /sys/class/block/*/partition; do
  d=${p%/partition}; d=${d##*/}
  case $d in nbd*|drbd*|md*|dm-*|loop*|mmcblk*boot*) continue;; esac
  echo "examine /dev/$d"
  timeout 10 mdadm --examine --export "/dev/$d"
done
"""  # noqa: E501

MD = Fact(name="md", script=_SCRIPT, parse=parse)
"""Arrays from sysfs (md(4)), superblocks from `mdadm --examine --export` (mdadm(8)).

During a reshape raid_disks reads "4 (3)", the new number and the old one: the first word counts.
"""


@dataclass(frozen=True)
class Registered:
    """One ARRAY line of mdadm.conf(5); `text` is the line with its continuations."""

    device: str
    uuid: str
    text: str


@dataclass(frozen=True)
class Conf:
    """mdadm.conf, the installed kernels' versions, and those whose initramfs is older than it."""

    text: str = ""
    arrays: tuple[Registered, ...] = ()
    kernels: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()

    def without(self, uuid: str, device: str) -> str:
        """The file's text without the lines that name this array or this device."""
        text = self.text
        for one in self.arrays:
            if one.uuid == uuid or same_device(one.device, device):
                text = text.replace(one.text, "", 1)
        return text

    def registered(self, uuid: str, device: str) -> bool:
        """Whether exactly one line names this array or device, and it names both."""
        lines = [one for one in self.arrays if one.uuid == uuid or same_device(one.device, device)]
        return len(lines) == 1 and lines[0].uuid == uuid and same_device(lines[0].device, device)


def same_device(one: str, other: str) -> bool:
    """Whether two names mean one array: /dev/md1 and /dev/md/1 do (mdadm(8), DEVICE NAMES)."""
    return one.replace("/dev/md/", "/dev/md") == other.replace("/dev/md/", "/dev/md")


def _logical(text: str) -> list[str]:
    """Lines with their continuations: a line that starts with white space goes on with the one
    before.
    """
    found: list[str] = []
    for line in text.splitlines(keepends=True):
        if found and line[:1] in " \t" and line.strip():
            found[-1] += line
        else:
            found.append(line)
    return found


def parse_conf(text: str) -> Conf:
    """Read `stale VERSION` and `fresh VERSION` lines up to `== conf`, then the file."""
    head, _, body = text.partition("== conf\n")
    arrays = []
    for line in _logical(body):
        words = line.split()
        if words and words[0].upper() == "ARRAY":
            uuid = next((w[5:] for w in words if w.upper().startswith("UUID=")), "")
            arrays.append(Registered(words[1] if "=" not in words[1] else "", uuid, line))
    rows = [line.split() for line in head.splitlines() if line.count(" ") == 1]
    stale = tuple(version for state, version in rows if state == "stale")
    return Conf(body, tuple(arrays), tuple(version for _, version in rows), stale)


MDADM_CONF = Fact(
    name="mdadm-conf",
    script=r"""
for i in /boot/initrd.img-*; do
  v=${i#/boot/initrd.img-}
  [ -d "/lib/modules/$v" ] || continue
  if [ /etc/mdadm/mdadm.conf -nt "$i" ]; then echo "stale $v"; else echo "fresh $v"; fi
done
echo '== conf'
cat /etc/mdadm/mdadm.conf
""",
    parse=parse_conf,
)
"""mdadm.conf(5), and whether each installed kernel's initramfs was made after its last change."""
