"""The operator of a drill at a terminal of 80×24: a runbook carried out by keys alone, from the
diagnosis to its report.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.acceptance.operator import STUCK, Operator
from tests.acceptance.terminal import View
from tests.drills.command import Done

DOWN = "\x1b[B"
ENDED = "The runbook came to its end"
WAY = re.compile(r"^ *[a-j]\) +(?P<runbook>[\w-]+) +(?P<title>.*\S) *$")
"""A row of the diagnosis: a way out, its runbook and its title."""
BELOW = re.compile(r"^ *─Enter: all of it─")
"""Above the first line of what is under the cursor."""
VALUE = re.compile(r"^.*│ ([\w./:-]+) +[│▁▂▃▄▅▆▇█]", re.MULTILINE)
"""In the dialog of a choice, the line above an option's words."""
SOON = 120
"""Seconds in which a key is answered, on a machine that is busy."""
ASKED = 20
"""Seconds in which the rows are drawn after the title, and the program asks whether it is to end,
where it asks at all.
"""
LATER, LOOKS = 20, 5
"""Seconds after which the operator looks again where it was too early, and how often."""
UNCHANGED, AGAIN = "UNCHANGED: all ran well", 2
"""What the screen says where commands did not bring what they were for, and how often an operator
tries the same once more.
"""
ROWS = 40
"""More than a diagnosis has."""
COMPLETE, NOT_YET = 0, 4
"""Exit codes of the same without keys: it came to its end; it is refused."""

Pick = Callable[[str], bool]
"""Whether a decision's value is the one that the operator takes."""


class Refused(Exception):
    """The screen does not let this way be gone, or asks for what nobody wants to give."""


