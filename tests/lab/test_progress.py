"""Signs of life: lines where they are piped, one that changes on a terminal."""

from __future__ import annotations

import io
import re
import sys
import threading

import pytest

from tests.waiting import until
from wizard.lab.base import progress
from wizard.lab.base.progress import Progress


class Screen(io.StringIO):
    """Standard error that is a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def _told(monkeypatch: pytest.MonkeyPatch, error: io.StringIO) -> str:
    """What a phase says that goes on until its sign of life was seen three times."""
    monkeypatch.setattr(sys, "stderr", error)
    monkeypatch.setattr(progress, "HEARTBEAT_S", 0.01)
    monkeypatch.setattr(progress, "IN_PLACE_S", 0.01)
    made = Progress()
    with made.phase("boot", lambda: "node1"):
        until(lambda: len(SIGN.findall(error.getvalue())) >= 3, "three signs of life")
    return error.getvalue()


SIGN = re.compile(r"boot: \d+ s, node1")


def _left(said: str) -> list[str]:
    """The lines that stay in the scrollback, without their seconds."""
    return [re.sub(r"\d+ s", "N s", line.rpartition("\x1b[K")[2]) for line in said.split("\n")]


def test_where_it_is_piped_each_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    said = _told(monkeypatch, io.StringIO())
    first, *signs, last, nothing = _left(said)
    assert (first, last, nothing) == ("-- boot", "ok boot (N s)", "")
    assert set(signs) == {"   boot: N s, node1"}
    assert "\x1b" not in said and "\r" not in said


def test_on_a_terminal_one_takes_the_place_of_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert _left(_told(monkeypatch, Screen())) == ["-- boot", "ok boot (N s)", ""]


@pytest.mark.parametrize("term", ["dumb", "", "unknown"])
def test_a_terminal_that_cannot_gets_lines(term: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", term)
    assert "\x1b" not in _told(monkeypatch, Screen())


def test_phases_side_by_side_leave_nothing_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    error = Screen()
    monkeypatch.setattr(sys, "stderr", error)
    monkeypatch.setattr(progress, "IN_PLACE_S", 0.001)
    made = Progress()

    def boot(name: str) -> None:
        with made.phase(name):
            until(lambda: error.getvalue().count(f"   {name}: ") >= 5, "five signs of life")

    threads = [threading.Thread(target=boot, args=(name,)) for name in ("node1", "node2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = sorted(_left(error.getvalue()))
    assert left == ["", "-- node1", "-- node2", "ok node1 (N s)", "ok node2 (N s)"]
