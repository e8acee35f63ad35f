"""The command palette (Ctrl+P): every action of the page, and every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from screens.frame import Frame
from screens.page import top_page


class WizardCommands(Provider):
    """What can be done now."""

    @property
    def wizard(self) -> Frame:
        """The app with its own type."""
        assert isinstance(self.app, Frame)
        return self.app

    def commands(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        """Name, help and callback of each command."""
        app = self.wizard
        page = top_page(app)
        yield "Go on", "the main action of this page (F8)", page.action_go_on
        yield "Look again", "look at the hosts (F5)", page.action_look
        yield "Help", "keys and explanations (F1)", app.action_help
        yield "Shell on a host", "the wizard waits meanwhile (F2)", app.action_shell
        if app.session.hosts:
            yield "Health", "how the cluster is, live", app.action_health
        if app.session.recovery is not None:
            yield "Recover", "what is the matter after an accident", app.action_recover
        if app.session.planned is not None:
            told = "move an instance, free a server and take it back"
            yield "Move, maintenance", told, app.action_planned
        yield "Log", "what the commands printed (F3)", app.action_log
        yield "Quit", "and what goes on without the wizard (Ctrl+Q)", app.action_leave
        # Beside a step that runs no other one is looked at, nor without a host. What was opened
        # to look after an accident builds nothing.
        may_open = app.session.hosts and not app.running and app.builds
        if may_open:
            for number, step in enumerate(app.session.steps, 1):
                opening = partial(self.open, step.id)
                yield f"Step {number}: {step.title}", f"open {step.id}", opening

    def open(self, name: str) -> None:
        """Open a step in place of the one that is open, or above the overview."""
        # They are heavy, and the program's start does not need them.
        from screens.overview import OverviewScreen
        from screens.step.screen import StepScreen

        step = next(step for step in self.wizard.session.steps if step.id == name)
        page = top_page(self.wizard)
        if isinstance(page, OverviewScreen):
            page.open(step)
        elif isinstance(page, StepScreen):
            self.wizard.switch_screen(type(page)(step))
        else:
            self.wizard.push_screen(StepScreen(step))

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for name, text, action in self.commands():
            yield DiscoveryHit(name, action, help=text)

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for name, text, action in self.commands():
            score = matcher.match(name)
            if score > 0:
                highlighted = matcher.highlight(name)
                yield Hit(score, highlighted, action, help=text)
