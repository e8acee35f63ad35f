"""The inside of each instance: network, packages, language, root, swap, console (row 15)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from steps.common import apt
from steps.common.facts.packages import PACKAGES, UNFINISHED
from steps.common.facts.release import SYSTEM, hypervisor_of
from steps.ganeti.acting import alone, answering, cluster, master_host, no_master
from steps.ganeti.facts.ganeti import GANETI
from steps.ganeti.facts.jobs import JOBS
from steps.guest import stop, system
from steps.guest.facts.guest import INSIDE, OUTSIDE, Inside
from steps.guest.facts.guestapt import FALLBACK, GUEST_APT, HOME
from steps.guest.facts.gueststop import STOPS
from steps.guest.network import deaf, home_of, network, unsettled
from wizard.answers import Answers, Instance, Node
from wizard.answers.guests import GuestSetup
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Step, not_done, on_nodes


def hosts(answers: Answers) -> Sequence[str]:
    """The guests, which are set up, and the nodes, which look at them from outside."""
    guests = [guest.short for guest in answers.guests]
    return [*guests, *on_nodes(answers)]


def suggest(answers: Answers, facts: Facts) -> Mapping[str, Any]:
    """Archives, proxy and time zone of the first guest's node."""
    if not answers.guests:
        return {}
    home = home_of(answers, facts, answers.guests[0])
    values = {
        "mirror": home.mirror or FALLBACK[0],
        "security": home.security or FALLBACK[1],
        "proxy": home.proxy,
        "timezone": home.zone or "Etc/UTC",
    }
    return {name: value for name, value in values.items() if value}


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Another release than wanted, apt at work, or no way to the packages that are missing;
    nobody to give the trial's command to.
    """
    yield from no_master(answers, facts)
    for guest in answers.guests:
        codename = facts.of(guest.short, INSIDE).codename
        if codename != guest.suite:
            yield Finding(
                guest.short,
                what=f"Debian {codename or '?'} is installed in it, and {guest.suite} is wanted",
                mend="correct the instance's release in the answers, or reinstall it",
                step="instance",
            )
        else:
            yield from _packages(answers, facts, guest)


def _packages(answers: Answers, facts: Facts, guest: Instance) -> Iterator[Finding]:
    missing = _packages_missing(answers, facts, guest)
    if missing or facts.of(guest.short, UNFINISHED).broken:
        yield from apt.at_work(facts, guest.short)
    if not missing:
        return
    # What the step is about to change in the guest's network may be what keeps it from them.
    if deaf(answers, facts, guest) or unsettled(answers, facts, guest):
        return
    for archive, said in facts.of(guest.short, GUEST_APT).reached.items():
        if said != "ok":
            yield Finding(
                guest.short,
                what=f"it cannot reach {archive} ({said})",
                mend=_way_out(answers),
            )


def _packages_missing(answers: Answers, facts: Facts, guest: Instance) -> bool:
    names = system.wanted_packages(answers, facts, guest.short)
    if facts.of(guest.short, PACKAGES).lacking(names):
        return True
    return answers.guest.standard and facts.of(guest.short, GUEST_APT).standard != 0


def _way_out(answers: Answers) -> str:
    if answers.guest.proxy:
        return (
            f"see that the proxy {answers.guest.proxy} runs and lets the guest in, or "
            "correct the answer `proxy`"
        )
    return (
        "give it a way: a gateway and a name server (answers `gateway`, `nameservers`); or "
        "an archive on that network (answers `mirror`, `security`); or an HTTP proxy that the "
        "guest reaches (answer `proxy`), for instance apt-cacher-ng on a node"
    )


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """What is not yet as it should be, several guests side by side; when all is right, one shutdown
    as a trial.
    """
    commands = list(_set_up(answers, facts))
    yield from commands
    config = cluster(answers, facts)
    in_service = config is not None and not alone(facts, config)
    # A trial is a start, and beside a node that is away nothing is started.
    if in_service and not commands and not list(_unwell(answers, facts)):
        for stage, guest in enumerate(answers.guests):
            yield from stop.trial(answers, facts, guest, stage)


def _set_up(answers: Answers, facts: Facts) -> Iterator[Command]:
    console = hypervisor_of(answers, facts, master_host(answers, facts)).console
    for guest in answers.guests:
        yield from network(answers, facts, guest)
        yield from system.archives(answers, facts, guest)
        yield from system.language(answers, facts, guest)
        yield from system.root(answers, facts, guest)
        yield from system.swap(answers, facts, guest)
        yield from system.getty(answers, facts, guest, console)
        yield from stop.watch(facts, guest)
        yield from system.standard(answers, facts, guest)


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Nothing left to do, what no command mends, the guest as each node sees it, and how its trial
    went.
    """
    yield from not_done(plan(answers, facts))
    yield from _unwell(answers, facts)
    for guest in answers.guests:
        yield from stop.problems(facts, guest)


