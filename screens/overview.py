"""All steps and their state on each host; the cursor waits on the first one that is not done."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.coordinate import Coordinate
from textual.events import Resize
from textual.message import Message
from textual.widgets import DataTable, Static

from screens.columns import Column, columns, concerned, cut, state_in, title_width
from screens.grid import paint_when_measured
from screens.page import Page
from screens.shared.states import PageState
from screens.shared.words import cell, short_claim
from wizard.base.errors import WizardError
from wizard.model.flight import Progress
from wizard.model.review import Review, State
from wizard.model.step import Step

if TYPE_CHECKING:
    from screens.step.screen import StepScreen

TITLE = 1
"""The table's column with the steps' titles; their numbers stand before it."""
STATES = 2
"""The first column with the states on a host."""
AGAIN = "then at all steps once more"
"""What is said of F5 while a look is under way."""


class OverviewScreen(Page):
    """At first it looks at the steps in order until one is not done; F5 looks at all of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8,ctrl+n", "go_on", "Open", key_display="F8"),
        Binding("f5", "look", "Look at all"),
        Binding("h", "health", "Health"),
        Binding("r", "recover", "Recover"),
        Binding("m", "planned", "Move, maintenance", show=False),
    ]
    name_of_help = "overview"

    class Looked(Message):
        """One step was looked at."""

        def __init__(self, step: Step, number: int) -> None:
            super().__init__()
            self.step = step
            self.number = number

    def __init__(self) -> None:
        super().__init__()
        self._pause = threading.Event()
        self._away = False
        self._wanted = False

    def body(self) -> ComposeResult:
        """The table, and what the step under the cursor needs."""
        table: DataTable[str | Text] = DataTable(cursor_type="row", cell_padding=1, id="steps")
        yield table
        yield Static("", id="needs", markup=False)

    @property
    def table(self) -> DataTable[str | Text]:
        """The table of steps."""
        return self.query_one("#steps", DataTable)

    def on_mount(self) -> None:
        """Fill the table by the journal's claims, then look."""
        self.columns = self.choose_columns()
        heads = [column.head for column in self.columns]
        self.table.add_columns(" #", "step", *heads)
        for number, step in enumerate(self.session.steps, 1):
            states = [""] * len(self.columns)
            self.table.add_row(f"{number:>2}", self._title(step), *states, key=step.id)
        paint_when_measured(self.table)
        self.table.focus()
        self._refresh()
        self._look(every=False)

    def choose_columns(self) -> list[Column]:
        """What stands beside the steps' titles."""
        return columns(self.session.steps, self.session.answers)

    def page_of(self, step: Step) -> StepScreen:
        """The page that shows a step."""
        from screens.step.screen import StepScreen

        return StepScreen(step)

    def on_resize(self, event: Resize) -> None:
        """The titles get what the terminal has left beside the hosts' columns.

        Textual calls the page's own handler of this event as well.
        """
        for row in range(self.table.row_count):
            place = Coordinate(row, TITLE)
            title = self._title(self.session.steps[row])
            self.table.update_cell_at(place, title, update_width=True)

    def _title(self, step: Step) -> Text:
        width = title_width(self.app.size.width, self.columns)
        return Text(cut(step.title, width))

    def on_screen_resume(self) -> None:
        """Back from a step: show what it changed. A dialog that closes changes nothing."""
        if self._away:
            self._away = False
            self._refresh()

    def _refresh(self) -> None:
        # Read once: each reading goes through the whole journal.
        claims = self.session.progress
        for row, step in enumerate(self.session.steps):
            claim = claims.get(step.id, Progress())
            self._show_states(row, step, claim)
        self._headline()
        self.table.move_cursor(row=self.first_open)
        self._say_next()

    def _show_states(self, row: int, step: Step, claim: Progress) -> None:
        for number, column in enumerate(self.columns, STATES):
            place = Coordinate(row, number)
            state = self._state_text(step, column, claim)
            self.table.update_cell_at(place, Text(state), update_width=True)

    def _state_text(self, step: Step, column: Column, claim: Progress) -> str:
        """A step's state on a column's hosts: as they were seen, else as the journal claims."""
        hosts = concerned(step, self.session.answers, column)
        if not hosts:
            return ""
        review = self.session.reviews.get(step.id)
        if review is not None:
            return cell(state_in(review, hosts))
        return short_claim(claim) or cell(State.UNSEEN)

    def _progress(self, step: Step) -> Progress:
        """What the journal claims of a step."""
        return self.session.progress.get(step.id, Progress())

    def state_of(self, step: Step) -> State:
        """By the last look at the hosts; a claim of the journal alone does not count as done."""
        review = self.session.reviews.get(step.id)
        return review.state if review else State.UNSEEN

    @property
    def done(self) -> int:
        """How many steps were seen done."""
        return sum(self.state_of(step) is State.DONE for step in self.session.steps)

    @property
    def first_open(self) -> int:
        """The row of a step whose commands are still at work, else of the first step that is not
        done, or the last row.
        """
        states = [self.state_of(step) for step in self.session.steps]
        if State.RUNNING in states:
            return states.index(State.RUNNING)
        for row, state in enumerate(states):
            if state is not State.DONE:
                return row
        return len(self.session.steps) - 1

    def _headline(self) -> None:
        total = len(self.session.steps)
        state = PageState.TO_DO
        if self.done == total:
            state = PageState.DONE
        if self.busy:
            state = PageState.LOOKING
        self.set_title(f"overview · {self.done}/{total} done", state)

    def action_health(self) -> None:
        """h: the finished cluster's health."""
        self.wizard.action_health()

    def action_recover(self) -> None:
        """r: what is the matter after an accident, and the ways out."""
        self.wizard.action_recover()

    def action_planned(self) -> None:
        """m: move an instance, free a server."""
        self.wizard.action_planned()

    def action_look(self) -> None:
        """Look at every step again; while a look is under way, as soon as it is over."""
        if self.busy:
            self._wanted = True
            self.answer(f"still looking at the hosts; {AGAIN}")
        else:
            self._look(every=True)

    def _look(self, *, every: bool) -> None:
        self._pause.clear()
        self._wanted = False
        self.work(lambda: self._look_on(every=every), self._looked_on)
        self._headline()
        self.tell("Looking at the hosts, beginning with what was done before...")

    def _look_on(self, *, every: bool) -> Review | None:
        """In a thread: what was done before at one go, then step by step, so that opening one waits
        for one look.
        """
        steps = self.session.steps
        known = self._known(every=every)
        review = None
        for review in self.session.survey(known):
            number = steps.index(review.step) + 1
            self.post_message(self.Looked(review.step, number))
        for number, step in enumerate(steps, 1):
            # A command in flight is followed on its own page: nothing is looked at beside it.
            in_flight = review is not None and bool(review.flights)
            if in_flight or self._pause.is_set() or self.wizard.leaving.is_set():
                break
            if step not in known and not (every and self.session.too_early(step)):
                review = self.session.review(step)
                self.post_message(self.Looked(step, number))
            if not every and self.state_of(step) is not State.DONE:
                break
        return review

    def _known(self, *, every: bool) -> list[Step]:
        """The steps that were begun, or all of them, as far as their hosts can be there."""
        steps = []
        claims = self.session.progress
        for step in self.session.steps:
            begun = every or step.id in claims
            if begun and not self.session.too_early(step):
                steps.append(step)
        return steps

    def on_overview_screen_looked(self, message: Looked) -> None:
        """Show one look; a cursor that waits on this step goes on to the first open one."""
        message.stop()
        row = message.number - 1
        self._show_states(row, message.step, self._progress(message.step))
        told = f"looked at {message.number} of {len(self.session.steps)}: {message.step.title}"
        if self._wanted:
            told += f"; {AGAIN}"
        self.tell_meanwhile(told)
        # A cursor that the operator has moved elsewhere stays there.
        if self.table.cursor_row == row:
            self.table.move_cursor(row=self.first_open)
        self._headline()

    def _looked_on(self, review: Review | None) -> None:
        if self._wanted and not self.busy:
            self._look(every=True)
            return
        self._headline()
        self.table.move_cursor(row=self.first_open)
        self._say_next()

    def _say_next(self) -> None:
        away = self._away_servers()
        if away and not self.busy:
            self.tell(f"{', '.join(away)}: no answer. r: what is the matter, and what can be done")
        elif self.done == len(self.session.steps):
            further = " m: move an instance, maintenance of a server."
            known = self.session.planned is not None
            self.tell(f"All steps are done on all hosts.{further if known else ''}")
        elif not self.busy:
            step = self.session.steps[self.first_open]
            running = self.state_of(step) is State.RUNNING
            now = "Still at work" if running else "Next"
            self.tell(f"{self._locked()}{now}: {step.title}. F8 opens it, F5 looks at all steps.")

    def _locked(self) -> str:
        """Who else changes hosts, in short: the part Plan of a step has all of it."""
        told = ""
        for host, holder in self.session.locked.items():
            told += f"{holder.who} changes {host} ({holder.doing}). "
        return told

    def _away_servers(self) -> list[str]:
        """The servers of a finished cluster that some look missed."""
        missed: set[str] = set()
        for review in self.session.reviews.values():
            missed.update(review.facts.missing)
        if not missed or not self.session.clustered:
            return []
        return [node.short for node in self.session.answers.nodes if node.short in missed]

    def failed(self, error: WizardError) -> None:
        """A look ended with an error of the wizard's own files: no other one follows by itself."""
        self._wanted = False
        self._headline()
        super().failed(error)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Say what the step under the cursor needs."""
        step = self.session.steps[event.cursor_row]
        self.query_one("#needs", Static).update(f"{step.id}: {self._needs(step)}")

    def _needs(self, step: Step) -> str:
        unmet = self.session.unmet(step)
        if unmet:
            titles = ", ".join(needed.title for needed in unmet)
            return f"needs first: {titles}"
        if self._progress(step).verified and step.id not in self.session.reviews:
            return "was done before, and is being looked at again"
        return "can be done now"

    def on_data_table_row_selected(self) -> None:
        """Enter opens."""
        self.action_go_on()

    def action_go_on(self) -> None:
        """Open the step under the cursor."""
        self.open(self.session.steps[self.table.cursor_row])

    def open(self, step: Step) -> None:
        """Show a step; a look at all steps pauses for it, one that was wished for is not begun."""
        self._wanted = False
        self._pause.set()
        # What the step changes is shown when the operator comes back.
        self._away = True
        self.push(self.page_of(step))

    def action_back(self) -> None:
        """Leaving ends the look, and the wish for another one."""
        self._wanted = False
        self._pause.set()
        super().action_back()
