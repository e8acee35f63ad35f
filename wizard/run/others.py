"""Who else changes the hosts just now, by a look at them. To be told: nothing is refused by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wizard.answers import Answers
from wizard.base.errors import WizardError
from wizard.model.facts import Fact, Facts
from wizard.model.verdicts import Lock
from wizard.remote.host_lock import STALE, Holder
from wizard.remote.lock_look import LOCK
from wizard.state.owner import known_token


def lock_facts(answers: Answers, host: str) -> tuple[Fact[Any], ...]:
    """What every look asks this machine besides, in the same exec: who holds its lock. Nothing of a
    guest: it is its servers'.
    """
    names = {node.short for node in answers.nodes}
    backup = answers.backup_host
    if backup is not None:
        names.add(backup.short)
    return (LOCK,) if host in names else ()


def others(facts: Facts, folder: Path) -> Mapping[str, Holder]:
    """By host, who held its lock when it was looked at and works with another state directory than
    `folder`. A look that did not ask for locks, and words that are none, give nobody.
    """
    own = known_token(folder)
    holders = {}
    for host, texts in facts.raw.items():
        if LOCK.name not in texts:
            continue
        try:
            holder = facts.of(host, LOCK)
        except WizardError:
            continue
        if holder is not None and holder.token != own:
            holders[host] = holder
    return holders


def told(holders: Mapping[str, Holder]) -> Iterator[tuple[str, str]]:
    """Each host and who holds it, in the words by which a run would be refused."""
    for host, holder in holders.items():
        words = holder.words
        if holder.age is not None and holder.age >= STALE:
            words += "; it is free by now, unless a command of it still runs there"
        yield host, words


def reported(holders: Mapping[str, Holder], now: float) -> Iterator[Lock]:
    """The same as a report has it; `now` in seconds since 1970."""
    for host, words in told(holders):
        holder = holders[host]
        since = now - holder.held if holder.held is not None else None
        heard = now - holder.age if holder.age is not None else None
        yield Lock(host, holder.who, holder.doing, since, heard, words)


def locks(facts: Facts, folder: Path, now: float) -> Iterator[Lock]:
    """Who else changes the hosts, as a report has it; `folder` is the state directory of whoever
    looks.
    """
    return reported(others(facts, folder), now)
