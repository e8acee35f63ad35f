"""The forecast: every rule of the kernel's comparison, and what no pair may do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from steps.recover.facts.generations import Generation, generation
from steps.recover.forecast import Copy, Forecast, Outcome, forecast
from steps.recover.identifiers import JUST_CREATED, NEW_BITMAP_OFFSET, compare

A, B, C, D, E, F = (0x1000 * number for number in range(0xA, 0x10))


def ids(current: int, bitmap: int = 0, *history: int, **flags: bool) -> Generation:
    first, second = [*history, 0, 0][:2]
    return Generation(current=current, bitmap=bitmap, history=(first, second), **flags)


IN_SYNC, BITMAP, FULL = Outcome.IN_SYNC, Outcome.BITMAP, Outcome.FULL
RULES = [
    # rule, node1's identifiers, node2's, the outcome, the source
    (10, ids(JUST_CREATED), ids(JUST_CREATED), IN_SYNC, ""),
    (20, ids(JUST_CREATED), ids(A, 0, B, C), FULL, "node2"),
    (20, ids(0), ids(A, 0, B, C), FULL, "node2"),
    (30, ids(A, 0, B, C), ids(JUST_CREATED), FULL, "node1"),
    (30, ids(A, 0, B, C), ids(0), FULL, "node1"),
    # One that was never written and one whose identifier was lost: the latter has no less.
    (20, ids(JUST_CREATED), ids(0), FULL, "node2"),
    (30, ids(0), ids(JUST_CREATED), FULL, "node1"),
    (34, ids(A, B, C, D), ids(A, 0, B, C), BITMAP, "node1"),
    (35, ids(A, 0, B, C), ids(A, B, C, D), BITMAP, "node2"),
    (36, ids(A, B, D, E), ids(A, 0, C, D), BITMAP, "node1"),
    (37, ids(A, 0, C, D), ids(A, B, D, E), BITMAP, "node2"),
    # Of a bitmap's identifier the lowest bit counts here: only 0 is none.
    (36, ids(A, 1, B, C), ids(A, 0, B, C), BITMAP, "node1"),
    (37, ids(A, 0, B, C), ids(A, 1, B, C), BITMAP, "node2"),
    (40, ids(A, 0, B, C), ids(A | 1, 0, B, C), IN_SYNC, ""),
    (40, ids(A, B, C, D), ids(A, B, C, D), IN_SYNC, ""),
    (40, ids(A, 0, B, C, crashed=True), ids(A, 0, B, C), BITMAP, "node1"),
    (40, ids(A, 0, B, C), ids(A, 0, B, C, crashed=True), BITMAP, "node2"),
    (
        *(40, ids(A, 0, B, C, crashed=True), ids(A, 0, B, C, crashed=True)),
        *(Outcome.BY_CHANCE, ""),
    ),
    (50, ids(A, 0, B, C), ids(D, A, B, C), BITMAP, "node2"),
    (51, ids(A, 0, B, C), ids(D, A + NEW_BITMAP_OFFSET, A, B), BITMAP, "node2"),
    (60, ids(A, 0, B, C), ids(D, 0, A, B), FULL, "node2"),
    (60, ids(A, 0, B, C), ids(D, E, F, A), FULL, "node2"),
    (70, ids(D, A, B, C), ids(A, 0, B, C), BITMAP, "node1"),
    (71, ids(D, A + NEW_BITMAP_OFFSET, A, B), ids(A, 0, B, C), BITMAP, "node1"),
    (80, ids(D, 0, A, B), ids(A, 0, B, C), FULL, "node1"),
    (80, ids(D, E, F, A), ids(A, 0, B, C), FULL, "node1"),
    # Like 51 and 71, and the bitmap is not that of a resync that began: nothing was lost there.
    (60, ids(A, 0, B, C), ids(D, E, A, B), FULL, "node2"),
    (80, ids(D, E, A, B), ids(A, 0, B, C), FULL, "node1"),
    (90, ids(A, C, D, E), ids(B, C, D, E), Outcome.DIVERGED, ""),
    (90, ids(A, C, D, E), ids(B, C | 1, D, E), Outcome.DIVERGED, ""),
    # Bitmaps that are both 0 are no common ancestor; zeros in both histories are, to the kernel.
    (100, ids(A, 0, D, E), ids(B, 0, F, D), Outcome.DIVERGED_MANUAL, ""),
    (100, ids(A, B), ids(C, D), Outcome.DIVERGED_MANUAL, ""),
    (100, ids(A, B, D, E), ids(C, 0, F, D), Outcome.DIVERGED_MANUAL, ""),
    (100, ids(A, B, C, D), ids(E, 0, F, 0x777000), Outcome.UNRELATED, ""),
    # What the disks say outranks the identifiers, but not a want of any kinship.
    (40, ids(A, 0, B, C, consistent=False), ids(A, 0, B, C), BITMAP, "node2"),
    (70, ids(D, A, B, C, consistent=False), ids(A, 0, B, C), BITMAP, "node2"),
    (90, ids(A, C, D, E), ids(B, C, D, E, consistent=False), BITMAP, "node1"),
    (90, ids(A, C, D, E, consistent=False), ids(B, C, D, E), BITMAP, "node2"),
    (60, ids(A, 0, B, C), ids(D, 0, A, B, consistent=False), FULL, "node1"),
    (100, ids(A, B, D, E), ids(C, 0, F, D, consistent=False), FULL, "node1"),
    (100, ids(A, B, C, D), ids(E, 0, F, 9, consistent=False), Outcome.UNRELATED, ""),
    (
        *(50, ids(A, 0, B, C, consistent=False), ids(D, A, B, C, consistent=False)),
        *(Outcome.REFUSED, ""),
    ),
    # Each would take itself for the target: no connection comes of it.
    (50, ids(A, B), ids(B, A), Outcome.UNRELATED, ""),
    (20, ids(0), ids(0), Outcome.UNRELATED, ""),
]


@pytest.mark.parametrize(("rule", "one", "other", "outcome", "source"), RULES)
def test_rule(rule: int, one: Generation, other: Generation, outcome: Outcome, source: str) -> None:
    made = forecast(Copy("node1", one), Copy("node2", other))
    assert (made.rule, made.outcome, made.source) == (rule, outcome, source)
    assert str(made)


@pytest.mark.parametrize(
    ("crashed", "primary", "outcome"),
    [
        # Rule 41: a present primary is the source, whoever crashed.
        ("node1", ("node1",), (BITMAP, "node1")),
        ("node1", ("node2",), (BITMAP, "node2")),
        ("node1", ("node1", "node2"), (Outcome.DIVERGED_MANUAL, "")),
    ],
)
def test_a_crash_and_a_primary_now(
    crashed: str, primary: tuple[str, ...], outcome: tuple[Outcome, str]
) -> None:
    copies = []
    for node in ("node1", "node2"):
        same = ids(A, 0, B, C, crashed=node == crashed)
        copies.append(Copy(node, same, primary=node in primary))
    made = forecast(*copies)
    assert (made.outcome, made.source) == outcome
    assert made.rule == 41


def test_a_primary_is_no_target() -> None:
    made = forecast(Copy("node1", ids(A, 0, B, C), primary=True), Copy("node2", ids(D, A, B, C)))
    assert made.outcome is Outcome.REFUSED
    assert not made.allows("node1")
    assert not made.allows("node2")


def test_as_seen_on_the_lab() -> None:
    """node1's power was cut while node2 ran the instance; node1 is back, its minors are down."""
    before = "1659B1A2C3D4D74D:0000000000000000:52F700000000A001:0000000000000004:1:1:1:1:0:0:0"
    after = "710A00000000B689:1659B1A2C3D4D74D:52F700000000A001:0000000000000004:1:1:1:0:0:0:0"
    back = "1659B1A2C3D4D74C:0000000000000000:52F700000000A001:0000000000000004:1:1:0:1:0:0:0"
    returned = generation(back, attached=False)
    assert returned is not None
    for line, primary, outcome, source in (
        (before, False, IN_SYNC, ""),
        (after, True, BITMAP, "node2"),
    ):
        running = generation(line, attached=True)
        assert running is not None
        made = forecast(Copy("node1", returned), Copy("node2", running, primary=primary))
        assert (made.outcome, made.source) == (outcome, source)
        assert made.allows("node2")
        assert made.allows("node1") is (outcome is IN_SYNC)


