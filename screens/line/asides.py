"""What can be seen at every prompt: help, what the commands printed, how the cluster is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from screens.line.ask import ANYTHING, HELP, LOG, Aside, Asker, Back, Expected
from screens.line.markdown import as_lines
from screens.line.say import columns, say
from screens.shared.help_page import help_text
from screens.shared.log_files import log_files, read_end
from wizard.base.errors import WizardError
from wizard.model.step import Choice
from wizard.run.session import Session

T = TypeVar("T")
LOGS_LISTED = 9
"""How many logs are offered; all of them are in the state directory."""
LOG_LINES = 40
"""How many lines of a log's end are offered: 9600 baud take 3 s for as many."""


class Dialogue:
    """An `Asker` that does what was wanted in place of an answer, and then asks again.

    `keys` is the line that says what can be wanted; `topic` names the help page of the place.
    """

    def __init__(self, inner: Asker, session: Session, keys: str) -> None:
        self.inner = inner
        self.session = session
        self.keys = keys
        self.topic = "line"

    def text(self, prompt: str, default: str = "", expected: Expected = ANYTHING) -> str:
        """See `Asker`."""
        return self._answer(lambda: self.inner.text(prompt, default, expected))

    def secret(self, prompt: str) -> str:
        """See `Asker`."""
        return self._answer(lambda: self.inner.secret(prompt))

    def yes(self, prompt: str, *, default: bool = False) -> bool:
        """See `Asker`."""
        return self._answer(lambda: self.inner.yes(prompt, default=default))

    def pick(self, prompt: str, choices: Sequence[Choice], default: str = "") -> str:
        """See `Asker`."""
        return self._answer(lambda: self.inner.pick(prompt, choices, default))

    def tick(self, prompt: str, choices: Sequence[Choice], ticked: Sequence[str]) -> list[str]:
        """See `Asker`."""
        return self._answer(lambda: self.inner.tick(prompt, choices, ticked))

    def _answer(self, ask: Callable[[], T]) -> T:
        while True:
            try:
                return ask()
            except Aside as aside:
                self._show(aside.word)

    def _show(self, word: str) -> None:
        """What was wanted; whatever fails in it is said, and ends nothing."""
        try:
            if word == HELP:
                self._help()
            elif word == LOG:
                self._log()
            else:
                self._health()
        except (WizardError, OSError) as error:
            say(f"! {error}")
        except Back:
            pass

    def _help(self) -> None:
        say(f"\n{self.keys}\n")
        say(as_lines(help_text(self.topic)))

    def _log(self) -> None:
        folder = self.session.store.log_dir
        paths = log_files(folder)
        if not paths:
            say(f"no command has printed anything yet; {folder} is empty")
            return
        say(f"All of them are in {folder}; the newest are:")
        choices = [Choice(path.name, path.stem) for path in paths[:LOGS_LISTED]]
        name = self.inner.pick("Which one", choices, choices[0].value)
        wanted = Expected(wrong=_no_number)
        count = int(self.inner.text("How many lines of its end", str(LOG_LINES), wanted))
        lines = read_end(folder / name).splitlines()
        say("\n".join(lines[-count:]))

    def _health(self) -> None:
        from wizard.daily.health import look
        from wizard.verbs.health_report import text

        if not self.session.hosts:
            say("connect first: there is no host to look at")
        elif self.session.checkup is None:
            say("this build has no health checks")
        else:
            say("looking at all hosts…")
            report = look(self.session, self.session.checkup)
            say(text(report, columns() - 1))


def _no_number(given: str) -> str:
    right = given.isascii() and given.isdigit() and 0 < int(given) <= 100_000
    return "" if right else "please give a number of lines"
