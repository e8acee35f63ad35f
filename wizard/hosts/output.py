"""A command's output on its way: passed on as text at once, kept with a bound."""

from __future__ import annotations

import codecs
from collections import deque

from wizard.base.plain import gap, plain
from wizard.hosts.host import OnOutput

HEAD = 1 << 20
"""Bytes kept of the beginning. The facts of a whole step must fit into this and `TAIL` together."""
TAIL = 1 << 20
"""Bytes kept of the end."""


class Kept:
    """One stream: `feed` takes bytes as they come, `text` returns what was kept.

    Here a host's words enter: whatever could act on a terminal is replaced (`plain`), and bytes
    that are no UTF-8 become U+FFFD. A character cut by the edge of a piece is passed on whole with
    the next one. Joining is linear (Invoke's is quadratic: its issue 1079).
    """

    def __init__(
        self, on_output: OnOutput | None = None, head: int = HEAD, tail: int = TAIL
    ) -> None:
        self._on_output = on_output
        self._room = head
        self._tail_size = tail
        self._head: list[bytes] = []
        self._tail: deque[bytes] = deque()
        self._in_tail = 0
        self.left_out = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, piece: bytes) -> None:
        """Take one piece: tell the listener, then keep what there is room for."""
        self._tell(piece)
        first = piece[: self._room]
        rest = piece[self._room :]
        if first:
            self._head.append(first)
            self._room -= len(first)
        if rest:
            self._tail.append(rest)
            self._in_tail += len(rest)
            self._trim()

    def _trim(self) -> None:
        while self._tail and self._in_tail - len(self._tail[0]) >= self._tail_size:
            gone = len(self._tail.popleft())
            self._in_tail -= gone
            self.left_out += gone

    def end(self) -> None:
        """The stream ended in good order: pass on half a character that was held back."""
        self._tell(b"", final=True)

    def _tell(self, piece: bytes, final: bool = False) -> None:
        if self._on_output is None:
            return
        text = self._decoder.decode(piece, final=final)
        if text:
            self._on_output(plain(text))

    def text(self) -> str:
        """Head and tail, with a line between them that says how many bytes are left out."""
        pieces = list(self._head)
        if self.left_out:
            pieces.append(gap(self.left_out).encode())
        pieces += self._tail
        whole = b"".join(pieces)
        return plain(whole.decode("utf-8", "replace"))
