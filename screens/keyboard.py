"""What comes from the terminal's keyboard: keys in their order, texts that are pasted, bytes of any
encoding.

Textual's own reader takes each letter of a text that is pasted without brackets for a key of its
own: a megabyte of them took 80 s and 1.6 GB. And it ends, with the whole program, at a byte that is
no UTF-8, which a terminal set to Latin-1 sends for an umlaut.
"""

from __future__ import annotations

import os
import re
import select
from codecs import getincrementaldecoder
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from textual._xterm_parser import XTermParser
from textual.binding import Binding
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Paste
from textual.message import Message
from textual.widgets import Input

if TYPE_CHECKING:
    from textual import events

CHUNK = 4096
"""Bytes that are read at a time."""
PERIOD = 0.1
"""Seconds after which an Esc that nothing follows counts as that key."""
PASTED = 32
"""So many letters that come at once were not typed."""
LONGEST = 4096
"""Characters that a field takes; the longest key of ssh-keygen has 2,900."""
FOREIGN = "\N{REPLACEMENT CHARACTER}"
NOT_UTF8 = f"what was typed is not UTF-8 (it shows as {FOREIGN}): set the terminal to UTF-8"
_BEGIN = "\x1b[200~"
_END = "\x1b[201~"
_LETTERS = re.compile(f"([^\x00-\x1f\x7f-\x9f]{{{PASTED},}})")


class Keyboard(LinuxDriver):
    """Textual's driver with another reader."""

    def run_input_thread(self) -> None:
        """Read until the program ends."""
        typed = Typed(XTermParser(self._debug))
        ready = select.poll()
        ready.register(self.fileno, select.POLLIN)
        while not self.exit_event.is_set():
            data = b""
            if ready.poll(PERIOD * 1000):
                data = self._read()
                if not data:
                    # Nobody is at the other end: `hangup` ends the program.
                    self.exit_event.wait()
                    return
            for message in typed.messages(data):
                self.process_message(message)
            if typed.foreign:
                typed.foreign = False
                self._app.call_later(getattr(self._app, "say", str), NOT_UTF8)

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, CHUNK)
        except OSError:
            return b""


class Typed:
    """Bytes as they come, made into keys and pasted texts."""

    def __init__(self, parser: XTermParser) -> None:
        self._parser = parser
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._bracketed = False
        self.foreign = False
        """Whether a byte came that is no UTF-8."""

    def messages(self, data: bytes) -> Iterator[Message]:
        """What these bytes mean; none stands for a moment without any."""
        text = self._decoder.decode(data)
        self.foreign = self.foreign or FOREIGN in text
        # A terminal that brackets what is pasted leaves nothing to be guessed, and the letters of
        # an escape sequence are no text.
        plain = not self._bracketed and "\x1b" not in text
        begun, ended = text.rfind(_BEGIN), text.rfind(_END)
        if begun != ended:
            self._bracketed = begun > ended
        pieces = _LETTERS.split(text) if plain else [text]
        for number, piece in enumerate(pieces):
            if number % 2:
                yield Paste(piece)
            elif piece:
                yield from self._parser.feed(piece)
        yield from self._parser.tick()


def _actions() -> dict[str, str]:
    """What Textual's field does at each key that is no letter."""
    actions: dict[str, str] = {}
    for binding in Input.BINDINGS:
        if isinstance(binding, Binding):
            actions |= dict.fromkeys(binding.key.split(","), binding.action)
    return actions


_ACTIONS = _actions()


class Line(Input):
    """A field in which keys and letters are heard in the order in which they were typed.

    Textual's field takes a letter itself and leaves Backspace to the bindings, which reach it by a
    longer way: letters that come at once with it overtake it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, max_length=LONGEST, **kwargs)

    async def _on_key(self, event: events.Key) -> None:
        # Textual calls the field's own handler after this one, unless that is prevented.
        action = _ACTIONS.get(event.key)
        if action is not None:
            event.stop()
            event.prevent_default()
            await self.run_action(action)
