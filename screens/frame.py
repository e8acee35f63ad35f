"""What every page may ask of the program around it. The pages themselves are not known here: the
program that opens them is in app.py.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import App

from screens.keyboard import Keyboard
from screens.mailbox import Mailbox
from wizard.base.crash import foreseen
from wizard.base.errors import WizardError

if TYPE_CHECKING:
    from screens.recover.underway import Underway
    from wizard.model.planned import Wish
    from wizard.model.review import Review
    from wizard.run.session import Session


class Frame(App[int]):
    """Holds the session and what all pages share."""

    def __init__(
        self, session: Session, *, after_accident: bool = False, wish: Wish | None = None
    ) -> None:
        super().__init__(driver_class=Keyboard)
        self.session = session
        self.wish = wish
        """The planned work that was typed: the app begins with it."""
        self.after_accident = after_accident
        self.mailbox = Mailbox()
        self.engine_lock = threading.Lock()
        self.leaving = threading.Event()
        self.unwatch: Callable[[], None] = lambda: None
        self.unsaved: list[str] = []
        self.under: Underway | None = None
        self.put_off = ""
        """The command that goes on with planned work which was left in its middle."""
        session.emit = self.mailbox.put

    @property
    def builds(self) -> bool:
        """Whether it was opened to build: not after an accident, nor for planned work."""
        return not self.after_accident and self.wish is None

    @property
    def running(self) -> bool:
        """Whether a step runs now."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """Show a sentence on the page."""
        raise NotImplementedError

    def drain(self) -> None:
        """Give the events since the last time to the pages."""
        raise NotImplementedError

    def action_help(self) -> None:
        """Open the help."""
        raise NotImplementedError

    def action_shell(self) -> None:
        """Give the terminal to a shell on a host."""
        raise NotImplementedError

    def action_log(self) -> None:
        """Open what the commands printed."""
        raise NotImplementedError

    def action_health(self) -> None:
        """Open how the cluster is."""
        raise NotImplementedError

    def action_recover(self) -> None:
        """Open the diagnosis."""
        raise NotImplementedError

    def action_planned(self) -> None:
        """Open the planned moves."""
        raise NotImplementedError

    def action_leave(self) -> None:
        """Ask whether to quit."""
        raise NotImplementedError

    def crash(self, error: Exception) -> WizardError:
        """An error that nobody foresaw, for the operator; may be called from any thread.

        A trace that the disk does not take is printed when the screen is gone.
        """
        return foreseen(
            error,
            self.session.store.folder,
            first="the hosts are as the last command left them: look again (F5)",
            otherwise=self.unsaved.append,
        )

    def save_scripts(self, review: Review) -> list[str]:
        """Write the plan as one script per host, beside it what undoes it; returns the paths."""
        from wizard.state.files import write_whole

        paths = []
        for host in review.plan.hosts:
            path = self.session.store.folder / f"{review.step.id}-{host}.sh"
            write_whole(path, review.plan.script(host), 0o700)
            paths.append(str(path))
            back = review.plan.script_back(host)
            if back:
                path = path.with_name(f"{review.step.id}-{host}-undo.sh")
                write_whole(path, back, 0o700)
                paths.append(str(path))
        return paths

    def take_up(self, under: Underway) -> None:
        """A runbook begins: its session takes the build's place, on all pages above."""
        self.under = under
        self.session = under.session

    def give_back(self) -> None:
        """A runbook is left, or at its end: write its report, and let the build have its place."""
        if self.under is not None:
            under = self.under
            self.under = None
            self.session = under.build
            under.held.close()
