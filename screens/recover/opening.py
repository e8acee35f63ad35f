"""From a way out to its first step: what somebody says of a machine's power, what there is to
choose, whether anything speaks against it; then its steps.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from screens.recover.runbook import RunbookScreen
from screens.recover.underway import Underway
from screens.shared.claim_texts import full_names, readings
from screens.shared.states import PageState
from wizard.base.errors import WizardError
from wizard.daily.recovering import Recovering
from wizard.daily.underway import underway

if TYPE_CHECKING:
    from screens.page import Done
    from screens.recover.base import DiagnosisPage
    from screens.recover.claim import Said
    from wizard.daily.accident import Accident
    from wizard.model.accident import Choice, Claim, Option, Play
    from wizard.model.recovery import Diagnosis

Question = tuple["Choice", "tuple[Option, ...]"]
BOX = 70
"""Columns of the readings in the dialog."""


class GivenUp(WizardError):
    """The operator no longer waits for the second look."""


class Opening:
    """One attempt to begin a runbook, or to go on with one. Each part calls the next one."""

    def __init__(self, page: DiagnosisPage, play: Play, begun: Accident | None) -> None:
        self.page = page
        self.play = play
        self.begun = begun
        self.until = 0.0
        """When a silent machine is looked for once more, by the monotonic clock; 0: it is not."""
        self.before: Diagnosis | None = None
        self._give_up = threading.Event()
        self._taken: list[str] = []
        self.run = Recovering(
            page.build,
            page.recovery,
            play,
            emit=page.wizard.mailbox.put,
            pause=self._pause,
        )

    def start(self) -> None:
        """Ask for the claim where one is wanted, and some server is silent."""
        diagnosis = self.page.diagnosis
        assert diagnosis is not None
        silent = full_names(self.page.build.answers, diagnosis)
        # A runbook that is gone on with may need no claim any more: its steps know.
        if self.play.claims and (silent or self.begun is None):
            self._ask_claim({name: readings(diagnosis, silent[name], BOX) for name in silent})
        else:
            self._look()

    def _ask_claim(self, told: dict[str, str]) -> None:
        from screens.recover.claim import ClaimModal

        if not told:
            self.page.tell("no server is silent: nobody has to be taken for dead")
            return
        self.page.push(ClaimModal(told), self._said)

    def _said(self, said: Said | None) -> None:
        if said is None:
            self.page.tell("nothing was said of any machine: nothing is done")
            return
        name, how = said
        telling = "looking for signs of life"
        if self.page.at_work(lambda: self.run.claims(name, how), self._claimed, telling):
            self.page.set_title("recover", PageState.WAITING)

    def _pause(self, seconds: float) -> None:
        """Between two looks at a silent machine, in the thread that looks."""
        self.until = time.monotonic() + seconds
        given_up = self._give_up.wait(seconds)
        self.until = 0.0
        if given_up:
            raise GivenUp("given up: nothing was said of any machine")

    @property
    def waits(self) -> bool:
        """Whether a silent machine is to be looked for once more."""
        return bool(self.until)

    def left(self) -> float:
        """Seconds until then."""
        return max(0.0, self.until - time.monotonic())

    def give_up(self) -> None:
        """Wait no longer; what was said counts for nothing."""
        self._give_up.set()

    def _claimed(self, claim: Claim) -> None:
        self.page.working = False
        self._look()

    def _look(self) -> None:
        telling = f"looking whether anything speaks against {self.play.id}"
        self._at_work(self._judge, self._judged, telling)

    def _at_work(self, job: Callable[[], Any], done: Done, telling: str) -> None:
        """Look, in a thread: the title says so until the page has its own again."""
        if self.page.at_work(job, done, telling):
            self.page.set_title("recover", PageState.LOOKING)

    def _judge(self) -> list[Question]:
        """In a thread: why it must not be gone, as an error; else what there is to choose."""
        self.before = self.run.look()
        if self.play.id in self.page.recovery.plays:
            refused = self.run.objection(self.before, self.run.tried())
            if refused is not None:
                raise refused
        return self.run.asked()

    def _judged(self, questions: list[Question]) -> None:
        self.page.rest()
        self._choose(questions)

    def _choose(self, questions: list[Question]) -> None:
        """One question after the other, then the steps."""
        from screens.recover.choice import ChoiceModal

        if not questions:
            self._at_work(self._enter, self._entered, f"opening {self.play.id}")
            return
        (choice, options), *rest = questions

        def picked(value: str | None) -> None:
            if value is None:
                self.page.tell("nothing was chosen: nothing is done")
                return
            self._taken.append(f"{choice.id}={value}")
            self._choose(rest)

        self.page.tell(f"{self.play.id} waits for what is to be chosen")
        self.page.push(ChoiceModal(choice, options), picked)

    def _enter(self) -> Underway:
        """In a thread: the lock, the accident's folder, its session."""
        assert self.before is not None
        self.run.choose(self._taken)
        with ExitStack() as stack:
            stack.enter_context(self.page.build.store.holding())
            accident = self.run.accident()
            session = stack.enter_context(underway(self.run, accident, self.before))
            return Underway(self.page.build, self.run, accident, session, stack.pop_all())

    def _entered(self, under: Underway) -> None:
        self.page.working = False
        self.page.headline()
        self.page.away = True
        self.page.wizard.take_up(under)
        self.page.push(RunbookScreen(under))
