"""Answers out of a cluster's configuration, with the kit's answers below them: what config.data
holds wins, and what differs is said.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface

from pydantic import ValidationError

from steps.recover.adopt.configuration import Known, Member
from steps.recover.adopt.instances import settle_instances
from steps.recover.adopt.reader import MEND
from steps.recover.adopt.settle import Draft, Row
from steps.recover.adopt.sources import Sources
from wizard.answers import Answers, Node, Ssh
from wizard.answers.documents import explain
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.base.names import short

PREFIXES = range(8, 31)
"""Lengths that a network of servers can have (answers, bridge.prefix)."""
XEN = "xen-pvm"
HYPERVISORS = {XEN: XEN, "xen-hvm": XEN, "kvm": "kvm"}
"""By Ganeti's name, the answers' one that says how guests are looked for."""
Made = tuple[Answers, tuple[str, ...]]
"""The answers, and what people must know of them."""


def document(sources: Sources) -> Made:
    """The answers, and what people must know of them; raises WizardError where none can be made.

    A kit whose answers and the cluster cannot be brought together is left aside.
    """
    if sources.kit is None:
        return _without_kit(sources)
    draft = _draft(sources, sources.kit)
    try:
        return Answers.model_validate(draft.data), tuple(draft.told)
    except ValidationError as error:
        # What the cluster says counts, so the kit gives way.
        aside = f"the kit's answers are left aside: {explain(error)}"
    answers, told = _without_kit(sources)
    return answers, (aside, *told)


def _without_kit(sources: Sources) -> Made:
    """Answers of what the cluster itself holds; raises WizardError where that is too little."""
    draft = _draft(sources, None)
    try:
        answers = Answers.model_validate(draft.data)
    except ValidationError as error:
        what = f"no answers can be made of this cluster: {explain(error)}"
        raise WizardError(what, where=sources.origin, mend=MEND, code=Exit.BLOCKED) from error
    return answers, tuple(draft.told)


def _draft(sources: Sources, kit: Answers | None) -> Draft:
    known = sources.known
    draft = Draft(kit)
    draft.call("hosts.cluster_name", draft.section("hosts"), "cluster_name", known.name)
    draft.settle("hosts", "cluster_ip", IPv4Address(known.ip))
    draft.data["nodes"] = _nodes(draft, sources, kit)
    _settle_bridge(draft, known)
    draft.settle("lvm", "vg", known.vg)
    draft.settle("cluster", "mac_prefix", known.mac_prefix)
    draft.settle("cluster", "resync_kib", known.ceiling_kib)
    draft.settle("raid", "device", sources.mirror)
    _settle_hypervisor(draft, known)
    settle_instances(draft, sources)
    # What follows looks at the nodes and instances that are settled by now.
    _settle_prefix(draft, sources)
    _drop_lost_servers(draft)
    _drop_lost_archive(draft)
    _settle_backup_host(draft, sources)
    return draft


def _settle_bridge(draft: Draft, known: Known) -> None:
    """The bridge that carries the cluster's address; that of the instances may be another one."""
    cards_on = known.link
    address_on = known.netdev or cards_on
    draft.settle("bridge", "name", address_on)
    if cards_on and address_on != cards_on:
        draft.told.append(
            f"the instances' cards are on {cards_on}, the cluster's address on {address_on}"
        )


def _nodes(draft: Draft, sources: Sources, kit: Answers | None) -> list[Row]:
    """Every node: the kit's in its order, else the master first."""
    kept = _kit_nodes(kit)
    rows = []
    for member in _in_order(sources.known, list(kept)):
        row = _node(draft, sources, member, kept.get(member.name))
        rows.append(row)
    _tell_of_lost_nodes(draft, sources.known, set(kept))
    return rows


def _kit_nodes(kit: Answers | None) -> dict[str, Node]:
    """The kit's nodes by full name; none without a kit."""
    if kit is None:
        return {}
    return {node.name: node for node in kit.nodes}


def _in_order(known: Known, first: list[str]) -> list[Member]:
    """The nodes: those named `first` in that order, then the master, then the others by name."""
    order = {name: number for number, name in enumerate(first)}

    def rank(member: Member) -> tuple[int, bool, str]:
        place = order.get(member.name, len(order))
        # The master is ranked False, which sorts before True.
        follows = member.uuid != known.master
        return place, follows, member.name

    return sorted(known.members, key=rank)


def _tell_of_lost_nodes(draft: Draft, known: Known, kept: set[str]) -> None:
    """The kit's nodes that were removed from the cluster since the build."""
    members = {member.name for member in known.members}
    lost = kept - members
    for name in sorted(lost):
        draft.told.append(f"{name}: the kit has it, and it is no node of the cluster")


