"""The Plan part: the commands of all hosts, all about the one under the cursor, and what blocks
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import DataTable, Static

from screens.frame import Frame
from screens.grid import paint_when_measured
from screens.shared.step_texts import MOST, about, findings
from screens.shared.words import DANGERS
from wizard.model.plan import by_hand
from wizard.model.review import Review, State
from wizard.model.step import Command, Finding


class PlanPart(Vertical):
    """A table of commands; Enter shows one whole, c copies it, a copies the host's script, w writes
    all scripts.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "copy", "Copy the command", show=False),
        Binding("a", "script", "Copy the host's script", show=False),
        Binding("w", "write", "Save all scripts", show=False),
    ]

    review: Review | None = None

    @property
    def wizard(self) -> Frame:
        """The app with its own type."""
        assert isinstance(self.app, Frame)
        return self.app

    def compose(self) -> ComposeResult:
        """Notice and blockers, the table, the details."""
        with VerticalScroll(id="notice", can_focus=True):
            yield Static("", id="notice-text", markup=False)
        table: DataTable[str | Text] = DataTable(cursor_type="row", id="commands")
        yield table
        with VerticalScroll(id="about", can_focus=False) as details:
            details.border_title = "Enter: all of it   c: copy   a: copy script   w: save scripts"
            yield Static("", id="about-text", markup=False)

    def on_mount(self) -> None:
        """The columns."""
        self.table.add_columns("host", "danger", "command")
        self.notice("Looking at the hosts…")

    @property
    def table(self) -> DataTable[str | Text]:
        """The commands."""
        return self.query_one("#commands", DataTable)

    def notice(self, text: str) -> None:
        """A text above the table, or in its place."""
        self.query_one("#notice-text", Static).update(text)
        self.query_one("#notice").display = bool(text)

    def show(
        self, review: Review, blockers: Sequence[Finding], notice: str = "", held: str = ""
    ) -> None:
        """Show a review: its commands, or what is in their way. `held` says who else is at work."""
        self.review = review
        self.table.clear()
        for command in review.plan.commands:
            self.table.add_row(
                command.host, DANGERS[command.danger], Text(command.shown.partition("\n")[0])
            )
        paint_when_measured(self.table)
        self.table.display = bool(review.plan)
        self.query_one("#about").display = bool(review.plan)
        if blockers:
            notice = f"{notice}\n\n{findings(blockers)}".strip()
        elif review.state is State.DONE and not notice:
            notice = "Nothing to do: every host is as it should be. F8 shows the verification."
        elif review.problems and not review.plan and not notice:
            notice = f"No command mends this:\n\n{findings(review.problems)}"
        self.notice("\n\n".join(text for text in (held, notice) if text))

    def take_focus(self) -> None:
        """The table when there are commands, else the text."""
        (self.table if self.table.display else self.query_one("#notice")).focus()

    def command(self) -> Command | None:
        """The one under the cursor."""
        commands = self.review.plan.commands if self.review else ()
        at = self.table.cursor_row
        return commands[at] if 0 <= at < len(commands) else None

    def on_data_table_row_highlighted(self) -> None:
        """Details of the command under the cursor."""
        command = self.command()
        text = about(command, MOST) if command else ""
        self.query_one("#about-text", Static).update(text)

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Enter: the whole of it."""
        from screens.dialogs.text import TextModal

        event.stop()
        if command := self.command():
            self.app.push_screen(TextModal(f"{command.host}: {command.shown}"[:70], about(command)))

    def action_copy(self) -> None:
        """The command under the cursor, to the terminal's clipboard (OSC 52)."""
        if command := self.command():
            self.app.copy_to_clipboard(by_hand(command))
            self.wizard.say(f"copied: {command.shown}")

    def action_script(self) -> None:
        """The whole script of that command's host."""
        if (command := self.command()) and self.review:
            self.app.copy_to_clipboard(self.review.plan.script(command.host))
            self.wizard.say(f"copied: all commands of {command.host} as a script")

    def action_write(self) -> None:
        """Write one script per host into the state directory, readable by the owner only."""
        if self.review and self.review.plan:
            self.wizard.say(f"saved: {', '.join(self.wizard.save_scripts(self.review))}")
