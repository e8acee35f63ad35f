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


def row(name: str, kind: str, *children: Row, **more: Any) -> Row:
    """A device of lsblk with what stands on it; `mounts` are its mount points."""
    mounts = more.pop("mounts", [None])
    path = more.pop("path", f"/dev/{name}")
    values = {"name": name, "kname": name, "path": path, "type": kind, "size": 40 * GIB}
    return {**values, "mountpoints": mounts, "children": list(children), **more}


def disk(name: str, *children: Row, serial: str | None = None, **more: Any) -> Row:
    """A disk of 500 GiB."""
    return row(name, "disk", *children, size=500 * GIB, serial=serial or f"S-{name}", **more)


def table(parts: Sequence[Row], kind: str = RAID_TYPES["gpt"]) -> dict[str, Any]:
    """A GPT as sfdisk prints it: partitions of 40 GiB one after the other."""
    entries = []
    for number, part in enumerate(parts):
        start = MIB // 512 + number * 40 * GIB // 512
        entries.append(
            {"node": part["path"], "start": start, "size": 40 * GIB // 512, "type": kind}
        )
    ends = {"firstlba": 2048, "lastlba": 500 * GIB // 512 - 34}
    return {"partitiontable": {"label": "gpt", "id": "X", **ends, "partitions": entries}}


def disks(rows: Sequence[Row], tables: Mapping[str, Any], *signatures: str) -> str:
    """The fact `disks`; `tables` by device name, a text where sfdisk complains."""
    lines = ["== lsblk", json.dumps({"blockdevices": rows})]
    for name, value in tables.items():
        lines.append(f"== table /dev/{name}")
        lines.append(f"! {value}" if isinstance(value, str) else json.dumps(value))
    return "\n".join([*lines, "== signatures", *signatures]) + "\n"


def array(name: str, *members: str, metadata: str = "1.2", level: str = "raid1") -> str:
    """A running array in the words of the fact `md`."""
    state = "inactive" if level == "-" else "clean"
    size = 0 if level == "-" else 40 * GIB // 512
    lines = [f"array {name} {level} {metadata} {state} {len(members)} 0 {size} idle none"]
    lines += [f"member {name} {member} in_sync {slot}" for slot, member in enumerate(members)]
    return "\n".join(lines) + "\n"


def facts(disks_text: str, md: str = "", **more: str) -> Facts:
    """Both nodes alike."""
    texts = {"disks": disks_text, "md": f"mdadm installed\n{md}", "mdadm-conf": "", **more}
    texts = {"apt": "", "packages": "", **texts}
    return Facts({node.short: dict(texts) for node in Answers().nodes})
