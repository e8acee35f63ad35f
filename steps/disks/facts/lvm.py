"""Physical volumes and volume groups as LVM reports them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from steps.common.sizes import MIB
from steps.disks.facts.lvmscript import in_one
from steps.disks.facts.mdconf import same_device
from wizard.base.plain import plain_values
from wizard.model.facts import Fact


@dataclass(frozen=True)
class Pv:
    """One physical volume; `vg` is "" when it belongs to no group yet, `group` that one's UUID."""

    name: str
    vg: str
    size: int
    group: str = ""


@dataclass(frozen=True)
class Vg:
    """One volume group: sizes in bytes, how many physical volumes it misses; `attributes` are the
    six letters of vgs(8).
    """

    name: str
    size: int
    free: int
    missing: int
    attributes: str = ""
    uuid: str = ""

    @property
    def mib(self) -> int:
        """Its size in MiB, as `gnt-cluster init` counts it."""
        return self.size // MIB


@dataclass(frozen=True)
class Fault:
    """Why a volume group is of no use as it is, and what mends that."""

    what: str
    mend: str


_UNUSABLE = (
    ("x", 2, "is exported, and LVM leaves it alone until it is imported", "vgimport {name}"),
    ("r", 0, "is read-only", "see what vgdisplay {name} and dmesg say of it"),
    *(
        (
            letter,
            5,
            "is shared under a lock manager, which Ganeti does not ask",
            "when no other machine uses it: vgchange --lock-type none --lock-opt force {name}",
        )
        for letter in "sc"
    ),
)
"""Letter and place in the attributes (vgs(8), vg_attr; vgexport(8), lvmlockd(8)), what it means,
and what to do.
"""


@dataclass(frozen=True)
class Lvm:
    """All of a node's LVM; `installed` is whether the tools are there."""

    installed: bool = False
    pvs: tuple[Pv, ...] = ()
    vgs: tuple[Vg, ...] = ()

    def pv(self, name: str) -> Pv | None:
        """The physical volume on that device, by whatever name LVM shows it (lvm.conf(5),
        preferred_names).
        """
        return next((pv for pv in self.pvs if same_device(pv.name, name)), None)

    def vg(self, name: str) -> Vg | None:
        """The volume group of that name; the first when two share it, which is a `fault`."""
        return next((vg for vg in self.vgs if vg.name == name), None)

    def fault(self, name: str) -> Fault | None:
        """Why LVM makes no volume in the group of that name, though it lists it."""
        groups = [vg for vg in self.vgs if vg.name == name]
        if len(groups) > 1:
            return self._namesakes(groups)
        for group in groups:
            for letter, at, what, mend in _UNUSABLE:
                if group.attributes[at : at + 1] == letter:
                    return Fault(f"the volume group {name} {what}", mend.format(name=name))
        return None

    def _namesakes(self, groups: list[Vg]) -> Fault:
        """LVM does nothing by a name that two groups have (process_each_vg, "Multiple VGs found
        with the same name").
        """
        each = []
        for group in groups:
            below = [pv.name for pv in self.pvs if pv.group and pv.group == group.uuid]
            each.append(f"{group.uuid or '(UUID not told)'} on {', '.join(below) or 'no device'}")
        return Fault(
            f"{len(groups)} volume groups are named {groups[0].name}, and LVM refuses all work by "
            f"that name: {'; '.join(each)}",
            "an instance's disk (/dev/drbd…) is hidden by the step lvmfilter, a disk of another "
            "machine is taken out; rename neither Ganeti's group nor one that the system boots "
            "from, any other by vgrename UUID NEWNAME",
        )


def _documents(text: str) -> list[Any]:
    """All JSON texts that follow each other; raises ValueError for what is none."""
    decoder = json.JSONDecoder()
    documents = []
    rest = text.strip()
    while rest:
        document, end = decoder.raw_decode(rest)
        documents.append(plain_values(document))
        rest = rest[end:].strip()
    return documents


def _rows(document: Any, kind: str) -> list[dict[str, Any]]:
    """Raises KeyError or TypeError when LVM gave no report: then nobody knows what there is."""
    return [row for part in document["report"] for row in part.get(kind, [])]


def parse(text: str) -> Lvm:
    """Read `lvm installed`, then the JSON reports of pvs and vgs, one after the other.

    Raises ValueError, KeyError or TypeError when either report cannot be read.
    """
    _, installed, rest = text.partition("lvm installed")
    if not installed:
        return Lvm()
    pvs, vgs = _documents(rest)
    return Lvm(
        installed=True,
        pvs=tuple(_pv(row) for row in _rows(pvs, "pv")),
        vgs=tuple(_vg(row) for row in _rows(vgs, "vg")),
    )


def _pv(row: dict[str, Any]) -> Pv:
    return Pv(
        name=row["pv_name"],
        vg=row["vg_name"],
        size=int(row["pv_size"]),
        group=row.get("vg_uuid", ""),
    )


def _vg(row: dict[str, Any]) -> Vg:
    return Vg(
        name=row["vg_name"],
        size=int(row["vg_size"]),
        free=int(row["vg_free"]),
        missing=int(row["vg_missing_pv_count"]),
        attributes=row.get("vg_attr", ""),
        uuid=row.get("vg_uuid", ""),
    )


_HOW = "--reportformat json --units b --nosuffix"
_COMMANDS = (
    f"pvs {_HOW} -o pv_name,vg_name,pv_size,vg_uuid",
    f"vgs {_HOW} -o vg_name,vg_size,vg_free,vg_missing_pv_count,vg_attr,vg_uuid",
)

LVM = Fact(
    name="lvm",
    script=f"""command -v lvm >/dev/null || exit
echo 'lvm installed'
{in_one(_COMMANDS, timeout=30)}""",
    parse=parse,
)
"""pvs(8) and vgs(8), sizes in bytes."""


UNREAD = "what could not be read"
"""The contents of a mirror that wipefs failed on: they must not count as none."""


def parse_content(text: str) -> str:
    """The first signature that wipefs lists, partition tables included; "" when there is none.

    UNREAD when wipefs could not look.
    """
    if text.rstrip().endswith(UNREAD):
        return UNREAD
    for line in text.splitlines():
        if line.count(",") >= 2 and not line.startswith("#"):
            return line.split(",")[2]
    return ""


MIRROR_CONTENT: Fact[str] = Fact(
    name="mirror-content",
    script=lambda answers, host: (
        f"[ ! -b {answers.raid.device} ] || timeout 10 wipefs --parsable --noheadings"
        f" --output DEVICE,OFFSET,TYPE,UUID,LABEL {answers.raid.device} || echo '{UNREAD}'"
    ),
    parse=parse_content,
)
"""What wipefs(8) finds on the data mirror."""
