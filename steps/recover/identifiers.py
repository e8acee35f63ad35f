"""The comparison of two sides' generation identifiers, rule by rule as the kernel makes it.

Source: drbd_uuid_compare in drbd_receiver.c of Linux 6.1 (DRBD 8.4.11); the numbers of the rules
are its own. Identifiers are compared without their lowest bit, which only says who was primary.
"""

from __future__ import annotations

from enum import Enum

from steps.recover.facts.generations import ROLE, Generation

JUST_CREATED = 4
"""UUID_JUST_CREATED: metadata of a volume that never held data."""
NEW_BITMAP_OFFSET = 0x0001000000000000
"""UUID_NEW_BM_OFFSET: what the source of a resync adds to its bitmap's identifier as it begins."""


class Verdict(Enum):
    """What the side that asks becomes."""

    SAME = 0
    SOURCE = 1
    TARGET = -1
    SOURCE_FULL = 2
    TARGET_FULL = -2
    POLICIES = 100
    MANUAL = -100
    ARBITRATE = 3
    """Source or target, by who opened the connection."""
    UNRELATED = -1000

    @property
    def mirrored(self) -> Verdict:
        """What the other side must say when both agree."""
        return _MIRRORED.get(self, self)


_MIRRORED = {
    Verdict.SOURCE: Verdict.TARGET,
    Verdict.TARGET: Verdict.SOURCE,
    Verdict.SOURCE_FULL: Verdict.TARGET_FULL,
    Verdict.TARGET_FULL: Verdict.SOURCE_FULL,
}
Side = tuple[Generation, bool]
"""The identifiers of one side, and whether it is Primary now."""
Decided = tuple[Verdict, int]
"""What the first side becomes, and the number of the rule that says so."""


def _id(value: int) -> int:
    """An identifier without the bit that only says who was primary."""
    return value & ~ROLE


def compare(mine: Side, theirs: Side) -> Decided:
    """The verdict for the first side, and the number of the rule that gives it."""
    own, _ = mine
    peer, _ = theirs
    current = _id(own.current)
    other = _id(peer.current)
    if current == other == JUST_CREATED:
        return Verdict.SAME, 10
    if current in (JUST_CREATED, 0) and other != JUST_CREATED:
        return Verdict.TARGET_FULL, 20
    if other in (JUST_CREATED, 0) and current != JUST_CREATED:
        return Verdict.SOURCE_FULL, 30
    if current == other:
        return _same_generation(mine, theirs)
    return _ancestor(own, peer) or _diverged(own, peer)


def _same_generation(mine: Side, theirs: Side) -> Decided:
    """Both hold the same generation: was a resync under way, or did both crash at once?"""
    own, primary = mine
    peer, peer_primary = theirs
    # Whoever kept a bitmap knows what the other one lacks.
    if own.bitmap and not peer.bitmap:
        missed = _missed_the_end(source=own, target=peer)
        return Verdict.SOURCE, 34 if missed else 36
    if peer.bitmap and not own.bitmap:
        missed = _missed_the_end(source=peer, target=own)
        return Verdict.TARGET, 35 if missed else 37
    if not own.crashed and not peer.crashed:
        return Verdict.SAME, 40
    # A primary crashed: what it wrote last may lie on one side only. Who is Primary now, decides.
    if primary and peer_primary:
        return Verdict.MANUAL, 41
    if primary:
        return Verdict.SOURCE, 41
    if peer_primary:
        return Verdict.TARGET, 41
    if own.crashed and peer.crashed:
        return Verdict.ARBITRATE, 40
    if own.crashed:
        return Verdict.SOURCE, 40
    return Verdict.TARGET, 40


def _missed_the_end(*, source: Generation, target: Generation) -> bool:
    """Whether the resync had ended and only the source did not hear of it."""
    if _id(source.bitmap) != _id(target.history[0]):
        return False
    return _id(source.history[0]) == _id(target.history[1])


def _ancestor(own: Generation, peer: Generation) -> Decided | None:
    """One side's generation is the other's past: that side has nothing of its own."""
    current = _id(own.current)
    other = _id(peer.current)
    if current == _id(peer.bitmap):
        return Verdict.TARGET, 50
    if current == _id(peer.history[0]) and _lost_start(peer):
        return Verdict.TARGET, 51
    # Older than the bitmap reaches back: all blocks must be copied.
    if current in _past(peer):
        return Verdict.TARGET_FULL, 60
    if other == _id(own.bitmap):
        return Verdict.SOURCE, 70
    if other == _id(own.history[0]) and _lost_start(own):
        return Verdict.SOURCE, 71
    if other in _past(own):
        return Verdict.SOURCE_FULL, 80
    return None


def _past(side: Generation) -> set[int]:
    return {_id(identifier) for identifier in side.history}


def _lost_start(source: Generation) -> bool:
    """Whether it began a resync of which the target never heard (protocol 96 and later)."""
    before = _id(source.history[0])
    return before + NEW_BITMAP_OFFSET == _id(source.bitmap)


def _diverged(own: Generation, peer: Generation) -> Decided:
    """Both wrote since they parted. DRBD's after-sb policies act under rule 90 only."""
    parted_at = _id(own.bitmap)
    if parted_at != 0 and parted_at == _id(peer.bitmap):
        return Verdict.POLICIES, 90
    # Zeros in both histories are equal too: the kernel takes them for common ancestors.
    common = _past(own) & _past(peer)
    if common:
        return Verdict.MANUAL, 100
    return Verdict.UNRELATED, 100
