"""A command's output on its way: passed on as text at once, kept with a bound."""

from __future__ import annotations

import codecs
from collections import deque

from wizard.hosts.host import OnOutput

HEAD = TAIL = 1 << 20
"""Bytes kept of the beginning and of the end. The facts of a whole step must fit into both
together.
"""


class Kept:
    """One stream: `feed` takes bytes as they come, `text` returns what was kept.

    Joining is linear (Invoke's is quadratic: its issue 1079). Bytes that are no UTF-8 become
    U+FFFD; a character cut by the edge of a piece is passed on whole with the next one.
    """

    def __init__(
        self, on_output: OnOutput | None = None, head: int = HEAD, tail: int = TAIL
    ) -> None:
        self._on_output, self._room, self._tail_size = on_output, head, tail
        self._head: list[bytes] = []
        self._tail: deque[bytes] = deque()
        self._in_tail = self.left_out = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, piece: bytes) -> None:
        """Take one piece: tell the listener, then keep what there is room for."""
        if self._on_output and (text := self._decoder.decode(piece)):
            self._on_output(text)
        first, rest = piece[: self._room], piece[self._room :]
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
        if self._on_output and (text := self._decoder.decode(b"", final=True)):
            self._on_output(text)

    def text(self) -> str:
        """Head and tail, with a line between them that says how many bytes are left out."""
        gap = [f"\n[… {self.left_out} bytes left out …]\n".encode()] if self.left_out else []
        return b"".join([*self._head, *gap, *self._tail]).decode("utf-8", "replace")
