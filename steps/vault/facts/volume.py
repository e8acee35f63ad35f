"""The disks of a guest and what is in them, the encrypted volume among them; from blkid, luksDump
and /proc.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.common.facts.texts import fields
from steps.common.volume_layout import DEVICE
from wizard.answers import Answers
from wizard.model.step import Fact

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
FILE_IDENTITY = "TZ=UTC0 stat -c '%n %i %w %s'"
"""A file that later takes the place of the reserved one has another birth, also where it gets the
same inode.
"""


@dataclass(frozen=True)
class Block:
    """A whole disk, or the file that holds a volume; `size` in bytes.

    `type`, `uuid` and `label` are of the signature in it ("" for none; a partition table's name
    counts as type; "several" for signatures that contradict each other). `slots` are the used key
    slots of a LUKS header, `digest` its `HEADER_DIGEST`. `unread` is whether there is a header
    whose slots are not known: no cryptsetup to read it, or luksDump failed. `spare` is of a file
    without signature: whether nothing is lost with its content, since it was reserved by us or is
    nothing but zeros.
    """

    path: str
    size: int
    type: str = ""
    uuid: str = ""
    label: str = ""
    slots: tuple[str, ...] = ()
    digest: str = ""
    unread: bool = False
    spare: bool = False


@dataclass(frozen=True)
class VolumeSeen:
    """`mapped` are open mappings: name → the kernel's uuid for it (CRYPT-LUKS2-… for LUKS).
    `content` is the signature in the opened volume. `mounts` are mount points with what they show
    (root within a device, and the device). `swaps` are active ones by mapping name or device.
    `free_kib` is the room beside a volume in a file, `taken` the digest of the header that was last
    taken away.
    """

    memory_kib: int = 0
    blocks: tuple[Block, ...] = ()
    mapped: Mapping[str, str] = field(default_factory=dict)
    content: str = ""
    mounts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    swaps: tuple[str, ...] = ()
    free_kib: int = 0
    taken: str = ""

    def block(self, path: str) -> Block | None:
        """The disk or file of that path."""
        return next((one for one in self.blocks if one.path == path), None)

    def by_uuid(self, uuid: str) -> Block | None:
        """The disk or file with that LUKS header."""
        return next(
            (one for one in self.blocks if one.type == "crypto_LUKS" and one.uuid == uuid), None
        )


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
    values = dict(line.split("=", 1) for line in exported.splitlines() if "=" in line)
    dump, _, digest = dumped.rpartition("digest: ")
    kind, slots = values.get("TYPE") or values.get("PTTYPE", ""), _slots(dump)
    return Block(
        path=path,
        size=int(size) if size.isdigit() else 0,
        type=kind,
        uuid=values.get("UUID", ""),
        label=values.get("LABEL", ""),
        slots=slots or (),
        digest=digest.split()[0] if digest.split() else "",
        unread=kind == "crypto_LUKS" and slots is None,
        spare=values.get("SPARE") == "yes",
    )


def _slots(dump: str) -> tuple[str, ...] | None:
    """The key slots in luksDump's JSON; None when that cannot be read."""
    try:
        return tuple(sorted(json.loads(dump)["keyslots"]))
    except (ValueError, KeyError, TypeError):
        return None


def _mounts(text: str) -> dict[str, tuple[str, str]]:
    found = {}
    for line in text.splitlines():
        words, _, rest = line.partition(" - ")
        parts, tail = words.split(), rest.split()
        if len(parts) > 4 and len(tail) > 1:
            found[parts[4]] = parts[3], tail[1]
    return found


def parse(text: str) -> VolumeSeen:
    """Read the parts after their `== name` headings."""
    blocks, parts = [], {}
    for part in text.split("== ")[1:]:
        head, _, body = part.partition("\n")
        if head.startswith("disk "):
            blocks.append(_block(head.removeprefix("disk "), body))
        else:
            parts[head.strip()] = body
    values = fields(parts.get("numbers", ""))
    rows = (line.split(None, 1) for line in parts.get("mapped", "").splitlines())
    return VolumeSeen(
        memory_kib=int(values.get("memory", "0") or 0),
        blocks=tuple(blocks),
        mapped={row[0]: row[1].strip() for row in rows if len(row) == 2},
        content=fields(parts.get("content", "")).get("type", ""),
        mounts=_mounts(parts.get("mounts", "")),
        swaps=tuple(parts.get("swaps", "").split()),
        free_kib=int(values.get("free", "0") or 0),
        taken=values.get("taken", ""),
    )


_SCRIPT = r"""look() {
  blkid -p -o export "$1"; [ $? != 8 ] || echo TYPE=several
  if [ "$(blkid -p -s TYPE -o value "$1")" = crypto_LUKS ] && command -v cryptsetup >/dev/null; then
    echo luks; cryptsetup luksDump --dump-json-metadata "$1"; echo
    echo "digest: $(DIGEST)"
  fi
}
spare() {
  blkid -p FILE >/dev/null; [ $? = 2 ] || return
  if [ "$(IDENTITY FILE)" = "$(cat RESERVED)" ] || timeout 30 cmp -s -n "$(stat -c %s FILE)" FILE /dev/zero
  then echo SPARE=yes; fi
}
for s in /sys/block/*; do
  n=${s##*/}
  case $n in loop*|dm-*|ram*|zram*|sr*|md*|fd*|nbd*) continue ;; esac
  echo "== disk /dev/$n $(($(cat "$s/size") * 512))"; look "/dev/$n"
done
[ -f FILE ] && { echo "== disk FILE $(stat -c %s FILE)"; spare; look FILE; }
echo "== mapped"
for d in /sys/block/dm-*; do [ -r "$d/dm/name" ] && echo "$(cat "$d/dm/name") $(cat "$d/dm/uuid")"; done
echo "== content"; [ -b DEVICE ] && echo "type: $(blkid -p -s TYPE -o value DEVICE)"
echo "== mounts"; cat /proc/self/mountinfo
echo "== swaps"
tail -n +2 /proc/swaps | while read -r d rest; do
  cat "/sys/block/${d##*/}/dm/name" 2>/dev/null || echo "$d"
done
echo "== numbers"; echo "memory: $(sed -n 's/^MemTotal: *\([0-9]*\).*/\1/p' /proc/meminfo)"
echo "free: $(df -Pk "$(dirname FILE)" | sed -n '2s/^[^ ]* *[0-9]* *[0-9]* *\([0-9]*\).*/\1/p')"
echo "taken: $(cut -d' ' -f1 MARK)" """  # noqa: E501


def _script(answers: Answers, host: str) -> str:
    volume = next((one for one in answers.encrypted if one.short == host), None)
    if volume is None:
        return ":"
    text = (
        _SCRIPT.replace("DIGEST", HEADER_DIGEST)
        .replace("IDENTITY", FILE_IDENTITY)
        .replace("DEVICE", DEVICE)
    )
    return (
        text.replace("MARK", HEADER_MARK)
        .replace("RESERVED", FILE_MARK)
        .replace("FILE", volume.file)
    )


VOLUME = Fact(name="volume", script=_script, parse=parse)
