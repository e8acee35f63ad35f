"""The instances of a cluster as answers have them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from steps.common.volume_layout import DISK_NAME
from steps.recover.adopt.configuration import Drive, Machine
from steps.recover.adopt.settle import Draft, Row
from steps.recover.adopt.sources import Sources
from wizard.answers import Instance
from wizard.answers.documents import explain
from wizard.base.names import short

SIZES = ("disk_mib", "swap_mib", "memory_mib", "vcpus", "suite")
"""What only a build asks for: where answers cannot hold it, the instance is adopted without."""
_DEBOOTSTRAP = re.compile(r"debootstrap\+(.+)")


def settle_instances(draft: Draft, sources: Sources) -> None:
    """Every instance that answers can hold; the others are named with the reason."""
    kit = _kit_rows(draft)
    taken = _machines_taken(draft)
    wanted = []
    for machine in _in_order(sources, list(kit)):
        row = _row(draft, sources, machine, kit.get(machine.name, {}))
        why = _cannot_be_held(machine, row, taken)
        if why:
            _left_out(draft, machine.name, why)
            continue
        # Whoever comes first has the name and the address.
        taken |= _names_of(row)
        wanted.append(row)
    for reason in sources.known.unread:
        draft.told.append(f"an instance is left out: {reason}")
    _tell_of_lost_instances(draft, sources, set(kit))
    draft.data["instance"] = {"wanted": wanted}
    names = {row["name"] for row in wanted}
    _settle_volumes(draft, sources, names)


def _kit_rows(draft: Draft) -> dict[str, Row]:
    """The kit's instances by full name; none without a kit."""
    section = draft.data.get("instance", {})
    rows = {}
    for row in section.get("wanted", []):
        rows[row["name"]] = row
    return rows


def _in_order(sources: Sources, first: list[str]) -> list[Machine]:
    """The cluster's instances, those named `first` in that order: the first of all is the one that
    is meant where none is named.
    """
    order = {name: number for number, name in enumerate(first)}

    def rank(machine: Machine) -> int:
        return order.get(machine.name, len(order))

    return sorted(sources.known.machines, key=rank)


def _cannot_be_held(machine: Machine, row: Row, taken: set[str]) -> str:
    """Why answers cannot have an instance; "" when they can."""
    clash = taken & _names_of(row)
    if clash:
        return f"{min(clash)} is another machine's as well"
    if "ip" not in row:
        return "neither Ganeti nor the servers know its address"
    if "secondary" not in row:
        # A plain disk, say, is on its primary alone.
        kinds = sorted({drive.kind for drive in machine.drives})
        shown = ", ".join(kinds) or "none"
        return f"it has no second copy on a second node (disks: {shown})"
    return ""


def _names_of(row: Row) -> set[str]:
    """What no two machines may share: the short name and the address."""
    name = short(row["name"])
    ip = row.get("ip", "")
    return {name, ip}


def _tell_of_lost_instances(draft: Draft, sources: Sources, kit: set[str]) -> None:
    """The kit's instances that were removed from the cluster since the build."""
    there = {machine.name for machine in sources.known.machines}
    lost = kit - there
    for name in sorted(lost):
        draft.told.append(f"{name}: the kit has it, the cluster does not")


def _machines_taken(draft: Draft) -> set[str]:
    """Short names and addresses that no instance can have."""
    cluster_ip = draft.section("hosts").get("cluster_ip", "")
    taken = {str(cluster_ip)}
    for row in draft.data["nodes"]:
        taken.add(short(row["name"]))
        taken.add(str(row["ip"]))
    return taken


def _left_out(draft: Draft, name: str, why: str) -> None:
    """Say that the wizard will not know an instance that Ganeti has."""
    draft.told.append(f"{name} is left out of the answers: {why}; Ganeti's own record of it counts")


def _row(draft: Draft, sources: Sources, machine: Machine, kit: Row) -> Row:
    """One instance as data: what the kit says, and what the cluster has instead."""
    # The kit's own row stays as it is.
    row = dict(kit)
    draft.call(machine.name, row, "name", machine.name)
    if "ip" in row:
        # As text, to be compared with what Ganeti says.
        row["ip"] = str(row["ip"])
    for field, value in _values(sources, machine):
        if _fits(draft, machine.name, field, value):
            where = f"{machine.name}: {field}"
            draft.replace(where, row, field, value)
    _place(draft, sources, machine, row)
    return row


def _values(sources: Sources, machine: Machine) -> Iterator[tuple[str, Any]]:
    """What the configuration holds of an instance, by the answers' names; nothing where it is not
    told.
    """
    values = {
        "ip": machine.ip or sources.resolved.get(machine.name, ""),
        "disk_mib": _size(machine.drives[:1], ""),
        "swap_mib": _size(machine.drives, "swap"),
        "memory_mib": machine.memory_mib,
        "vcpus": machine.vcpus,
        "suite": _suite(machine),
    }
    for field, value in values.items():
        if value:
            yield field, value


def _suite(machine: Machine) -> str:
    """Debian's suite, with which the name of its OS definition ends; "" for another OS."""
    made = _DEBOOTSTRAP.fullmatch(machine.os)
    if made is None:
        return ""
    return made[1]


def _size(drives: tuple[Drive, ...], name: str) -> int:
    """The size of the disk of that name, of the first one without a name; 0 without such a disk."""
    for drive in drives:
        if not name or drive.name == name:
            return drive.size_mib
    return 0


def _fits(draft: Draft, name: str, field: str, value: Any) -> bool:
    """Whether answers can hold a value; said where they cannot."""
    try:
        Instance.model_validate({field: value})
    except ValidationError as error:
        draft.told.append(f"{name}: left out, as answers cannot hold it: {explain(error)}")
        return False
    return True


def _place(draft: Draft, sources: Sources, machine: Machine, row: Row) -> None:
    """Primary and standby. Of the kit's two nodes exchanged, the kit's are the home."""
    primary = sources.known.member(machine.primary)
    standby = sources.known.member(machine.standby)
    if primary is None or standby is None:
        row.pop("secondary", None)
        return
    name = machine.name
    primary_now = short(primary.name)
    standby_now = short(standby.name)
    home = row.get("primary")
    other = row.get("secondary")
    if home == standby_now and other == primary_now:
        draft.told.append(
            f"{name} is on {primary_now} now; by the kit its home is {home}, which stays so"
        )
        return
    draft.replace(f"{name}: primary", row, "primary", primary_now)
    draft.replace(f"{name}: secondary", row, "secondary", standby_now)


def _settle_volumes(draft: Draft, sources: Sources, names: set[str]) -> None:
    """The kit's encrypted volumes, of the instances that are there."""
    vault = draft.data.get("vault", {})
    if "volumes" not in vault:
        return
    sizes = _volume_sizes(sources)
    kept = []
    for row in vault["volumes"]:
        instance = row["instance"]
        if instance not in names:
            draft.told.append(f"vault: {instance} is none of the instances now")
            continue
        size = sizes[instance]
        if size:
            draft.replace(f"vault: size_mib of {instance}", row, "size_mib", size)
        kept.append(row)
    vault["volumes"] = kept


def _volume_sizes(sources: Sources) -> dict[str, int]:
    """By instance, the size of its disk that holds an encrypted volume; 0 without such a disk."""
    sizes = {}
    for machine in sources.known.machines:
        sizes[machine.name] = _size(machine.drives, DISK_NAME)
    return sizes
