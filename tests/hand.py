"""The hand of an operator on the wizard's app: presses keys, reads the screen, waits for words."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable

from textual.events import Key
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.pilot import Pilot
from textual.screen import Screen

from screens.app import WizardApp
from tests.waiting import LAST_RESORT

LOOK = 0.01
"""Seconds between two looks at the screen."""


class Hand:
    """What an operator does. After each key and each wait the screen has come to rest."""

    def __init__(self, app: WizardApp, pilot: Pilot[int]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def title(self) -> str:
        """The first row of the page."""
        return getattr(self.app.page, "title_text", "")

    @property
    def text(self) -> str:
        """The screen as text, row by row."""
        return "\n".join(
            "".join(segment.text for segment in strip)
            for strip in self.app.screen._compositor.render_strips()
        )

    async def press(self, *keys: str) -> None:
        """Press keys. Those of a text come as quickly as from a fast typist; before and after the
        others the screen settles.
        """
        for key in keys:
            if len(key) > 1:
                await self.settle()
            self._send(key)
            if len(key) > 1:
                await self.settle()
        await self.settle()

    def _send(self, key: str) -> None:
        driver = self.app._driver
        assert driver is not None
        name = key if len(key) > 1 or key.isalnum() else _character_to_key(key)
        event = Key(name, key if len(key) == 1 else _character(key))
        event.set_sender(self.app)
        driver.send_message(event)

    async def settle(self) -> None:
        """Until the app has done all that the keys so far ask for, but for what threads and clocks
        will bring.

        Textual's `Pilot.pause` takes a process for idle that is given no processor for 20 ms.
        """
        animator = self.app._animator
        while True:
            await _idle()
            if not animator._complete_event.is_set():
                await animator.wait_until_complete()
            elif _unpainted(self.app.screen):
                self.app.screen._on_timer_update()
            else:
                return

    async def until(self, word: str) -> None:
        """Wait until the title holds a word."""
        await self.holds(lambda: word in self.title, f"{word!r} in the title")

    async def sees(self, word: str) -> None:
        """Wait until the screen shows a word."""
        await self.holds(lambda: word in self.text, f"{word!r} on the screen")

    async def holds(self, true: Callable[[], object], what: str) -> None:
        """Wait until a condition holds."""
        loop = asyncio.get_running_loop()
        end = loop.time() + LAST_RESORT
        await self.settle()
        while not true():
            assert loop.time() < end, f"no {what}:\n{self.title}\n{self.text}"
            await asyncio.sleep(LOOK)
            await self.settle()

    async def login(self) -> None:
        """From the first screen to the overview."""
        await self.press("f8")
        await self.until("inventory [SEEN]")
        await self.press("f8")
        await self.until("overview")


def _character(name: str) -> str | None:
    """What a named key types, as `App._press_keys` has it: a slash, a tab."""
    try:
        return unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(name, name)))
    except KeyError:
        return None


async def _idle() -> None:
    """Until the loop has no call to make at once: only clocks, threads or files can give it one."""
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
    await asyncio.sleep(0)
    while ready:
        await asyncio.sleep(0)


def _unpainted(screen: Screen[object]) -> bool:
    """Whether the next of the screen's 120 updates a second has something to do."""
    if screen.app._batch_count or not screen.is_current:
        return False
    return bool(
        screen._layout_required
        or screen._scroll_required
        or screen._repaint_required
        or screen._recompose_required
        or screen._dirty_widgets
        or screen._callbacks
    )
