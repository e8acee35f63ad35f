"""Create the instances and see them run on both nodes' disks (article, row 13)."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.facts.release import SYSTEM, release_of
from steps.ganeti import instance_checks as checks
from steps.ganeti.cluster_checks import master_is_ready
from steps.ganeti.facts.drbdminors import REPLICAS
from steps.ganeti.facts.ganeti import GANETI, Config, Guest, cluster
from steps.ganeti.facts.ground import GROUND
from steps.ganeti.facts.jobs import JOBS
from steps.ganeti.facts.osdef import OSDEF
from steps.ganeti.instance_checks import CREATE, Leftover, leftovers
from steps.ganeti.under_way import followed
from steps.platform.facts.xen import HYPERVISOR
from wizard.answers import Answers, Instance, Instances
from wizard.model.facts import Facts
from wizard.model.step import SUBMIT, Command, Danger, Finding, Kind, Step

REINSTALL = "OP_INSTANCE_REINSTALL"
WORK = (
    CREATE,
    REINSTALL,
    "OP_INSTANCE_STARTUP",
    "OP_INSTANCE_REBOOT",
    "OP_INSTANCE_SHUTDOWN",
    "OP_INSTANCE_FAILOVER",
)


def places(answers: Answers, facts: Facts, name: str) -> list[str]:
    """The nodes that really run a guest of that name."""
    return [node.short for node in answers.nodes if name in facts.of(node.short, HYPERVISOR).guests]


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """A cluster, its members, room, free addresses; and no guest that runs where it must not."""
    yield from master_is_ready(answers, facts)
    config = cluster(answers, facts)
    if config is None:
        return
    for daemon in facts.of(answers.master.short, GANETI).lacks(
        ("ganeti-luxid", "ganeti-wconfd", "ganeti-noded")
    ):
        yield Finding(answers.master.short, f"{daemon} does not run", "finish the step `cluster`")
    yield from checks.blockers(answers, facts, config)
    for one in answers.instance.wanted:
        hosts = places(answers, facts, one.name)
        if len(hosts) > 1:
            what = (
                f"{one.name} runs on {' and '.join(hosts)} at the same time; both write, "
                "and their disks part"
            )
            yield Finding(
                hosts[0],
                what,
                "keep hands off the wizard here: decide which copy is the right one first",
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
    for number, one in enumerate(answers.instance.wanted):
        stage, guest = 2 * number + 1, config.instance(one.name)
        under_way = followed(answers, facts, one.name, *WORK, stage=stage)
        if under_way:
            yield under_way
        elif guest is None:
            yield _add(answers, facts, one, stage)
        elif not places(answers, facts, one.name):
            yield from _revive(answers, facts, guest, stage)


def _clean(left: Leftover) -> Iterator[Command]:
    for minor in left.minors:
        risk = f"ends the replication of minor {minor.number} ({minor.states})"
        yield _destroy(left, ("drbdsetup", "down", minor.resource), risk)
    paths = tuple(volume.path for volume in left.volumes)
    yield _destroy(
        left, ("lvremove", "-f", "-q", *paths), f"removes {len(paths)} volumes and what is in them"
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


def _add(answers: Answers, facts: Facts, one: Instance, stage: int) -> Command:
    release = release_of(facts, answers.master.short)
    primary, secondary = answers.node(one.primary).name, answers.node(one.secondary).name
    return Command(
        host=answers.master.short,
        argv=(
            *("gnt-instance", "add", *SUBMIT, "-t", "drbd", "-n", f"{primary}:{secondary}"),
            *("-o", f"debootstrap+{one.suite}"),
            *(
                "--disk",
                f"0:size={one.disk_mib}M,name=root",
                "--disk",
                f"1:size={one.swap_mib}M,name=swap",
            ),
            *("-B", f"memory={one.memory_mib}M,vcpus={one.vcpus}"),
            *(
                "--net",
                f"0:mode=bridged,link={answers.bridge.name},ip={one.ip}",
                *release.names_checked,
                one.name,
            ),
        ),
        kind=Kind.JOB,
        why=(
            f"makes {one.name} run on {one.primary}, every block of its disks on "
            f"{one.secondary} as well"
        ),
        risk="takes disk space on both nodes; the first synchronisation loads the network",
        undo=f"gnt-instance remove {one.name}, which destroys its disks",
        stage=stage,
        minutes=5,
    )


def _revive(answers: Answers, facts: Facts, guest: Guest, stage: int) -> Iterator[Command]:
    last = facts.of(answers.master.short, JOBS).last(CREATE, REINSTALL, instance=guest.name)
    if guest.state == "down" and last is not None and last.status in ("error", "canceled"):
        yield Command(
            host=answers.master.short,
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
        host=answers.master.short,
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
    for one in answers.instance.wanted:
        guest = config.instance(one.name)
        if guest is None:
            yield Finding(answers.master.short, f"there is no instance {one.name}", "run this step")
            continue
        home, hosts = config.node_name(guest.primary), places(answers, facts, one.name)
        short = next((node.short for node in answers.nodes if node.name == home), one.primary)
        if hosts != [short]:
            what = (
                f"{one.name} runs on {' and '.join(hosts) or 'no node'}, and its primary "
                f"node is {home}"
            )
            yield Finding(
                short, what, f"gnt-instance info {one.name}; gnt-instance startup {one.name}"
            )
        if guest.state != "up":
            yield Finding(
                short, f"{one.name} is marked {guest.state}", f"gnt-instance startup {one.name}"
            )
        yield from _disks(answers, facts, config, guest)


def _disks(answers: Answers, facts: Facts, config: Config, guest: Guest) -> Iterator[Finding]:
    for number, disk in enumerate(config.disks_of(guest)):
        if not disk.minors:
            what = (
                f"disk {number} of {guest.name} has no copy on another node (its type is "
                f"{disk.type})"
            )
            mend = (
                f"shut {guest.name} down, then gnt-instance modify -t drbd -n NODE "
                f"{guest.name}; start it again"
            )
            yield Finding(answers.master.short, what, mend)
        for uuid, minor in zip(disk.nodes, disk.minors, strict=False):
            node = next(
                (node for node in answers.nodes if node.name == config.node_name(uuid)), None
            )
            if node is None:
                continue
            seen, label = (
                facts.of(node.short, REPLICAS).minor(minor),
                f"disk {number} of {guest.name}",
            )
            if seen is None:
                what, mend = (
                    f"{label} is not there (DRBD minor {minor})",
                    f"gnt-instance activate-disks {guest.name}",
                )
            elif seen.cs in ("SyncSource", "SyncTarget"):
                what, mend = (
                    f"{label} still synchronises ({seen.synced:g} %)",
                    "wait: cat /proc/drbd shows how far it is",
                )
            elif seen.cs == "StandAlone":
                what = f"{label} is cut off from its copy (DRBD minor {minor}: {seen.states})"
                mend = (
                    "decide which copy is the right one before anything else; nothing is "
                    "done by itself"
                )
            elif not seen.healthy:
                what = f"{label} is not whole (DRBD minor {minor}: {seen.states})"
                mend = (
                    "check the network between the nodes, then gnt-instance "
                    f"activate-disks {guest.name}"
                )
            else:
                continue
            yield Finding(node.short, what, mend)


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
    blockers=blockers,
    minutes=10,
)