POOL = some.sampled_from([0, JUST_CREATED, A, A | 1, B, C, D, A + NEW_BITMAP_OFFSET])
SIDES = some.builds(
    Generation,
    current=POOL,
    bitmap=POOL,
    history=some.tuples(POOL, POOL),
    consistent=some.booleans(),
    crashed=some.booleans(),
)


@settings(deadline=None)
@given(SIDES, SIDES, some.booleans(), some.booleans())
def test_who_is_named_first_changes_nothing(
    one: Generation, other: Generation, first: bool, second: bool
) -> None:
    left, right = Copy("node1", one, first), Copy("node2", other, second)
    made = forecast(left, right)
    again = forecast(right, left)
    assert (made.outcome, made.source, made.target) == (again.outcome, again.source, again.target)


@settings(deadline=None)
@given(SIDES, SIDES, some.booleans(), some.booleans())
def test_swapped_sides_swap_the_source(
    one: Generation, other: Generation, first: bool, second: bool
) -> None:
    made = forecast(Copy("node1", one, first), Copy("node2", other, second))
    swapped = forecast(Copy("node1", other, second), Copy("node2", one, first))
    names = {"node1": "node2", "node2": "node1", "": ""}
    assert swapped.outcome is made.outcome
    assert (swapped.source, swapped.target) == (names[made.source], names[made.target])


MIRRORED = {20: 30, 34: 35, 36: 37, 50: 70, 51: 71, 60: 80}
MIRRORED |= {theirs: mine for mine, theirs in MIRRORED.items()}
"""Which rule the other side goes by; all that are not here are the same for both."""


@settings(deadline=None)
@given(SIDES, SIDES, some.booleans(), some.booleans())
def test_where_both_sides_agree_they_go_by_the_same_rule(
    one: Generation, other: Generation, first: bool, second: bool
) -> None:
    mine, rule = compare((one, first), (other, second))
    theirs, swapped = compare((other, second), (one, first))
    if theirs is mine.mirrored:
        assert swapped == MIRRORED.get(rule, rule)


@settings(deadline=None)
@given(SIDES, SIDES, some.booleans(), some.booleans())
def test_what_is_allowed_loses_nothing(
    one: Generation, other: Generation, first: bool, second: bool
) -> None:
    copies = {"node1": Copy("node1", one, first), "node2": Copy("node2", other, second)}
    made: Forecast = forecast(*copies.values())
    if made.source:
        assert copies[made.source].complete
        assert not (copies[made.target].primary and copies[made.target].complete)
    for node in copies:
        if made.allows(node):
            assert made.outcome is IN_SYNC or made.source == node
