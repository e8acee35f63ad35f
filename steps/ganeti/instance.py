"""Create the instances and see them run on both nodes' disks (article, row 13)."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.facts.release import SYSTEM, release_of
from steps.ganeti import instance_checks as checks
from steps.ganeti.acting import alone, cluster, master_host, master_is_ready, silent
from steps.ganeti.facts.drbdminors import REPLICAS
from steps.ganeti.facts.ganeti import (
    GANETI,
    MASTER_ROLE_DAEMONS,
    NODE_DAEMONS,
    Config,
    Guest,
    InstanceDisk,
    server_named,
)
from steps.ganeti.facts.ground import GROUND
from steps.ganeti.facts.jobs import JOBS
from steps.ganeti.facts.osdef import OSDEF
from steps.ganeti.instance_checks import places
from steps.ganeti.leftovers import CREATE, Leftover, leftovers, missing
from steps.ganeti.replication import copy_anew, differs, get_on, let_write, progress, suspended
from steps.ganeti.under_way import followed
from steps.ganeti.ways import CAREFUL, started
from steps.platform.facts.xen import HYPERVISOR
from wizard.answers import Answers, Instance, Instances
from wizard.model.facts import Facts
from wizard.model.step import SUBMIT, THIS_STEP, Command, Danger, Finding, Kind, Step, on_nodes

REINSTALL = "OP_INSTANCE_REINSTALL"
WORK = (
    CREATE,
    REINSTALL,
    "OP_INSTANCE_STARTUP",
    "OP_INSTANCE_REBOOT",
    "OP_INSTANCE_SHUTDOWN",
    "OP_INSTANCE_FAILOVER",
)


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """A cluster, its members, room, free addresses; and no guest that runs where it must not."""
    yield from master_is_ready(answers, facts)
    config = cluster(answers, facts)
    if config is None:
        return
    master = master_host(answers, facts)
    for daemon in facts.of(master, GANETI).lacks((*MASTER_ROLE_DAEMONS, *NODE_DAEMONS)):
        yield Finding(master, what=f"{daemon} does not run", step="cluster")
    if facts.missing and missing(answers, config):
        yield from silent(answers, facts)
    else:
        yield from checks.blockers(answers, facts, config)
    if alone(facts, config):
        yield from checks.not_started(answers, facts, config)
    for instance in answers.instance.wanted:
        hosts = places(answers, facts, instance.name)
        if len(hosts) > 1:
            yield Finding(
                hosts[0],
                what=(
                    f"{instance.name} runs on {' and '.join(hosts)} at the same time; both write, "
                    "and their disks part"
                ),
                mend="keep hands off the wizard here: decide which copy is the right one first",
            )


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Clean what failed creations left, create what is missing, start what is stopped, follow what
    is under way.
    """
    config = cluster(answers, facts)
    if config is None:
        return
    for left in leftovers(answers, facts, config):
        yield from _clean(left)
    for number, instance in enumerate(answers.instance.wanted):
        # One instance after the other: a first synchronisation starves the node daemons, and a
        # creation beside it can end in their timeout and leave half an instance behind.
        stage = 2 * number + 1
        guest = config.instance(instance.name)
        under_way = followed(answers, facts, instance.name, *WORK, stage=stage)
        if under_way:
            yield under_way
        elif guest is None:
            yield _add(answers, facts, instance, stage)
        elif not places(answers, facts, instance.name):
            yield from _revive(answers, facts, guest, stage)


def _clean(left: Leftover) -> Iterator[Command]:
    # The device first: lvremove refuses a volume that DRBD holds open.
    for minor in left.minors:
        yield _destroy(
            left,
            argv=("drbdsetup", "down", minor.resource),
            risk=f"ends the replication of minor {minor.number} ({minor.states})",
        )
    paths = [volume.path for volume in left.volumes]
    yield _destroy(
        left,
        argv=("lvremove", "-f", "-q", *paths),
        risk=f"removes {len(paths)} volumes and what is in them",
    )


