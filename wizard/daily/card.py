"""The card on the wall as a value: blocks of rows, the facts behind them, and a digest that tells one from another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from wizard.base.errors import StateError, Unreachable, WizardError
from wizard.base.exits import Exit
from wizard.model.facts import Facts, gather
from wizard.state.store import replace

if TYPE_CHECKING:
    from wizard.answers import Answers
    from wizard.model.step import Fact
    from wizard.run.session import Session
    from wizard.state.store import Store

FILE = "card.json"
"""The last card's data, in the state directory."""


@dataclass(frozen=True)
class Row:
    """One line of a block: a command to type, or a label, and what to know about it; or a text alone.

    Rows with a command are numbered; a label and what is a `danger` are printed bold.
    """

    text: str = ""
    command: str = ""
    danger: bool = False
    label: str = ""


@dataclass(frozen=True)
class Block:
    """A heading ("" for none) and its rows."""

    title: str
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Card:
    """One page. `serial` is the configuration's; `facts` are what it says of the cluster, by name, for comparing."""

    title: str
    serial: int
    blocks: tuple[Block, ...]
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Eight letters and digits that change with the content; date and serial are not part of it."""
        data = [self.title, [asdict(block) for block in self.blocks], dict(self.facts)]
        return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:8].upper()


@dataclass(frozen=True)
class Cards:
    """How a card is made; pure. `facts` gives what to look at by host, guests by the first label of their names."""

    facts: Callable[[Answers], Mapping[str, Sequence[Fact[Any]]]]
    make: Callable[[Answers, Facts], Card]


@dataclass(frozen=True)
class Kept:
    """What is remembered of the last card; `made` is the day it was made on."""

    made: str
    serial: int
    digest: str
    facts: Mapping[str, str]


def take(session: Session, cards: Cards) -> Card:
    """Look at the hosts and make the card; raises Unreachable when one does not answer: half a card misleads."""
    wanted = cards.facts(session.answers)
    hosts = [(session.hosts[name], facts) for name, facts in wanted.items() if name in session.hosts]
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
    replace(store.folder / FILE, json.dumps(asdict(kept), indent=1) + "\n")


def kept(store: Store) -> Kept:
    """The last card; raises WizardError when there is none, StateError when its data cannot be read."""
    path = store.folder / FILE
    try:
        return Kept(**json.loads(path.read_text()))
    except FileNotFoundError as error:
        raise WizardError("no card was made yet", mend="ganeti-wizard card", code=Exit.PENDING) from error
    except (OSError, ValueError, TypeError) as error:
        raise StateError(f"cannot be read: {error}", where=str(path), mend="make a new card") from error


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
