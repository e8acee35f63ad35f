"""What the hosts are made of, as values: what to look at, and how it is put into lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wizard.model.facts import Fact, Facts


@dataclass(frozen=True)
class Topic:
    """One block of the inventory."""

    heading: str
    lines: Callable[[Facts, str], Iterable[str]]
    """What is known of the topic on a host; nothing where there is no such thing."""


@dataclass(frozen=True)
class Inventory:
    """What to look at on each server, and what is shown of it, in order; pure."""

    facts: tuple[Fact[Any], ...] = ()
    topics: tuple[Topic, ...] = ()
