"""Secret handles: a password is a value that cannot be printed, stored or sent by accident."""

from __future__ import annotations

import hmac
import json
import threading
import weakref
from typing import NoReturn

from wizard.base.plain import plain

BULLETS = "••••"


class Secret:
    """A secret text that shows as bullets everywhere; only `reveal` gives it away.

    It is no `str`, so that formatting, joining and JSON cannot take it by mistake, and it refuses
    to be pickled. Every living handle is known to `mask`.
    """

    __slots__ = ("__weakref__", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        _living[id(self)] = self

    def reveal(self) -> str:
        """The text itself: for the moment in which it goes to a standard input, and for nothing
        else.
        """
        return self._text

    def __repr__(self) -> str:
        return BULLETS

    def __format__(self, spec: str) -> str:
        return BULLETS

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret is never stored")


_living: weakref.WeakValueDictionary[int, Secret] = weakref.WeakValueDictionary()


def _shapes(text: str) -> set[str]:
    """A text as it may stand in a log: as it is, with its controls replaced, in JSON (both ways),
    in a Python literal.
    """
    return {
        text,
        plain(text),
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        repr(text)[1:-1],
    }


def _known() -> list[str]:
    """Every shape of every living secret, the longest first."""
    shapes = {
        shape for secret in list(_living.values()) if secret for shape in _shapes(secret.reveal())
    }
    return sorted(shapes, key=len, reverse=True)


def mask(text: str) -> str:
    """Replace every secret that is alive, in any shape it may take in a log, by bullets."""
    for shape in _known():
        text = text.replace(shape, BULLETS)
    return text


class Masked:
    """The same for a text that comes in pieces: what may be the beginning of a secret is held back
    until the next piece, or the end, tells.
    """

    def __init__(self) -> None:
        self._held = ""
        self._lock = threading.Lock()

    def feed(self, piece: str) -> str:
        """What can be told by now."""
        with self._lock:
            text = mask(self._held + piece)
            told = len(text) - _begun(text)
            self._held = text[told:]
            return text[:told]

    def end(self) -> str:
        """What was held back, when nothing follows."""
        with self._lock:
            text = self._held
            self._held = ""
            return text


def _begun(text: str) -> int:
    """How many characters at a text's end may begin a secret."""
    longest = 0
    for shape in _known():
        for length in range(min(len(shape) - 1, len(text)), longest, -1):
            if text.endswith(shape[:length]):
                longest = length
                break
    return longest
