"""What is to be done inside one instance: packages, language, time, root, swap, console."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common import apt, keys_back
from steps.common.back import as_it_was, aside, from_aside
from steps.common.edit import assigned
from steps.common.facts.lists import APT_LISTS
from steps.common.facts.packages import PACKAGES
from steps.common.files import put
from steps.common.units import enable
from steps.guest import texts
from steps.guest.facts.guest import INSIDE, LOCALE, Inside, normal
from steps.guest.facts.guestapt import GUEST_APT, PROXY, SOURCES, GuestApt
from wizard.answers import Answers, Instance
from wizard.base.plain import lines_of
from wizard.model.facts import Facts
from wizard.model.step import Command, Kind, Prompt
from wizard.model.undo import Undo
from wizard.model.write import write_file

AUTHORIZED = "/root/.ssh/authorized_keys"
PACKAGES_WANTED = ("openssh-server", "udev", "locales", "tzdata")
CLOCK_KEEPERS = ("systemd-timesyncd", "chrony", "ntpsec", "ntp", "openntpd")
"""Packages that keep the clock, each in conflict with the others; the first is taken when there is
none. Under Xen a guest takes the time when it boots and then goes on by itself, also where the
node's own clock is set.
"""


def wanted_packages(answers: Answers, facts: Facts, host: str) -> tuple[str, ...]:
    """The packages that a guest needs for this step's answers."""
    packages = facts.of(host, PACKAGES)
    installed = [name for name in CLOCK_KEEPERS if packages.get(name).installed]
    keeper = installed[0] if installed else CLOCK_KEEPERS[0]
    task = ("tasksel",) if answers.guest.standard else ()
    return (*PACKAGES_WANTED, keeper, *task)


def wanted_locales(answers: Answers) -> tuple[str, ...]:
    """The default and the further ones; C and C.UTF-8 come with the C library."""
    named = dict.fromkeys((answers.guest.locale, *answers.guest.locales))
    return tuple(locale for locale in named if not locale.startswith("C"))


def archives(answers: Answers, facts: Facts, guest: Instance) -> Iterator[Command]:
    """Package sources, proxy, and what of the basic packages is missing."""
    host = guest.short
    now = facts.of(host, GUEST_APT)
    text = texts.sources(answers, guest)
    changed = not _named_by(text) <= set(now.sources)
    if changed:
        yield write_file(
            host,
            SOURCES,
            text,
            why=(
                "the release, its updates and its security updates; "
                "debootstrap names the release only"
            ),
        )
    yield from _proxy(answers, host, now)
    names = wanted_packages(answers, facts, host)
    lacking = facts.of(host, PACKAGES).lacking(names)
    # Where packages are missing and the lists are old, `apt.install` fetches the lists itself.
    if changed and (facts.of(host, APT_LISTS) or not lacking):
        yield Command(
            host,
            ("apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", "--error-on=any", "update"),
            why="the sources are others now",
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
        why="what it needs to be reached, to speak a language, to know the time",
        minutes=2.0,
    )


def _named_by(sources: str) -> set[tuple[str, str]]:
    """Archive and suite of each line of sources.list(5)."""
    pairs = set()
    for line in lines_of(sources):
        _, archive, suite, *_ = line.split()
        pairs.add((archive, suite))
    return pairs


def _proxy(answers: Answers, host: str, now: GuestApt) -> Iterator[Command]:
    text = texts.proxy(answers)
    if text:
        yield from put(host, PROXY, text, now=now.proxy, why="apt asks the proxy for packages")
    elif now.proxy:
        yield Command(
            host,
            aside(PROXY),
            why="no proxy is wanted any more",
            undo=from_aside(PROXY),
            title=f"move {PROXY} aside",
        )


def language(answers: Answers, facts: Facts, guest: Instance) -> Iterator[Command]:
    """Locales and the time zone."""
    host = guest.short
    inside = facts.of(host, INSIDE)
    missing = [name for name in wanted_locales(answers) if normal(name) not in inside.locales]
    if missing:
        yield Command(
            host,
            ("sh", "-c", texts.LOCALES, "locales", *missing),
            why="programs speak a language only after its locale was compiled",
            undo="take the lines out of /etc/locale.gen and run locale-gen",
            kind=Kind.UNIT,
            title=f"generate the locales {' '.join(missing)}",
            minutes=1.0,
        )
    default = answers.guest.locale
    if assigned(inside.files.get(LOCALE, ""), "LANG") != default:
        yield Command(
            host,
            ("update-locale", f"LANG={default}"),
            why="the language of new logins and of services",
            undo=_former_language(default, assigned(inside.files.get(LOCALE, ""), "LANG")),
        )
    yield from _time_zone(answers.guest.timezone, host, inside)


def _time_zone(zone: str, host: str, inside: Inside) -> Iterator[Command]:
    if zone and not inside.zone == inside.zone_file == zone:
        yield Command(
            host,
            ("sh", "-c", texts.ZONE, "zone", zone),
            why=(
                "times in logs are local times; programs that run keep the old zone until "
                "they restart"
            ),
            undo=_former_zone(zone, inside),
            title=f"set the time zone {zone}",
        )