def _destroy(left: Leftover, argv: tuple[str, ...], risk: str) -> Command:
    return Command(
        host=left.host,
        argv=argv,
        danger=Danger.DESTROY,
        confirm=left.owner,
        why=(
            f"a creation of {left.owner} failed and left this behind; the cluster's "
            "configuration does not know it"
        ),
        risk=risk,
        undo="none: what it held is gone",
        minutes=0.1,
    )


def _add(answers: Answers, facts: Facts, instance: Instance, stage: int) -> Command:
    master = master_host(answers, facts)
    release = release_of(facts, master)
    primary = answers.node(instance.primary).name
    secondary = answers.node(instance.secondary).name
    network = f"0:mode=bridged,link={answers.bridge.name},ip={instance.ip}"
    return Command(
        host=master,
        argv=(
            *("gnt-instance", "add", *SUBMIT, "-t", "drbd", "-n", f"{primary}:{secondary}"),
            *("-o", f"debootstrap+{instance.suite}"),
            *("--disk", f"0:size={instance.disk_mib}M,name=root"),
            *("--disk", f"1:size={instance.swap_mib}M,name=swap"),
            *("-B", f"memory={instance.memory_mib}M,vcpus={instance.vcpus}"),
            *("--net", network),
            *release.names_checked,
            instance.name,
        ),
        kind=Kind.JOB,
        why=(
            f"makes {instance.name} run on {instance.primary}, every block of its disks on "
            f"{instance.secondary} as well"
        ),
        risk="takes disk space on both nodes; the first synchronisation loads the network",
        undo=f"gnt-instance remove {instance.name}, which destroys its disks",
        stage=stage,
        minutes=5,
    )


