"""Planned work, line by line: what users will notice of it, then its steps; a server that is free
is waited for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.line.asides import Dialogue
from screens.line.ask import Back
from screens.line.recover import tell, walk
from screens.line.say import columns, say
from screens.shared.planned_texts import RUNNING, STOPPED, WHICH_WAY, whole
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.daily import accident_report
from wizard.daily.accident import Accident
from wizard.daily.maintaining import awaited, note_free
from wizard.daily.outage import Stopwatch, measured
from wizard.daily.planned import BY_A_STOP
from wizard.daily.underway import NOTHING, conclude, report_of, underway
from wizard.daily.work import Work, wished, work
from wizard.model.planned import Wish
from wizard.model.step import Choice
from wizard.verbs.planned import text as planned_text
from wizard.verbs.recovery import text

if TYPE_CHECKING:
    from wizard.run.session import Session

RUN_ON = Choice("running", RUNNING)
STOP = Choice("stop", STOPPED)
WAIT = Choice("wait", "wait until it has booted anew; Ctrl-C ends the wait")
TAKE_BACK = Choice("back", "the work is done, rebooted or not: take it back")
LATER = Choice("later", "leave it free; the same command goes on")


class LinePlanned:
    """Leads through what was typed, until it is done or put off."""

    def __init__(self, session: Session, dialogue: Dialogue, wish: Wish) -> None:
        assert session.planned is not None
        self.session = session
        self.dialogue = dialogue
        self.wish = wish
        self.planned = session.planned()

    def lead(self) -> int:
        """The exit code: 0 all is done, 4 something speaks against it, 5 it was put off.

        A passphrase is asked for once, however often a volume is opened on the way.
        """
        with self.session.secrets.kept():
            return self._led()

    def _led(self) -> int:
        self.dialogue.topic = "planned"
        say("Looking at every machine…")
        looked = wished(self.session, self.planned, self.wish, tell)
        while True:
            say(f"\n{whole(looked, columns() - 1)}")
            if looked.there:
                return Exit.OK
            if looked.refused is not None:
                return Exit.BLOCKED
            if looked.free:
                assert looked.accident is not None
                if not self._waited(looked, looked.accident):
                    return Exit.PENDING
                looked = self._back(looked)
                continue
            looked = self._by_which_way(looked)
            if not self.dialogue.yes("Begin it now?"):
                say("nothing is done")
                return Exit.PENDING
            try:
                accident = self._carried_out(looked)
            except Back:
                return Exit.PENDING
            if not looked.frees:
                return Exit.OK
            if not self._waited(looked, accident):
                return Exit.PENDING
            looked = self._back(looked)

    def _by_which_way(self, looked: Work) -> Work:
        """As it stands, or by a stop where somebody wants that."""
        if not looked.may_choose or looked.run.chosen:
            return looked
        if self.dialogue.pick(WHICH_WAY, [RUN_ON, STOP], RUN_ON.value) == RUN_ON.value:
            return looked
        looked.run.chosen = BY_A_STOP
        stopped = work(looked.run, looked.run.look(), back=looked.returns)
        say(whole(stopped, columns() - 1))
        return stopped

    def _carried_out(self, looked: Work) -> Accident:
        """All steps to the end; what was measured, and what is left."""
        run = looked.run
        assert looked.accident is not None
        with self.session.store.holding():
            accident = run.written(looked.accident)
            stopwatches: list[Stopwatch] = []
            try:
                with underway(run, accident, looked.diagnosis) as session:
                    if looked.returns:
                        session.journal.add(accident_report.BACK, node=accident.case.subject)
                    with measured(run, looked.passengers, session) as stopwatches:
                        walk(self.dialogue, session)
                    ended = conclude(run, accident, session, done=not looked.frees)
                    if looked.frees:
                        note_free(run, accident, session)
                        say(f"\n{planned_text.free(run, accident)}")
                    else:
                        say(text.left(ended.left))
                    if ended.copy:
                        say(ended.copy)
            finally:
                for one in stopwatches:
                    say(one.told)
                say(NOTHING if accident.idle else f"The report: {report_of(accident)}")
        return accident

    def _waited(self, looked: Work, accident: Accident) -> bool:
        """Whether the server is to be taken back; False: it stays free for now."""
        while True:
            chosen = self.dialogue.pick("It is free. What now?", [WAIT, TAKE_BACK, LATER])
            if chosen == LATER.value:
                return False
            if chosen == TAKE_BACK.value:
                return True
            try:
                if self._booted(looked, accident):
                    return True
            except KeyboardInterrupt:
                say("the wait is over; nothing was taken back")

    def _booted(self, looked: Work, accident: Accident) -> bool:
        """Wait until it is in another boot; False where it cannot be looked at."""
        try:
            return awaited(looked.run, accident, say)
        except WizardError as error:
            say(f"! {error}")
            return False

    def _back(self, looked: Work) -> Work:
        run = looked.run
        run.lookout.forget()
        return work(run, run.look(), back=True)
