"""What DRBD does when two copies of a disk meet: which side is the source, or why it refuses.

This is the kernel's own decision (drbd 8.4, drbd_receiver.c: drbd_uuid_compare and
drbd_sync_handshake), made here from both sides' generation identifiers before anything connects.
Pure: the forecast is the same whichever side is named first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from steps.recover.facts.generations import Generation
from steps.recover.identifiers import Verdict, compare


class Outcome(Enum):
    """What comes of a connection."""

    IN_SYNC = "in sync"
    """Both copies are the same: nothing is copied."""
    BITMAP = "copies what changed"
    FULL = "copies everything"
    DIVERGED = "diverged, the after-split-brain policies decide"
    """Both sides were written to since they parted; Ganeti's own settings may let DRBD throw one
    side's changes away (rule 90).
    """
    DIVERGED_MANUAL = "diverged, DRBD refuses to decide"
    UNRELATED = "unrelated, DRBD refuses the connection"
    REFUSED = "DRBD refuses the connection"
    """The source is incomplete, or the target is in use."""
    BY_CHANCE = "decided by chance"
    """Both sides were primary when they crashed: it depends on who connects first."""


@dataclass(frozen=True)
class Copy:
    """One side: the node that holds it, its identifiers, and whether DRBD has it as Primary now."""

    node: str
    generation: Generation
    primary: bool = False

    @property
    def complete(self) -> bool:
        """Whether it holds whole data: it is not the target of a resync that was broken off."""
        return self.generation.consistent


@dataclass(frozen=True)
class Forecast:
    """`source` and `target` are nodes, "" where nothing is copied; `rule` the kernel's own number
    of the rule that decides, as it stands in its log ("uuid_compare()=… by rule N").
    """

    outcome: Outcome
    source: str = ""
    target: str = ""
    rule: int = 0
    why: str = ""

    @property
    def resolves(self) -> bool:
        """Whether DRBD would reach a state without being asked to throw anything away."""
        return self.outcome in (Outcome.IN_SYNC, Outcome.BITMAP, Outcome.FULL)

    def allows(self, primary: str) -> bool:
        """Whether Ganeti may bring this disk up with that node as its primary.

        Ganeti promotes its primary without waiting for the handshake (lib/cmdlib/
        instance_storage.py, 3.0.2 and 3.1): another source would make the instance run on old data,
        and a split brain of it.
        """
        if self.outcome is Outcome.IN_SYNC:
            return True
        return self.resolves and self.source == primary

    def __str__(self) -> str:
        words = self.outcome.value
        if self.source:
            words = f"{self.source} → {self.target}: {words}"
        elif self.why:
            words = f"{words} ({self.why})"
        return words


def forecast(one: Copy, other: Copy) -> Forecast:
    """What comes of a connection between these two copies."""
    first, rule = compare(_side(one), _side(other))
    mirrored, _ = compare(_side(other), _side(one))
    if first.mirrored is not mirrored:
        # Each side would take itself for the target: the kernels end the connection.
        return Forecast(Outcome.UNRELATED, rule=rule, why="the two sides contradict each other")
    return _judged(first, rule, one, other)


def _side(copy: Copy) -> tuple[Generation, bool]:
    return copy.generation, copy.primary


def _judged(verdict: Verdict, rule: int, one: Copy, other: Copy) -> Forecast:
    """drbd_sync_handshake: what the verdict on the identifiers comes to, given both disks."""
    if verdict is Verdict.UNRELATED:
        return Forecast(Outcome.UNRELATED, rule=rule, why="no generation in common")
    if one.complete != other.complete:
        # An incomplete copy is the target, whatever the identifiers say of a parting.
        full = verdict in (Verdict.MANUAL, Verdict.SOURCE_FULL, Verdict.TARGET_FULL)
        source, target = (one, other) if one.complete else (other, one)
        return _copied(source, target, full=full, rule=rule)
    match verdict:
        case Verdict.SAME:
            return Forecast(Outcome.IN_SYNC, rule=rule)
        case Verdict.POLICIES:
            return Forecast(Outcome.DIVERGED, rule=rule, why=_WRITTEN)
        case Verdict.MANUAL:
            return Forecast(Outcome.DIVERGED_MANUAL, rule=rule, why=_WRITTEN)
        case Verdict.ARBITRATE:
            return Forecast(Outcome.BY_CHANCE, rule=rule, why="both crashed as primary")
        case Verdict.SOURCE | Verdict.SOURCE_FULL:
            return _copied(one, other, full=verdict is Verdict.SOURCE_FULL, rule=rule)
        case _:
            return _copied(other, one, full=verdict is Verdict.TARGET_FULL, rule=rule)


_WRITTEN = "both were written to since they parted"


def _copied(source: Copy, target: Copy, *, full: bool, rule: int) -> Forecast:
    if not source.complete:
        why = f"{source.node} would be the source and is incomplete"
        return Forecast(Outcome.REFUSED, rule=rule, why=why)
    if target.primary and target.complete:
        # rr-conflict is "disconnect" unless somebody set it, drbdsetup(8).
        why = f"{target.node} would be overwritten and is in use"
        return Forecast(Outcome.REFUSED, rule=rule, why=why)
    outcome = Outcome.FULL if full else Outcome.BITMAP
    return Forecast(outcome, source.node, target.node, rule=rule)
