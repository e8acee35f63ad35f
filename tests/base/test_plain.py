"""Words of hosts become plain: no control reaches a terminal; an altered text is known."""

from __future__ import annotations

import unicodedata

import pytest

from wizard.base import stdio
from wizard.base.errors import HostKeyUnknown, WizardError
from wizard.base.plain import is_cut, plain, plain_line, printed_lines, strange_line
from wizard.hosts.output import Kept

CLIPBOARD = "\x1b]52;c;cm0gLXJmIC8K\x07"
TITLE = "\x1b]0;all is well\x1b\\"
UP_AND_ERASE = "\x1b[3A\x1b[2K"
C1_CLIPBOARD = "\x9d52;c;cm0K\x9c"
REVERSED = "\u202egnp.exe\u2066x\u2069"
ATTACKS = (CLIPBOARD, TITLE, UP_AND_ERASE, C1_CLIPBOARD, REVERSED, "\x0e", "\x7f", "\u2028", "\x85")


def harmful(text: str) -> list[str]:
    """What a terminal would act upon, by the general categories of Unicode."""
    kinds = {"Cc", "Zl", "Zp"}
    directions = {"RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI"}
    return [
        char
        for char in text
        if char not in "\t\n"
        and (unicodedata.category(char) in kinds or unicodedata.bidirectional(char) in directions)
    ]


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_nothing_of_it_acts_on_a_terminal(attack: str) -> None:
    assert harmful(attack)
    assert not harmful(plain(f"before{attack}after"))
    assert strange_line(f"first\nbefore{attack}after") == 2
    assert strange_line(plain(f"first\nbefore{attack}after")) == 2


def test_every_character_that_unicode_has() -> None:
    every = "".join(chr(code) for code in range(0x110000))
    cleaned = plain(every)
    assert cleaned.encode(), "half a pair of UTF-16 (JSON has it as \\ud800) can be written"
    assert len(cleaned) == len(every) and not harmful(cleaned) and plain(cleaned) == cleaned


def test_one_line_stays_one_line() -> None:
    assert plain_line("reboot\nall is well\r\x1b[2J") == "reboot␤all is well␍␛[2J"


def test_other_letters_stay() -> None:
    text = "größe\tü中 🙂 עברית\n"
    assert plain(text) == text and not strange_line(text)


@pytest.mark.parametrize("attack", [each.encode() for each in ATTACKS] + [b"\x9b2J", b"\xff\xfe"])
def test_output_cut_anywhere_is_plain(attack: bytes) -> None:
    pieces: list[str] = []
    kept = Kept(pieces.append)
    for number in range(len(attack)):
        kept.feed(attack[number : number + 1])
    kept.end()
    assert not harmful("".join(pieces)) and not harmful(kept.text())
    assert "".join(pieces) == kept.text() and strange_line(kept.text()) == 1


def test_what_was_left_out_is_known_to_be() -> None:
    kept = Kept(head=3, tail=3)
    kept.feed(b"abcdefgh")
    kept.feed(b"ijk")
    assert kept.left_out and is_cut(kept.text()) and not is_cut("abc")


def test_a_return_begins_a_line_and_no_other_character_does() -> None:
    text = plain("10%\r20%\r\nnext\x0b\x0c\x85one\n")
    assert [line.encode("ascii", "replace") for line in printed_lines(text)] == [
        b"10%",
        b"20%",
        b"next???one",
    ]
    assert printed_lines("") == []


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_errors_and_printed_lines_are_plain(
    attack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    error = WizardError(attack, where=attack, mend=attack)
    assert not harmful(str(error) + repr(error.args) + error.what + error.where + error.mend)
    assert not harmful(str(HostKeyUnknown(attack, attack, attack)))
    stdio.say(attack)
    stdio.complain(attack)
    captured = capsys.readouterr()
    assert captured.out and not harmful(captured.out) and not harmful(captured.err)
