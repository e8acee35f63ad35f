"""The disks of a guest and what is in them, the encrypted volume among them; from blkid, luksDump
and /proc.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.common.facts.texts import fields, filled
from steps.common.volume_layout import DEVICE
from wizard.answers import Answers
from wizard.base.plain import plain_json
from wizard.model.facts import Fact

HEADER_MARK = "/var/lib/ganeti-wizard/header-taken"
"""In the guest: the digest of the header whose copy was last taken off the machine."""
HEADER_DIGEST = (
    '{ cryptsetup luksUUID "$1"; cryptsetup luksDump --dump-json-metadata "$1"; } | sha256sum'
)
"""For a script: the digest of a LUKS header, which a change of its slots or of its UUID changes."""
FILE_MARK = "/var/lib/ganeti-wizard/file-reserved"
"""In the guest: path, inode, birth and size of the file that was last reserved for a volume, by the
next script.
"""
UNREADABLE = "unreadable"
"""The kind of what could not be looked at: it must not count as empty."""
FILE_IDENTITY = "TZ=UTC0 stat -c '%n %i %w %s'"
"""A file that later takes the place of the reserved one has another birth, also where it gets the
same inode.
"""


@dataclass(frozen=True)
class Block:
    """A whole disk, or the file that holds a volume."""

    path: str
    size: int
    """Bytes."""
    type: str = ""
    """The kind of the signature in it ("" for none); a partition table's name counts as one,
    "several" stands for signatures that contradict each other, UNREADABLE for what nobody knows.
    """
    uuid: str = ""
    label: str = ""
    slots: tuple[str, ...] = ()
    """The used key slots of a LUKS header."""
    digest: str = ""
    """The LUKS header's `HEADER_DIGEST`."""
    unread: bool = False
    """Whether there is a header whose slots are not known: no cryptsetup to read it, or luksDump
    failed.
    """
    spare: bool = False
    """Of a file without signature: whether nothing is lost with its content, since it was reserved
    by us or is nothing but zeros.
    """
    held: str = ""
    """What stands on the disk as a whole, such as a mapping that somebody else opened."""
    filled: bool = False
    """Of a disk without signature: whether it does not begin with zeros, as one that a cipher
    without a header wrote to.
    """


@dataclass(frozen=True)
class VolumeSeen:
    """What a guest shows of its disks and of the encrypted volume."""

    memory_kib: int = 0
    blocks: tuple[Block, ...] = ()
    mapped: Mapping[str, str] = field(default_factory=dict)
    """Open mappings: name → the kernel's uuid for it (CRYPT-LUKS2-… for LUKS)."""
    content: str = ""
    """The signature in the opened volume."""
    mounts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Mount points with what they show: the root within a device, and the device."""
    swaps: tuple[str, ...] = ()
    """Active ones, by mapping name or device."""
    free_kib: int = 0
    """The room beside a volume in a file."""
    taken: str = ""
    """The digest of the header that was last taken away."""

    def block(self, path: str) -> Block | None:
        """The disk or file of that path."""
        return next((block for block in self.blocks if block.path == path), None)

    def by_uuid(self, uuid: str) -> Block | None:
        """The disk or file with that LUKS header."""
        for block in self.blocks:
            if block.type == "crypto_LUKS" and block.uuid == uuid:
                return block
        return None


def luks_uuid(mapped: str) -> str:
    """The header's UUID in the kernel's name for a mapping: CRYPT-LUKS2-<32 hex digits>-<name>;
    else "".
    """
    words = mapped.split("-")
    if len(words) < 4 or words[:2] != ["CRYPT", "LUKS2"] or len(words[2]) != 32:
        return ""
    plain = words[2]
    return "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))


def _block(head: str, body: str) -> Block:
    path, _, size = head.partition(" ")
    exported, _, dumped = body.partition("luks\n")
    dump, _, digest = dumped.rpartition("digest: ")
    values = dict(line.split("=", 1) for line in exported.splitlines() if "=" in line)
    kind = values.get("TYPE") or values.get("PTTYPE", "")
    slots = _slots(dump)
    # sha256sum(1) adds the name of what it read.
    digest_words = digest.split()
    return Block(
        path=path,
        size=int(size) if size.isdigit() else 0,
        type=kind,
        uuid=values.get("UUID", ""),
        label=values.get("LABEL", ""),
        slots=slots or (),
        digest=digest_words[0] if digest_words else "",
        unread=kind == "crypto_LUKS" and slots is None,
        spare=values.get("SPARE") == "yes",
        held=values.get("HELD", ""),
        filled=not kind and values.get("FILLED") == "yes",
    )


def _slots(dump: str) -> tuple[str, ...] | None:
    """The key slots in luksDump's JSON; None when that cannot be read."""
    try:
        return tuple(sorted(plain_json(dump)["keyslots"]))
    except (ValueError, KeyError, TypeError):
        return None


