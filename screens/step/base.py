"""What the step screen shows: five parts, the title's state, a look at the hosts. What it does is
in step.py.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import ContentSwitcher, Static

from screens.page import Page
from screens.shared.states import PageState, of_step
from screens.shared.step_texts import afterwards, locks, reasons, verdict
from screens.shared.trust import accept, unknown_keys
from screens.step.part_ask import AskPart, asks
from screens.step.part_plan import PlanPart
from screens.step.part_run import RunPart
from screens.step.stages import PARTS, StageBar
from wizard.model.review import Review, State
from wizard.model.step import Finding, Step


class StepPage(Page):
    """A step on the screen; it looks at the hosts at once."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(str(number), f"part('{part}')", part.title(), show=False)
        for number, part in enumerate(PARTS, 1)
    ]

    def __init__(self, step: Step) -> None:
        super().__init__()
        self.step = step
        self.name_of_help = step.id
        self.part = "why"
        self.state = PageState.LOOKING
        self.review: Review | None = None
        self.running = False
        self.moved = False

    def body(self) -> ComposeResult:
        """The bar and the five parts."""
        nodes = tuple(node.short for node in self.session.answers.nodes)
        self.asks = asks(self.step.section, nodes)
        yield StageBar(id="stages")
        with ContentSwitcher(initial="why", id="parts"):
            with VerticalScroll(id="why"):
                yield Static(reasons(self.step), markup=False)
            yield AskPart(id="ask")
            yield PlanPart(id="plan")
            yield RunPart(self.panels(None), id="run")
            with VerticalScroll(id="verify"):
                yield Static("Not looked at yet.", id="verdict", markup=False)

    def panels(self, review: Review | None) -> tuple[str, ...]:
        """The hosts that have a panel in the part Run, by the answers of a look."""
        answers = self.session.answers if review is None else review.answers
        return tuple(self.step.hosts(answers))

    def on_mount(self) -> None:
        """Show why, and look meanwhile."""
        self.go("why")
        self.action_look()

    def go(self, part: str) -> None:
        """Open a part; the focus goes to where the next action is."""
        self.part = part
        self.query_one("#parts", ContentSwitcher).current = part
        self.query_one(StageBar).show(part, asks=self.asks)
        if part in ("why", "verify"):
            self.query_one(f"#{part}").focus()
        elif part == "run":
            self.query_one(RunPart).take_focus()
        elif part == "ask":
            self.query_one(AskPart).take_focus()
        else:
            self.query_one(PlanPart).take_focus()
        self.headline()

    def headline(self, state: PageState | None = None) -> None:
        """Title: number of the step, its id, the part and the state."""
        self.state = state or self.state
        steps = [step.id for step in self.session.steps]
        number = steps.index(self.step.id) + 1
        place = f"{number}/{len(steps)} {self.step.id} · {self.part.title()}"
        self.set_title(place, self.state)

    def action_part(self, part: str) -> None:
        """1 to 5 open a part; a changed form is taken on the way to the plan."""
        if part == "ask" and not self.asks:
            return
        self.moved = True
        if part == "plan" and self.query_one(AskPart).changed:
            self.leave_ask()
        else:
            self.go(part)

    def leave_ask(self) -> None:
        """Take the form and go on to the plan."""
        self.go("plan")

    def action_look(self) -> None:
        """Look at the hosts again; what runs is looked at when it ends."""
        if self.running:
            self.answer(
                "RUNNING: the hosts are looked at when it ends; F9 stops after the running commands"
            )
        elif self.work(lambda: self.session.review(self.step), self.looked):
            self.headline(PageState.LOOKING)
            self.tell("looking at the hosts")

    def unmet(self) -> tuple[Finding, ...]:
        """Steps that must be done first, as findings."""
        unmet = []
        for needed in self.session.unmet(self.step):
            unmet.append(Finding("", f"needs first: {needed.title}", "F8 opens it"))
        return tuple(unmet)

    def first(self, review: Review) -> Step | None:
        """The step that is to be done before this one can go on: one that it needs, else the one
        that a blocker names.
        """
        servers = {host.name for host in self.session.servers}
        unmet = self.session.unmet(self.step)
        if review.state is State.DONE or review.unseen.keys() & servers:
            return None
        if unmet:
            return unmet[0]
        named = {blocker.step for blocker in review.blockers}
        named.discard(self.step.id)
        for step in self.session.steps:
            if step.id in named:
                return step
        return None

    async def looked(self, review: Review) -> None:
        """A look at the hosts is over."""
        await self.show(review)
        self.ask_keys(review)
        if review.flights:
            self.follow(review)
        # Once the operator has chosen a part, no look opens another one.
        elif not self.moved and review.state is State.DONE:
            self.go("verify")
        elif self.part in ("ask", "plan", "verify"):
            self.go(self.part)

    async def show(self, review: Review, notice: str = "") -> None:
        """Bring all parts up to a review."""
        self.review = review
        blockers = review.blockers
        if not blockers and review.state is not State.DONE:
            blockers = self.unmet()
        if self.asks:
            await self.query_one(AskPart).show(review)
        held = locks(self.session.locked)
        self.query_one(PlanPart).show(review, blockers, notice, held)
        await self.query_one(RunPart).show(self.panels(review))
        self.query_one("#verdict", Static).update(verdict(review))
        blocked = bool(blockers) and not review.unseen
        if review.flights:
            self.headline(PageState.LEFT_RUNNING)
        else:
            self.headline(PageState.BLOCKED if blocked else of_step(review.state))
        first = self.first(review)
        self.tell(afterwards(review, blocked=blocked, opens=first.id if first else ""))

    def ask_keys(self, review: Review) -> None:
        """Show host keys that are not known yet; when they are accepted, look again."""
        unknown = unknown_keys(review.unseen)
        if not unknown:
            return
        from screens.dialogs.hostkey import HostKeyModal

        def answered(accepted: bool | None) -> None:
            if accepted:
                accept(unknown, self.session.store)
                self.action_look()

        self.push(HostKeyModal(unknown), answered)

    def follow(self, review: Review) -> None:
        """What to do about commands of an earlier run that still run."""
