"""From what hosts say, or from a copy of the configuration, to an adopted cluster's answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from steps.disks.facts.lvm import LVM
from steps.network.facts.net import NETWORK
from steps.recover.adopt.configuration import Known, read
from steps.recover.adopt.document import document
from steps.recover.adopt.foreign import reasons
from steps.recover.adopt.reader import MEND
from steps.recover.adopt.sources import Sources
from steps.recover.facts.cluster import CLUSTER_FILE, ClusterFile
from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.kit import BACKUP_TOLD, KIT_ANSWERS
from steps.recover.facts.lineage import LINEAGE
from wizard.answers import Answers, Ssh
from wizard.answers.documents import loads
from wizard.base.errors import AnswersError, WizardError
from wizard.base.exits import Exit
from wizard.base.names import short
from wizard.base.plain import plain_json
from wizard.model.adoption import Adopted, Adoption
from wizard.model.facts import Fact, Facts

T = TypeVar("T")


def from_hosts(facts: Facts, ways: Mapping[str, Ssh]) -> Adopted:
    """The cluster of these hosts; raises WizardError with what each of them lacks."""
    files = _files(facts)
    _must_be_one_cluster(files)
    origin = max(files, key=lambda host: _trust(facts, host, files[host]))
    known = files[origin]
    members = _members(facts, ways, known)
    by_node = {name: ways[host] for host, name in members.items()}
    sources = Sources(
        known=known,
        origin=origin,
        ways=by_node,
        other=_other(ways),
        resolved=_file(facts, origin).resolved,
        prefix=_prefix(facts, known),
        mirror=_mirror(facts, known),
    )
    sources = _with_backup(facts, sources)
    sources, kit_told = _with_kit(facts, sources)
    adopted = _adopted(sources, kit_told)
    shorts = {node.name: node.short for node in adopted.answers.nodes}
    reached = {host: shorts[name] for host, name in members.items()}
    return replace(adopted, reached=reached)


def _must_be_one_cluster(files: Mapping[str, Known]) -> None:
    """Raises WizardError where hosts have configurations of different clusters."""
    clusters = {known.name: host for host, known in files.items()}
    if len(clusters) < 2:
        return
    hosts = []
    for name, host in sorted(clusters.items()):
        hosts.append(f"{host}: {name}")
    named = "; ".join(hosts)
    raise _refused(f"these hosts belong to different clusters: {named}", "name those of one")


def _members(facts: Facts, ways: Mapping[str, Ssh], known: Known) -> dict[str, str]:
    """By typed host, the full name of the node that it is; raises WizardError without any."""
    members = {}
    for host in ways:
        name = _member_at(facts, host, known)
        if name:
            members[host] = name
    if not members:
        names = ", ".join(member.name for member in known.members)
        raise _refused(
            f"none of {', '.join(ways)} is a node of {known.name}",
            f"name a node of that cluster; by its file they are {names}",
        )
    return members


def from_copy(config: str, kit: str, name: str, other: Ssh) -> Adopted:
    """The cluster of a copy of config.data; nothing is asked of any machine."""
    try:
        known = read(plain_json(config))
    except (ValueError, RecursionError) as error:
        what = f"its config.data cannot be read: {error}"
        raise WizardError(what, where=name, mend=MEND, code=Exit.BLOCKED) from error
    except WizardError as error:
        error.where = name
        raise
    sources = Sources(known=known, origin=name, other=other)
    answers, told = _kit_of(kit, name)
    return _adopted(replace(sources, kit=answers), told)


def _adopted(sources: Sources, first: tuple[str, ...]) -> Adopted:
    answers, told = document(sources)
    known = sources.known
    limits = reasons(
        nodes=len(known.members),
        series=known.series,
        kinds=known.kinds,
        hypervisors=known.hypervisors,
    )
    return Adopted(
        answers=answers,
        origin=sources.origin,
        serial=known.serial,
        reached={},
        told=(*first, *told),
        limits=tuple(limit.why for limit in limits),
    )


def _refused(what: str, mend: str) -> WizardError:
    return WizardError(what, mend=mend, code=Exit.BLOCKED)


def _read(facts: Facts, host: str, fact: Fact[T]) -> T | None:
    try:
        return facts.of(host, fact)
    except WizardError:
        return None


def _file(facts: Facts, host: str) -> ClusterFile:
    return _read(facts, host, CLUSTER_FILE) or ClusterFile()


def _files(facts: Facts) -> dict[str, Known]:
    """The configurations that could be read, by host; raises WizardError where there is none."""
    files = {}
    for host in facts.hosts:
        known = _file(facts, host).known
        if known is not None:
            files[host] = known
    if not files:
        lines = "; ".join(_lacks(facts))
        raise _refused(
            f"no configuration of a cluster was found: {lines or 'no host answered'}",
            "name the master, or a copy of the configuration: --from-copy FILE",
        )
    return files


def _lacks(facts: Facts) -> Iterator[str]:
    """Why there is no configuration, host by host."""
    for host in facts.hosts:
        try:
            told = facts.of(host, CLUSTER_FILE)
        except WizardError as error:
            yield f"{host}: {error.what}"
            continue
        why = "is not there"
        if told.broken:
            why = f"cannot be read ({told.broken})"
        yield f"{host}: config.data {why}"
    for host, lost in facts.missing.items():
        yield f"{host}: {lost.what}"


def _trust(facts: Facts, host: str, known: Known) -> tuple[bool, bool, int, int]:
    """As the scene of an accident has it: who acts as master and names itself, then whom a takeover
    names; serials order the copies of one master's life only.
    """
    running = _read(facts, host, RUNNING)
    lineage = _read(facts, host, LINEAGE)
    written = lineage.mtime if lineage is not None else 0
    master = known.member(known.master)
    if master is None:
        return False, False, known.serial, written
    leads = running is not None and running.leads
    # One that leads and names another node was replaced as master while it was away.
    names_itself = _member_at(facts, host, known) == master.name
    noted = lineage is not None and lineage.takeover.master == master.name
    return leads and names_itself, noted, known.serial, written


def _member_at(facts: Facts, host: str, known: Known) -> str:
    """The full name of the node that a typed host is: by its own addresses, else as it was typed;
    "" for none.
    """
    running = _read(facts, host, RUNNING)
    held = running.addresses if running else ()
    for member in known.members:
        its_own = {member.ip, member.secondary_ip} - {""}
        if its_own.intersection(held):
            return member.name
    if held:
        # It has addresses, and they are none of a node's.
        return ""
    for member in known.members:
        if host in (member.name, member.ip, short(member.name)):
            return member.name
    return ""


def _other(ways: Mapping[str, Ssh]) -> Ssh:
    """The account, port and key of the first host that was reached by ssh."""
    for way in ways.values():
        if not way.local:
            return Ssh(user=way.user, port=way.port, key=way.key)
    return Ssh()


def _prefix(facts: Facts, known: Known) -> int:
    """The prefix of the first node's own address, where a host shows it."""
    for host in facts.hosts:
        network = _read(facts, host, NETWORK)
        for member in known.members:
            card = network.having(member.ip) if network else None
            if card is None:
                continue
            for address in card.addresses:
                ip, _, prefix = address.partition("/")
                if ip == member.ip and prefix.isdigit():
                    return int(prefix)
    return 0


