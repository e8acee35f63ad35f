"""Planned work by keys at 80x24: what is said before, what is asked, and the way to its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from screens.app import WizardApp
from screens.dialogs import secrets as secret_dialogs
from screens.dialogs.secrets import SecretModal
from screens.planned.screen import PlannedScreen
from tests.hand import Hand
from tests.play.accidents import after
from tests.screens.recover.test_ways_out import at_rest, steps_to_the_end
from tests.steps.recover.test_situations import ALONE, WAITS
from tests.verbs.planned.cluster import Cluster
from wizard.base.secrets import mask
from wizard.daily.accident import accidents
from wizard.model.planned import Wish
from wizard.model.step import Prompt
from wizard.state.store import Store

pytestmark = pytest.mark.slow


@asynccontextmanager
async def opened(folder: Path, world: Cluster, wish: Wish | None) -> AsyncIterator[Hand]:
    """The app at its planned work: as it was typed, or from the diagnosis."""
    with after(folder, world) as session:
        session.connect()
        app = WizardApp(session, after_accident=wish is None, wish=wish)
        async with app.run_test(size=(80, 24)) as pilot:
            hand = Hand(app, pilot)
            if wish is None:
                await hand.until("recover [OK]")
                await hand.press("m")
            await hand.until("planned [")
            await at_rest(hand)
            yield hand


async def test_what_can_be_done_and_what_users_will_notice(tmp_path: Path) -> None:
    world = Cluster()
    async with opened(tmp_path / "s", world, None) as hand:
        assert "planned [TO DO]" in hand.title
        for told in (
            "move inst1",
            "node2 to node1, stopped for one to three minutes",
            "maintenance node1",
            "no running instance is moved",
            "maintenance node2",
            "inst1 node2 to node1, stopped",
            "Xen on node2 has no shadow paging",
            "DOWNTIME: from its shutdown until it has booted, one to three minutes.",
        ):
            assert told in hand.text, hand.text
        await hand.press("f8")
        await hand.sees("move inst1?")
        await hand.press("enter")
        await hand.sees("nothing is done")
    assert world.ran == []
    assert not (tmp_path / "s").exists()


async def test_what_can_run_on_may_be_stopped_all_the_same(tmp_path: Path) -> None:
    world = Cluster(shadow=True)
    async with opened(tmp_path / "s", world, Wish("move", "inst1")) as hand:
        await hand.sees("It can be moved while it runs")
        await hand.press("down", "enter")
        await hand.sees("a stop was asked for")
        await hand.press("escape")
        await at_rest(hand)
        await hand.press("f8")
        await hand.sees("It can be moved while it runs")
        await hand.press("escape")
        await hand.sees("nothing was chosen")
    assert world.ran == []


async def test_not_now_says_why(tmp_path: Path) -> None:
    world = Cluster()
    world.accident.drbd("node1", WAITS).drbd("node2", ALONE)
    world.refresh()
    async with opened(tmp_path / "s", world, Wish("move", "inst1")) as hand:
        assert "planned [BLOCKED]" in hand.title
        await hand.sees("one thing at a time")
        await hand.press("escape")
        assert isinstance(hand.app.screen, PlannedScreen)
    assert world.ran == []


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The secrets that the screens ask for."""
    keys: list[str] = []

    class Counted(SecretModal):
        def __init__(self, prompt: Prompt) -> None:
            keys.append(prompt.key)
            super().__init__(prompt)

    monkeypatch.setattr(secret_dialogs, "SecretModal", Counted)
    return keys


async def test_a_server_is_freed_waited_for_and_taken_back(
    tmp_path: Path, asked: list[str]
) -> None:
    world = Cluster()
    async with opened(tmp_path / "s", world, Wish("maintenance", "node2")) as hand:
        await hand.sees("maintenance node2?")
        await hand.press("tab", "enter")
        await steps_to_the_end(hand, "maintenance", "")
        await hand.sees("node2.name.org IS FREE")
        await hand.sees("inst1.name.org answered all the time")
        await hand.press("enter")
        await hand.until("wait [WAITING]")
        await hand.sees("not rebooted so far")
        world.reboot("node2")
        await hand.press("f5")
        await hand.until("wait [DONE]")
        await hand.press("f8")
        await hand.sees("node2.name.org is taken back")
        await hand.press("tab", "enter")
        await steps_to_the_end(hand, "maintenance", "")
        await hand.sees("Nothing is the matter")
        await hand.press("enter")
        await hand.until("planned [TO DO]")
        assert mask("a secret") == "a secret"
    assert world.home == "node2"
    assert asked == ["vault-inst1"]
    assert len(world.exchanges) == 2
    (known,) = accidents(Store(tmp_path / "s"))
    assert known.closed
    assert "answered all the time" in (known.store.folder / "report.md").read_text()
