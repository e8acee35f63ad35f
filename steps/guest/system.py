"""What is to be done inside one instance: names, packages, language, time, root, swap, console."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common import apt
from steps.common.edit import assigned
from steps.common.facts.lists import APT_LISTS
from steps.common.facts.packages import PACKAGES
from steps.guest import texts
from steps.guest.facts.guest import HOSTS, INSIDE, INTERFACES, LOCALE, RESOLV, normal
from steps.guest.facts.guestapt import GUEST_APT, HOME, PROXY, SOURCES
from steps.network.etchosts import rewritten
from wizard.answers import Answers, Instance
from wizard.model.facts import Facts
from wizard.model.step import Command, Kind, Prompt, write_file

PACKAGES_WANTED = ("openssh-server", "udev", "locales", "tzdata")
CLOCK_KEEPERS = ("systemd-timesyncd", "chrony", "ntpsec", "ntp", "openntpd")
"""Packages that keep the clock, each in conflict with the others; the first is taken when there is
none. Under Xen a guest takes the time when it boots and then goes on by itself, also where the
node's own clock is set.
"""


def wanted_packages(answers: Answers, facts: Facts, host: str) -> tuple[str, ...]:
    """The packages that a guest needs for this step's answers."""
    keepers = [name for name in CLOCK_KEEPERS if facts.of(host, PACKAGES).get(name).installed]
    task = ("tasksel",) if answers.guest.standard else ()
    return (*PACKAGES_WANTED, *(keepers or CLOCK_KEEPERS)[:1], *task)


def wanted_locales(answers: Answers) -> tuple[str, ...]:
    """The default and the further ones; C and C.UTF-8 come with the C library."""
    named = dict.fromkeys((answers.guest.locale, *answers.guest.locales))
    return tuple(one for one in named if not one.startswith("C"))


def deaf(answers: Answers, facts: Facts, one: Instance) -> bool:
    """Whether the guest reaches no archive and asks only itself for names, as its node did when it
    was made.
    """
    inside = facts.of(one.short, INSIDE)
    reached = facts.of(one.short, GUEST_APT).reached
    local = all(address.startswith(("127.", "::1")) for address in inside.nameservers)
    failed = any(said != "ok" for said in reached.values())
    return (
        failed
        and not answers.guest.proxy
        and local
        and bool(facts.of(one.primary, HOME).nameservers)
    )


def unsettled(answers: Answers, facts: Facts, one: Instance) -> bool:
    """Whether `network` changes the guest's way out, so that what it reaches now says nothing yet."""  # noqa: E501
    inside, guest = facts.of(one.short, INSIDE), answers.guest
    gateway = guest.gateway not in ("", inside.gateway)
    return gateway or bool(guest.nameservers and inside.nameservers != tuple(guest.nameservers))


def network(answers: Answers, facts: Facts, one: Instance) -> Iterator[Command]:
    """Name, address, gateway and name server, where the hooks have not set them or somebody changed
    them.
    """
    host, inside = one.short, facts.of(one.short, INSIDE)
    if inside.static != one.name or inside.kernel != one.name:
        why = "the full name is the host's name, as on the nodes"
        undo = f"hostnamectl set-hostname {inside.static or inside.kernel}"
        yield Command(host, ("hostnamectl", "set-hostname", one.name), why, undo=undo)
    old = inside.files.get(HOSTS, "")
    new = rewritten(old or "127.0.0.1\tlocalhost\n", [(one.name, str(one.ip))])
    if new != old:
        why = (
            "its own name leads to its own address without any name server, so `hostname "
            "-f` is the full name"
        )
        yield write_file(host, HOSTS, new, why, undo=f"take the line of {one.name} out again")
    yield from _ways(answers, facts, one)
    yield from _names(answers, facts, one)


