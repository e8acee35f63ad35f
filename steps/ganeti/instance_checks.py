"""What must be true before an instance is created, and what an earlier failed creation left behind."""  # noqa: E501

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from steps.common.edit import entries
from steps.common.facts.release import hypervisor_of
from steps.ganeti.cluster_checks import replication
from steps.ganeti.facts.drbdminors import REPLICAS, Minor, Volume
from steps.ganeti.facts.ganeti import Config
from steps.ganeti.facts.ground import GROUND
from steps.ganeti.facts.jobs import JOBS
from steps.ganeti.facts.osdef import OSDEF, VARIANTS
from steps.ganeti.ganeti_options import META_MIB, admits
from steps.platform.facts.xen import HYPERVISOR
from wizard.answers import Answers, Instance, Node
from wizard.model.facts import Facts
from wizard.model.step import Finding

CREATE = "OP_INSTANCE_CREATE"


@dataclass(frozen=True)
class Leftover:
    """On one node: minors and volumes of an instance that was never finished and that no
    configuration knows.
    """

    host: str
    owner: str
    minors: tuple[Minor, ...]
    volumes: tuple[Volume, ...]


def missing(answers: Answers, config: Config) -> list[Instance]:
    """The wanted instances that the cluster does not have."""
    return [one for one in answers.instance.wanted if config.instance(one.name) is None]


def orphans(
    answers: Answers, facts: Facts, config: Config, node: Node
) -> tuple[tuple[Minor, ...], tuple[Volume, ...]]:
    """What no disk of the configuration owns; nothing while a creation is under way, whose disks
    come first.
    """
    if facts.of(answers.master.short, JOBS).live(CREATE):
        return (), ()
    return facts.of(node.short, REPLICAS).orphans(config, node.name)


def leftovers(answers: Answers, facts: Facts, config: Config) -> Iterator[Leftover]:
    """What failed creations of wanted instances left, per node; volumes carry their instance's name
    as a tag.
    """
    for node in answers.nodes:
        minors, volumes = orphans(answers, facts, config, node)
        for one in missing(answers, config):
            own = tuple(volume for volume in volumes if volume.owner == one.name)
            names = {volume.name for volume in own}
            held = tuple(
                m
                for m in minors
                if m.volumes and {p.rpartition("/")[2] for p in m.volumes} <= names
            )
            if own:
                yield Leftover(node.short, one.name, held, own)


def blockers(answers: Answers, facts: Facts, config: Config) -> Iterator[Finding]:
    """Everything that would make `gnt-instance add` fail, or the instance useless."""
    master, wanted = answers.master.short, missing(answers, config)
    wanted = [one for one in wanted if not facts.of(master, JOBS).live(CREATE, instance=one.name)]
    if wanted and not admits(config, answers):
        what = "the cluster's policy does not admit disks or memory of the wanted sizes"
        yield Finding(master, what, "run the step `cluster`, which widens it")
    for one in wanted:
        yield from _placement(answers, facts, config, one)
        yield from _addresses(answers, facts, one)
        yield from replication(facts, answers.node(one.primary), answers.node(one.secondary))
    if wanted:
        yield from _foreign_minors(answers, facts, config)
        yield from _room(answers, facts, config, wanted)


def _placement(answers: Answers, facts: Facts, config: Config, one: Instance) -> Iterator[Finding]:
    kernel = hypervisor_of(answers, facts, answers.master.short)
    for short in (one.primary, one.secondary):
        member = config.node(answers.node(short).name)
        if member is None or member.offline or member.drained:
            what = f"{short} cannot take {one.name}: it is {_standing(member)}"
            yield Finding(short, what, "finish the step `node`, or choose another node")
        ground = facts.of(short, GROUND)
        absent = [path for path in (kernel.kernel, kernel.initrd) if path not in ground.boot]
        if absent:
            yield Finding(
                short,
                f"the guests' kernel is missing: {', '.join(absent)}",
                "finish the step `xen`",
            )
        if not ground.bridge:
            yield Finding(
                short, f"there is no bridge {answers.bridge.name}", "finish the step `bridge`"
            )
    if one.suite not in entries(facts.of(one.primary, OSDEF).texts.get(VARIANTS, "")):
        what = f"the installation of Debian {one.suite} is not set up"
        yield Finding(one.primary, what, "finish the step `osdef`")
    for node in answers.nodes:
        if one.name in facts.of(node.short, HYPERVISOR).guests:
            what = f"a guest named {one.name} runs here, and Ganeti does not know it"
            yield Finding(
                node.short, what, "shut it down by hand, or give the new instance another name"
            )