def _mounts(text: str) -> dict[str, tuple[str, str]]:
    """Root and device by mount point, from /proc/self/mountinfo (proc_pid_mountinfo(5))."""
    mounts = {}
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        match before.split(), after.split():
            case [_, _, _, root, mount_point, *_], [_, device, *_]:
                mounts[mount_point] = (root, device)
    return mounts


def _mapped(text: str) -> dict[str, str]:
    mapped = {}
    for line in text.splitlines():
        name, _, uuid = line.partition(" ")
        if uuid.strip():
            mapped[name] = uuid.strip()
    return mapped


def parse(text: str) -> VolumeSeen:
    """Read the parts after their `== name` headings."""
    blocks = []
    parts = {}
    for part in text.split("== ")[1:]:
        head, _, body = part.partition("\n")
        if head.startswith("disk "):
            blocks.append(_block(head.removeprefix("disk "), body))
        else:
            parts[head.strip()] = body
    numbers = fields(parts.get("numbers", ""))
    return VolumeSeen(
        memory_kib=int(numbers.get("memory", "0") or 0),
        blocks=tuple(blocks),
        mapped=_mapped(parts.get("mapped", "")),
        content=fields(parts.get("content", "")).get("type", ""),
        mounts=_mounts(parts.get("mounts", "")),
        swaps=tuple(parts.get("swaps", "").split()),
        free_kib=int(numbers.get("free", "0") or 0),
        taken=numbers.get("taken", ""),
    )


# blkid(8) ends with 8 for signatures that contradict each other, with 4 for errors, with 2 for none
# and for a device that cannot be read (Kubernetes pull request 142244).
_SCRIPT = r"""
kind() {
  head -c 4096 "$1" >/dev/null || { echo unreadable; return; }
  found=$(blkid -p -s TYPE -s PTTYPE -o value "$1")
  case $? in 0|2) echo "$found" | head -n 1;; 8) echo several;; *) echo unreadable;; esac
}
look() {
  blkid -p -o export "$1" || case $(kind "$1") in ?*) echo "TYPE=$(kind "$1")";; esac
  if [ "$(blkid -p -s TYPE -o value "$1")" = crypto_LUKS ] && command -v cryptsetup >/dev/null
  then
    echo luks; cryptsetup luksDump --dump-json-metadata "$1"; echo
    echo "digest: $(@DIGEST)"
  fi
}
zeros() { timeout 30 cmp -s -n "$(stat -c %s @FILE)" @FILE /dev/zero; }
spare() {
  blkid -p @FILE >/dev/null; [ $? = 2 ] || return
  if [ "$(@IDENTITY @FILE)" = "$(cat @RESERVED)" ] || zeros; then echo SPARE=yes; fi
}
for s in /sys/block/*; do
  n=${s##*/}
  case $n in loop*|dm-*|ram*|zram*|sr*|md*|fd*|nbd*) continue ;; esac
  echo "== disk /dev/$n $(($(cat "$s/size") * 512))"
  held=$(for h in "$s"/holders/*; do cat "$h/dm/name" || basename "$h"; done | grep -vxF '*')
  [ -z "$held" ] || echo "HELD=$(echo $held)"
  [ "$(head -c 1048576 "/dev/$n" | tr -d '\000' | wc -c)" = 0 ] || echo FILLED=yes
  look "/dev/$n"
done
[ -f @FILE ] && { echo "== disk @FILE $(stat -c %s @FILE)"; spare; look @FILE; }
echo "== mapped"
for d in /sys/block/dm-*; do
  [ -r "$d/dm/name" ] && echo "$(cat "$d/dm/name") $(cat "$d/dm/uuid")"
done
echo "== content"; [ -b @DEVICE ] && echo "type: $(kind @DEVICE)"
echo "== mounts"; cat /proc/self/mountinfo
echo "== swaps"
tail -n +2 /proc/swaps | while read -r d rest; do
  cat "/sys/block/${d##*/}/dm/name" 2>/dev/null || echo "$d"
done
echo "== numbers"; echo "memory: $(sed -n 's/^MemTotal: *\([0-9]*\).*/\1/p' /proc/meminfo)"
echo "free: $(df -Pk "$(dirname @FILE)" | sed -n '2s/^[^ ]* *[0-9]* *[0-9]* *\([0-9]*\).*/\1/p')"
echo "taken: $(cut -d' ' -f1 @MARK)"
"""


def _script(answers: Answers, host: str) -> str:
    volume = answers.encrypted_on(host)
    if volume is None:
        return ":"
    words = {
        "DIGEST": HEADER_DIGEST,
        "IDENTITY": FILE_IDENTITY,
        "DEVICE": DEVICE,
        "MARK": HEADER_MARK,
        "RESERVED": FILE_MARK,
        "FILE": volume.file,
    }
    return filled(_SCRIPT, words)


VOLUME = Fact(name="volume", script=_script, parse=parse)