def _ways(answers: Answers, facts: Facts, one: Instance) -> Iterator[Command]:
    host, inside, wanted = one.short, facts.of(one.short, INSIDE), answers.guest.gateway
    lasting = inside.files.get(INTERFACES, "")
    if not texts.has_address(lasting, str(one.ip)) or (
        wanted and not texts.has_gateway(lasting, wanted)
    ):
        card = next(
            (row.split()[0] for row in inside.addresses if row.split()[1].startswith(f"{one.ip}/")),
            "eth0",
        )
        gateway = wanted or facts.of(one.primary, HOME).gateway
        text = texts.interfaces(card, str(one.ip), answers.bridge.prefix, gateway)
        why = (
            f"{one.ip} is the address that Ganeti knows; this file brings it and the "
            "gateway back at each boot"
        )
        risk = "counts from the next boot on; other cards that it named are gone"
        yield write_file(host, INTERFACES, text, why, risk=risk, undo="put the old text back")
    if wanted not in ("", inside.gateway):
        undo = (
            f"ip route replace default via {inside.gateway}"
            if inside.gateway
            else "ip route del default"
        )
        why = "its way out, from now on; the file above is read at the next boot"
        yield Command(host, ("ip", "route", "replace", "default", "via", wanted), why, undo=undo)


def _names(answers: Answers, facts: Facts, one: Instance) -> Iterator[Command]:
    host, wanted = one.short, tuple(answers.guest.nameservers)
    if wanted and facts.of(host, INSIDE).nameservers != wanted:
        text = "".join(f"nameserver {address}\n" for address in wanted)
        yield write_file(
            host, RESOLV, text, "the name servers that you chose", undo="put the old text back"
        )
    elif not wanted and deaf(answers, facts, one):
        text = "".join(
            f"nameserver {address}\n" for address in facts.of(one.primary, HOME).nameservers
        )
        why = (
            "its name server was one on the node itself, which answers nobody else; these "
            "are the node's own sources"
        )
        yield write_file(host, RESOLV, text, why, undo="put the old text back")


def archives(answers: Answers, facts: Facts, one: Instance) -> Iterator[Command]:
    """Package sources, proxy, and what of the basic packages is missing."""
    host, seen = one.short, facts.of(one.short, GUEST_APT)
    wanted = texts.sources(answers, one)
    pairs = {(words[1], words[2]) for line in wanted.splitlines() if (words := line.split())}
    changed = not pairs <= set(seen.sources)
    if changed:
        why = (
            "the release, its updates and its security updates; debootstrap names the release only"
        )
        yield write_file(host, SOURCES, wanted, why, undo="put the old text back")
    proxy = texts.proxy(answers)
    if proxy and proxy != seen.proxy:
        yield write_file(host, PROXY, proxy, "apt asks the proxy for packages", undo=f"rm {PROXY}")
    elif seen.proxy and not proxy:
        yield Command(
            host,
            ("rm", PROXY),
            "no proxy is wanted any more",
            undo=f"write it again: {seen.proxy.strip()}",
        )
    names = wanted_packages(answers, facts, host)
    lacking = facts.of(host, PACKAGES).lacking(names)
    if changed and (facts.of(host, APT_LISTS) or not lacking):
        yield Command(
            host,
            ("apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", "--error-on=any", "update"),
            "the sources are others now",
            undo="none needed",
            kind=Kind.UNIT,
            minutes=0.5,
        )
    if not lacking:
        yield from apt.repair(facts, host)
    yield from apt.install(
        facts,
        host,
        names,
        "what it needs to be reached, to speak a language, to know the time",
        2.0,
    )


def language(answers: Answers, facts: Facts, one: Instance) -> Iterator[Command]:
    """Locales and the time zone."""
    host, inside, guest = one.short, facts.of(one.short, INSIDE), answers.guest
    missing = [name for name in wanted_locales(answers) if normal(name) not in inside.locales]
    if missing:
        yield Command(
            host,
            ("sh", "-c", texts.LOCALES, "locales", *missing),
            "programs speak a language only after its locale was compiled",
            undo="take the lines out of /etc/locale.gen and run locale-gen",
            kind=Kind.UNIT,
            title=f"generate the locales {' '.join(missing)}",
            minutes=1.0,
        )
    if assigned(inside.files.get(LOCALE, ""), "LANG") != guest.locale:
        why = "the language of new logins and of services"
        yield Command(
            host, ("update-locale", f"LANG={guest.locale}"), why, undo="update-locale LANG"
        )
    if guest.timezone and (inside.zone, inside.zone_file) != (guest.timezone, guest.timezone):
        yield Command(
            host,
            ("sh", "-c", texts.ZONE, "zone", guest.timezone),
            "times in logs are local times; programs that run keep the old zone until they restart",
            undo=f"the same with {inside.zone or 'Etc/UTC'}",
            title=f"set the time zone {guest.timezone}",
        )


