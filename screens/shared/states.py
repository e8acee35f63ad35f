"""The states of a page, as the brackets of the first row show them: people and drivers read them
there.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from wizard.model.review import State
from wizard.model.verdicts import Level


class PageState(Enum):
    """What a page is at; the value is the text between the brackets."""

    LOGIN = "LOGIN"
    CONNECTING = "CONNECTING"
    WAITING = "WAITING"
    """For hosts that were told to reboot; it tries again by itself."""
    CONNECTED = "CONNECTED"
    LOOKING = "LOOKING"
    SEEN = "SEEN"
    TO_DO = "TO DO"
    BLOCKED = "BLOCKED"
    WRONG = "WRONG"
    UNSEEN = "NOT LOOKED AT"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    LEFT_RUNNING = "LEFT RUNNING"
    STALE = "STALE"
    FAILED = "FAILED"
    DONE = "DONE"
    UNFINISHED = "UNFINISHED"
    OK = "OK"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"
    UNKNOWN = "UNKNOWN"

    @property
    def busy(self) -> bool:
        """Whether the page is at work and goes on by itself: F8 is for later."""
        return self in _BUSY

    @property
    def colour(self) -> str:
        """The theme's colour of the brackets."""
        return _COLOURS.get(self, "error")


_BUSY = frozenset(
    {
        PageState.CONNECTING,
        PageState.WAITING,
        PageState.LOOKING,
        PageState.RUNNING,
        PageState.STOPPING,
    }
)
_COLOURS = {
    PageState.DONE: "success",
    PageState.OK: "success",
    PageState.SEEN: "success",
    PageState.CONNECTED: "success",
    PageState.LOGIN: "primary",
    PageState.TO_DO: "primary",
    PageState.WARNING: "warning",
    PageState.UNFINISHED: "warning",
    PageState.LEFT_RUNNING: "warning",
    **dict.fromkeys(_BUSY, "warning"),
}
"""Every other state is an error's."""


def of_step(state: State) -> PageState:
    """Where a step stands."""
    return PageState(state.value.upper())


def of_health(level: Level) -> PageState:
    """How bad a whole report is; it is never "not set up"."""
    return PageState(level.value.upper())


PLACES: Mapping[str, frozenset[PageState]] = {
    "resume": frozenset({PageState.UNFINISHED, PageState.DONE}),
    "hosts": frozenset(
        {
            PageState.LOGIN,
            PageState.CONNECTING,
            PageState.WAITING,
            PageState.CONNECTED,
            PageState.FAILED,
        }
    ),
    "inventory": frozenset({PageState.LOOKING, PageState.SEEN, PageState.FAILED}),
    "overview": frozenset({PageState.LOOKING, PageState.TO_DO, PageState.DONE}),
    "step": frozenset(
        {
            *map(of_step, State),
            PageState.LOOKING,
            PageState.STOPPING,
            PageState.STALE,
            PageState.FAILED,
            PageState.LEFT_RUNNING,
        }
    ),
    "health": frozenset(
        {
            PageState.LOOKING,
            PageState.OK,
            PageState.WARNING,
            PageState.CRITICAL,
            PageState.UNKNOWN,
        }
    ),
    "recover": frozenset(
        {
            PageState.LOOKING,
            PageState.WAITING,
            PageState.OK,
            PageState.TO_DO,
            PageState.UNKNOWN,
        }
    ),
    "planned": frozenset(
        {PageState.LOOKING, PageState.TO_DO, PageState.BLOCKED, PageState.UNKNOWN}
    ),
    "runbook": frozenset({PageState.LOOKING, PageState.TO_DO, PageState.DONE}),
    "wait": frozenset({PageState.LOOKING, PageState.WAITING, PageState.DONE, PageState.UNFINISHED}),
    "log": frozenset(),
}
"""The states that a place can be in."""
