"""What line mode prints: no word is broken, and nothing commands the terminal."""

from __future__ import annotations

import os
import re
from importlib import resources

import pytest

from screens.line import say as module
from screens.line.markdown import as_lines
from screens.line.say import columns, say, say_exactly, wrapped

WORDS = "Both arrays must come out the same size, since DRBD mirrors one onto the other."


@pytest.mark.parametrize("width", [20, 40, 79, 80, 132])
@pytest.mark.parametrize("start", ["", "  ", "- ", "! node1: ", "why     ", "[node1]   ", "12. "])
def test_no_word_is_broken(start: str, width: int) -> None:
    lines = wrapped(start + WORDS, width).split("\n")
    assert all(len(line) <= width for line in lines)
    assert " ".join(lines).split() == (start + WORDS).split()


def test_what_is_wrapped_goes_on_below_its_text() -> None:
    assert wrapped("why     one two three", 16) == "why     one two\n        three"
    assert wrapped("  - one two three", 12) == "  - one two\n    three"
    assert wrapped(" 1 [x] one two three", 15) == " 1 [x] one two\n       three"
    assert wrapped(" 2 [ ] one two three", 15) == " 2 [ ] one two\n       three"
    assert wrapped("one two three", 8) == "one two\nthree"


def test_a_word_longer_than_the_line_stays_whole() -> None:
    path = "/dev/disk/by-id/ata-" + "A" * 80
    assert path in wrapped(f"sfdisk --append {path} now", 80).split("\n")


def test_lines_stay_lines() -> None:
    assert wrapped("one\n\n  two\n", 80) == "one\n\n  two\n"


def test_what_a_host_says_commands_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    said = "a\x1b[2Jb\x07\x9b1m\u202ec\nd"
    say(said)
    assert capsys.readouterr().out == "a␛[2Jb␇\ufffd1m\ufffdc\nd\n"
    say_exactly(said)
    assert capsys.readouterr().out == "a␛[2Jb␇\ufffd1m\ufffdc\nd\n"


def test_the_width_is_that_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window that changes is believed each time; a serial line is 80 columns at the least."""
    master, slave = os.openpty()
    device = os.ttyname(slave)
    size = [40]
    monkeypatch.setattr(
        os, "get_terminal_size", lambda number: os.terminal_size((size[0], 24)), raising=True
    )
    monkeypatch.setattr(os, "ttyname", lambda number: device)
    monkeypatch.setattr(module.sys, "__stdout__", os.fdopen(slave, "w"))
    assert columns() == 40
    size[0] = 132
    assert columns() == 132
    size[0] = 0
    assert columns() == 80
    device = "/dev/ttyS0"
    size[0] = 40
    assert columns() == 80
    size[0] = 132
    assert columns() == 132
    os.close(master)


def test_every_help_page_can_be_read_line_by_line() -> None:
    pages = list((resources.files("assets") / "help").iterdir())
    assert len(pages) > 20
    for page in pages:
        text = page.read_text("utf-8")
        shown = as_lines(text)
        assert "**" not in shown and "|---" not in shown
        lost = set(re.findall(r"\w+", text)) - set(re.findall(r"\w+", shown))
        assert not lost, page
        long = [line for line in wrapped(shown, 80).split("\n") if len(line) > 80]
        assert all(" " not in line.strip() for line in long), page


@pytest.mark.parametrize("width", [-3, 0, 1, 5])
@pytest.mark.parametrize("start", ["", "  ", "why     ", " 1 [x] "])
def test_a_window_of_no_width_breaks_no_program(start: str, width: int) -> None:
    assert wrapped(start + WORDS, width).split() == (start + WORDS).split()


@pytest.mark.parametrize("width", [0, 1, 19, 20, 100])
def test_a_window_is_never_narrower_than_a_word(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = os.terminal_size((width, 5))
    monkeypatch.setattr(os, "get_terminal_size", lambda descriptor: size)
    monkeypatch.setattr(os, "ttyname", lambda descriptor: "/dev/pts/0")
    assert columns() == (max(width, module.NARROWEST) if width else module.SERIAL_COLUMNS)
