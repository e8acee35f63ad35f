"""Whatever letters come at a plain prompt: what cannot be used is asked for again."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from screens.line import ask_plain
from screens.line.ask_plain import PlainAsker
from wizard.model.step import Choice

CHOICES = (Choice("one", "the first"), Choice("two", "the second"))
ASKS: dict[str, Callable[[PlainAsker], Any]] = {
    "text": lambda asker: asker.text("Name"),
    "secret": lambda asker: asker.secret("Password"),
    "yes": lambda asker: asker.yes("Change them?"),
    "pick": lambda asker: asker.pick("Card", CHOICES),
    "tick": lambda asker: asker.tick("Cards", CHOICES, ()),
}
RIGHT: dict[str, tuple[str, Any]] = {
    "text": ("ä", "ä"),
    "secret": ("pä", "pä"),
    "yes": ("y", True),
    "pick": ("2", "two"),
    "tick": ("1,2", ["one", "two"]),
}


def _given(*answers: bytes) -> Callable[[str], str]:
    """What a terminal in UTF-8 gives for these bytes, one after the other."""
    left: Iterator[bytes] = iter(answers)
    return lambda prompt: next(left).decode()


@pytest.mark.parametrize("kind", ASKS)
def test_latin_1_is_asked_for_again(
    kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    word, wanted = RIGHT[kind]
    read = _given(b"p\xe4ss", b"\xff", word.encode())
    monkeypatch.setattr(ask_plain, "_typed", read)
    monkeypatch.setattr(getpass, "getpass", read)
    assert ASKS[kind](PlainAsker()) == wanted
    assert capsys.readouterr().out.count("that was not UTF-8") == 2


@pytest.mark.parametrize("kind", ASKS)
def test_so_are_bytes_that_came_as_surrogates(
    kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    word, wanted = RIGHT[kind]
    left = iter(["p\udce4ss", word])
    monkeypatch.setattr(ask_plain, "_typed", lambda prompt: next(left))
    monkeypatch.setattr(getpass, "getpass", lambda prompt: next(left))
    assert ASKS[kind](PlainAsker()) == wanted
    assert "that was not UTF-8" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["pick", "tick"])
@pytest.mark.parametrize("word", ["²", "٣", "1²", "½", "-1", "0", "3", "1e0", "0x1", "9" * 5000])
def test_what_is_no_number_of_the_list_is_asked_for_again(
    kind: str, word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    right, wanted = RIGHT[kind]
    left = iter([word, right])
    monkeypatch.setattr(ask_plain, "_typed", lambda prompt: next(left))
    assert ASKS[kind](PlainAsker()) == wanted
    assert "from 1 to 2" in capsys.readouterr().out
