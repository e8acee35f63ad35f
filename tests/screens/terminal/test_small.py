"""A terminal of a few rows: what it lacks is said, and whoever asks to quit can answer."""

from __future__ import annotations

import pytest
from textual.widgets import Button

from tests.screens.conftest import Start

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("size", [(20, 5), (24, 4), (59, 5), (80, 6)])
async def test_the_size_needed_is_said_and_quitting_has_its_buttons(
    start: Start, size: tuple[int, int]
) -> None:
    async with start(size=size) as hand:
        shown = " ".join(hand.text.split())
        assert "60 columns and 20 rows are needed" in shown
        await hand.press("ctrl+q")
        await hand.sees("Stay")
        for button in hand.app.screen.query(Button).results(Button):
            assert button.region.height == 1
            assert hand.app.screen.region.contains_region(button.region)
        assert "Quit" in hand.text
        await hand.press("tab", "enter")
        await hand.holds(lambda: hand.app.return_value == 0, "the end")


async def test_a_dialog_shows_its_text_again_when_there_is_room(start: Start) -> None:
    async with start(size=(20, 5)) as hand:
        await hand.press("ctrl+q")
        await hand.sees("Stay")
        assert "Nothing is running" not in hand.text
        await hand.pilot.resize_terminal(80, 24)
        await hand.sees("Nothing is running")