def _former_language(default: str, former: str | None) -> Undo:
    act = "update-locale LANG" if former is None else 'update-locale "LANG=$former"'
    return as_it_was(
        """sed -n 's/^LANG=//p' "/etc/default/locale" 2>/dev/null | tr -d "\\"'" """,
        act,
        left=default,
        former=former or "",
        title=f"the language {former}" if former else "no language by default",
    )


def _former_zone(zone: str, inside: Inside) -> Undo | str:
    if not inside.zone or not inside.zone_file:
        return "timedatectl set-timezone with the former zone; it was not set as Debian does it"
    return as_it_was(
        'link=$(readlink "/etc/localtime" || :); printf "%s " "${link##*/zoneinfo/}"; '
        'cat "/etc/timezone" 2>/dev/null || :',
        'ln -sfn "/usr/share/zoneinfo/$1" "/etc/localtime"; printf "%s\\n" "$2" >"/etc/timezone"',
        *(inside.zone, inside.zone_file),
        left=f"{zone} {zone}",
        former=f"{inside.zone} {inside.zone_file}",
        title=f"set the time zone {inside.zone}",
    )


def root(answers: Answers, facts: Facts, guest: Instance) -> Iterator[Command]:
    """Never an empty password; further keys; a password of the operator's choice."""
    inside = facts.of(guest.short, INSIDE)
    yield from _root_keys(answers, guest.short, inside)
    yield from _root_password(answers, guest.short, inside)


def _root_keys(answers: Answers, host: str, inside: Inside) -> Iterator[Command]:
    new = []
    for key in answers.guest.root_keys:
        kind_and_blob = " ".join(key.split()[:2])
        if kind_and_blob not in inside.keys:
            new.append(key)
    if new:
        yield Command(
            host,
            ("sh", "-c", texts.KEYS, "keys"),
            why="these keys may log in as root",
            undo=keys_back.lines(AUTHORIZED, tuple(new)),
            stdin="".join(f"{key}\n" for key in new),
            title=f"add {len(new)} ssh keys for root",
        )


def _root_password(answers: Answers, host: str, inside: Inside) -> Iterator[Command]:
    if answers.guest.root_password and inside.password != "set":
        yield Command(
            host,
            ("chpasswd",),
            why=(
                "root can log in on the console then; ssh lets root in by key only, "
                "as Debian has it"
            ),
            undo="none: the former password is kept nowhere; `passwd root` sets another one",
            # chpasswd(8) reads user:password; the password follows as the prompt's answer.
            stdin="root:",
            prompts=(Prompt(f"root-{host}", f"New password of root on {host}", new=True),),
            title="set root's password",
        )
    elif inside.password == "empty":
        yield Command(
            host,
            ("usermod", "-p", "*", "root"),
            why=(
                "anybody on the console would be root: the password that debootstrap leaves "
                "is empty"
            ),
            undo="none: the empty password does not come back; `passwd root` sets one",
        )


def swap(answers: Answers, facts: Facts, guest: Instance) -> Iterator[Command]:
    """Swap on the second disk, unless some swap space is in use and lasts: an encrypted one, for
    instance.
    """
    host = guest.short
    inside = facts.of(host, INSIDE)
    if inside.lasting_swap and not inside.swaps:
        yield Command(
            host,
            ("swapon", "-a"),
            why="fstab names a swap space that is not in use",
            undo="swapoff -a",
        )
        return
    usable = [disk for disk in inside.disks if disk.for_swap]
    settled = inside.swaps and inside.lasting_swap
    if usable and not settled:
        path = usable[0].path
        yield Command(
            host,
            ("sh", "-c", texts.SWAP, "swap", path),
            why="the second disk was made for swap; it is empty, or a swap space already",
            risk=f"writes a swap space onto {path} if nothing at all is on it",
            undo=f"swapoff {path}, and take its line out of /etc/fstab",
            title=f"use {path} as swap, now and at each boot",
        )


def getty(answers: Answers, facts: Facts, guest: Instance, console: str) -> Iterator[Command]:
    """A login prompt on the console."""
    inside = facts.of(guest.short, INSIDE)
    if inside.getty.get(console) != "enabled active":
        yield enable(
            guest.short,
            f"serial-getty@{console}.service",
            why="`gnt-instance console` shows a login prompt there",
            was=inside.getty.get(console, ""),
        )


def standard(answers: Answers, facts: Facts, guest: Instance) -> Iterator[Command]:
    """The task `standard`, last of all because it takes longest."""
    if not answers.guest.standard or facts.of(guest.short, GUEST_APT).standard == 0:
        return
    yield Command(
        guest.short,
        ("sh", "-c", texts.STANDARD, "standard"),
        why="manual pages, mailcap, telnet, DNS tools and the like, as the article has it",
        risk="about 100 packages; they and the package lists take some 330 MB of the disk",
        undo="/var/log/apt/history.log names every package",
        kind=Kind.UNIT,
        title="tasksel install standard",
        minutes=5,
    )