def _node(draft: Draft, sources: Sources, member: Member, kit: Node | None) -> Row:
    """One node as data; where the kit has another address of it, that is said."""
    ip = IPv4Address(member.ip)
    row: Row = {}
    way = None
    if kit is not None:
        way = kit.ssh
        row["ip"] = kit.ip
        draft.replace(f"{member.name}: ip", row, "ip", ip)
    draft.call(member.name, row, "name", member.name)
    row["ip"] = ip
    row["secondary_ip"] = member.secondary_ip
    # How the wizard reaches it.
    row["ssh"] = _way(sources, member, way)
    return row


def _way(sources: Sources, member: Member, kit: Ssh | None) -> Row:
    """How a node is reached: as it was just now, else as the kit says, with a key of this machine.

    Key files and "this machine" of the kit are those of another one.
    """
    reached = sources.ways.get(member.name)
    if reached is not None:
        way = reached.model_dump()
        if way["host"] == member.ip:
            # Left empty, it is the node's own address.
            way["host"] = ""
        return way
    other = sources.other
    account = kit if kit is not None else other
    way = {"user": account.user, "port": account.port, "key": other.key}
    if kit is not None:
        way["host"] = kit.host
    return way


def _settle_hypervisor(draft: Draft, known: Known) -> None:
    for name in known.hypervisors:
        looked_as = HYPERVISORS.get(name)
        if looked_as is not None:
            # The first one is the primary hypervisor (Ganeti, lib/objects.py).
            draft.settle("xen", "hypervisor", looked_as)
            return
    names = ", ".join(known.hypervisors) or "none"
    draft.told.append(f"hypervisor {names}: which instances run where cannot be seen")


def _settle_prefix(draft: Draft, sources: Sources) -> None:
    """Only where every address is in that network: answers refuse any other once it is decided."""
    prefix = sources.known.netmask
    if prefix not in PREFIXES:
        # Ganeti's own default is 32: the cluster's address alone.
        prefix = sources.prefix
    if prefix in PREFIXES and _holds_all(draft, sources, prefix):
        draft.settle("bridge", "prefix", prefix)
    else:
        draft.section("bridge").pop("prefix", None)


def _holds_all(draft: Draft, sources: Sources, prefix: int) -> bool:
    """Whether the cluster's address and those of all instances are in the first node's network."""
    first = sources.known.members[0]
    network = IPv4Interface((first.ip, prefix)).network
    addresses = [IPv4Address(draft.section("hosts")["cluster_ip"])]
    for row in draft.data["instance"]["wanted"]:
        addresses.append(IPv4Address(row["ip"]))
    return all(address in network for address in addresses)


def _drop_lost_servers(draft: Draft) -> None:
    """What the kit says of servers that are none of the cluster any more."""
    nodes = draft.data["nodes"]
    shorts = {short(row["name"]) for row in nodes}
    partition = draft.data.get("partition", {})
    bridge = draft.data.get("bridge", {})
    for by_server in (partition.get("disks", {}), bridge.get("device", {})):
        lost = set(by_server) - shorts
        for name in lost:
            del by_server[name]
    # Consent to overwrite disks is for one run.
    partition.pop("erase", None)


def _drop_lost_archive(draft: Draft) -> None:
    """The kit's choice of the archive's instance, where the cluster has no such instance."""
    archive = draft.data.get("archive", {})
    chosen = archive.get("instance")
    if not chosen:
        return
    for row in draft.data["instance"]["wanted"]:
        if chosen in (row["name"], short(row["name"])):
            return
    draft.told.append(f"archive: {chosen} is none of the instances now")
    archive["instance"] = ""


def _settle_backup_host(draft: Draft, sources: Sources) -> None:
    """As the kit has it, else as the servers know the machine that their copies go to."""
    host = draft.section("backup").setdefault("host", {})
    if host.get("name"):
        # Key files of the kit, and "this machine", are those of another machine.
        ssh = dict(host.get("ssh", {}))
        ssh["key"] = sources.other.key
        ssh["local"] = False
        host["ssh"] = ssh
        return
    if not sources.backup_ip:
        return
    if sources.backup_name:
        host["name"] = sources.backup_name
        host["ip"] = sources.backup_ip
        return
    draft.told.append(
        f"the configuration's copies go to {sources.backup_ip}, whose full name is not known: "
        "until it stands in backup.host of the answers, nothing is looked up there"
    )