def _revive(answers: Answers, facts: Facts, guest: Guest, stage: int) -> Iterator[Command]:
    master = master_host(answers, facts)
    last = facts.of(master, JOBS).last(CREATE, REINSTALL, instance=guest.name)
    # Such a guest is in the configuration and has disks, but no system that could ever start.
    if guest.state == "down" and last is not None and last.status in ("error", "canceled"):
        yield Command(
            host=master,
            argv=("gnt-instance", "reinstall", "--force", *SUBMIT, guest.name),
            kind=Kind.JOB,
            danger=Danger.DESTROY,
            confirm=guest.name,
            why=(
                f"job {last.id} made {guest.name}'s disks and then failed to install it: "
                f"{last.message[:200]}"
            ),
            risk="formats the instance's system disk, which was never finished",
            undo="none: what the disk held is gone",
            stage=stage,
            minutes=3,
        )
    yield Command(
        host=master,
        argv=("gnt-instance", "startup", *SUBMIT, guest.name),
        kind=Kind.JOB,
        why=f"{guest.name} exists and does not run",
        undo=f"gnt-instance shutdown {guest.name}",
        stage=stage,
        minutes=1,
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Each instance runs exactly once, where it belongs, on disks that are up to date on both
    nodes.
    """
    config = cluster(answers, facts)
    if config is None:
        yield from master_is_ready(answers, facts)
        return
    for instance in answers.instance.wanted:
        guest = config.instance(instance.name)
        if guest is None:
            yield Finding(
                master_host(answers, facts),
                what=f"there is no instance {instance.name}",
                step=THIS_STEP,
            )
            continue
        yield from _running(answers, facts, config, instance, guest)
        for number, disk in enumerate(config.disks_of(guest)):
            label = f"disk {number} of {guest.name}"
            yield from _disk(answers, facts, config, guest, disk, label)


def _running(
    answers: Answers, facts: Facts, config: Config, instance: Instance, guest: Guest
) -> Iterator[Finding]:
    home = config.node_name(guest.primary)
    node = server_named(answers, home)
    host = node.short if node is not None else instance.primary
    running_on = places(answers, facts, guest.name)
    start = CAREFUL if alone(facts, config) else started(guest)
    if running_on != [host]:
        yield Finding(
            host,
            what=(
                f"{guest.name} runs on {' and '.join(running_on) or 'no node'}, "
                f"and its primary node is {home}"
            ),
            mend=f"gnt-instance info {guest.name}; {start}",
        )
    if guest.state != "up":
        yield Finding(
            host,
            what=f"{guest.name} is marked {guest.state}",
            mend=start,
        )


def _disk(
    answers: Answers, facts: Facts, config: Config, guest: Guest, disk: InstanceDisk, label: str
) -> Iterator[Finding]:
    if not disk.minors:
        yield Finding(
            master_host(answers, facts),
            what=f"{label} has no copy on another node (its type is {disk.type})",
            mend=(
                f"shut {guest.name} down, then gnt-instance modify -t drbd -n NODE {guest.name}; "
                "start it again"
            ),
        )
    activate = CAREFUL if alone(facts, config) else f"gnt-instance activate-disks {guest.name}"
    for uuid, minor in disk.copies:
        node = server_named(answers, config.node_name(uuid))
        if node is None:
            continue
        member = config.node(node.name)
        if node.short in facts.missing or (member is not None and member.offline):
            yield Finding(
                node.short,
                what=f"the copy of {label} here is not fed: the node is out of service",
                mend=CAREFUL,
            )
        else:
            yield from _copy(facts, node.short, guest, label, minor, activate)


def _copy(
    facts: Facts, host: str, guest: Guest, label: str, number: int, activate: str
) -> Iterator[Finding]:
    minor = facts.of(host, REPLICAS).minor(number)
    if minor is None:
        yield Finding(
            host,
            what=f"{label} is not there (DRBD minor {number})",
            mend=activate,
        )
    elif minor.suspended:
        mend = let_write(minor, activate)
        yield Finding(host, what=f"{label}: {suspended(minor)}", mend=mend)
    elif minor.synchronises:
        yield Finding(
            host,
            what=f"{label} {progress(minor)}",
            mend=get_on(minor, "wait: cat /proc/drbd shows how far it is"),
        )
    elif minor.differs:
        yield Finding(host, what=f"{label}: {differs(minor)}", mend=copy_anew(guest.name))
    elif minor.cs == "StandAlone":
        # Split brain, most likely: connecting the two lets DRBD throw one side's data away.
        yield Finding(
            host,
            what=f"{label} is cut off from its copy (DRBD minor {number}: {minor.states})",
            mend=(
                "decide which copy is the right one before anything else; nothing is done by itself"
            ),
        )
    elif not minor.healthy:
        yield Finding(
            host,
            what=f"{label} is not whole (DRBD minor {number}: {minor.states})",
            mend=f"check the network between the nodes, then {activate}",
        )


STEP = Step(
    id="instance",
    title="Create the instances",
    reason=(
        "The instance runs best on the node that is not the cluster's master. If the master "
        "dies, the service goes on untouched and DRBD catches up by itself when it returns; if "
        "the other dies, the master is alive and takes the instance over, without fear of two "
        "copies that both write."
    ),
    then=(
        "gnt-instance add -t drbd -n node2.name.org:node1.name.org -o debootstrap -s 2g "
        "--swap-size 128 -m 256 --kernel /boot/vmlinuz-2.6.26-2-xen-686 --ip 192.168.0.114 "
        "inst1.name.org"
    ),
    now="gnt-instance add with a root and a swap disk on DRBD, as a Ganeti job that is followed",
    plan=plan,
    verify=verify,
    section=Instances,
    facts=(SYSTEM, GANETI, GROUND, JOBS, HYPERVISOR, REPLICAS, OSDEF),
    needs=("node", "osdef", "xen"),
    may_miss=on_nodes,
    blockers=blockers,
    minutes=10,
)
