"""A session on simulated hosts, and the wizard's app at 80×24 with a pilot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot

from screens.app import WizardApp
from screens.page import Page
from screens.shared.states import PLACES, PageState
from tests.screens.toys import STEPS, Machines, session
from wizard.model.step import Step
from wizard.run.session import Session

Start = Callable[..., AbstractAsyncContextManager["Hand"]]


class Hand:
    """What an operator does: presses keys, reads the title, waits for words."""

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
        """Press keys. Those of a text come as quickly as from a fast typist; after the others the
        screen settles.
        """
        for key in keys:
            if len(key) == 1:
                self._type(key)
            else:
                await self.pilot.pause()
                await self.pilot.press(key)
        await self.pilot.pause()

    def _type(self, key: str) -> None:
        driver = self.app._driver
        assert driver is not None
        name = key if key.isalnum() else _character_to_key(key)
        event = Key(name, key)
        event.set_sender(self.app)
        driver.send_message(event)

    async def until(self, word: str, seconds: float = 10.0) -> None:
        """Wait until the title holds a word."""
        await self._wait(lambda: word in self.title, seconds, f"{word!r} in the title")

    async def sees(self, word: str, seconds: float = 10.0) -> None:
        """Wait until the screen shows a word."""
        await self._wait(lambda: word in self.text, seconds, f"{word!r} on the screen")

    async def _wait(self, true: Callable[[], bool], seconds: float, what: str) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not true():
            assert loop.time() < end, f"no {what} within {seconds} s:\n{self.title}\n{self.text}"
            await asyncio.sleep(0.02)
        await self.pilot.pause()

    async def login(self) -> None:
        """From the first screen to the overview."""
        await self.press("f8")
        await self.until("inventory [SEEN]")
        await self.press("f8")
        await self.until("overview")


def kind_of(place: str) -> str:
    """Which of PLACES a title names."""
    first = place.partition(" ")[0]
    return "step" if "/" in first else first


@pytest.fixture(autouse=True)
def documented(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a page shows in its title is what drivers were promised for that place."""
    set_title = Page.set_title

    def checked(page: Page, place: str, state: PageState | None = None) -> None:
        allowed = PLACES[kind_of(place)]
        assert state in allowed if allowed else state is None, f"{place}: {state}"
        set_title(page, place, state)

    monkeypatch.setattr(Page, "set_title", checked)


@pytest.fixture
def machines() -> Machines:
    return Machines()


@pytest.fixture
def start(tmp_path: Path, machines: Machines) -> Iterator[Start]:
    """A context manager that starts the app; each call is a new process's view of the same build."""  # noqa: E501
    opened: list[Session] = []

    @asynccontextmanager
    async def begin(
        steps: tuple[Step, ...] = STEPS, size: tuple[int, int] = (80, 24)
    ) -> AsyncIterator[Hand]:
        for old in opened:
            old.close()
        build = session(tmp_path / "state", machines, steps)
        opened.append(build)
        app = WizardApp(build)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            yield Hand(app, pilot)

    yield begin
    for one in opened:
        one.close()
