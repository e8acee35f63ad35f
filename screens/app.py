"""The wizard on a terminal.

How to drive it by keys alone (people, and the acceptance driver). The first row always reads

    ganeti-wizard · PLACE [STATE]

PLACE is `resume`, `hosts`, `inventory`, `overview · 3/17 done`, `health`, `recover`, `planned`,
`runbook · node-dead 3/7 done`, `wait`, `log`, or for a step `3/17 raid · Plan` with the open part
(Why, Ask, Plan, Run, Verify) at its end. STATE is one of `PageState` in `screens.shared.states`,
where `PLACES` says which place has which. The row above the keys tells what happened and what F8
will do.

F8 (or Ctrl+N) performs the main action of the place, everywhere: connect, open the step, Why → Ask
→ Plan → run → (Verify) → next step. Wait for the STATE before the next key: in one that is `busy`,
F8 does nothing but say so (WAITING: it tries at once). After a run: DONE leads to Verify by itself,
MORE and STALE to Plan with the new commands, a failure stays on Run. F5 looks again, F9 stops
(twice: cuts), 1 to 5 open a part, Esc goes back, F1 help, F2 shell on a host, F3 log, Ctrl+P
commands, Ctrl+Q quits. On Plan: Enter shows a command whole, c copies it, a its host's script, w
saves scripts.

Dialogs have their name in the frame's upper edge. The focus starts on the refusing button (Enter
refuses, Esc too); Tab or → goes to the other one. In `Secret wanted` it starts on the first input:
type, Enter. `Confirm destruction` and `Take a disk in use`:
Tab leads from Cancel to the first word's input; type the word, Enter; after the last right word the
focus is on the accepting button: Enter. `Is it dead?`: Tab leads from Wait to how (arrows, Enter
chooses), Tab to the name; Enter.
"""

from __future__ import annotations

import signal
import subprocess
import threading
from importlib import resources
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen

from screens.commands import WizardCommands
from screens.frame import Frame
from screens.hangup import watch
from screens.mailbox import PERIOD
from screens.page import Page, top_page
from wizard.base.exits import Exit
from wizard.base.stdio import complain

if TYPE_CHECKING:
    from wizard.model.planned import Wish
    from wizard.run.session import Session


class Mail(Message):
    """There are events in the mailbox."""


