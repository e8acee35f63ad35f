"""Answers out of a cluster's configuration, with the kit's answers below them: what config.data
holds wins, and what differs is said.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface
from typing import Any

from pydantic import ValidationError

from steps.recover.adopt.configuration import Known, Member
from steps.recover.adopt.instances import settle_instances
from steps.recover.adopt.reader import MEND
from steps.recover.adopt.settle import Draft
from steps.recover.adopt.sources import Sources
from wizard.answers import Answers, Ssh
from wizard.answers.documents import explain
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.base.names import short

PREFIXES = range(8, 31)
"""Lengths that a network of servers can have (answers, bridge.prefix)."""
XEN = "xen-pvm"
HYPERVISORS = {XEN: XEN, "xen-hvm": XEN, "kvm": "kvm"}
"""By Ganeti's name, the answers' one that says how guests are looked for."""


def document(sources: Sources) -> tuple[Answers, tuple[str, ...]]:
    """The answers, and what people must know of them; raises WizardError where none can be made.

    A kit whose answers and the cluster cannot be brought together is left aside.
    """
    draft = _draft(sources, sources.kit)
    try:
        return Answers.model_validate(draft.data), tuple(draft.told)
    except ValidationError as error:
        if sources.kit is None:
            what = f"no answers can be made of this cluster: {explain(error)}"
            raise WizardError(what, where=sources.origin, mend=MEND, code=Exit.BLOCKED) from error
        reason = f"the kit's answers are left aside: {explain(error)}"
    draft = _draft(sources, None)
    try:
        return Answers.model_validate(draft.data), (reason, *draft.told)
    except ValidationError as error:
        what = f"no answers can be made of this cluster: {explain(error)}"
        raise WizardError(what, where=sources.origin, mend=MEND, code=Exit.BLOCKED) from error


def _draft(sources: Sources, kit: Answers | None) -> Draft:
    known = sources.known
    draft = Draft(kit)
    draft.settle("hosts", "cluster_name", known.name)
    draft.settle("hosts", "cluster_ip", IPv4Address(known.ip))
    draft.data["nodes"] = _nodes(draft, sources, kit)
    draft.settle("bridge", "name", known.netdev or known.link)
    if known.netdev and known.link and known.netdev != known.link:
        draft.told.append(
            f"the instances' cards are on {known.link}, the cluster's address on {known.netdev}"
        )
    draft.settle("lvm", "vg", known.vg)
    draft.settle("cluster", "mac_prefix", known.mac_prefix)
    draft.settle("cluster", "resync_kib", known.ceiling_kib)
    draft.settle("raid", "device", sources.mirror)
    _settle_hypervisor(draft, known)
    settle_instances(draft, sources)
    _settle_prefix(draft, sources)
    _drop_strangers(draft)
    _settle_backup_host(draft, sources)
    return draft


def _nodes(draft: Draft, sources: Sources, kit: Answers | None) -> list[dict[str, Any]]:
    """Every node: the kit's in its order, else the master first."""
    known = sources.known
    kept = {node.name: node for node in kit.nodes} if kit else {}
    order = {name: number for number, name in enumerate(kept)}

    def rank(member: Member) -> tuple[int, bool, str]:
        return order.get(member.name, len(order)), member.uuid != known.master, member.name

    rows = []
    for member in sorted(known.members, key=rank):
        row: dict[str, Any] = {}
        if member.name in kept:
            row = {"ip": kept[member.name].ip, "secondary_ip": kept[member.name].secondary_ip}
            draft.replace(f"{member.name}: ip", row, "ip", IPv4Address(member.ip))
        row |= {"name": member.name, "ip": IPv4Address(member.ip)}
        row["secondary_ip"] = member.secondary_ip
        row["ssh"] = _way(sources, member, kept[member.name].ssh if member.name in kept else None)
        rows.append(row)
    for name in sorted(set(kept) - {member.name for member in known.members}):
        draft.told.append(f"{name}: the kit has it, and it is no node of the cluster")
    return rows


def _way(sources: Sources, member: Member, kit: Ssh | None) -> dict[str, Any]:
    """How a node is reached: as it was just now, else as the kit says, with a key of this machine.

    Key files and "this machine" of the kit are those of another one.
    """
    if member.name in sources.ways:
        way = sources.ways[member.name]
        return {**way.model_dump(), "host": "" if way.host == member.ip else way.host}
    other = sources.other
    if kit is None:
        return {"user": other.user, "port": other.port, "key": other.key}
    return {"host": kit.host, "user": kit.user, "port": kit.port, "key": other.key}


def _settle_hypervisor(draft: Draft, known: Known) -> None:
    for name in known.hypervisors:
        if name in HYPERVISORS:
            draft.settle("xen", "hypervisor", HYPERVISORS[name])
            return
    names = ", ".join(known.hypervisors) or "none"
    draft.told.append(f"hypervisor {names}: which instances run where cannot be seen")


def _settle_prefix(draft: Draft, sources: Sources) -> None:
    """Only where every address is in that network: answers refuse any other once it is decided."""
    prefix = sources.known.netmask
    if prefix not in PREFIXES:
        # Ganeti's own default is 32: the cluster's address alone.
        prefix = sources.prefix
    network = IPv4Interface((sources.known.members[0].ip, prefix or 32)).network
    inside = {str(draft.section("hosts")["cluster_ip"])}
    inside |= {str(row["ip"]) for row in draft.data["instance"]["wanted"]}
    if prefix in PREFIXES and all(IPv4Address(ip) in network for ip in inside):
        draft.settle("bridge", "prefix", prefix)
    else:
        draft.section("bridge").pop("prefix", None)


def _drop_strangers(draft: Draft) -> None:
    """What the kit says of servers and instances that are none any more."""
    shorts = {short(row["name"]) for row in draft.data["nodes"]}
    for section, field in (("partition", "disks"), ("bridge", "device")):
        values = draft.data.get(section, {}).get(field, {})
        for name in set(values) - shorts:
            del values[name]
    draft.data.get("partition", {}).pop("erase", None)
    names = set()
    for row in draft.data["instance"]["wanted"]:
        names |= {row["name"], short(row["name"])}
    archive = draft.data.get("archive", {})
    if archive.get("instance") and archive["instance"] not in names:
        draft.told.append(f"archive: {archive['instance']} is none of the instances now")
        archive["instance"] = ""


def _settle_backup_host(draft: Draft, sources: Sources) -> None:
    """As the kit has it, else as the servers know the machine that their copies go to."""
    host = draft.section("backup").setdefault("host", {})
    if host.get("name"):
        host["ssh"] = {**host.get("ssh", {}), "key": sources.other.key, "local": False}
        return
    if sources.backup_ip and sources.backup_name:
        host |= {"name": sources.backup_name, "ip": sources.backup_ip}
    elif sources.backup_ip:
        draft.told.append(
            f"the configuration's copies go to {sources.backup_ip}, whose full name is not known: "
            "until it stands in backup.host of the answers, nothing is looked up there"
        )
