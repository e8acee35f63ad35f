"""The one screen for every step: Why, Ask, Plan, Run, Verify, and the keys that lead through them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import ContentSwitcher, Static

from screens.look import look
from screens.page import Page
from screens.part_ask import AskPart, asks
from screens.part_plan import PlanPart
from screens.part_run import RunPart
from screens.stages import PARTS, StageBar
from screens.step_texts import afterwards, reasons, verdict
from screens.words import sentence, word
from wizard.answers import Answers
from wizard.engine import End, Outcome
from wizard.errors import WizardError
from wizard.events import Event, Gathering, Output
from wizard.review import Review, State
from wizard.step import Danger, Finding, Kind, Step


class StepScreen(Page):
    """Looks at the hosts at once; F8 goes on from part to part and to the next step."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9", "stop", "Stop"),
        *(Binding(str(n), f"part('{part}')", part.title(), show=False) for n, part in enumerate(PARTS, 1)),
    ]

    def __init__(self, step: Step) -> None:
        super().__init__()
        self.step = step
        self.name_of_help = step.id
        self.part = "why"
        self.state = "LOOKING"
        self.review: Review | None = None
        self.running = self.moved = False

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
            yield RunPart(nodes, id="run")
            with VerticalScroll(id="verify"):
                yield Static("Not looked at yet.", id="verdict", markup=False)

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
            self.query("RichLog").first().focus()
        elif part == "ask":
            self.query_one(AskPart).take_focus()
        else:
            self.query_one(PlanPart).take_focus()
        self.headline()

    def headline(self, state: str = "") -> None:
        """Title: number of the step, its id, the part and the state."""
        self.state = state or self.state
        steps = [step.id for step in self.session.steps]
        number = steps.index(self.step.id) + 1
        self.set_title(f"{number}/{len(steps)} {self.step.id} · {self.part.title()}", self.state)

    def action_part(self, part: str) -> None:
        """1 to 5 open a part."""
        if part != "ask" or self.asks:
            self.moved = True
            self.go(part)

    def action_look(self) -> None:
        """Look at the hosts again."""
        if not self.running and self.work(lambda: look(self.session, self.step), self.looked):
            self.headline("LOOKING")
            self.tell("looking at the hosts")

    def unmet(self) -> tuple[Finding, ...]:
        """Steps that must be done first, as findings."""
        mend = "F8 opens it"
        return tuple(Finding("", f"needs first: {one.title}", mend) for one in self.session.unmet(self.step))

    async def looked(self, review: Review) -> None:
        """A look at the hosts is over."""
        await self.show(review)
        if review.flights:
            self.follow(review)
        elif not self.moved and review.state is State.DONE:
            self.go("verify")
        elif self.part in ("ask", "plan", "verify"):
            self.go(self.part)

    async def show(self, review: Review, notice: str = "") -> None:
        """Bring all parts up to a review."""
        self.review = review
        blockers = review.blockers or (self.unmet() if review.state is not State.DONE else ())
        if self.asks:
            await self.query_one(AskPart).show(review)
        self.query_one(PlanPart).show(review, blockers, notice)
        self.query_one("#verdict", Static).update(verdict(review))
        blocked = bool(blockers) and not review.facts.missing
        self.headline("BLOCKED" if blocked else word(review.state))
        self.tell(afterwards(review, blocked=blocked))

    def action_go_on(self) -> None:
        """The main action of the open part."""
        self.moved = True
        getattr(self, f"leave_{self.part}")()

    def leave_why(self) -> None:
        """To the questions, or to the plan when there are none or nothing is to be done."""
        done = self.review is not None and self.review.state is State.DONE
        self.go("ask" if self.asks and not done else "plan")

    def leave_ask(self) -> None:
        """Keep the answers; look again when they changed what is asked of the hosts."""
        if self.review is None or self.busy:
            self.tell("still looking at the hosts")
            return
        if self.review.facts.missing:
            self.go("plan")
            return
        answers = self.query_one(AskPart).take()
        if answers is None:
            self.headline("WRONG")
            self.tell("correct what is marked with !, then press F8 again")
        elif answers == self.session.answers:
            self.go("plan")
        else:
            self.go("plan")
            self.query_one(PlanPart).notice("Looking at the hosts…")
            self.headline("LOOKING")
            self.work(lambda: self._decide(answers), self.looked)

    def _decide(self, answers: Answers) -> Review:
        self.session.decide(answers)
        return look(self.session, self.step)

    def leave_plan(self) -> None:
        """Consent and run; or what is needed for that first."""
        review = self.review
        unmet = self.session.unmet(self.step)
        if review is None or self.busy:
            self.tell("still looking at the hosts")
        elif review.state is State.DONE:
            self.go("verify")
        elif unmet and not review.facts.missing:
            self.app.switch_screen(StepScreen(unmet[0]))
        elif not review.plan:
            self.action_look()
        else:
            self.consent(review)

    def consent(self, review: Review) -> None:
        """Ask for as much consent as the plan's worst danger wants, then run."""
        from screens.consent import destruction
        from screens.modal import ConfirmModal
        from screens.step_texts import warning

        if review.plan.confirmations:

            def typed(words: tuple[str, ...] | None) -> None:
                if words is not None:
                    self.run_plan(review, words)

            self.app.push_screen(destruction(review.plan), typed)
        elif review.plan.danger in (Danger.OUTAGE, Danger.DESTROY):

            def agreed(yes: bool | None) -> None:
                if yes:
                    self.run_plan(review, ())

            text = warning(review.plan, self._own_reboots(review), self.session.resume_command)
            self.app.push_screen(ConfirmModal("Confirm", text, "Run it"), agreed)
        else:
            self.run_plan(review, ())

    def _own_reboots(self, review: Review) -> list[str]:
        """Hosts that reboot with the wizard on them."""
        reboots = {command.host for command in review.plan.commands if command.kind is Kind.REBOOT}
        return [name for name, host in self.session.hosts.items() if host.is_self and name in reboots]

    def run_plan(self, review: Review, typed: Iterable[str]) -> None:
        """Run what was shown."""
        words = tuple(typed)
        self.query_one(RunPart).start(len(review.plan))
        self._run(lambda: self.session.engine.apply(review, words))

    def follow(self, review: Review) -> None:
        """A command from an earlier run still runs: follow it live."""
        self.query_one(RunPart).follow(review.flights)
        self._run(lambda: self.session.engine.reattach(review))
        self.tell("a command from before is still running: following it")

    def _run(self, job: Callable[[], Outcome | Review]) -> None:
        if self.work(job, self.ended):
            self.running = True
            self.headline("RUNNING")
            self.go("run")
            self.tell("F9 stops after the running commands; quitting leaves units and jobs running")

    async def ended(self, result: Outcome | Review) -> None:
        """A run is over: to the part where the next action is."""
        self.wizard.drain()
        self.running = False
        outcome = result if isinstance(result, Outcome) else None
        review = outcome.review if outcome else result
        assert isinstance(review, Review)
        self.session.reviews[self.step.id] = review
        end = outcome.end if outcome else None
        if outcome is None:
            self.query_one(RunPart).end("ENDED")
            await self.looked(review)
            self.go("verify" if review.state is State.DONE else "plan")
            return
        self.query_one(RunPart).end("FAILED" if end is End.FAILED else "ENDED")
        await self._show_end(outcome)

    async def _show_end(self, outcome: Outcome) -> None:
        shown, review, end = self.review, outcome.review, outcome.end
        notice = ""
        if end is End.STALE and shown is not None:
            changes = "\n".join(shown.plan.difference(review.plan))
            notice = f"STALE: the hosts changed since the plan was shown. Nothing was run. The difference:\n{changes}"
        elif end is End.MORE:
            notice = "MORE: all ran; what the hosts show now asks for these commands too."
        await self.show(review, notice)
        if end is End.FAILED:
            self.headline("FAILED")
            self.tell("FAILED: read the output above; F8 shows the plan from how things are now, F3 the log")
        elif end in (End.DONE, End.WRONG):
            self.go("verify")
        else:
            self.go("plan")
            if end is End.STALE:
                self.headline("STALE")

    def leave_run(self) -> None:
        """To the plan as it is now."""
        if self.running:
            self.tell("RUNNING: F9 stops after the running commands")
        else:
            self.go("plan")
            if self.review:
                self.headline(word(self.review.state))

    def leave_verify(self) -> None:
        """To the next step, or to another look."""
        if self.review is None or self.busy:
            self.tell("still looking at the hosts")
        elif self.review.state is not State.DONE:
            self.action_look()
        else:
            self.next_step()

    def next_step(self) -> None:
        """The step after this one; after the last one back to the overview."""
        steps = self.session.steps
        after = steps[steps.index(self.step) + 1 :]
        if after:
            self.app.switch_screen(StepScreen(after[0]))
        else:
            self.dismiss(None)

    def action_stop(self) -> None:
        """Once: after the running commands. Twice: cut them."""
        if not self.running:
            self.tell("nothing is running")
            return
        self.headline("STOPPING")
        self.work(self.session.engine.stop, self.tell, group="stop")

    def action_back(self) -> None:
        """A step that runs is left only by quitting or stopping."""
        if self.running:
            self.tell("RUNNING: F9 stops it, Ctrl+Q quits and says what goes on")
        else:
            super().action_back()

    def on_events(self, events: list[Event]) -> None:
        """Show what the engine tells."""
        part = self.query_one(RunPart)
        for event in events:
            part.take(event)
            if isinstance(event, Gathering) and self.running and self.state != "STOPPING":
                self.tell("looking at the hosts")
            elif not isinstance(event, Output) and (text := sentence(event)):
                self.tell(text)

    def failed(self, error: WizardError) -> None:
        """The engine itself could not go on."""
        self.running = False
        self.query_one(RunPart).end("FAILED")
        self.headline("FAILED")
        super().failed(error)
