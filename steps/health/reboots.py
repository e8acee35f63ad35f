"""Check of what takes a machine away by itself: reboots after upgrades, and sleep."""

from __future__ import annotations

from collections.abc import Iterator

from steps.health.facts.reboots import REBOOTS, Reboots
from steps.health.look import Look
from wizard.base.names import clause
from wizard.model.verdicts import Level, Verdict

_OPTION = "Unattended-Upgrade::Automatic-Reboot"
_SLEEP = "sleep.target suspend.target hibernate.target hybrid-sleep.target"


def reboots(look: Look) -> Iterator[Verdict]:
    """No node and no guest reboots or sleeps unless somebody says so."""
    nodes = [node.short for node in look.seen]
    guests = [name for name, _ in look.guests if name in look.facts.raw]
    wrong: list[Verdict] = []
    for host in (*nodes, *guests):
        seen = look.facts.of(host, REBOOTS)
        if seen.by_itself:
            wrong.append(_by_itself(look, host, seen, others=set(nodes) - {host}))
        if seen.slept:
            wrong.append(_slept(host, seen))
    yield from wrong
    told = [host for host in (*nodes, *guests) if look.facts.of(host, REBOOTS).told]
    if told and not wrong:
        yield Verdict("reboots", "", Level.OK, what="no machine reboots or sleeps by itself")


def _by_itself(look: Look, host: str, seen: Reboots, others: set[str]) -> Verdict:
    is_node = host in [node.short for node in look.answers.nodes]
    mend = (
        f"grep -r Automatic-Reboot /etc/apt/apt.conf.d names the file there: set {_OPTION} to "
        '"false" in it'
    )
    consequence = "its encrypted volume stays locked then, until somebody opens it"
    if is_node:
        also = sorted(name for name in others if look.facts.of(name, REBOOTS).by_itself)
        consequence = "its instances stop then, and their encrypted volumes stay locked"
        if also:
            too = clause(also, "does so too", "do so too")
            consequence += f"; {too}, perhaps in the same minute"
        mend += f"; after an upgrade, one after the other: ganeti-wizard maintenance {host}"
    return Verdict(
        "reboots",
        host,
        Level.WARNING,
        what=f"unattended-upgrades reboots it {seen.when} when an upgrade asks for it: "
        f"{consequence}",
        mend=mend,
    )


def _slept(host: str, seen: Reboots) -> Verdict:
    times = "once" if seen.slept == 1 else f"{seen.slept} times"
    return Verdict(
        "reboots",
        host,
        Level.WARNING,
        what=f"it was suspended {times} since its boot: nothing on it answers then, and to the "
        "others it is dead",
        mend=f"systemctl mask {_SLEEP}; a desktop's idle login screen does it, or a lid",
    )
