"""Servers with the root mirror md0 and the registered data mirror md1."""

from __future__ import annotations

from collections.abc import Sequence

from tests.cases import case_path, content
from tests.steps.disks.machines import Row, array, disk, disks, facts, row, table
from wizard.model.facts import Facts

UUID = "11112222:33334444:55556666:77778888"
"""Of the data mirror."""
ROOT = array("md0", "sda1", "sdb1")


def mirrored(
    md: str, members: Sequence[str], *, standing: Sequence[Row] = (), signature: str, lvm: str
) -> Facts:
    """Both nodes, alike: `md` has the arrays beside the root mirror, each of the disks `members` a
    half of both. `standing` is on the data mirror, `signature` what wipefs sees there, `lvm` the
    reports of LVM.
    """
    rows, tables = [], {}
    for name in members:
        first = row(f"{name}1", "part", row("md0", "raid1", mounts=["/"]))
        parts = [first, row(f"{name}2", "part", row("md1", "raid1", *standing))]
        rows.append(disk(name, *parts))
        tables[name] = table(parts)
        md += f"examine /dev/{name}2\nMD_LEVEL=raid1\nMD_DEVICES=2\nMD_NAME=any:1\nMD_UUID={UUID}\n"
    recorded = content(case_path("raid", "done-resyncing"))["facts"]["node1"]
    others = {name: recorded[name] for name in ("packages", "unfinished", "apt-lists")}
    others["mdadm-conf"] = f"fresh 6.1\n== conf\nARRAY /dev/md1 UUID={UUID}\n"
    others["mirror-content"] = f"{signature}\n"
    others["lvm"] = f"lvm installed\n{lvm}\n"
    return facts(disks(rows, tables), ROOT + md, **others)
