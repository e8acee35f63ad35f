"""Installing a few packages as part of a step: list update, mending of an interrupted run, then the packages."""

from __future__ import annotations

from collections.abc import Iterator

from steps.facts.lists import APT_LISTS
from steps.facts.packages import PACKAGES, UNFINISHED
from wizard.facts import Facts
from wizard.step import Command, Finding, Kind

FACTS = (PACKAGES, UNFINISHED, APT_LISTS)
"""What the functions here look at."""

APT = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300")
KEEP = ("-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold")
CONFIGURE = ("env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--force-confdef", "--force-confold", "--configure", "-a")
"""Finishes whatever an interrupted dpkg left, and keeps changed configuration files."""


def blockers(facts: Facts, host: str, names: tuple[str, ...]) -> Iterator[Finding]:
    """Another program is changing packages on this host, and some of ours are missing."""
    lock = facts.of(host, UNFINISHED).lock
    if lock and facts.of(host, PACKAGES).lacking(names):
        pid, _, program = lock.partition(" ")
        yield Finding(host, f"{program or 'a process'} (pid {pid}) is changing packages", "wait until it has ended")


def install(facts: Facts, host: str, names: tuple[str, ...], why: str, minutes: float = 1.0) -> Iterator[Command]:
    """Whatever is needed until all `names` are fully installed; nothing when they are."""
    lacking = facts.of(host, PACKAGES).lacking(names)
    if not lacking:
        return
    if facts.of(host, UNFINISHED).broken:
        yield Command(
            host,
            CONFIGURE,
            "an earlier installation was cut short: finish it first",
            risk="packages that were unpacked get configured; configuration files stay",
            undo="none needed",
            kind=Kind.UNIT,
            minutes=1.0,
        )
    if not facts.of(host, APT_LISTS):
        yield Command(
            host,
            (*APT, "update"),
            "the package lists are missing or older than a day",
            risk="changes nothing but the lists",
            undo="none needed",
            kind=Kind.UNIT,
            minutes=0.5,
        )
    yield Command(
        host,
        (*APT, *KEEP, "--no-install-recommends", "install", *lacking),
        why,
        risk="installs packages from the configured mirror",
        undo=f"apt-get remove {' '.join(lacking)}",
        kind=Kind.UNIT,
        minutes=minutes,
    )