@dataclass
class Keys(Operator):
    """One runbook by keys. `dead` is the full name of a server that has no power ("" for none);
    `confirm` the words that may be typed; `pick` takes of the options of a choice.
    """

    runbook: str = ""
    dead: str = ""
    confirm: tuple[str, ...] = ()
    pick: Mapping[str, Pick] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """The words that were asked for, and typed."""
    told: list[tuple[float, str]] = field(default_factory=list)
    """What was seen, each with its moment (seconds since 1970)."""
    looks: int = 0
    """How often the machines were looked at again, since it was too early for the runbook."""
    unchanged: int = 0
    """How often all ran well and nothing came of it."""
    last: str = ""
    """Where the program waited for a key the last time."""

    @property
    def words(self) -> tuple[str, ...]:
        """What the same would be on a command line."""
        return "recover", self.runbook

    def note(self, text: str) -> None:
        """See `Operator`; it is kept for the drill's table too."""
        super().note(text)
        self.told.append((time.time(), f"{text}\n"))

    def carry_out(self) -> Done:
        """From the diagnosis to the report; raises AssertionError with the screen that nobody
        expected.
        """
        begun = time.monotonic()
        self.start()
        try:
            self._to_the_end()
            code = COMPLETE
        except Refused as error:
            self.note(f"refused: {error}")
            code = NOT_YET
        self._leave()
        self.keys += self.terminal.keys
        words = (*self.words, f"by {self.keys} keys")
        return Done(words, code, tuple(self.told), time.monotonic() - begun)

    def _to_the_end(self) -> None:
        opened = False
        while True:
            view = self._seen()
            if view.dialog == ENDED:
                return
            if view.place == "recover" and not view.dialog:
                if opened:
                    raise Refused("\n".join(view.lines))
                opened = self._go_that_way(view)
            else:
                self._act(view)

    def _seen(self) -> View:
        """The screen as soon as the program waits for a key; what is new there is noted."""
        view = self._settled()
        at = f"{view.place} [{view.state}] {view.dialog}".strip()
        if at != self.last:
            self.last = at
            self.note(at)
            if view.dialog == ENDED:
                print(view, flush=True)
                self.note("\n".join(view.lines))
        return view

    def _go_that_way(self, view: View) -> bool:
        """Move the cursor to the runbook's row, and press F8; False where it is too early for it,
        and the machines were looked at again.
        """
        title = self._title()
        drawn = time.monotonic() + ASKED
        while not title and time.monotonic() < drawn:
            self.terminal.pump(0.5)
            title = self._title()
        if title.startswith("NOT NOW") and self.looks < LOOKS:
            self.looks += 1
            self.note(title)
            self.terminal.pump(LATER)
            self.terminal.press("F5")
            return False
        if not title or title.startswith("NOT NOW"):
            raise Refused("\n".join(view.lines))
        for _ in range(ROWS):
            shown = _under_the_cursor(self.terminal.view())
            if shown.startswith(title[:40]):
                self.terminal.press("F8")
                self._gone_from(view)
                return True
            self.terminal.press(DOWN)
            self._moved_from(shown)
        raise AssertionError(f"no row is {self.runbook}:\n{self.terminal.view()}")

    def _title(self) -> str:
        """What the runbook's row says; "" where none is seen."""
        title = ""
        for line in self.terminal.view().lines:
            row = WAY.match(line)
            if row is not None and row["runbook"] == self.runbook:
                title = row["title"]
        return title

    def _moved_from(self, shown: str) -> None:
        """The cursor is elsewhere; raises AssertionError where it cannot move."""
        self.terminal.wait(
            lambda now: _under_the_cursor(now) != shown, SOON, f"another row than {shown}"
        )

    def _gone_from(self, view: View) -> None:
        """The screen is another one, or another dialog is open, or it works."""
        before = (view.place, view.state, view.dialog)
        self.terminal.wait(
            lambda now: (now.place, now.state, now.dialog) != before, SOON, "the next screen"
        )

    def _act(self, view: View) -> None:
        if UNCHANGED in str(view):
            self.unchanged += 1
            if self.unchanged > AGAIN:
                raise Refused("\n".join(view.lines))
        if view.dialog == "Is it dead?":
            self.dialogs += 1
            print(view, flush=True)
            # From the button that waits to the ways of its power, then to the name.
            self.terminal.press("Tab", " ", "Tab", self.dead)
            self.terminal.wait(lambda now: f"{self.dead} " in str(now), SOON, "the name")
            self.terminal.press("Enter", "Enter")
            self._gone_from(view)
        elif view.dialog == "To be chosen":
            self.dialogs += 1
            self._choose(view)
        elif view.dialog == "NOT NOW":
            raise Refused("\n".join(view.lines))
        else:
            if view.dialog == "Confirm destruction":
                self._agree_to(re.findall(r"Type (\S+): ", str(view)))
            super()._act(view)
            if view.state not in STUCK:
                self._gone_from(view)

    def _agree_to(self, words: Sequence[str]) -> None:
        """Words that are to be typed must be among those that the operator means."""
        strange = set(words) - set(self.confirm)
        if strange:
            raise Refused(f"nobody meant to type {', '.join(sorted(strange))}")
        self.asked += words

    def _choose(self, view: View) -> None:
        print(view, flush=True)
        values = VALUE.findall(str(view))
        for number, value in enumerate(values, 1):
            if any(takes(value) for takes in self.pick.values()):
                self.note(f"chosen: {value}")
                self.terminal.press(*[DOWN] * number, "Enter")
                self._gone_from(view)
                return
        raise Refused(f"nothing to be taken of: {', '.join(values)}")

    def _leave(self) -> None:
        """Close what is open, and end the program."""
        if self.terminal.view().dialog:
            self.terminal.press("Enter")
            self._settled()
        self.terminal.press("^Q")
        asked = time.monotonic() + ASKED
        while time.monotonic() < asked and self.terminal.pump(0.5):
            if self.terminal.view().dialog == "Quit?":
                self.terminal.press("Tab", "Enter")
                break
        self.note(f"the wizard ended with exit code {self.terminal.end(SOON)}")


def _under_the_cursor(view: View) -> str:
    """The first line of what is told below of the row under the cursor."""
    lines = iter(view.lines)
    for line in lines:
        if BELOW.match(line):
            return next(lines, "").strip()
    return ""
