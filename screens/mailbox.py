"""Events on their way from the engine's threads to the screen: collected, then handed over in
batches.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from wizard.model.events import Event, Output

PERIOD = 0.05
"""Seconds from an event to its batch: twenty screens a second are enough for an eye and light on
the loop.
"""
LINES = 100
"""Lines per command and batch that reach the screen (10 ms of work for two hosts); the log file has
them all.
"""


class Mailbox:
    """`put` may be called from any thread and never waits; `take` empties the box on the screen's
    thread.

    `wake` is called, in any thread too, with the first event that comes into the empty box: no
    clock ticks while nothing happens, since the wizard may share one processor with the Ganeti that
    it waits for.
    """

    def __init__(self) -> None:
        self.wake: Callable[[], object] = lambda: None
        self._events: deque[Event] = deque()
        self._lock = threading.Lock()

    def put(self, event: Event) -> None:
        """An Emit for the session."""
        with self._lock:
            first = not self._events
            self._events.append(event)
        if first:
            self.wake()

    def take(self) -> list[Event]:
        """Everything since the last time; the output of one command comes as one piece, its last
        lines only.
        """
        with self._lock:
            events, self._events = self._events, deque()
        return _merge(events)


def _merge(events: deque[Event]) -> list[Event]:
    merged: list[Event] = []
    pieces: dict[int, list[str]] = {}
    places: dict[int, int] = {}
    for event in events:
        if not isinstance(event, Output):
            merged.append(event)
            continue
        key = id(event.command)
        if key not in places:
            places[key] = len(merged)
            pieces[key] = []
            merged.append(event)
        pieces[key].append(event.text)
    for key, place in places.items():
        first = merged[place]
        assert isinstance(first, Output)
        merged[place] = Output(first.step, first.command, _last("".join(pieces[key])))
    return merged


def _last(text: str) -> str:
    if text.count("\n") <= LINES:
        return text
    lines = text.splitlines(keepends=True)
    return f"(… {len(lines) - LINES} lines are in the log only)\n{''.join(lines[-LINES:])}"
