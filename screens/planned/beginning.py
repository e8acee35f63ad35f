"""From a line of planned work to its first step: which way, what users will notice, whether to
begin; then its steps, and for a server that is free the wait.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from screens.planned.free import FreeScreen
from screens.planned.underway import ErrandUnderway
from screens.recover.runbook import RunbookScreen
from screens.shared.planned_texts import (
    BEGIN,
    GO_ON,
    RUNNING,
    STOPPED,
    WHICH_WAY,
    whole,
)
from screens.table import BOX
from wizard.daily import accident_report
from wizard.daily.outage import measured
from wizard.daily.planned import BY_A_STOP
from wizard.daily.underway import underway
from wizard.daily.work import work as as_it_stands

if TYPE_CHECKING:
    from screens.planned.base import PlannedPage
    from wizard.daily.work import Work

STOP = "stop"


class Beginning:
    """One attempt to begin planned work, or to go on with some. Each part calls the next one."""

    def __init__(self, page: PlannedPage, work: Work) -> None:
        self.page = page
        self.work = work

    def start(self) -> None:
        """Say why not; or wait for a server that is free; or ask which way."""
        if self.work.refused is not None:
            self.page.show_text("NOT NOW", whole(self.work, BOX))
        elif self.work.free:
            self._wait()
        elif self.work.may_choose and not self.work.run.chosen:
            self._ask_way()
        else:
            self._confirm()

    def _ask_way(self) -> None:
        from screens.dialogs.text import PickModal

        options = [("", RUNNING), (STOP, STOPPED)]
        self.page.push(PickModal("To be chosen", options, WHICH_WAY), self._way)

    def _way(self, way: str | None) -> None:
        if way is None:
            self.page.tell("nothing was chosen: nothing is done")
        elif way == STOP:
            self.work.run.chosen = BY_A_STOP
            self.page.at_work(self._anew, self._renewed, "looking what that means")
        else:
            self._confirm()

    def _anew(self) -> Work:
        return as_it_stands(self.work.run, self.work.run.look(), back=self.work.returns)

    def _renewed(self, work: Work) -> None:
        self.page.working = False
        self.work = work
        if work.refused is not None:
            self.page.kept.close()
            self.page.show_text("NOT NOW", whole(work, BOX))
        else:
            self._confirm()

    def _confirm(self) -> None:
        """What users will notice, before anything is done; the focus is on not yet."""
        from screens.dialogs.modal import ConfirmModal

        yes = GO_ON if self.work.begun else BEGIN
        dialog = ConfirmModal(
            f"{self.page.heading(self.work)}?",
            whole(self.work, BOX),
            yes,
            "Not now",
            danger=self.work.stops,
        )
        self.page.push(dialog, self._agreed)

    def _agreed(self, yes: bool | None) -> None:
        if not yes and (self.work.run.chosen or self.work.returns):
            # Which way, and that the work on a server is done, was said for this attempt only.
            self.page.action_look()
            return
        if not yes:
            self.page.tell("nothing is done")
            return
        self.page.keep_secrets()
        self.page.at_work(self._enter, self._entered, f"opening {self.page.heading(self.work)}")

    def _enter(self) -> ErrandUnderway:
        """In a thread: the lock, the folder, its session, the stopwatches."""
        work = self.work
        run = work.run
        assert work.accident is not None
        with ExitStack() as stack:
            stack.enter_context(run.build.store.holding())
            accident = run.written(work.accident)
            session = stack.enter_context(underway(run, accident, work.diagnosis))
            if work.returns:
                session.journal.add(accident_report.BACK, node=accident.case.subject)
            stopwatches = stack.enter_context(measured(run, work.passengers, session))
            return ErrandUnderway(
                run.build,
                run,
                accident,
                session,
                stack.pop_all(),
                work=work,
                stopwatches=stopwatches,
            )

    def _entered(self, under: ErrandUnderway) -> None:
        self.page.working = False
        self.page.headline()
        self.page.wizard.take_up(under)
        self.page.push(RunbookScreen(under), partial(self._left, under))

    def _left(self, under: ErrandUnderway, result: None) -> None:
        """A server that is free is waited for; after all else the machines are looked at."""
        if under.free:
            self.work = replace(self.work, accident=under.accident, free=True)
            self._wait()
        else:
            self.page.action_look()

    def _wait(self) -> None:
        assert self.work.accident is not None
        self.page.wizard.put_off = self.work.run.goes_on_with()
        page = FreeScreen(self.work.run, self.work.accident)
        self.page.push(page, lambda _: self._returned(page))

    def _returned(self, page: FreeScreen) -> None:
        if page.takes_back:
            self.page.wizard.put_off = ""
            self.page.at_work(self._back, self._renewed, "looking whether it can be taken back")
        else:
            self.page.action_look()

    def _back(self) -> Work:
        run = self.work.run
        run.lookout.forget()
        return as_it_stands(run, run.look(), back=True)
