"""The card on the wall as a value: blocks of rows, the facts behind them, and a digest that tells
one from another.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from wizard.base.errors import StateError, Unreachable, WizardError
from wizard.base.exits import Exit
from wizard.base.own_files import read_whole
from wizard.model.card import Card, Cards
from wizard.run.gather import gather
from wizard.state.files import write_whole

if TYPE_CHECKING:
    from wizard.run.session import Session
    from wizard.state.store import Store

FILE = "card.json"
"""The last card's data, in the state directory."""


@dataclass(frozen=True)
class Kept:
    """What is remembered of the last card; `made` is the day it was made on."""

    made: str
    serial: int
    digest: str
    facts: Mapping[str, str]


def take(session: Session, cards: Cards) -> Card:
    """Look at the hosts and make the card; raises Unreachable when one does not answer: half a card
    misleads.
    """
    wanted = cards.facts(session.answers)
    hosts = [
        (session.hosts[name], facts) for name, facts in wanted.items() if name in session.hosts
    ]
    facts = gather(hosts, session.answers)
    for name, error in facts.missing.items():
        raise Unreachable(
            f"the card is made when every host answers; this one does not: {error.what}",
            where=name,
            mend="keep the card that hangs there until it does",
            code=error.code,
        )
    return cards.make(session.answers, facts)


def keep(store: Store, card: Card, made: str) -> None:
    """Remember a card that was made."""
    kept = Kept(made, card.serial, card.digest, dict(card.facts))
    write_whole(store.folder / FILE, json.dumps(asdict(kept), indent=1) + "\n")


def kept(store: Store) -> Kept:
    """The last card; raises WizardError when there is none, StateError when its data cannot be
    read.
    """
    path = store.folder / FILE
    try:
        return Kept(**json.loads(read_whole(path)))
    except FileNotFoundError as error:
        raise WizardError(
            "no card was made yet", mend="ganeti-wizard card", code=Exit.PENDING
        ) from error
    except (OSError, ValueError, TypeError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise StateError(
            f"cannot be read: {why}", where=str(path), mend="make a new card"
        ) from error


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    """What a reader of the old card would be wrong about, a line each."""
    for name in dict.fromkeys([*old, *new]):
        before, now = old.get(name), new.get(name)
        if before is None:
            yield f"{name}: new: {now}"
        elif now is None:
            yield f"{name}: gone (was {before})"
        elif before != now:
            yield f"{name}: {before} -> {now}"
