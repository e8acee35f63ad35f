"""The instances of a cluster as answers have them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from steps.common.volume_layout import DISK_NAME
from steps.recover.adopt.configuration import Drive, Machine
from steps.recover.adopt.settle import Draft
from steps.recover.adopt.sources import Sources
from wizard.answers import Instance
from wizard.answers.documents import explain
from wizard.base.names import short

SIZES = ("disk_mib", "swap_mib", "memory_mib", "vcpus", "suite")
"""What only a build asks for: where answers cannot hold it, the instance is adopted without."""
_DEBOOTSTRAP = re.compile(r"debootstrap\+(.+)")


def settle_instances(draft: Draft, sources: Sources) -> None:
    """Every instance that answers can hold; the others are named with the reason."""
    kit = {}
    for row in draft.data.get("instance", {}).get("wanted", []):
        kit[row["name"]] = row
    taken = _machines_taken(draft)
    wanted = []
    # The kit's order stays: the first instance is the one that is meant where none is named.
    order = {name: number for number, name in enumerate(kit)}
    machines = sorted(sources.known.machines, key=lambda one: order.get(one.name, len(order)))
    for machine in machines:
        row = _row(draft, sources, machine, kit.get(machine.name, {}))
        clash = taken & {short(machine.name), row.get("ip", "")}
        if clash:
            _left_out(draft, machine.name, f"{min(clash)} is another machine's as well")
        elif "ip" not in row:
            _left_out(draft, machine.name, "neither Ganeti nor the servers know its address")
        elif "secondary" not in row:
            kinds = ", ".join(sorted({drive.kind for drive in machine.drives})) or "none"
            why = f"it has no second copy on a second node (disks: {kinds})"
            _left_out(draft, machine.name, why)
        else:
            taken |= {short(machine.name), row["ip"]}
            wanted.append(row)
    for reason in sources.known.unread:
        draft.told.append(f"an instance is left out: {reason}")
    for name in sorted(set(kit) - {machine.name for machine in sources.known.machines}):
        draft.told.append(f"{name}: the kit has it, the cluster does not")
    draft.data["instance"] = {"wanted": wanted}
    _settle_volumes(draft, sources, [row["name"] for row in wanted])


def _machines_taken(draft: Draft) -> set[str]:
    """Short names and addresses that no instance can have."""
    taken = {str(draft.section("hosts").get("cluster_ip", ""))}
    for row in draft.data["nodes"]:
        taken |= {short(row["name"]), str(row["ip"])}
    return taken


def _left_out(draft: Draft, name: str, why: str) -> None:
    draft.told.append(f"{name} is left out of the answers: {why}; Ganeti's own record of it counts")


def _row(draft: Draft, sources: Sources, machine: Machine, kit: dict[str, Any]) -> dict[str, Any]:
    """One instance as data: what the kit says, and what the cluster has instead."""
    row = dict(kit)
    row["name"] = machine.name
    if "ip" in row:
        row["ip"] = str(row["ip"])
    for field, value in _values(sources, machine):
        if _fits(draft, machine.name, field, value):
            draft.replace(f"{machine.name}: {field}", row, field, value)
    _place(draft, sources, machine, row)
    return row


def _values(sources: Sources, machine: Machine) -> Iterator[tuple[str, Any]]:
    """What the configuration holds of an instance, by the answers' names; nothing where it is not
    told.
    """
    made = _DEBOOTSTRAP.fullmatch(machine.os)
    values = {
        "ip": machine.ip or sources.resolved.get(machine.name, ""),
        "disk_mib": _size(machine.drives[:1], ""),
        "swap_mib": _size(machine.drives, "swap"),
        "memory_mib": machine.memory_mib,
        "vcpus": machine.vcpus,
        "suite": made[1] if made else "",
    }
    for field, value in values.items():
        if value:
            yield field, value


def _size(drives: tuple[Drive, ...], name: str) -> int:
    for drive in drives:
        if not name or drive.name == name:
            return drive.size_mib
    return 0


def _fits(draft: Draft, name: str, field: str, value: Any) -> bool:
    try:
        Instance.model_validate({field: value})
    except ValidationError as error:
        draft.told.append(f"{name}: left out, as answers cannot hold it: {explain(error)}")
        return False
    return True


def _place(draft: Draft, sources: Sources, machine: Machine, row: dict[str, Any]) -> None:
    """Primary and standby. Of the kit's two nodes exchanged, the kit's are the home."""
    primary = sources.known.member(machine.primary)
    standby = sources.known.member(machine.standby)
    if primary is None or standby is None:
        row.pop("secondary", None)
        return
    now = (short(primary.name), short(standby.name))
    home = (row.get("primary"), row.get("secondary"))
    if home == (now[1], now[0]):
        draft.told.append(
            f"{machine.name} is on {now[0]} now; by the kit its home is {home[0]}, which stays so"
        )
        return
    draft.replace(f"{machine.name}: primary", row, "primary", now[0])
    draft.replace(f"{machine.name}: secondary", row, "secondary", now[1])


def _settle_volumes(draft: Draft, sources: Sources, names: list[str]) -> None:
    """The kit's encrypted volumes, of the instances that are there."""
    if "volumes" not in draft.data.get("vault", {}):
        return
    sizes = {}
    for machine in sources.known.machines:
        sizes[machine.name] = _size(machine.drives, DISK_NAME)
    kept = []
    for row in draft.section("vault")["volumes"]:
        if row["instance"] not in names:
            draft.told.append(f"vault: {row['instance']} is none of the instances now")
            continue
        size = sizes[row["instance"]]
        if size:
            draft.replace(f"vault: size_mib of {row['instance']}", row, "size_mib", size)
        kept.append(row)
    draft.section("vault")["volumes"] = kept