def _mirror(facts: Facts, known: Known) -> str:
    """The one device below the volume group, the same on every host that tells."""
    devices = set()
    for host in facts.hosts:
        lvm = _read(facts, host, LVM)
        if lvm is None:
            continue
        for volume in lvm.pvs:
            if volume.vg == known.vg:
                devices.add(volume.name)
    if len(devices) != 1:
        return ""
    return devices.pop()


def _with_backup(facts: Facts, sources: Sources) -> Sources:
    """With the machine that a server sends copies of the configuration to."""
    for host in facts.hosts:
        told = _read(facts, host, BACKUP_TOLD)
        if told is not None and told.ip:
            return replace(sources, backup_ip=told.ip, backup_name=told.name)
    return sources


def _with_kit(facts: Facts, sources: Sources) -> tuple[Sources, tuple[str, ...]]:
    """With the answers of the node whose configuration counts, else of any other."""
    told: tuple[str, ...] = ()
    others = [host for host in facts.hosts if host != sources.origin]
    for host in (sources.origin, *others):
        text = _read(facts, host, KIT_ANSWERS) or ""
        answers, wrong = _kit_of(text, host)
        told += wrong
        if answers is not None:
            return replace(sources, kit=answers), told
    return sources, told


def _kit_of(text: str, where: str) -> tuple[Answers | None, tuple[str, ...]]:
    """A kit's answers, and why they are left aside."""
    if not text.strip():
        return None, ()
    try:
        answers = loads(text, f"{where}: the kit's answers")
    except AnswersError as error:
        return None, (f"{error.where} are left aside: {error.what}",)
    # Whatever somebody agreed to was for the build.
    return answers.without_consent(), ()


ADOPTION = Adoption(
    lanes=((RUNNING,), (CLUSTER_FILE, LINEAGE, KIT_ANSWERS, BACKUP_TOLD), (NETWORK, LVM)),
    from_hosts=from_hosts,
    from_copy=from_copy,
)
