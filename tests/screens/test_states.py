"""The states in the first row: one enumeration for pages, people and drivers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from screens import app
from screens.shared.states import PLACES, PageState, of_health, of_step
from tests.acceptance import operator
from wizard.model.review import State
from wizard.model.verdicts import Level

SCREENS = Path(app.__file__).parent


def test_every_state_belongs_to_a_place() -> None:
    assert frozenset().union(*PLACES.values()) == frozenset(PageState)


def test_how_to_drive_it_names_the_enumeration_and_every_place() -> None:
    told = app.__doc__ or ""
    assert "`PageState` in `screens.shared.states`" in told
    assert all(f"`{place}" in told for place in PLACES if place != "step")


def test_no_page_shows_another_state() -> None:
    """`set_title` and `headline` take no text: mypy sees to the rest."""
    for path in SCREENS.rglob("*.py"):
        text = path.read_text()
        assert not re.search(r'(set_title\([^)]*, |headline\()f?"[A-Z]', text), path


def test_the_acceptance_driver_waits_while_a_page_is_busy() -> None:
    assert {
        "",
        "CONNECTING",
        "WAITING",
        "LOOKING",
        "RUNNING",
        "STOPPING",
    } == operator.BUSY
    assert {"BLOCKED", "WRONG", "FAILED", "NOT LOOKED AT"} == operator.STUCK


@pytest.mark.parametrize("state", State)
def test_where_a_step_stands_has_a_state(state: State) -> None:
    assert of_step(state) in PLACES["step"]


@pytest.mark.parametrize("level", [level for level in Level if level is not Level.ABSENT])
def test_how_bad_it_is_has_a_state(level: Level) -> None:
    assert of_health(level) in PLACES["health"]


def test_colours() -> None:
    assert PageState.DONE.colour == "success" and PageState.TO_DO.colour == "primary"
    assert PageState.FAILED.colour == PageState.STALE.colour == "error"
    assert all(state.colour == "warning" for state in PageState if state.busy)
