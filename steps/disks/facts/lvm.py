"""Physical volumes and volume groups as LVM reports them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from steps.common.sizes import MIB
from steps.disks.facts.lvmscript import in_one
from wizard.base.plain import plain_values
from wizard.model.facts import Fact


@dataclass(frozen=True)
class Pv:
    """One physical volume; `vg` is "" when it belongs to no group yet."""

    name: str
    vg: str
    size: int


@dataclass(frozen=True)
class Vg:
    """One volume group: sizes in bytes, how many physical volumes it misses."""

    name: str
    size: int
    free: int
    missing: int

    @property
    def mib(self) -> int:
        """Its size in MiB, as `gnt-cluster init` counts it."""
        return self.size // MIB


@dataclass(frozen=True)
class Lvm:
    """All of a node's LVM; `installed` is whether the tools are there."""

    installed: bool = False
    pvs: tuple[Pv, ...] = ()
    vgs: tuple[Vg, ...] = ()

    def pv(self, name: str) -> Pv | None:
        """The physical volume on that device."""
        return next((pv for pv in self.pvs if pv.name == name), None)

    def vg(self, name: str) -> Vg | None:
        """The volume group of that name; the first when two share it."""
        return next((vg for vg in self.vgs if vg.name == name), None)


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
    return Pv(name=row["pv_name"], vg=row["vg_name"], size=int(row["pv_size"]))


def _vg(row: dict[str, Any]) -> Vg:
    return Vg(
        name=row["vg_name"],
        size=int(row["vg_size"]),
        free=int(row["vg_free"]),
        missing=int(row["vg_missing_pv_count"]),
    )


_HOW = "--reportformat json --units b --nosuffix"
_COMMANDS = (
    f"pvs {_HOW} -o pv_name,vg_name,pv_size",
    f"vgs {_HOW} -o vg_name,vg_size,vg_free,vg_missing_pv_count",
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
