"""What the hosts are made of, side by side."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from screens.page import Page
from screens.shared.states import PageState
from wizard.base.errors import WizardError
from wizard.model.facts import Facts
from wizard.model.inventory import Topic
from wizard.run.gather import gather


class InventoryScreen(Page):
    """One column per host, one block per topic."""

    name_of_help = "inventory"

    def body(self) -> ComposeResult:
        """Filled when the hosts have answered."""
        yield VerticalScroll(id="topics")

    def on_mount(self) -> None:
        """Look at once."""
        self.query_one("#topics").focus()
        self.action_look()

    def action_look(self) -> None:
        """Gather the inventory of all hosts."""
        self.set_title("inventory", PageState.LOOKING)
        self.work(self._gather, self._gathered)

    def _gather(self) -> Facts:
        wanted = self.session.inventory.facts
        return gather([(host, wanted) for host in self.session.servers], self.session.answers)

    async def _fill(self, facts: Facts) -> None:
        hosts = [server.name for server in self.session.servers]
        heads = [Static(host, classes="column host", markup=False) for host in hosts]
        rows: list[Widget] = [Horizontal(*heads)]
        for topic in self.session.inventory.topics:
            columns = [
                Static(shown(topic, facts, host), classes="column", markup=False) for host in hosts
            ]
            heading = Static(topic.heading, classes="heading")
            rows.append(Vertical(heading, Horizontal(*columns), classes="topic"))
        box = self.query_one("#topics")
        await box.remove_children()
        # At one go: each mount for itself would lay out and paint the whole page anew.
        await box.mount_all(rows)

    def _gathered(self, facts: Facts) -> None:
        self.set_title("inventory", PageState.FAILED if facts.missing else PageState.SEEN)
        said = "; ".join(f"{host}: {error.what}" for host, error in facts.missing.items())
        self.tell(said or "F8 goes on to the steps. Nothing was changed so far.")
        self.call_later(self._fill, facts)

    def failed(self, error: WizardError) -> None:
        """Nothing could be gathered."""
        self.set_title("inventory", PageState.FAILED)
        super().failed(error)

    def action_go_on(self) -> None:
        """To the steps."""
        from screens.overview import OverviewScreen

        self.push(OverviewScreen())


def shown(topic: Topic, facts: Facts, host: str) -> str:
    """A topic of a host; a fact that cannot be understood spoils its own topic alone."""
    try:
        lines = list(topic.lines(facts, host))
    except WizardError as error:
        return f"not seen: {error.what}"
    return "\n".join(lines) or "none"
