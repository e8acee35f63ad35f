"""A patient operator: reads the first row, presses F8 when the wizard waits, and says what was
seen.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from screens.shared.states import PageState
from tests.acceptance.terminal import Terminal, View

BUSY = {"", *(state.value for state in PageState if state.busy)}
STUCK = {
    state.value
    for state in (PageState.BLOCKED, PageState.WRONG, PageState.FAILED, PageState.UNSEEN)
}
PATIENCE = 3600.0
"""Seconds that one busy state may last; under emulation an instance takes minutes."""
RETRIES = 3
SHOW = 60.0
"""Seconds between two pictures of a busy screen in the log."""


@dataclass(frozen=True)
class Accident:
    """What happens, how many seconds after the step began to run, or after its screen showed these
    words.
    """

    seconds: float
    happen: Callable[[Operator], None]
    sight: str = ""


@dataclass
class Operator:
    """Drives one build. `accidents` maps a step to what happens while it runs, one after the other,
    each once.

    `before` maps a step to what the operator does elsewhere before opening it; `passphrase` answers
    every question for a secret; it leaves off where the step `stop_at` is shown. `ended` is called
    when the program ends by itself: it brings it back, or returns False.
    """

    argv: list[str]
    env: Mapping[str, str]
    ended: Callable[[Operator], bool] = lambda operator: False
    accidents: dict[str, list[Accident]] = field(default_factory=dict)
    before: dict[str, Callable[[], None]] = field(default_factory=dict)
    passphrase: str = ""
    stop_at: str = ""
    dialogs: int = 0
    seen: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    keys: int = 0
    tries: dict[str, int] = field(default_factory=dict)
    _step: str = ""
    _since: float = 0.0

    def start(self) -> None:
        """A new process in a new terminal."""
        self.terminal = Terminal(self.argv, self.env)

    def kill(self) -> None:
        """SIGKILL and a new process."""
        self.note(f"SIGKILL during: {self.terminal.view().place}")
        self.keys += self.terminal.keys
        self.terminal.kill()
        self.start()

    def quit_and_return(self) -> None:
        """Leave by the keys, then come back with a new process."""
        self.note(f"quit during: {self.terminal.view().place}")
        self.terminal.press("^Q")
        self.terminal.wait(lambda view: view.dialog == "Quit?", 20, "the dialog Quit?")
        self.terminal.press("Tab", "Enter")
        code = self.terminal.end(60)
        self.note(f"the wizard ended with exit code {code}")
        self.keys += self.terminal.keys
        self.start()

    def note(self, text: str) -> None:
        """Say what was seen, with the time."""
        line = f"{time.strftime('%H:%M:%S')} {text}"
        self.seen.append(line)
        print(line, flush=True)

    def build(self) -> None:
        """Go on until the overview says that all is done."""
        self.start()
        last = ""
        while True:
            view = self._settled()
            if view.place + view.state != last:
                last = view.place + view.state
                self.note(f"{view.place} [{view.state}]")
            self._count(view)
            if view.step == self.stop_at != "" or (
                view.place.startswith("overview") and view.state == PageState.DONE.value
            ):
                self.keys += self.terminal.keys
                return
            self._act(view)

    def _settled(self) -> View:
        until = time.monotonic() + PATIENCE
        shown = time.monotonic()
        while time.monotonic() < until:
            if time.monotonic() - shown > SHOW:
                shown = time.monotonic()
                print(self.terminal.view(), flush=True)
            if not self.terminal.pump(1.0) and not self.ended(self):
                raise AssertionError(f"the wizard ended:\n{self.terminal.view()}")
            view = self.terminal.view()
            self._count(view)
            running = view.state == PageState.RUNNING.value
            if running and not view.dialog and self.accidents.get(view.step):
                self._accident(view)
            elif not self._busy(view):
                return view
        raise AssertionError(f"still busy after {PATIENCE:.0f} s:\n{self.terminal.view()}")

    def _busy(self, view: View) -> bool:
        """Whether the program still works, and no key is wanted."""
        return view.state in BUSY and not view.dialog

    def _accident(self, view: View) -> None:
        due = self.accidents[view.step][0]
        if due.sight in str(view):
            self.accidents[view.step].pop(0)
            self.terminal.pump(due.seconds)
            print(self.terminal.view(), flush=True)
            due.happen(self)

    def _count(self, view: View) -> None:
        now = time.monotonic()
        if view.step and view.step != self._step:
            self._step, self._since = view.step, now
        if self._step:
            self.seconds[self._step] = self.seconds.get(self._step, 0.0) + now - self._since
            self._since = now

    def _act(self, view: View) -> None:
        if view.dialog:
            self.dialogs += 1
        if view.dialog == "Confirm":
            self.terminal.press("Tab", "Enter")
        elif view.dialog == "Secret wanted" and self.passphrase:
            print(view, flush=True)
            again = any("Once more:" in line for line in view.lines)
            self.terminal.press(*[self.passphrase, "Enter"] * (2 if again else 1), "Enter")
        elif "Type " in str(view) and "Cancel" in str(view):
            print(view, flush=True)
            self.terminal.press("Tab")
            for word in re.findall(r"Type (\S+): ", str(view)):
                self.terminal.press(word, "Enter")
            self.terminal.press("Enter")
        elif view.dialog:
            raise AssertionError(f"a dialog that nobody expected:\n{view}")
        elif view.state in STUCK:
            self._again(view)
        else:
            self._prepare(view.step)
            self.terminal.press("F8")

    def _prepare(self, step: str) -> None:
        """Step by step the program is left alone meanwhile; its screen is taken in afterwards."""
        prepare = self.before.pop(step, None)
        if prepare is not None:
            what = getattr(prepare, "func", prepare).__doc__
            self.note(f"before {step}: {what}")
            prepare()
            self.terminal.press("F5")
            self._settled()

    def _again(self, view: View) -> None:
        self.tries[view.place] = self.tries.get(view.place, 0) + 1
        print(view, flush=True)
        if self.tries[view.place] > RETRIES:
            raise AssertionError(f"{view.place} stays {view.state}:\n{view}")
        self.note(f"{view.place} is {view.state}, looking again")
        self.terminal.pump(10)
        failed = view.state == PageState.FAILED.value
        self.terminal.press("F8" if failed else "F5")


def python(*argv: str) -> list[str]:
    """The command line of the program in this checkout."""
    return [sys.executable, "-m", "wizard", *argv]
