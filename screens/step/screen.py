"""What the step screen does: from part to part, consent, run, and to the next step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from screens.shared.states import PageState, of_step
from screens.shared.step_texts import findings
from screens.shared.words import sentence
from screens.step.base import StepPage
from screens.step.part_ask import AskPart
from screens.step.part_plan import PlanPart
from screens.step.part_run import RunPart
from wizard.answers import Answers
from wizard.base.errors import WizardError
from wizard.model.events import Event, Gathering, Output
from wizard.model.review import Review, State
from wizard.model.step import Danger, Kind, Prompt
from wizard.remote.host_lock import Held
from wizard.run.outcome import End, Outcome

if TYPE_CHECKING:
    from wizard.base.secrets import Secret


class StepScreen(StepPage):
    """The one screen for every step; F8 goes on from part to part and to the next step."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f9", "stop", "Stop")]
    stops = 0
    agreed: tuple[str, ...] = ()
    """What was typed to agree to the last run."""

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
            self.answer("still looking at the hosts")
            return
        if self.review.unseen:
            self.go("plan")
            return
        self.go("ask")
        answers = self.query_one(AskPart).take()
        if answers is None:
            self.headline(PageState.WRONG)
            self.tell("correct what is marked with !, then press F8 again")
            return
        self.go("plan")
        if answers != self.session.answers:
            self.query_one(PlanPart).notice("Looking at the hosts…")
            self.headline(PageState.LOOKING)
            self.work(lambda: self._decide(answers), self.looked)

    def _decide(self, answers: Answers) -> Review:
        self.session.decide(answers)
        return self.session.review(self.step)

    def leave_plan(self) -> None:
        """Consent and run; or what is needed for that first."""
        review = self.review
        first = self.first(review) if review is not None else None
        if review is None or self.busy:
            self.answer("still looking at the hosts")
        elif self.query_one(AskPart).changed and not review.unseen:
            self.leave_ask()
        elif review.state is State.DONE:
            self.go("verify")
        elif first is not None:
            self.app.switch_screen(type(self)(first))
        elif not review.plan:
            self.action_look()
        else:
            self.consent(review)

    def consent(self, review: Review) -> None:
        """Ask for as much consent as the plan's worst danger wants, then run."""
        from screens.dialogs.consent import destruction
        from screens.dialogs.modal import ConfirmModal
        from screens.shared.step_texts import warning

        if review.plan.confirmations:

            def typed(words: tuple[str, ...] | None) -> None:
                if words is not None:
                    self.run_plan(review, words)

            self.push(destruction(review.plan), typed)
        elif review.plan.danger in (Danger.OUTAGE, Danger.DESTROY):

            def agreed(yes: bool | None) -> None:
                if yes:
                    self.run_plan(review, ())

            text = warning(review.plan, self._own_reboots(review), self.session.resume_command)
            self.push(ConfirmModal("Confirm", text, "Run it"), agreed)
        else:
            self.run_plan(review, ())

    def _own_reboots(self, review: Review) -> list[str]:
        """Hosts that reboot with the wizard on them."""
        reboots = {command.host for command in review.plan.commands if command.kind is Kind.REBOOT}
        return [
            name for name, host in self.session.hosts.items() if host.is_self and name in reboots
        ]

    def run_plan(self, review: Review, typed: Iterable[str]) -> None:
        """Run what was shown; secrets that it reads are asked for first, one after the other."""
        words = tuple(typed)
        self.agreed = words
        lacking = self.session.lacking(review)
        if lacking:
            self._ask_secret(review, words, lacking[0])
            return
        self.query_one(RunPart).start(len(review.plan))
        self._run(lambda: self.session.run(review, words), self.ended)

    def _ask_secret(self, review: Review, words: tuple[str, ...], prompt: Prompt) -> None:
        from screens.dialogs.secrets import SecretModal

        def given(secret: Secret | None) -> None:
            if secret is None:
                self.session.secrets.forget()
                self.tell("no secret given: nothing was run")
                return
            self.session.secrets.put(prompt.key, secret)
            self.run_plan(review, words)

        self.push(SecretModal(prompt), given)

    def follow(self, review: Review) -> None:
        """A command from an earlier run still runs: follow it live."""
        self.query_one(RunPart).follow(review.flights)
        self._run(lambda: self.session.attach(review), self.followed)
        self.tell("a command from before is still running: following it")

    def _run(self, job: Callable[[], Outcome], done: Callable[[Outcome], Awaitable[None]]) -> None:
        if self.work(job, done):
            self.running = True
            self.stops = 0
            self.headline(PageState.RUNNING)
            self.go("run")
            self.tell("F9 stops after the running commands; quitting leaves units and jobs running")

    async def ended(self, outcome: Outcome) -> None:
        """A run is over: to the part where the next action is."""
        shown = self.review
        self._over(outcome)
        await self.show(outcome.review, _notice(shown, outcome))
        if outcome.end is End.FAILED and not outcome.review.flights:
            self._failed()
        elif outcome.end in (End.DONE, End.WRONG):
            self.go("verify")
        else:
            self.go("plan")
            if outcome.end is End.STALE:
                self.headline(PageState.STALE)
        self._follow_on(outcome)

    async def followed(self, outcome: Outcome) -> None:
        """What an earlier run left has ended, or is no longer waited for."""
        self._over(outcome)
        await self.show(outcome.review)
        if outcome.end is End.FAILED and not outcome.review.flights:
            self._failed()
        else:
            self.go("verify" if outcome.end is End.DONE else "plan")
        self._follow_on(outcome)

    def _over(self, outcome: Outcome) -> None:
        """Nothing runs any more."""
        self.running = False
        self.query_one(RunPart).end("FAILED" if outcome.end is End.FAILED else "ENDED")

    def _failed(self) -> None:
        self.headline(PageState.FAILED)
        self.tell(
            "FAILED: read the output above; F8 shows the plan from how things are now, F3 the log"
        )

    def _follow_on(self, outcome: Outcome) -> None:
        """What goes on though its link was lost is followed again, unless the operator left it."""
        if outcome.review.flights and not self.stops:
            self.follow(outcome.review)

    def leave_run(self) -> None:
        """To the plan as it is now."""
        if self.running:
            self.answer("RUNNING: F9 stops after the running commands")
        else:
            self.go("plan")
            if self.review:
                self.headline(of_step(self.review.state))

    def leave_verify(self) -> None:
        """To the next step, to the plan of what is still to do, or to another look."""
        if self.review is None or self.busy:
            self.answer("still looking at the hosts")
        elif self.review.state is State.DONE:
            self.next_step()
        elif self.review.plan:
            self.go("plan")
        else:
            self.action_look()

    def next_step(self) -> None:
        """The step after this one; after the last one back to the overview."""
        steps = self.session.steps
        after = steps[steps.index(self.step) + 1 :]
        if after:
            self.app.switch_screen(type(self)(after[0]))
        else:
            self.leave()

    def action_stop(self) -> None:
        """Once: after the running commands. Twice: cut them."""
        if not self.running:
            self.answer("nothing is running")
            return
        self.stops += 1
        self.headline(PageState.STOPPING)
        self.work(self.session.engine.stop, self.tell, group="stop")

    def action_back(self) -> None:
        """A step that runs is left only by quitting or stopping; a changed form is not dropped
        without a word.
        """
        if self.running:
            self.answer("RUNNING: F9 stops it, Ctrl+Q quits and says what goes on")
        elif self.query_one(AskPart).changed:
            self._drop()
        else:
            super().action_back()

    def _drop(self) -> None:
        from screens.dialogs.modal import ConfirmModal

        def agreed(yes: bool | None) -> None:
            if yes:
                self.leave()

        text = (
            f"The answers of {self.step.id} were changed and not taken yet.\nF8 in the "
            "part Ask takes them."
        )
        self.push(
            ConfirmModal("Drop the changes?", text, "Drop them", "Stay", danger=False), agreed
        )

    def on_events(self, events: list[Event]) -> None:
        """Show what the engine tells."""
        part = self.query_one(RunPart)
        for event in events:
            part.take(event)
            if (
                isinstance(event, Gathering)
                and self.running
                and self.state is not PageState.STOPPING
            ):
                self.tell_meanwhile("looking at the hosts")
            elif not isinstance(event, Output) and (text := sentence(event)):
                self.tell_meanwhile(text)

    def failed(self, error: WizardError) -> None:
        """The engine itself could not go on."""
        self.running = False
        self.query_one(RunPart).end("FAILED")
        if isinstance(error, Held):
            self._refused(error)
            return
        self.headline(PageState.FAILED)
        super().failed(error)

    def _refused(self, refused: Held) -> None:
        """Another wizard has the hosts: nothing was run, unless its lock is taken over."""
        from screens.dialogs.take_over import taking_over

        self.go("plan")
        self.headline(PageState.BLOCKED)
        self.tell(f"{refused.where}: {refused.what}")

        def typed(words: tuple[str, ...] | None) -> None:
            if words is not None and self.review is not None and self.session.hold is not None:
                self.session.hold.take_over = refused.holder.who
                self.run_plan(self.review, self.agreed)

        self.push(taking_over(refused), typed)


def _notice(shown: Review | None, outcome: Outcome) -> str:
    """What stands above the commands of the plan that follows a run."""
    if outcome.end is End.STALE and shown is not None:
        changes = "\n".join(shown.plan.difference(outcome.review.plan))
        return (
            "STALE: the hosts changed since the plan was shown. Nothing was run. The "
            f"difference:\n{changes}"
        )
    if outcome.end is End.MORE:
        return "MORE: all ran; what the hosts show now asks for these commands too."
    if outcome.end is End.UNCHANGED:
        wrong = findings(outcome.review.wrong())
        return f"UNCHANGED: all ran well, and the hosts ask for the same commands again.\n{wrong}"
    return ""
