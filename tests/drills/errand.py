"""The operator of a drill at a terminal of 80×24: planned work by keys, from the list of what can
be moved or freed to its report.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from screens.shared.states import PageState
from tests.acceptance.terminal import View
from tests.drills.keys import DOWN, ENDED, LATER, Keys, Refused

PATIENCE = 2400
"""Seconds after which what is refused stays refused."""
TOLD = 5
"""Seconds in which the question is there that follows from the look by itself."""
RUNNING, STOPPED = 1, 2
"""How an instance may be moved: places in the list of the dialog."""


def nothing() -> None:
    """No work is done on the server."""


@dataclass
class Errand(Keys):
    """`verb` and `subject` are the words of the command line; `work` is what a hand does on the
    server as soon as it is free.
    """

    verb: str = ""
    subject: str = ""
    way: int = RUNNING
    work: Callable[[], None] = nothing
    halves: int = 1
    """How many runbooks it takes: 2 where a server is freed, and taken back."""
    reboots: bool = True
    """Whether that work boots the server anew: then the program waits until it is back."""
    worked: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """See `Keys`."""
        return self.verb, self.subject

    def _to_the_end(self) -> None:
        until = time.monotonic() + PATIENCE
        left = self.halves
        while left:
            view = self._seen()
            if view.dialog == ENDED:
                left -= 1
                self._press_and_go_on(view, "Enter")
            elif view.place == "wait" and not view.dialog:
                self._wait(view)
            elif view.place == "planned":
                self._begin(view, until)
            else:
                self._act(view)

    def _busy(self, view: View) -> bool:
        """See `Operator`; a server that is free is worked on at once."""
        if view.place == "wait" and not (self.worked and self.reboots):
            return False
        return super()._busy(view)

    def _wait(self, view: View) -> None:
        """The server is free: it is worked on, and then taken back."""
        if not self.worked:
            print(view, flush=True)
            self.work()
            self.worked = True
        else:
            self._press_and_go_on(view, "F8")

    def _begin(self, view: View, until: float) -> None:
        """Answer what is asked before anything is done; where it is too early, try again."""
        if view.dialog == "NOT NOW":
            if time.monotonic() > until:
                raise Refused("\n".join(view.lines))
            self.note("\n".join(view.lines))
            self._press_and_go_on(view, "Enter")
            self.terminal.pump(LATER)
            self.terminal.press("F5")
        elif view.dialog == "To be chosen":
            self.dialogs += 1
            self._press_and_go_on(view, *[DOWN] * self.way, "Enter")
        elif view.dialog:
            self.dialogs += 1
            print(view, flush=True)
            self._press_and_go_on(view, "Tab", "Enter")
        else:
            self._open()

    def _open(self) -> None:
        """The question comes by itself after the first look; after others F8 asks for it."""
        self.terminal.pump(TOLD)
        view = self.terminal.view()
        if view.place == "planned" and not view.dialog and view.state != PageState.LOOKING.value:
            self._press_and_go_on(view, "F8")

    def _press_and_go_on(self, view: View, *keys: str) -> None:
        self.terminal.press(*keys)
        self._gone_from(view)
