"""The Ask part: the form of a step's section, filled in with what is decided and what the hosts
suggest.
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from screens.form.form import Form
from screens.form.making import form_for
from screens.shared.given import decide
from screens.shared.questions import questions
from wizard.answers import Answers
from wizard.model.review import Review


def asks(review_section: object, nodes: tuple[str, ...]) -> bool:
    """Whether a section has anything to ask."""
    return isinstance(review_section, type) and bool(questions(review_section, nodes))


class AskPart(VerticalScroll):
    """Holds one form; made anew when a look brings other answers or choices."""

    can_focus = False
    review: Review | None = None
    shown: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """Until the hosts have answered there is nothing to choose from."""
        yield Static("Looking at the hosts…", classes="lead")

    async def show(self, review: Review) -> None:
        """Make the form, unless it shows this state already, or holds what was not taken yet."""
        old, self.review = self.review, review
        section = review.step.section
        if section is None or self.changed or (old and self._key(old) == self._key(review)):
            return
        await self.remove_children()
        nodes = tuple(node.short for node in review.answers.nodes)
        value = getattr(review.answers, review.step.id)
        await self.mount(form_for(section, value, nodes, review.choices))
        self.shown = self._given()

    @staticmethod
    def _key(review: Review) -> tuple[object, ...]:
        return getattr(review.answers, review.step.id), review.choices, review.facts.hosts

    @property
    def form(self) -> Form | None:
        """The form, when there is one."""
        found = self.query(Form)
        return found.first() if found else None

    @property
    def changed(self) -> bool:
        """Whether the form holds something that was not taken yet."""
        return self._given() != self.shown

    def _given(self) -> tuple[object, ...]:
        return (self.form.values, self.form.erase) if self.form else ()

    def take(self) -> Answers | None:
        """The answers as given in, or None when something is wrong and shown as such."""
        form = self.form
        if form is None or self.review is None:
            return None
        answers, wrong = decide(self.review, form.values, form.erase)
        form.show_errors(wrong)
        if answers is not None:
            self.shown = self._given()
        return answers

    def take_focus(self) -> None:
        """The first field."""
        if self.form and self.form.fields:
            self.form.fields[0].take_focus()

    def on_input_submitted(self) -> None:
        """Enter goes on to the next field."""
        self.screen.focus_next()