def _unwell(answers: Answers, facts: Facts) -> Iterator[Finding]:
    for guest in answers.guests:
        inside = facts.of(guest.short, INSIDE)
        yield from _name(answers, facts, guest, inside)
        yield from _terminals(guest, inside)
        yield from _swap(answers, facts, guest, inside)
        yield from _shutdown(answers, guest, inside)
        for node in answering(answers, facts):
            yield from _from_outside(answers, facts, guest, node)


def _from_outside(answers: Answers, facts: Facts, guest: Instance, node: Node) -> Iterator[Finding]:
    address = str(guest.ip)
    outside = facts.of(node.short, OUTSIDE)
    if not outside.pings.get(address):
        yield Finding(
            node.short,
            what=f"{guest.name} ({address}) does not answer to ping from here",
            mend=f"look at the bridge {answers.bridge.name} here: bridge link; ip neigh",
        )
    if not outside.banners.get(address, "").startswith("SSH-"):
        yield Finding(
            node.short,
            what=f"no ssh server greets at {address} port 22 from here",
            mend=f"gnt-instance console {guest.name}, then systemctl status ssh",
        )


def _name(answers: Answers, facts: Facts, guest: Instance, inside: Inside) -> Iterator[Finding]:
    if inside.full != guest.name and not list(network(answers, facts, guest)):
        yield Finding(
            guest.short,
            what=f"`hostname -f` says {inside.full or 'nothing'}",
            mend="see /etc/hosts and /etc/nsswitch.conf there",
        )


def _terminals(guest: Instance, inside: Inside) -> Iterator[Finding]:
    # The article's line for fstab(5); today systemd mounts it so by itself. Group 5 is tty, which
    # lets write(1) and wall(1) through.
    if not inside.devpts.startswith("devpts ") or "gid=5,mode=620" not in inside.devpts:
        yield Finding(
            guest.short,
            what=f"/dev/pts is not as it should be ({inside.devpts or 'not mounted'})",
            mend="systemd mounts /dev/pts: take any line for it out of /etc/fstab, then reboot",
        )


def _swap(answers: Answers, facts: Facts, guest: Instance, inside: Inside) -> Iterator[Finding]:
    if inside.swaps or inside.lasting_swap or list(system.swap(answers, facts, guest)):
        return
    held = [f"{disk.path} holds {disk.type or 'something'}" for disk in inside.disks]
    found = "; ".join(held) or "there is no second disk"
    yield Finding(
        guest.short,
        what=f"no swap, and no disk that can be taken for it ({found})",
        mend="nothing that holds data is overwritten: wipefs -a it if it is of no use",
    )


def _shutdown(answers: Answers, guest: Instance, inside: Inside) -> Iterator[Finding]:
    """Xen's request reaches the kernel, which runs its poweroff_cmd; KVM presses a button that
    logind hears.
    """
    if not inside.poweroff:
        yield Finding(
            guest.short,
            what="the kernel's poweroff command is not there, so a shutdown request is not obeyed",
            mend="apt-get install systemd-sysv",
        )
    hears_button = inside.logind == "active" and inside.button
    if answers.xen.hypervisor == "kvm" and not hears_button:
        yield Finding(
            guest.short,
            what="nothing hears the power button, so a shutdown request is not obeyed",
            mend=(
                "apt-get install dbus; the modules button and evdev come with the hook "
                "gw-50-modules at the next reinstall"
            ),
        )


STEP = Step(
    id="guest",
    title="Set the instance up inside",
    reason=(
        "A fresh debootstrap has an empty root password, one package source, no language and no "
        "time zone. After this step the instance is a server of its own that can be reached, "
        "updated, watched on its console, and moved within seconds, because it obeys a request "
        "to shut down: that is tried once, before anybody needs it."
    ),
    then=(
        "on the console: passwd; /etc/network/interfaces; /etc/apt/sources.list; apt-get install "
        "openssh-server udev; none /dev/pts devpts gid=5,mode=620 0 0; /etc/hostname; "
        "dpkg-reconfigure locales; tasksel install standard"
    ),
    now=(
        "the same over ssh through the nodes; devpts is systemd's work today; swap on disk 2; no "
        "empty password; one shutdown for real"
    ),
    plan=plan,
    verify=verify,
    section=GuestSetup,
    facts=(SYSTEM, INSIDE, GUEST_APT, OUTSIDE, HOME, STOPS, GANETI, JOBS, *apt.FACTS),
    needs=("console",),
    may_miss=on_nodes,
    blockers=blockers,
    suggest=suggest,
    hosts=hosts,
    secrets=lambda answers: [f"root-{guest.short}" for guest in answers.guests],
    minutes=12,
)