class WizardApp(Frame):
    """Opens the pages, hands events to the page on top, knows the keys that work everywhere."""

    TITLE = "ganeti-wizard"
    CSS = (resources.files("assets") / "app.tcss").read_text("utf-8")
    COMMANDS: ClassVar[set[type[WizardCommands]]] = {WizardCommands}  # type: ignore[assignment]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help"),
        Binding("f2", "shell", "Shell"),
        Binding("f3", "log", "Log"),
        Binding("ctrl+q", "leave", "Quit", priority=True, key_display="^Q"),
    ]

    def get_default_screen(self) -> Screen[None]:
        """The resume page when an earlier run left something, else hosts and login; after an
        accident the diagnosis, and planned work where that was typed.
        """
        if self.after_accident:
            from screens.recover.screen import DiagnosisScreen

            return DiagnosisScreen()
        if self.wish is not None:
            from screens.planned.screen import PlannedScreen

            return PlannedScreen(self.wish)
        if self.session.resumable:
            from screens.resume import ResumeScreen

            return ResumeScreen(id="_default")
        from screens.login import LoginScreen

        return LoginScreen()

    def get_key_display(self, binding: Binding) -> str:
        """F1 rather than f1: as it is printed on the key."""
        shown = super().get_key_display(binding)
        return shown.upper() if shown[:1] == "f" and shown[1:].isdigit() else shown

    def on_mount(self) -> None:
        """Begin to hand over events; end in good order when the system goes down."""
        self.mailbox.wake = lambda: self.post_message(Mail())
        self.on_mail()
        if threading.current_thread() is threading.main_thread() and not self.is_headless:
            self.unwatch = watch(lambda: self.leave(Exit.INTERRUPTED))

    def on_unmount(self) -> None:
        """Give the signals back."""
        self.unwatch()

    def on_mail(self) -> None:
        """Let a batch gather, then hand it over."""
        self.set_timer(PERIOD, self.drain)

    def drain(self) -> None:
        """Give the events since the last time to the pages: not to one that has its widgets not
        yet, nor to any once the program goes down and they are taken away.
        """
        events = self.mailbox.take()
        if events and self.is_running:
            for screen in self.screen_stack:
                if isinstance(screen, Page) and screen.is_mounted:
                    screen.on_events(events)

    @property
    def page(self) -> Page:
        """The topmost page, below any dialogs."""
        return top_page(self)

    def say(self, text: str) -> None:
        """Show a sentence on the page."""
        self.page.tell(text)

    def refuse(self, text: str) -> None:
        """Say on the page why a key does nothing now."""
        self.page.answer(text)

    def action_help(self) -> None:
        """F1."""
        from screens.dialogs.text import HelpModal, keys_of
        from screens.shared.help_page import help_text

        if not isinstance(self.screen, HelpModal):
            self.push_screen(HelpModal(keys_of(self.screen), help_text(self.page.name_of_help)))

    def action_shell(self) -> None:
        """F2: a shell on a host; with several hosts, pick one first."""
        from screens.dialogs.text import PickModal

        if not isinstance(self.screen, Page):
            return
        names = list(self.session.hosts)
        if not names:
            self.refuse("connect first: there is no host to open a shell on")
        elif len(names) == 1:
            self.shell(names[0])
        else:
            self.push_screen(PickModal("A shell on", [(name, name) for name in names]), self.shell)

    def shell(self, name: str | None) -> None:
        """Give the terminal to a shell on a host until it ends."""
        if name is None:
            return
        with self.suspend():
            print(f"A shell on {name}; `exit` leads back to the wizard.", flush=True)
            # A Ctrl-C before the login is through is the shell's; handlers are not inherited.
            former = signal.signal(signal.SIGINT, lambda *_: None)
            rc = subprocess.run(self.session.hosts[name].shell(), check=False).returncode
            signal.signal(signal.SIGINT, former)
        self.say(f"back from {name}, exit code {rc}; F5 looks at what changed")

    def action_log(self) -> None:
        """F3: what the commands printed."""
        from screens.logs import LogScreen

        if isinstance(self.screen, Page) and not isinstance(self.screen, LogScreen):
            self.push_screen(LogScreen())

    def action_health(self) -> None:
        """h on the overview, and the command palette: how the cluster is, live."""
        from screens.health import HealthScreen

        if not self.session.hosts:
            self.refuse("connect first: there is no host to look at")
        elif isinstance(self.screen, Page) and not isinstance(self.screen, HealthScreen):
            self.push_screen(HealthScreen())

    def action_recover(self) -> None:
        """r on the overview and on health, and the command palette: the diagnosis."""
        from screens.recover.screen import DiagnosisScreen

        if not isinstance(self.screen, Page):
            return
        if self.session.recovery is None:
            self.refuse("this build knows no recovery")
        elif self.running:
            self.refuse("a step is at work: it ends first, or F9 stops it")
        elif any(isinstance(screen, DiagnosisScreen) for screen in self.screen_stack):
            self.refuse("the diagnosis is open below: Esc leads there")
        else:
            self.push_screen(DiagnosisScreen())

    def action_planned(self) -> None:
        """m on the overview and on health, and the command palette: planned moves."""
        from screens.planned.screen import PlannedScreen

        if not isinstance(self.screen, Page):
            return
        if self.session.planned is None:
            self.refuse("this build knows no planned work")
        elif self.running:
            self.refuse("a step is at work: it ends first, or F9 stops it")
        elif self.under is not None:
            self.refuse("a runbook is under way: it comes first")
        elif not isinstance(self.screen, PlannedScreen):
            self.push_screen(PlannedScreen())

    def action_leave(self) -> None:
        """Ctrl+Q: say what goes on, and ask."""
        from screens.dialogs.leave import LeaveModal

        if isinstance(self.screen, LeaveModal):
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.leave(Exit.OK)

        self.push_screen(LeaveModal(self.session, running=self.running), answered)

    @property
    def running(self) -> bool:
        """Whether a step runs now."""
        return any(
            getattr(screen, "running", False) is True
            for screen in self.screen_stack
            if isinstance(screen, Page)
        )

    def leave(self, code: Exit) -> None:
        """Close the connections, so that the threads end, and leave."""
        self.leaving.set()
        if self.session.hosts:
            threading.Thread(target=self.session.engine.close, name="close", daemon=True).start()
        self.exit(int(code))


def run(session: Session) -> int:
    """Show the wizard until the operator leaves; returns the exit code."""
    app = WizardApp(session)
    code = app.run()
    _left_behind(app)
    progress = session.progress
    if session.resumable and any(
        step.id not in progress or not progress[step.id].verified for step in session.steps
    ):
        print(f"The build is not finished. Go on with: {session.resume_command}")
    return app.return_code or code or Exit.OK


def recover(session: Session) -> int:
    """Show the diagnosis of a cluster that is there until the operator leaves; the exit code."""
    app = WizardApp(session, after_accident=True)
    code = app.run()
    _left_behind(app)
    return app.return_code or code or Exit.OK


def planned(session: Session, wish: Wish) -> int:
    """Show planned work, and lead through it, until the operator leaves; the exit code."""
    app = WizardApp(session, wish=wish)
    code = app.run()
    _left_behind(app)
    return app.return_code or code or Exit.OK


def _left_behind(app: WizardApp) -> None:
    """What the operator has to know when the screen is gone."""
    goes_on = app.under.goes_on if app.under is not None else ""
    app.give_back()
    for trace in app.unsaved:
        complain(trace)
    if goes_on:
        print(goes_on)
    elif app.put_off:
        print(f"A server is free to be worked on. Go on with: {app.put_off}")
