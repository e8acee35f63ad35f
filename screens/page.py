"""What all screens share: the title line that tells where one is, the status line, the keys, and
work in threads.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from screens.frame import Frame
from screens.key_line import KeyLine
from screens.shared.words import sentence
from wizard.base.errors import WizardError

if TYPE_CHECKING:
    from screens.shared.states import PageState
    from wizard.model.events import Event
    from wizard.run.session import Session

T = TypeVar("T")
PROGRAM = "ganeti-wizard"
ANSWER = 4.0
"""Seconds in which an answer to a key can be read at leisure."""
SMALLEST = (60, 20)
"""Columns and rows under which a page shows a notice in place of itself."""


Done = Callable[[Any], Awaitable[None] | None]
"""What gets a result, on the screen's own thread."""


@dataclass
class Finished(Message):
    """A piece of work in a thread ended: its value, or its error."""

    done: Done
    value: Any
    error: WizardError | None


class Page(Screen[None]):
    """A whole screen. One piece of work at a time; its result comes back on the screen's own
    thread.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8,ctrl+n", "go_on", "Go on", key_display="F8"),
        Binding("f5", "look", "Look again"),
        Binding("escape", "back", "Back", key_display="Esc"),
    ]
    name_of_help = "general"
    busy = False
    _answer: Timer | None = None
    """Runs while the status line holds an answer that what comes by itself must not cover."""
    _latest = ""
    """What came by itself meanwhile."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        self._later: list[Callable[[], object]] = []
        """What opens over this page, or closes it, when the one above it is gone."""

    def compose(self) -> ComposeResult:
        """Title, body, status, keys; a page gives its `body`."""
        yield Static(id="title", markup=False)
        with Container(id="body"):
            yield from self.body()
        yield Static("", id="status", markup=False)
        yield KeyLine(show_command_palette=False, compact=True)
        yield Static(
            # The size wanted comes first, for a terminal of which only that is seen.
            f"{SMALLEST[0]} columns and {SMALLEST[1]} rows are needed: this is too small.\n"
            "Enlarge this terminal,\n"
            "or quit (Ctrl+Q) and start with --line.\nWork that runs goes on.",
            id="small",
            markup=False,
        )

    def body(self) -> ComposeResult:
        """The widgets between title and status."""
        yield from ()

    @property
    def wizard(self) -> Frame:
        """The app with its own type."""
        assert isinstance(self.app, Frame)
        return self.app

    @property
    def session(self) -> Session:
        """The build."""
        return self.wizard.session

    def set_title(self, place: str, state: PageState | None = None) -> None:
        """Show `ganeti-wizard · place [STATE]` in the first row: what a person and a driver look
        at.
        """
        title = Content.from_markup("[b]$program · $place[/b]", program=PROGRAM, place=place)
        self.title_text = f"{PROGRAM} · {place}"
        if state is not None:
            shown = f"[{state.value}]"
            title += Content.from_markup(f" [bold $text-{state.colour}]$state[/]", state=shown)
            self.title_text += f" {shown}"
        self.query_one("#title", Static).update(title)

    def tell(self, text: str) -> None:
        """Show a sentence above the keys; it ends an answer."""
        self._end_answer()
        self._show_status(text)

    def answer(self, text: str) -> None:
        """Say why a key does not do what it does elsewhere. For ANSWER seconds, or until the page
        has something to say, nothing that comes by itself covers it.
        """
        self._end_answer()
        self._answer = self.set_timer(ANSWER, self._answered)
        self._show_status(text)

    def answer_busy(self) -> None:
        """Say that a key waits for what the last one began."""
        self.answer("one moment: the last action is still at work")

    def tell_meanwhile(self, text: str) -> None:
        """Show what comes by itself, from a clock or a machine, as soon as no answer stands."""
        if self._answer is None:
            self._show_status(text)
        else:
            self._latest = text

    def _answered(self) -> None:
        latest = self._latest
        self._end_answer()
        if latest:
            self._show_status(latest)

    def _end_answer(self) -> None:
        self._latest = ""
        if self._answer is not None:
            self._answer.stop()
            self._answer = None

    def _show_status(self, text: str) -> None:
        self.query_one("#status", Static).update(text.strip().replace("\n", " "))

    def work(self, job: Callable[[], Any], done: Done, group: str = "engine") -> bool:
        """Run `job` in a thread; `done` gets its value here, `failed` its error. False when one
        runs already.
        """
        if group == "engine":
            if self.busy:
                self.answer_busy()
                return False
            self.busy = True
        target = partial(self._work, job, done, group)
        self.run_worker(target, thread=True, exclusive=True, group=group, exit_on_error=False)
        return True

    def _work(self, job: Callable[[], Any], done: Done, group: str) -> None:
        value, error = None, None
        try:
            if group == "engine":
                with self.wizard.engine_lock:
                    value = job()
            else:
                value = job()
        except WizardError as known:
            error = known
        except Exception as unforeseen:
            error = self.wizard.crash(unforeseen)
        if group == "engine":
            self.busy = False
        self.post_message(Finished(done, value, error))

    async def on_finished(self, message: Finished) -> None:
        """Hand a result over on the screen's thread, after all that was told meanwhile: it would
        cover the result.
        """
        message.stop()
        self.wizard.drain()
        self._answered()
        if message.error is not None:
            self.failed(message.error)
        elif (rest := message.done(message.value)) is not None:
            await rest

    def failed(self, error: WizardError) -> None:
        """A piece of work ended with an error: say it; pages with more to do override this."""
        from screens.dialogs.text import TextModal

        self.tell(str(error))
        self.push(TextModal("That did not work", str(error)))

    def push(self, screen: Screen[T], then: Callable[[T | None], object] | None = None) -> None:
        """Open a dialog or a page over this one. Where another is over it, as soon as that is
        closed: what comes by itself, at the end of some work, must not cover what the operator
        reads or types there.
        """
        self._in_turn(partial(self.app.push_screen, screen, then))

    def leave(self) -> None:
        """Close this page, as soon as nothing is over it: `dismiss` closes whatever is on top."""
        self._in_turn(partial(self.dismiss, None))

    def _in_turn(self, change: Callable[[], object]) -> None:
        self._later.append(change)
        self._open_in_turn()

    def on_screen_resume(self) -> None:
        """Nothing is over this page: what waited for that comes now, one after the other."""
        self._open_in_turn()

    def _open_in_turn(self) -> None:
        while self._later and self.app.screen is self:
            self._later.pop(0)()

    def on_resize(self, event: Resize) -> None:
        """Below the smallest size, a notice takes the place of the page."""
        self.set_class(event.size.width < SMALLEST[0] or event.size.height < SMALLEST[1], "small")
        self.set_class(event.size.width >= 120, "wide")

    def on_events(self, events: list[Event]) -> None:
        """What the engine tells, in batches; every page of the stack gets it."""

    def tell_events(self, events: list[Event]) -> None:
        """Tell what a machine says while it is looked at, on the page on top only."""
        if self.app.screen is not self:
            return
        for event in events:
            told = sentence(event)
            if told:
                self.tell_meanwhile(told)

    def action_go_on(self) -> None:
        """The page's main action."""

    def action_look(self) -> None:
        """Look at the hosts again."""

    def action_back(self) -> None:
        """Leave for the page below; at the first one, ask whether to quit."""
        if len(self.app.screen_stack) > 1:
            self.leave()
        else:
            self.wizard.action_leave()


def top_page(app: App[int]) -> Page:
    """The topmost page, below any dialogs."""
    return next(screen for screen in reversed(app.screen_stack) if isinstance(screen, Page))
