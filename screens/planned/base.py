"""What planned work shows: a line for each instance that can be moved and each server that can be
freed. How one of them is begun is in screen.py.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from screens.page import Done
from screens.shared.planned_texts import in_short, whole
from screens.shared.states import PageState
from screens.table import TablePage
from wizard.base.errors import WizardError
from wizard.base.names import short
from wizard.daily.work import Work, all_work, wished
from wizard.model.planned import Wish


class PlannedPage(TablePage[Work]):
    """F8 begins what is under the cursor, after it was said what users notice of it.

    `wish` is what was typed: the cursor goes there, and it is asked about at once.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8,ctrl+n", "go_on", "Look", key_display="F8"),
        Binding("f8,ctrl+n", "open_row", "Begin", key_display="F8"),
        Binding("f5", "look", "Look again"),
    ]
    name_of_help = "planned"
    heads = ("", "", "what would be done, and what users notice of it")

    def __init__(self, wish: Wish | None = None) -> None:
        super().__init__()
        self.wish = wish
        self.working = False
        self.away = False
        self.kept = ExitStack()
        """While something is carried out or waited for: a passphrase is asked for once."""

    def cells(self, row: Work) -> tuple[str, ...]:
        """See `TablePage`."""
        sign = "[ ]"
        if row.refused is not None:
            sign = "[!]"
        elif row.begun:
            sign = "[>]"
        elif row.there:
            sign = "[x]"
        return (sign, self.heading(row), in_short(row))

    def key(self, row: Work) -> tuple[str, str]:
        """See `TablePage`."""
        return (row.verb, row.run.subject)

    def heading(self, row: Work) -> str:
        """See `TablePage`."""
        return f"{row.verb} {short(row.run.subject)}"

    def whole(self, row: Work, width: int) -> str:
        """See `TablePage`."""
        return whole(row, width)

    def opens(self, row: Work) -> bool:
        """See `TablePage`."""
        return not row.there

    def on_mount(self) -> None:
        """Look at once. The hosts are made here when nobody logged in before."""
        # A runbook puts a session of its own in the build's place: this page keeps the build's.
        self.build = self.session
        assert self.build.planned is not None
        self.planned = self.build.planned()
        if not self.build.hosts:
            self.build.connect()
        self.table.focus()
        self.action_look()

    def keep_secrets(self) -> None:
        """From the first step to the last one, there and back, hold what opens a volume."""
        self.kept.enter_context(self.build.secrets.kept())

    def on_unmount(self) -> None:
        """Nothing is held for a page that is gone."""
        self.kept.close()

    def on_screen_resume(self) -> None:
        """Back from the steps, or from a wait: what they changed is looked at."""
        if self.away:
            self.away = False
            self.action_look()

    def at_work(self, job: Callable[[], Any], done: Done, telling: str) -> None:
        """Do something in a thread; one thing at a time."""
        if self.working:
            self.answer_busy()
            return
        self.working = True
        self.tell(telling)
        self.work(job, done, group="planned")

    def action_look(self) -> None:
        """F5: look at everything again. Whatever was carried out is over, or put off."""
        if not self.working:
            self.kept.close()
            self.set_title("planned", PageState.LOOKING)
        self.at_work(self._look, self._seen, "looking at every machine")

    action_go_on = action_look

    def _look(self) -> tuple[list[Work], Work | None]:
        emit = self.wizard.mailbox.put
        offered = all_work(self.build, self.planned, emit)
        typed = None
        if self.wish is not None:
            lookout = offered[0].run.lookout if offered else None
            typed = wished(self.build, self.planned, self.wish, emit, lookout)
            offered = [typed if self.key(row) == self.key(typed) else row for row in offered]
        return offered, typed

    def _seen(self, looked: tuple[list[Work], Work | None]) -> None:
        self.working = False
        offered, typed = looked
        self.fill(offered, typed or self.selected)
        self.headline()
        self.tell("F8 begins what is under the cursor, after a question. Enter: all of it.")
        if typed is not None:
            self.wish = None
            self.action_open_row()

    def headline(self) -> None:
        """Whether there is anything to begin."""
        ready = any(row.refused is None and not row.there for row in self.shown)
        self.set_title("planned", PageState.TO_DO if ready else PageState.BLOCKED)

    def action_open_row(self) -> None:
        """F8: ask, then lead to its steps; or say why not."""
        row = self.selected
        if row is None or self.working:
            self.answer_busy()
        elif row.there:
            self.tell(f"{row.run.subject}: nothing is left to be done")
        else:
            self.begin(row)

    def begin(self, row: Work) -> None:
        """Ask, then lead to its steps."""
        raise NotImplementedError

    def failed(self, error: WizardError) -> None:
        """The look, or what was begun, ended with an error: what was seen before stays."""
        self.kept.close()
        self.working = False
        self.wish = None
        if self.shown:
            self.headline()
        else:
            self.set_title("planned", PageState.UNKNOWN)
        super().failed(error)

    on_events = TablePage.tell_events
