"""A host's panel takes any output, a piece at a time."""

from __future__ import annotations

from importlib import resources

import pytest
from textual.app import App, ComposeResult
from textual.widgets import RichLog

from screens.step.part_run import LONGEST, HostPanel, RunPart
from wizard.base.plain import RETURN
from wizard.model.events import Event, Note, Started
from wizard.model.step import Command


class Lines:
    """In place of the widget that shows the lines."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def write(self, text: str) -> None:
        self.shown += text.split("\n")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Lines:
    made = Lines()
    monkeypatch.setattr(HostPanel, "query_one", lambda self, kind: made)
    return made


def test_a_line_without_an_end_is_not_kept_whole(lines: Lines) -> None:
    panel = HostPanel("node1")
    for _ in range(600):
        panel._write("x" * 32768)
        assert len(panel.rest) <= LONGEST + 1
    panel._write("the end\nnext\n")
    assert lines.shown[0] == "…" + "x" * (LONGEST - 7) + "the end" and lines.shown[1] == "next"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_of_a_line_that_overwrites_itself_the_last_shape_is_shown(lines: Lines, size: int) -> None:
    text = f"10%{RETURN}20%{RETURN}\nfirst{RETURN}second\n\nwhole\n"
    panel = HostPanel("node1")
    for at in range(0, len(text), size):
        panel._write(text[at : at + size])
    assert lines.shown == ["20%", "second", "", "whole"]


class Run(App[None]):
    """The part Run of three hosts."""

    CSS = (resources.files("assets") / "app.tcss").read_text("utf-8")

    def compose(self) -> ComposeResult:
        """Nothing else."""
        yield RunPart(("node1", "node2", "inst1"), id="run")


def _heights(app: App[None]) -> dict[str, int]:
    """The rows of each host's output that are seen."""
    rows = {}
    for panel in app.query(HostPanel).results(HostPanel):
        log = panel.query_one(RichLog)
        rows[panel.host] = log.size.height if log.display else 0
    return rows


def _started(host: str) -> Event:
    return Started("raid", Command(host, ("true",), "why"), 1, 1)


async def test_a_host_on_which_nothing_happens_gives_its_room_to_the_others() -> None:
    app = Run()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        before = _heights(app)
        assert min(before.values()) > 4
        part = app.query_one(RunPart)
        part.start(1)
        part.take(Note("", "looking"))
        await pilot.pause()
        assert _heights(app) == before
        part.take(_started("node2"))
        await pilot.pause()
        now = _heights(app)
        assert now["node1"] == now["inst1"] == 0 and now["node2"] > 2 * before["node2"]
        part.take_focus()
        await pilot.pause()
        assert app.focused is app.query_one("#panel-node2").query_one(RichLog)
        part.take(_started("node1"))
        await pilot.pause()
        assert _heights(app)["node1"] > 2 and _heights(app)["inst1"] == 0
        part.start(1)
        part.take(_started("inst1"))
        await pilot.pause()
        assert _heights(app)["node1"] == _heights(app)["node2"] == 0
