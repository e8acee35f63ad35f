"""From the accident to the report by keys alone, at 80x24, on simulated machines."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial

import pytest

from screens.app import WizardApp
from screens.recover import opening
from steps import recovery
from tests.hand import Hand
from tests.screens.recover.pages import INSTANCE, Recovered
from tests.steps.recover.accident import NOW
from tests.steps.recover.test_situations import node_dead
from tests.steps.recover.world import World
from tests.verbs.recovery.test_choices import parted
from wizard.daily import accident, lookout, recovering
from wizard.daily.recovering import Recovering
from wizard.model.accident import Choice, Option
from wizard.model.recovery import HERE
from wizard.state.store import Store

pytestmark = pytest.mark.slow
NAME = "node2.name.org"


@pytest.fixture(autouse=True)
def recorded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of the recorded facts, and nothing to wait for between two looks."""
    made = partial(Recovering, clock=lambda: float(NOW))
    monkeypatch.setattr(opening, "Recovering", made)
    monkeypatch.setattr(recovering, "APART", 0)


async def to_claim(hand: Hand) -> None:
    """From the diagnosis to the dialog."""
    await hand.until("recover [TO DO]")
    await hand.press("down", "f8")
    await hand.sees("Is it dead?")


async def claim(hand: Hand, name: str = NAME) -> None:
    """Say it: from Wait to how, the first way, the name, Enter, Enter."""
    await to_claim(hand)
    await hand.press("tab", "enter", "tab", *name, "enter", "enter")


def steps_of(hand: Hand) -> list[str]:
    """The steps of the runbook that is under way."""
    return [step.id for step in hand.app.session.steps]


async def through(hand: Hand, step: str) -> None:
    """Carry a step out, from the part that it opens with to its verification."""
    steps = steps_of(hand)
    await hand.until(f"{steps.index(step) + 1}/{len(steps)} {step}")
    await hand.holds(lambda: "[LOOKING]" not in hand.title, "a look at the step")
    while "[DONE]" not in hand.title:
        assert "[TO DO]" in hand.title, hand.text
        await hand.press("3", "f8")
        await answer(hand)
        await hand.holds(
            lambda: not {"[RUNNING]", "[LOOKING]"} & set(hand.title.split()), "the end of the run"
        )
    assert f"{step} · Verify [DONE]" in hand.title
    await hand.press("f8")


async def answer(hand: Hand) -> None:
    """Agree to whatever is asked before the run."""
    heading = getattr(hand.app.screen, "heading", "")
    if heading == "Confirm destruction":
        await hand.press("tab", *INSTANCE, "enter", "enter")
    elif heading == "Confirm":
        await hand.press("tab", "enter")
    elif heading == "Secret wanted":
        await hand.press(*"secret", "enter", "enter")


async def test_from_a_dead_node_to_the_report(recovered: Recovered) -> None:
    world = World(node_dead())
    async with recovered(world) as hand:
        await claim(hand)
        await hand.until("runbook · node-dead")
        steps = steps_of(hand)
        await hand.until(f"runbook · node-dead 0/{len(steps)} done [TO DO]")
        await hand.press("f8")
        for step in steps:
            await through(hand, step)
        await hand.until(f"runbook · node-dead {len(steps)}/{len(steps)} done [DONE]")
        await hand.press("f8")
        await hand.sees("The runbook came to its end")
        await hand.sees("What is still the matter")
        await hand.press("enter")
        await hand.until("recover [TO DO]")
    (known,) = accident.accidents(Store(recovered.folder))
    assert known.closed
    report = (known.store.folder / "report.md").read_text()
    assert "its power cables were pulled" in report and f"typed: {INSTANCE}" in report
    assert sum("gnt-instance failover" in line for line in world.lines()) == 1