def _standing(member: object) -> str:
    return "not a member of the cluster" if member is None else "marked offline or drained"


def _addresses(answers: Answers, facts: Facts, one: Instance) -> Iterator[Finding]:
    for node in answers.nodes:
        ground = facts.of(node.short, GROUND)
        found = ground.names.get(one.name, ())
        if found != (str(one.ip),):
            what = f"{one.name} resolves to {', '.join(found) or 'nothing'}, not to {one.ip}"
            yield Finding(node.short, what, "correct /etc/hosts (step `hosts`)")
        if str(one.ip) in ground.answering:
            what = f"the address {one.ip} of {one.name} is in use: something answers there"
            yield Finding(
                node.short, what, "choose a free address, or find who has this one: ip neigh show"
            )


def _foreign_minors(answers: Answers, facts: Facts, config: Config) -> Iterator[Finding]:
    cleaned = {
        (left.host, minor.number)
        for left in leftovers(answers, facts, config)
        for minor in left.minors
    }
    for node in answers.nodes:
        for minor in orphans(answers, facts, config, node)[0]:
            if (node.short, minor.number) not in cleaned:
                over = ", ".join(minor.volumes) or "no disk"
                what = (
                    f"DRBD minor {minor.number} is in use ({minor.states}, over {over}) "
                    "and Ganeti does not know it"
                )
                mend = f"find out whose it is; when nobody's: drbdsetup down {minor.resource}"
                yield Finding(node.short, what, mend)


def disk_need(one: Instance) -> int:
    """MiB that an instance takes from the volume group of each of its nodes."""
    return one.disk_mib + one.swap_mib + 2 * META_MIB


def _room(
    answers: Answers, facts: Facts, config: Config, wanted: list[Instance]
) -> Iterator[Finding]:
    freed: dict[str, float] = {}
    for left in leftovers(answers, facts, config):
        freed[left.host] = freed.get(left.host, 0) + sum(volume.size_mib for volume in left.volumes)
    for node in answers.nodes:
        here = [one for one in wanted if node.short in (one.primary, one.secondary)]
        if not here:
            continue
        ground = facts.of(node.short, GROUND)
        group = ground.vgs.get(config.vg)
        free = (group.free_mib if group else 0) + freed.get(node.short, 0)
        need = sum(disk_need(one) for one in here)
        if not ground.vgs_read:
            yield Finding(
                node.short, "the volume groups could not be read; the node is busy", "look again"
            )
        elif group is None:
            yield Finding(
                node.short, f"there is no volume group {config.vg}", "finish the step `lvm`"
            )
        elif need > free:
            what = (
                f"the volume group {config.vg} has {free:.0f} MiB free; {_names(here)} "
                f"takes {need} MiB"
            )
            yield Finding(node.short, what, "make the disks smaller, or the volume group larger")
        standby = [
            one
            for one in answers.instance.wanted
            if node.short == one.secondary and one not in here
        ]
        memory = sum(one.memory_mib for one in (*here, *standby))
        have = facts.of(node.short, HYPERVISOR).free_mib
        if answers.xen.hypervisor == "xen-pvm" and memory > have:
            what = (
                f"{have} MiB of memory are free for guests; {_names([*here, *standby])} "
                f"needs {memory} MiB here"
            )
            yield Finding(node.short, what, "give the instance less memory, or dom0 (step `grub`)")


def _names(instances: list[Instance]) -> str:
    return ", ".join(one.name for one in instances)
