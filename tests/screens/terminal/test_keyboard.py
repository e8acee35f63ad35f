"""What a terminal sends becomes keys and pasted texts, whatever it sends and however fast."""

from __future__ import annotations

import pytest
from textual._xterm_parser import XTermParser
from textual.app import App, ComposeResult
from textual.events import Key, Paste
from textual.message import Message

from screens.keyboard import CHUNK, FOREIGN, LONGEST, Line, Typed


def typed(*pieces: bytes) -> tuple[Typed, list[Message]]:
    """What comes of these pieces, each read at once."""
    made = Typed(XTermParser())
    messages: list[Message] = []
    for piece in pieces:
        messages += made.messages(piece)
    return made, messages


def shown(messages: list[Message]) -> list[str]:
    """Keys by their names, pasted texts in quotes."""
    names = []
    for message in messages:
        if isinstance(message, Key):
            names.append(message.key)
        elif isinstance(message, Paste):
            names.append(repr(message.text))
    return names


LONG = "x" * 40


@pytest.mark.parametrize(
    ("pieces", "wanted"),
    [
        ((b"ab\x7fc\r",), ["a", "b", "backspace", "c", "enter"]),
        ((b"\x1b[A", b"\x1bOP", b"\x1b[21~"), ["up", "f1", "f10"]),
        (("ä".encode()[:1], "ä".encode()[1:]), ["ä"]),
        ((LONG.encode(),), [f"'{LONG}'"]),
        ((f"a\r{LONG}\rb".encode(),), ["a", "enter", f"'{LONG}'", "enter", "b"]),
        ((b"\x1b[200~" + LONG.encode() + b"\ny\x1b[201~",), [repr(f"{LONG}\ny")]),
        (
            (b"\x1b[200~" + LONG.encode(), LONG.encode(), b"y\x1b[201~", b"z"),
            [repr(f"{LONG}{LONG}y"), "z"],
        ),
    ],
)
def test_keys_and_pasted_texts(pieces: tuple[bytes, ...], wanted: list[str]) -> None:
    made, messages = typed(*pieces)
    assert shown(messages) == wanted and not made.foreign


def test_a_megabyte_without_brackets_is_some_texts_and_no_million_keys() -> None:
    data = b"x" * 1_000_000
    pieces = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
    _, messages = typed(*pieces)
    assert len(messages) == len(pieces)
    assert sum(len(message.text) for message in messages if isinstance(message, Paste)) == 1_000_000


@pytest.mark.parametrize("data", [b"p\xe4ss", b"\xff\xfe", b"\xc3(", b"\xed\xa0\x80"])
def test_bytes_of_another_encoding_are_shown_and_told(data: bytes) -> None:
    made, messages = typed(data)
    assert made.foreign
    letters = [message.character for message in messages if isinstance(message, Key)]
    assert FOREIGN in letters


class Field(App[None]):
    """One field."""

    def compose(self) -> ComposeResult:
        yield Line()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("keys", "value"),
    [
        ("a b backspace c", "ac"),
        ("a b c backspace backspace backspace x", "x"),
        ("b home a end c", "abc"),
        ("a b left x delete y", "axy"),
        ("a b ctrl+u c", "c"),
    ],
)
async def test_no_letter_overtakes_a_key(keys: str, value: str) -> None:
    app = Field()
    async with app.run_test() as pilot:
        for key in keys.split():
            app.post_message(Key(key, key if len(key) == 1 else None))
        await pilot.pause()
        assert app.query_one(Line).value == value


@pytest.mark.slow
async def test_a_field_takes_no_more_than_any_answer_needs() -> None:
    app = Field()
    async with app.run_test() as pilot:
        for _ in range(30):
            app.post_message(Paste("x" * CHUNK))
        await pilot.pause()
        assert len(app.query_one(Line).value) == LONGEST
