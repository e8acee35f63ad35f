"""A host's panel takes any output, a piece at a time."""

from __future__ import annotations

import pytest

from screens.step.part_run import LONGEST, HostPanel
from wizard.base.plain import RETURN


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
