"""A session on simulated hosts, and the wizard's app at 80×24 with a pilot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from screens import page
from screens.app import WizardApp
from screens.page import Page
from screens.shared.states import PLACES, PageState
from tests.hand import Hand
from tests.screens.toys import STEPS, Machines, session
from tests.waiting import LAST_RESORT
from wizard.model.step import Step
from wizard.run.session import Session

Start = Callable[..., AbstractAsyncContextManager[Hand]]


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pilot that does not give a slow machine up after 30 seconds, and answers that wait until
    they are read.
    """
    monkeypatch.setattr(page, "ANSWER", LAST_RESORT)
    monkeypatch.setattr(Pilot._wait_for_screen, "__defaults__", (LAST_RESORT,))


def kind_of(place: str) -> str:
    """Which of PLACES a title names."""
    first = place.partition(" ")[0]
    return "step" if "/" in first else first


@pytest.fixture(autouse=True)
def documented(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a page shows in its title is what drivers were promised for that place."""
    set_title = Page.set_title

    def checked(page_on_top: Page, place: str, state: PageState | None = None) -> None:
        allowed = PLACES[kind_of(place)]
        assert state in allowed if allowed else state is None, f"{place}: {state}"
        set_title(page_on_top, place, state)

    monkeypatch.setattr(Page, "set_title", checked)


@pytest.fixture
def machines() -> Machines:
    return Machines()


@pytest.fixture
def start(tmp_path: Path, machines: Machines) -> Iterator[Start]:
    """A context manager that starts the app; each call is a new process's view of the build."""
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
            hand = Hand(app, pilot)
            await hand.settle()
            yield hand

    yield begin
    for one in opened:
        one.close()