async def test_a_question_stays_when_the_page_under_it_is_done(
    recovered: Recovered, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()
    give_back = WizardApp.give_back

    def slowly(app: WizardApp) -> None:
        asked.wait(20)
        give_back(app)

    world = World(node_dead())
    async with recovered(world) as hand:
        await claim(hand)
        await hand.until("runbook · node-dead")
        monkeypatch.setattr(WizardApp, "give_back", slowly)
        await hand.press("escape", "ctrl+q")
        await hand.sees("Quit?")
        asked.set()
        page = hand.app.page
        await hand.holds(lambda: not page.busy, "the report is written")
        await hand.sees("Quit?")
        await hand.press("escape")
        await hand.until("recover [TO DO]")


async def test_the_focus_begins_on_waiting(recovered: Recovered) -> None:
    world = World(node_dead())
    async with recovered(world) as hand:
        await to_claim(hand)
        for told in ("Silent is not dead", "192.168.0.112: no ping, no ARP", "Wait"):
            assert told in hand.text, hand.text
        await hand.press("enter")
        await hand.sees("nothing was said of any machine")
        await hand.press("f8", "tab", "enter", "tab", *"node2", "enter")
        assert "differs" in hand.text
        assert "(x) its power cables were pulled" in hand.text, "not told by colour alone"
        assert "( ) it was taken out of the rack" in hand.text
        await hand.press(*".name.org")
        assert "ok" in hand.text
        await hand.press("escape")
        await hand.sees("nothing was said of any machine")
    assert world.ran == []
    assert not recovered.folder.exists()


async def test_a_sign_of_life_voids_it(
    recovered: Recovered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovering, "APART", 600)
    world = World(node_dead())
    async with recovered(world) as hand:
        await claim(hand)
        await hand.sees("looked for once more in")
        assert "recover [WAITING]" in hand.title
        world.accident.silent.clear()
        world.refresh()
        page = hand.app.page
        page.opening._give_up.wait = lambda seconds: False  # type: ignore[attr-defined]
        await hand.press("escape")
        await hand.until("recover [TO DO]")
    assert world.ran == []


async def test_esc_gives_the_second_look_up(
    recovered: Recovered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovering, "APART", 600)
    world = World(node_dead())
    async with recovered(world) as hand:
        await claim(hand)
        await hand.sees("looked for once more in")
        await hand.press("escape")
        await hand.sees("given up: nothing was said")
        await hand.until("recover [TO DO]")
    assert world.ran == []


async def test_a_claim_that_is_too_old_is_said_again(
    recovered: Recovered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "FRESH", 0.0)
    world = World(node_dead())
    async with recovered(world) as hand:
        await claim(hand)
        await hand.until("runbook · node-dead")
        await hand.until("done [TO DO]")
        heard = world.accident.facts.raw[HERE]["presence"]
        world.accident.raw[HERE]["presence"] = heard.replace(f"end {NOW - 1}", f"end {NOW + 1900}")
        world.refresh()
        await hand.press(*["down"] * steps_of(hand).index("offline"), "f8")
        await hand.until("offline · Why [BLOCKED]")
        await hand.press("3")
        await hand.sees("was said more than 30 minutes ago")
        await hand.press("escape")
        await hand.until("runbook")
        # Nothing was agreed to: it is left without a question.
        await hand.press("escape")
        await hand.until("recover [TO DO]")
    assert world.ran == []


async def test_what_there_is_to_choose_is_asked_with_its_words(recovered: Recovered) -> None:
    known = recovery()
    options = (Option("left", "the data of node1 is kept"), Option("right", "that of node2"))
    choice = Choice("side", "Whose data is kept?", lambda answers, facts: options)
    asking = replace(known.plays["reconnect"], choices=(choice,))
    recovered.recovery = lambda: replace(known, plays={"reconnect": asking})
    world = parted()
    async with recovered(world) as hand:
        await hand.until("recover [TO DO]")
        await hand.press("down", "f8")
        await hand.sees("Whose data is kept?")
        assert "the data of node1 is kept" in hand.text
        await hand.press("escape")
        await hand.sees("nothing was chosen")
        await hand.press("f8")
        await hand.sees("Whose data is kept?")
        await hand.press("enter")
        assert "Whose data is kept?" in hand.text, "Enter alone decides nothing"
        await hand.press("down", "down", "enter")
        await hand.until("runbook · reconnect")
        assert hand.app.under is not None and hand.app.under.run.chosen == {"side": "right"}
    assert world.ran == []
