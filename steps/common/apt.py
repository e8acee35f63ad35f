"""Installing a few packages as part of a step: list update, mending of an interrupted run, then the
packages.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.facts.lists import APT_LISTS
from steps.common.facts.packages import PACKAGES, UNFINISHED
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Kind

FACTS = (PACKAGES, UNFINISHED, APT_LISTS)
"""What the functions here look at."""

APT = (
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "apt-get",
    "-q",
    "-y",
    "-o",
    "DPkg::Lock::Timeout=300",
)
KEEP = ("-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold")
CONFIGURE = (
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "dpkg",
    "--force-confdef",
    "--force-confold",
    "--configure",
    "-a",
)
"""Finishes whatever an interrupted dpkg left, and keeps changed configuration files."""


def blockers(facts: Facts, host: str, names: tuple[str, ...]) -> Iterator[Finding]:
    """Some of these packages are missing, and another program is changing packages on this host, or
    they are on hold.
    """
    if facts.of(host, PACKAGES).lacking(names):
        yield from at_work(facts, host)
        yield from on_hold(facts, host, names)


def on_hold(facts: Facts, host: str, names: tuple[str, ...]) -> Iterator[Finding]:
    """Packages that are missing and that apt may not install: it would end without doing anything
    ("Held packages were changed and -y was used", apt-get(8)).
    """
    packages = facts.of(host, PACKAGES)
    for name in packages.lacking(names):
        package = packages.get(name)
        if package.held:
            yield Finding(
                host,
                f"{name} is on hold and not installed (dpkg says {package.state})",
                f"apt-mark unhold {name}, if nothing speaks against it",
            )


def at_work(facts: Facts, host: str) -> Iterator[Finding]:
    """Another program is changing packages on this host."""
    lock = facts.of(host, UNFINISHED).lock
    if lock:
        pid, _, program = lock.partition(" ")
        yield Finding(
            host,
            f"{program or 'a process'} (pid {pid}) is changing packages",
            "wait until it has ended",
        )


def repair(facts: Facts, host: str) -> Iterator[Command]:
    """Finish what an interrupted dpkg left; nothing when all is whole.

    `dpkg --configure -a` alone leaves a package that was cut while it was unpacked: apt fetches
    that anew.
    """
    unfinished = facts.of(host, UNFINISHED)
    if not unfinished.broken:
        return
    names = unfinished.packages
    what = ", ".join(names[:5]) + (" …" if len(names) > 5 else "") or "an interrupted run of dpkg"
    yield Command(
        host,
        CONFIGURE,
        why=f"finish what was cut in half: {what}",
        risk="services of these packages start or restart",
        undo="none needed: it only ends what had begun",
        kind=Kind.UNIT,
        ok=(0, 1),
        minutes=1,
    )
    yield Command(
        host,
        (*APT, *KEEP, "--no-install-recommends", "-f", "install"),
        why="fetch what half-installed packages still lack",
        risk="may install or remove packages to resolve what is broken",
        undo="/var/log/apt/history.log names every change",
        kind=Kind.UNIT,
        minutes=2,
    )


def install(
    facts: Facts, host: str, names: tuple[str, ...], why: str, minutes: float = 1.0
) -> Iterator[Command]:
    """Whatever is needed until all `names` are fully installed; nothing when they are."""
    lacking = facts.of(host, PACKAGES).lacking(names)
    if not lacking:
        return
    yield from repair(facts, host)
    if not facts.of(host, APT_LISTS):
        yield update(
            host,
            "the package lists are missing or older than a day",
            "changes nothing but the lists",
        )
    risk = "installs packages from the configured mirror"
    yield fetch(host, lacking, why, risk=risk, undo="apt-get remove", minutes=minutes)


def update(host: str, why: str, risk: str = "") -> Command:
    """Fetch the package lists; a part of them that cannot be fetched is a failure."""
    return Command(
        host,
        (*APT, "--error-on=any", "update"),
        why,
        risk=risk,
        undo="none needed",
        kind=Kind.UNIT,
        minutes=0.5,
    )


def fetch(
    host: str, names: tuple[str, ...], why: str, *, risk: str, undo: str, minutes: float
) -> Command:
    """Install packages; `undo` is apt's command that takes them off again, without their names."""
    return Command(
        host,
        (*APT, *KEEP, "--no-install-recommends", "install", *names),
        why,
        risk=risk,
        undo=f"{undo} {' '.join(names)}",
        kind=Kind.UNIT,
        minutes=minutes,
    )
