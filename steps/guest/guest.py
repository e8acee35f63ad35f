"""The inside of each instance: network, packages, language, root, swap, console (article, row 15)."""  # noqa: E501

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from steps.common import apt
from steps.common.facts.packages import PACKAGES, UNFINISHED
from steps.common.facts.release import SYSTEM, hypervisor_of
from steps.ganeti.facts.jobs import JOBS
from steps.guest import stop, system
from steps.guest.facts.guest import INSIDE, OUTSIDE
from steps.guest.facts.guestapt import FALLBACK, GUEST_APT, HOME
from steps.guest.facts.gueststop import STOPS
from wizard.answers import Answers, Instance
from wizard.answers.guests import GuestSetup
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Step, not_done


def hosts(answers: Answers) -> Sequence[str]:
    """The guests, which are set up, and the nodes, which look at them from outside."""
    return [*(one.short for one in answers.guests), *(node.short for node in answers.nodes)]


def suggest(answers: Answers, facts: Facts) -> Mapping[str, Any]:
    """Archives, proxy and time zone of the first guest's node."""
    if not answers.guests:
        return {}
    home = facts.of(answers.guests[0].primary, HOME)
    found = {
        "mirror": home.mirror or FALLBACK[0],
        "security": home.security or FALLBACK[1],
        "proxy": home.proxy,
        "timezone": home.zone or "Etc/UTC",
    }
    return {name: value for name, value in found.items() if value}


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Another release than wanted, apt at work, or no way to the packages that are missing."""
    for one in answers.guests:
        inside, seen = facts.of(one.short, INSIDE), facts.of(one.short, GUEST_APT)
        if inside.codename != one.suite:
            what = f"Debian {inside.codename or '?'} is installed in it, and {one.suite} is wanted"
            yield Finding(
                one.short,
                what,
                "correct the instance's release in the step `instance`, or reinstall it",
            )
            continue
        names = system.wanted_packages(answers, facts, one.short)
        missing = bool(facts.of(one.short, PACKAGES).lacking(names))
        missing = missing or (answers.guest.standard and seen.standard != 0)
        if missing or facts.of(one.short, UNFINISHED).broken:
            yield from apt.at_work(facts, one.short)
        settled = not (system.deaf(answers, facts, one) or system.unsettled(answers, facts, one))
        for archive, said in seen.reached.items():
            if said != "ok" and missing and settled:
                yield Finding(one.short, f"it cannot reach {archive} ({said})", _way_out(answers))


def _way_out(answers: Answers) -> str:
    if answers.guest.proxy:
        return (
            f"see that the proxy {answers.guest.proxy} runs and lets the guest in, or "
            "correct the answer `proxy`"
        )
    return (
        "give it a way: a gateway and a name server (answers `gateway`, `nameservers`); or "
        "an archive on that network"
        " (answers `mirror`, `security`); or an HTTP proxy that the guest reaches (answer "
        "`proxy`), for instance"
        " apt-cacher-ng on a node"
    )


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """What is not yet as it should be, several guests side by side; when all is right, one shutdown
    as a trial.
    """
    first = list(_set_up(answers, facts))
    yield from first
    if not first and not list(_unwell(answers, facts)):
        for stage, one in enumerate(answers.guests):
            yield from stop.trial(answers, facts, one, stage)


def _set_up(answers: Answers, facts: Facts) -> Iterator[Command]:
    console = hypervisor_of(answers, facts, answers.master.short).console
    for one in answers.guests:
        yield from system.network(answers, facts, one)
        yield from system.archives(answers, facts, one)
        yield from system.language(answers, facts, one)
        yield from system.root(answers, facts, one)
        yield from system.swap(answers, facts, one)
        yield from system.getty(answers, facts, one, console)
        yield from stop.watch(facts, one)
        yield from system.standard(answers, facts, one)


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Nothing left to do, what no command mends, the guest as each node sees it, and how its trial
    went.
    """
    yield from not_done(plan(answers, facts))
    yield from _unwell(answers, facts)
    for one in answers.guests:
        yield from stop.problems(facts, one)


def _unwell(answers: Answers, facts: Facts) -> Iterator[Finding]:
    for one in answers.guests:
        yield from _inside(answers, facts, one)
        for node in answers.nodes:
            seen, address = facts.of(node.short, OUTSIDE), str(one.ip)
            if not seen.pings.get(address):
                what = f"{one.name} ({address}) does not answer to ping from here"
                yield Finding(
                    node.short,
                    what,
                    f"look at the bridge {answers.bridge.name} here: bridge link; ip neigh",
                )
            if not seen.banners.get(address, "").startswith("SSH-"):
                what = f"no ssh server greets at {address} port 22 from here"
                yield Finding(
                    node.short, what, f"gnt-instance console {one.name}, then systemctl status ssh"
                )


def _inside(answers: Answers, facts: Facts, one: Instance) -> Iterator[Finding]:
    inside = facts.of(one.short, INSIDE)
    if inside.full != one.name and not list(system.network(answers, facts, one)):
        what, mend = (
            f"`hostname -f` says {inside.full or 'nothing'}",
            "see /etc/hosts and /etc/nsswitch.conf there",
        )
        yield Finding(one.short, what, mend)
    if not inside.devpts.startswith("devpts ") or "gid=5,mode=620" not in inside.devpts:
        mend = "systemd mounts /dev/pts: take any line for it out of /etc/fstab, then reboot"
        yield Finding(
            one.short, f"/dev/pts is not as it should be ({inside.devpts or 'not mounted'})", mend
        )
    if not inside.swaps and not inside.lasting_swap and not list(system.swap(answers, facts, one)):
        held = "; ".join(f"{disk.path} holds {disk.type or 'something'}" for disk in inside.disks)
        what = (
            f"no swap, and no disk that can be taken for it ({held or 'there is no second disk'})"
        )
        yield Finding(
            one.short,
            what,
            "nothing that holds data is overwritten: wipefs -a it if it is of no use",
        )
    yield from _shutdown(answers, inside.poweroff, inside.logind, inside.button, one)


def _shutdown(
    answers: Answers, poweroff: str, logind: str, button: bool, one: Instance
) -> Iterator[Finding]:
    """Xen's request reaches the kernel, which runs its poweroff_cmd; KVM presses a button that
    logind hears.
    """
    if not poweroff:
        what = "the kernel's poweroff command is not there, so a shutdown request is not obeyed"
        yield Finding(one.short, what, "apt-get install systemd-sysv")
    if answers.xen.hypervisor == "kvm" and (logind != "active" or not button):
        what = "nothing hears the power button, so a shutdown request is not obeyed"
        mend = (
            "apt-get install dbus; the modules button and evdev come with the hook "
            "gw-50-modules at the next reinstall"
        )
        yield Finding(one.short, what, mend)


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
    facts=(SYSTEM, INSIDE, GUEST_APT, OUTSIDE, HOME, STOPS, JOBS, *apt.FACTS),
    needs=("console",),
    blockers=blockers,
    suggest=suggest,
    hosts=hosts,
    minutes=12,
)