def root(answers: Answers, facts: Facts, one: Instance) -> Iterator[Command]:
    """Never an empty password; further keys; a password of the operator's choice."""
    host, inside, guest = one.short, facts.of(one.short, INSIDE), answers.guest
    new = [key for key in guest.root_keys if " ".join(key.split()[:2]) not in inside.keys]
    if new:
        yield Command(
            host,
            ("sh", "-c", texts.KEYS, "keys"),
            "these keys may log in as root",
            undo="take the lines out of /root/.ssh/authorized_keys",
            stdin="".join(f"{key}\n" for key in new),
            title=f"add {len(new)} ssh keys for root",
        )
    if guest.root_password and inside.password != "set":
        yield Command(
            host,
            ("chpasswd",),
            "root can log in on the console then; ssh lets root in by key only, as Debian has it",
            undo="usermod -p '*' root",
            stdin="root:",
            prompts=(Prompt(f"root-{host}", f"New password of root on {host}", new=True),),
            title="set root's password",
        )
    elif inside.password == "empty":
        why = "anybody on the console would be root: the password that debootstrap leaves is empty"
        yield Command(host, ("usermod", "-p", "*", "root"), why, undo="passwd root")


def swap(answers: Answers, facts: Facts, one: Instance) -> Iterator[Command]:
    """Swap on the second disk, unless some swap space is in use and lasts: an encrypted one, for
    instance.
    """
    host, inside = one.short, facts.of(one.short, INSIDE)
    usable = [
        disk
        for disk in inside.disks
        if disk.type == "swap" or (disk.blank and not disk.type and not disk.used)
    ]
    if inside.lasting_swap and not inside.swaps:
        yield Command(
            host, ("swapon", "-a"), "fstab names a swap space that is not in use", undo="swapoff -a"
        )
    elif usable and not (inside.swaps and inside.lasting_swap):
        path = usable[0].path
        yield Command(
            host,
            ("sh", "-c", texts.SWAP, "swap", path),
            "the second disk was made for swap; it is empty, or a swap space already",
            risk=f"writes a swap space onto {path} if nothing at all is on it",
            undo=f"swapoff {path}, and take its line out of /etc/fstab",
            title=f"use {path} as swap, now and at each boot",
        )


def getty(answers: Answers, facts: Facts, one: Instance, console: str) -> Iterator[Command]:
    """A login prompt on the console."""
    host, inside = one.short, facts.of(one.short, INSIDE)
    if inside.getty.get(console) != "enabled active":
        unit = f"serial-getty@{console}.service"
        why = "`gnt-instance console` shows a login prompt there"
        yield Command(
            host,
            ("systemctl", "enable", "--now", unit),
            why,
            undo=f"systemctl disable --now {unit}",
        )


def standard(answers: Answers, facts: Facts, one: Instance) -> Iterator[Command]:
    """The task `standard`, last of all because it takes longest."""
    if not answers.guest.standard or facts.of(one.short, GUEST_APT).standard == 0:
        return
    yield Command(
        one.short,
        ("sh", "-c", texts.STANDARD, "standard"),
        "manual pages, mailcap, telnet, DNS tools and the like, as the article has it",
        risk="about 100 packages; they and the package lists take some 330 MB of the disk",
        undo="/var/log/apt/history.log names every package",
        kind=Kind.UNIT,
        title="tasksel install standard",
        minutes=5,
    )
