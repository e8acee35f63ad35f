"""What must be true before an instance is created."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.edit import entries
from steps.common.facts.release import hypervisor_of
from steps.ganeti.acting import answering, master_host
from steps.ganeti.cluster_checks import (
    address_in_use,
    bridge,
    no_volume_group,
    replication,
    resolves,
)
from steps.ganeti.facts.ganeti import Config, MemberNode, existing_guests
from steps.ganeti.facts.ground import GROUND
from steps.ganeti.facts.jobs import JOBS
from steps.ganeti.facts.osdef import OSDEF, VARIANTS
from steps.ganeti.ganeti_options import META_MIB, admits
from steps.ganeti.leftovers import CREATE, leftovers, missing, orphans
from steps.ganeti.ways import CAREFUL
from steps.platform.facts.xen import HYPERVISOR
from wizard.answers import Answers, Instance, Node
from wizard.model.facts import Facts
from wizard.model.step import Finding


def places(answers: Answers, facts: Facts, name: str) -> list[str]:
    """The nodes that really run a guest of that name, of those that answer."""
    return [
        node.short
        for node in answering(answers, facts)
        if name in facts.of(node.short, HYPERVISOR).running
    ]


def not_started(answers: Answers, facts: Facts, config: Config) -> Iterator[Finding]:
    """Instances that nothing starts while a node is away: their data here may be old."""
    for guest in existing_guests(answers, config):
        if not places(answers, facts, guest.name):
            yield Finding(
                master_host(answers, facts),
                what=(
                    f"{guest.name} does not run on a node that answers, and a node is out of "
                    "service: whether its data here are the latest has to be looked at first"
                ),
                mend=CAREFUL,
            )


def blockers(answers: Answers, facts: Facts, config: Config) -> Iterator[Finding]:
    """Everything that would make `gnt-instance add` fail, or the instance useless."""
    master = master_host(answers, facts)
    queue = facts.of(master, JOBS)
    # What is being created right now holds its room, its address and its name already.
    to_create = [
        instance
        for instance in missing(answers, config)
        if not queue.live(CREATE, instance=instance.name)
    ]
    if not to_create:
        return
    if not admits(config, answers):
        yield Finding(
            master,
            what="the cluster's policy does not admit disks or memory of the wanted sizes",
            step="cluster",
        )
    for instance in to_create:
        yield from _placement(answers, facts, config, instance)
        yield from _addresses(answers, facts, instance)
        primary = answers.node(instance.primary)
        secondary = answers.node(instance.secondary)
        yield from replication(facts, primary, secondary)
    yield from _foreign_minors(answers, facts, config)
    yield from _room(answers, facts, config, to_create)


def _placement(
    answers: Answers, facts: Facts, config: Config, instance: Instance
) -> Iterator[Finding]:
    for short in (instance.primary, instance.secondary):
        member = config.node(answers.node(short).name)
        yield from _in_service(short, member, instance)
        yield from _guest_kernel(answers, facts, short)
        yield from bridge(answers, facts, short)
    yield from _variant(facts, instance)
    for node in answers.nodes:
        if instance.name in facts.of(node.short, HYPERVISOR).guests:
            yield Finding(
                node.short,
                what=f"a guest named {instance.name} runs here, and Ganeti does not know it",
                mend="shut it down by hand, or give the new instance another name",
            )


def _in_service(short: str, member: MemberNode | None, instance: Instance) -> Iterator[Finding]:
    if member is None:
        yield Finding(
            short,
            what=f"{short} cannot take {instance.name}: it is not a member of the cluster",
            step="node",
        )
    elif member.offline or member.drained:
        yield Finding(
            short,
            what=f"{short} cannot take {instance.name}: it is marked offline or drained",
            mend="bring the node back as gnt-node(8), add --readd and modify, says; "
            "or choose another node",
        )


def _guest_kernel(answers: Answers, facts: Facts, short: str) -> Iterator[Finding]:
    hypervisor = hypervisor_of(answers, facts, master_host(answers, facts))
    on_node = facts.of(short, GROUND).boot
    absent = [path for path in (hypervisor.kernel, hypervisor.initrd) if path not in on_node]
    if absent:
        yield Finding(
            short,
            what=f"the guests' kernel is missing: {', '.join(absent)}",
            step="xen",
        )


def _variant(facts: Facts, instance: Instance) -> Iterator[Finding]:
    listed = facts.of(instance.primary, OSDEF).texts.get(VARIANTS, "")
    if instance.suite not in entries(listed):
        yield Finding(
            instance.primary,
            what=f"the installation of Debian {instance.suite} is not set up",
            step="osdef",
        )


def _addresses(answers: Answers, facts: Facts, instance: Instance) -> Iterator[Finding]:
    address = str(instance.ip)
    for node in answers.nodes:
        ground = facts.of(node.short, GROUND)
        yield from resolves(node.short, ground, instance.name, address)
        if address in ground.answering:
            yield address_in_use(node.short, f"the address {address} of {instance.name}")


def _foreign_minors(answers: Answers, facts: Facts, config: Config) -> Iterator[Finding]:
    to_be_cleaned = set()
    for left in leftovers(answers, facts, config):
        for minor in left.minors:
            to_be_cleaned.add((left.host, minor.number))
    for node in answers.nodes:
        for minor in orphans(answers, facts, config, node).minors:
            if (node.short, minor.number) in to_be_cleaned:
                continue
            volumes = ", ".join(minor.volumes) or "no disk"
            yield Finding(
                node.short,
                what=(
                    f"DRBD minor {minor.number} is in use ({minor.states}, over {volumes}) "
                    "and Ganeti does not know it"
                ),
                mend=f"find out whose it is; when nobody's: drbdsetup down {minor.resource}",
            )


def disk_need(instance: Instance) -> int:
    """MiB that an instance takes from the volume group of each of its nodes."""
    return instance.disk_mib + instance.swap_mib + 2 * META_MIB


def _room(
    answers: Answers, facts: Facts, config: Config, to_create: list[Instance]
) -> Iterator[Finding]:
    freed: dict[str, float] = {}
    for left in leftovers(answers, facts, config):
        size = sum(volume.size_mib for volume in left.volumes)
        freed[left.host] = freed.get(left.host, 0) + size
    for node in answers.nodes:
        new = [one for one in to_create if node.short in (one.primary, one.secondary)]
        if new:
            yield from _disk_room(facts, config, node, new, freed.get(node.short, 0))
            yield from _memory(answers, facts, node, new)


def _disk_room(
    facts: Facts, config: Config, node: Node, new: list[Instance], freed: float
) -> Iterator[Finding]:
    ground = facts.of(node.short, GROUND)
    group = ground.vgs.get(config.vg)
    if not ground.vgs_read:
        yield Finding(
            node.short,
            what="the volume groups could not be read; the node is busy",
            mend="look again",
        )
        return
    if group is None:
        yield no_volume_group(node.short, config.vg)
        return
    free = group.free_mib + freed
    need = sum(disk_need(instance) for instance in new)
    if need > free:
        yield Finding(
            node.short,
            what=(
                f"the volume group {config.vg} has {free:.0f} MiB free; "
                f"{_names(new)} takes {need} MiB"
            ),
            mend="make the disks smaller, or the volume group larger",
        )


def _memory(answers: Answers, facts: Facts, node: Node, new: list[Instance]) -> Iterator[Finding]:
    # Only Xen keeps a guest's memory for it alone; KVM's guests share with everything else.
    if answers.xen.hypervisor != "xen-pvm":
        return
    standing_by = [
        instance
        for instance in answers.instance.wanted
        if instance.secondary == node.short and instance not in new
    ]
    expected = [*new, *standing_by]
    need = sum(instance.memory_mib for instance in expected)
    free = facts.of(node.short, HYPERVISOR).free_mib
    if need > free:
        yield Finding(
            node.short,
            what=(
                f"{free} MiB of memory are free for guests; "
                f"{_names(expected)} needs {need} MiB here"
            ),
            mend="give the instance less memory, or dom0",
            step="grub",
        )


def _names(instances: list[Instance]) -> str:
    return ", ".join(instance.name for instance in instances)
