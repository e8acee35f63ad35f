"""The card on the wall as a value: blocks of rows, the facts behind them, and a digest that tells
one from another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from wizard.model.facts import Fact, Facts

if TYPE_CHECKING:
    from wizard.answers import Answers


@dataclass(frozen=True)
class Row:
    """One line of a block: a command to type, or a label, and what to know about it; or a text
    alone.

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
    """One page. `serial` is the configuration's; `facts` are what it says of the cluster, by name,
    for comparing.
    """

    title: str
    serial: int
    blocks: tuple[Block, ...]
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Eight letters and digits that change with the content; date and serial are not part of
        it.
        """
        data = [self.title, [asdict(block) for block in self.blocks], dict(self.facts)]
        return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:8].upper()


@dataclass(frozen=True)
class Cards:
    """How a card is made; pure. `facts` gives what to look at by host, guests by the first label of
    their names.
    """

    facts: Callable[[Answers], Mapping[str, Sequence[Fact[Any]]]]
    make: Callable[[Answers, Facts], Card]
