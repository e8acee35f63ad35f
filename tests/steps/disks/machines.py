"""Made-up disks in the words of lsblk, sfdisk and wipefs, from a few lines each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from steps.common.sizes import GIB, MIB
from steps.disks.facts.disk import RAID_TYPES
from wizard.answers import Answers
from wizard.model.facts import Facts

Row = dict[str, Any]
LINUX = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
SECTOR = 512
PART = 40 * GIB
DISK = 500 * GIB


def row(name: str, kind: str, *children: Row, **more: Any) -> Row:
    """A device of lsblk with what stands on it; `mounts` are its mount points."""
    device: Row = {
        "name": name,
        "kname": name,
        "path": f"/dev/{name}",
        "type": kind,
        "size": PART,
        "mountpoints": more.pop("mounts", [None]),
        "children": list(children),
    }
    device.update(more)
    return device


def disk(name: str, *children: Row, **more: Any) -> Row:
    """A disk of 500 GiB; its serial tells its name unless another is given."""
    more.setdefault("serial", f"S-{name}")
    return row(name, "disk", *children, size=DISK, **more)


def table(parts: Sequence[Row], kind: str = RAID_TYPES["gpt"]) -> Row:
    """A GPT as sfdisk prints it: partitions of 40 GiB one after the other."""
    entries = []
    start = MIB
    for part in parts:
        entry = {
            "node": part["path"],
            "start": start // SECTOR,
            "size": PART // SECTOR,
            "type": kind,
        }
        entries.append(entry)
        start += PART
    found = {
        "label": "gpt",
        "id": "X",
        "firstlba": MIB // SECTOR,
        "lastlba": DISK // SECTOR - 34,
        "partitions": entries,
    }
    return {"partitiontable": found}


def disks(rows: Sequence[Row], tables: Mapping[str, Row | str], *signatures: str) -> str:
    """The fact `disks`; `tables` by device name, a text where sfdisk complains."""
    lines = ["== lsblk", json.dumps({"blockdevices": rows})]
    for name, value in tables.items():
        lines.append(f"== table /dev/{name}")
        if isinstance(value, str):
            lines.append(f"! {value}")
        else:
            lines.append(json.dumps(value))
    lines.append("== signatures")
    lines += signatures
    return "".join(f"{line}\n" for line in lines)


def array(name: str, *members: str, metadata: str = "1.2") -> str:
    """A running mirror in the words of the fact `md`."""
    size = PART // SECTOR
    lines = [f"array {name} raid1 {metadata} clean {len(members)} 0 {size} idle none"]
    for slot, member in enumerate(members):
        lines.append(f"member {name} {member} in_sync {slot}")
    return "".join(f"{line}\n" for line in lines)


def container(name: str, *members: str, kind: str = "imsm") -> str:
    """What holds the disks of a firmware's RAID, in the words of the fact `md`."""
    lines = [f"array {name} - external:{kind} inactive 0 - 0 - -"]
    for member in members:
        lines.append(f"member {name} {member} spare -")
    return "".join(f"{line}\n" for line in lines)


def facts(disks_text: str, md: str = "", **more: str) -> Facts:
    """Both nodes alike."""
    texts = {
        "disks": disks_text,
        "md": f"mdadm installed\n{md}",
        "mdadm-conf": "",
        "apt": "",
        "packages": "",
        **more,
    }
    return Facts({node.short: dict(texts) for node in Answers().nodes})
