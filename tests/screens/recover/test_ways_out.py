"""Ways out by keys alone, at 80x24, from the accident to the report: what each of them asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from screens.app import WizardApp
from screens.page import Page
from tests.daily.scene import LOCKED
from tests.hand import Hand
from tests.play.accidents import ACCIDENTS, after
from tests.steps.recover.accident import Accident
from tests.steps.recover.world import World
from tests.verbs.recovery.test_disk import NEW
from wizard.daily.accident import accidents
from wizard.state.store import Store

pytestmark = pytest.mark.slow


async def reach(hand: Hand, way: str) -> None:
    """From the diagnosis to a way out, by the arrow that goes down, and begin it."""
    await hand.until("recover [TO DO]")
    shown = hand.app.page.shown  # type: ignore[attr-defined]
    place = next(n for n, row in enumerate(shown) if row.opens and row.name == way)
    await hand.press("ctrl+home", *["down"] * place, "f8")


async def choose(hand: Hand, question: str, number: int) -> None:
    """Take one of the options; Enter alone takes none."""
    await hand.sees(question)
    await hand.press("enter")
    assert question in hand.text
    await hand.press(*["down"] * number, "enter")


async def steps_to_the_end(hand: Hand, runbook: str, word: str) -> None:
    """All steps that are left, to the dialog that ends the runbook; the word is typed where one is
    wanted.
    """
    await hand.until(f"runbook · {runbook}")
    await hand.until("done [TO DO]")
    await hand.press("f8")
    while "runbook ·" not in hand.title:
        await at_rest(hand)
        while "[DONE]" not in hand.title:
            assert "[TO DO]" in hand.title, hand.text
            await hand.press("3", "f8")
            await agree(hand, word)
            await at_rest(hand)
        await hand.press("f8")
    await hand.until("done [DONE]")
    await hand.press("f8")
    await hand.sees("The runbook came to its end")


async def at_rest(hand: Hand) -> None:
    """Until nothing is looked at, and nothing runs."""
    busy = {"[LOOKING]", "[RUNNING]"}
    await hand.holds(lambda: not any(word in hand.title for word in busy), "an end of it")


async def agree(hand: Hand, word: str) -> None:
    """To all that is asked before the run, one dialog after the other; Enter at once refuses."""
    while not isinstance(hand.app.screen, Page):
        heading = getattr(hand.app.screen, "heading", "")
        if heading == "Confirm destruction":
            await hand.press("tab", *word, "enter")
            assert "ok" in hand.text
            await hand.press("enter")
        elif heading == "Confirm":
            await hand.press("tab", "enter")
        else:
            assert heading == "Secret wanted", hand.text
            await hand.press(*"secret", "enter", "enter")


WAYS = {
    "split-brain": ("Whose data is thrown away", 2, "node1/inst1.name.org"),
    "one-master": ("Which of the two is the master?", 2, "node1.name.org"),
    "disk": ("Which disk takes the place", 2, NEW),
    "queue": ("", 0, ""),
}
"""Situation and runbook: what is asked, which option is taken, the word that is typed."""


@asynccontextmanager
async def recovering(folder: Path, world: World) -> AsyncIterator[Hand]:
    """The app at its diagnosis."""
    with after(folder, world) as session:
        app = WizardApp(session, after_accident=True)
        async with app.run_test(size=(80, 24)) as pilot:
            yield Hand(app, pilot)


@pytest.mark.parametrize("name", WAYS)
async def test_by_keys_from_the_accident_to_the_report(name: str, tmp_path: Path) -> None:
    question, number, word = WAYS[name]
    async with recovering(tmp_path / "state", ACCIDENTS[name]()) as hand:
        await reach(hand, name)
        if question:
            await choose(hand, question, number)
        await steps_to_the_end(hand, name, word)
        await hand.press("enter")
        await hand.until("recover [")
        await at_rest(hand)
    (known,) = accidents(Store(tmp_path / "state"))
    assert known.closed


async def test_what_was_begun_comes_first_and_can_be_thawed(tmp_path: Path) -> None:
    world = ACCIDENTS["queue"]()
    async with recovering(tmp_path / "state", world) as hand:
        await reach(hand, "queue")
        await hand.until("done [TO DO]")
        await hand.press("f8")
        for step in ("hold", "bundle"):
            await hand.until(step)
            await at_rest(hand)
            await hand.press("3", "f8")
            await at_rest(hand)
            await hand.press("f8")
        await hand.until("freeze")
        await at_rest(hand)
        await hand.press("escape", "escape")
        await hand.sees("Leave the runbook?")
        await hand.press("enter")
        await hand.until("runbook · queue")
        await hand.press("escape", "tab", "enter")
        await hand.until("recover [TO DO]")
        assert "was begun, and is not at its end" in hand.text
        await reach(hand, "thaw")
        await steps_to_the_end(hand, "thaw", "")
        await hand.press("enter")
        await hand.until("recover [TO DO]")
        assert "[>]" not in hand.text, "it was given up"
    # The last command of all but the report's copy.
    assert world.lines(without="write-file")[-1].startswith("node")


async def test_what_is_done_by_hand_is_shown(tmp_path: Path) -> None:
    world = ACCIDENTS["stale-half"]()
    async with recovering(tmp_path / "state", world) as hand:
        await reach(hand, "stale-half")
        await hand.sees("To be done by hand")
        await hand.sees("Start no instance on node1")
    assert world.ran == []


async def test_waiting_counts_down_and_ends_when_nothing_is_the_matter(tmp_path: Path) -> None:
    world = ACCIDENTS["node-dead"]()
    async with recovering(tmp_path / "state", world) as hand:
        await reach(hand, "wait")
        await hand.until("wait [WAITING]")
        await hand.sees("Nothing is changed; Esc ends")
        assert "left; looks again in 00:" in hand.text
        world.accident = Accident()
        world.refresh()
        await hand.press("f8")
        await hand.until("wait [DONE]")
        await hand.press("escape")
        await hand.until("recover [OK]")
    assert world.ran == []


async def test_waiting_ends_when_nothing_is_left_that_passes_by_itself(tmp_path: Path) -> None:
    world = ACCIDENTS["node-dead"]()
    async with recovering(tmp_path / "state", world) as hand:
        await reach(hand, "wait")
        await hand.until("wait [WAITING]")
        world.accident = Accident()
        world.accident.raw["inst1"]["ciphers"] = LOCKED
        world.refresh()
        await hand.press("f8")
        await hand.until("wait [UNFINISHED]")
        await hand.sees("Nothing of this passes by waiting")
        await hand.press("escape")
        await hand.until("recover [TO DO]")
    assert world.ran == []
