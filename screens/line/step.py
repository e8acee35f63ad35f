"""One step, line by line: why, questions, plan, consent, run, verify."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from textwrap import indent

from pydantic import BaseModel

from screens.line.ask import Asker, say
from screens.line.form import ask_until
from screens.line.secrets import ask_secret
from screens.shared.field_summary import summary
from screens.shared.questions import decide, questions, shown, value_of
from screens.shared.step_texts import about, at_stake, findings, reasons, verdict, warning
from screens.shared.trust import accept, unknown_keys
from wizard.model.review import Review, State
from wizard.model.step import Choice, Danger, Kind, Step
from wizard.run.outcome import End, Outcome
from wizard.run.session import Session
from wizard.verbs.headless import ROUNDS

MENU = (
    Choice("run", "run it"),
    Choice("show", "show every command with its reason, danger and undo"),
    Choice("ask", "change the answers"),
    Choice("look", "look at the hosts again"),
    Choice("script", "print it as scripts"),
    Choice("shell", "a shell on a host"),
    Choice("quit", "leave; nothing is lost"),
)


class Leave(Exception):
    """The operator leaves."""


class LineStep:
    """Leads through one step; `walk` returns when it is done."""

    def __init__(self, session: Session, asker: Asker, step: Step) -> None:
        self.session, self.asker, self.step = session, asker, step

    def walk(self, head: str) -> None:
        """Look, and do what is needed until the step is done. Raises Leave."""
        review = self.session.review(self.step)
        if review.state is State.DONE:
            say(f"{head} {self.step.title}: DONE")
            return
        say(f"\n{head} {reasons(self.step)}\n")
        if not review.flights and not review.facts.missing and self._asks():
            review = self._questions(review)
        rounds = 0
        while review.state is not State.DONE:
            if rounds >= ROUNDS * 4:
                raise Leave
            rounds += 1
            review = self._round(review)
        say(verdict(review))

    def _asks(self) -> bool:
        return self.step.section is not None and bool(questions(self.step.section))

    def _questions(self, review: Review, *, always: bool = False) -> Review:
        section = self.step.section
        assert section is not None
        nodes = tuple(node.short for node in review.answers.nodes)
        value = getattr(review.answers, self.step.id)
        say(_present(value))
        if not always and not self.asker.yes("Change any of these answers?"):
            return review
        judge = partial(decide, review)
        self.session.decide(ask_until(self.asker, section, value, nodes, review.choices, judge))
        return self.session.review(self.step)

    def _round(self, review: Review) -> Review:
        if review.flights:
            say("a command from before is still running: following it")
            return self._follow(review)
        if review.facts.missing or review.blockers or not review.plan:
            say(findings(review.blockers or review.problems))
            if self._accepted(review):
                return self.session.review(self.step)
            return self._chosen(
                review, "BLOCKED, or not to be mended by a command. What now?", MENU[2:4] + MENU[5:]
            )
        for command in review.plan.commands:
            say(f"  [{command.host}] ({command.danger.value}) {command.shown}")
        return self._chosen(review, f"{len(review.plan)} commands. What now?", MENU)

    def _accepted(self, review: Review) -> bool:
        """Whether there were unknown host keys and the operator accepted all of them."""
        unknown = unknown_keys(review.facts.missing)
        if not unknown or not self.asker.yes(
            "Have you compared the fingerprints, and are all of them right?"
        ):
            return False
        accept(unknown, self.session.store)
        return True

    def _chosen(self, review: Review, prompt: str, menu: tuple[Choice, ...]) -> Review:
        if not self._asks() or review.facts.missing:
            menu = tuple(one for one in menu if one.value != "ask")
        chosen = self.asker.pick(prompt, menu, menu[0].value if menu[0].value == "run" else "look")
        if chosen == "quit":
            raise Leave
        if chosen == "look":
            return self.session.review(self.step)
        if chosen == "ask":
            return self._questions(review, always=True)
        if chosen == "run":
            return self._run(review)
        self._aside(review, chosen)
        return review

    def _aside(self, review: Review, chosen: str) -> None:
        if chosen == "show":
            for command in review.plan.commands:
                say(f"\n[{command.host}] {command.shown}\n{about(command)}")
        elif chosen == "script":
            for host in review.plan.hosts:
                say(review.plan.script(host))
        else:
            names = [Choice(name, name) for name in self.session.hosts]
            subprocess.run(
                self.session.hosts[self.asker.pick("On which host?", names)].shell(), check=False
            )

    def _consent(self, review: Review) -> tuple[str, ...] | None:
        plan = review.plan
        if plan.confirmations:
            say("This destroys data, and there is no way back.")
            typed = []
            for word in plan.confirmations:
                say(indent(at_stake(plan, word), "  "))
                typed.append(self.asker.text(f"Type {word} to agree"))
            return tuple(typed) if tuple(typed) == plan.confirmations else None
        if plan.danger in (Danger.OUTAGE, Danger.DESTROY):
            reboots = {c.host for c in plan.commands if c.kind is Kind.REBOOT}
            own = [
                name
                for name, host in self.session.hosts.items()
                if host.is_self and name in reboots
            ]
            say(warning(plan, own, self.session.resume_command))
        return () if self.asker.yes("Run it now?") else None

    def _run(self, review: Review) -> Review:
        typed = self._consent(review)
        if typed is None:
            say("not agreed: nothing was run")
            return review
        for prompt in self.session.lacking(review):
            secret = ask_secret(self.asker, prompt)
            if secret is None:
                self.session.secrets.forget()
                say("no secret given: nothing was run")
                return review
            self.session.secrets.put(prompt.key, secret)
        outcome = self._attended(lambda: self.session.run(review, typed))
        self._tell(review, outcome)
        return outcome.review

    def _follow(self, review: Review) -> Review:
        """Until what an earlier run left has ended, or the operator no longer waits for it."""
        outcome = self._attended(lambda: self.session.attach(review))
        if outcome.lost is not None and outcome.review.flights:
            return self._chosen(outcome.review, "It goes on there. What now?", MENU[3:4] + MENU[5:])
        return outcome.review

    @staticmethod
    def _tell(shown: Review, outcome: Outcome) -> None:
        if outcome.end is End.STALE:
            say(
                "STALE: the hosts changed since the plan was shown; nothing was run. The "
                "difference:"
            )
            say("\n".join(shown.plan.difference(outcome.review.plan)))
        elif outcome.end is End.FAILED:
            say("FAILED: see the output above; what follows is planned from how things are now")
        elif outcome.end is End.MORE:
            say("all ran; what the hosts show now asks for further commands")
        elif outcome.end is End.UNCHANGED:
            say("UNCHANGED: all ran well, and the hosts ask for the same commands again:")
            say(findings(outcome.review.wrong()))

    def _attended(self, job: Callable[[], Outcome]) -> Outcome:
        """Do something in a thread, so that Ctrl-C can ask it to stop: once after the running
        commands, twice now.
        """
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(job)
            say("(Ctrl-C stops after the running commands, a second one cuts them)")
            while True:
                try:
                    return future.result()
                except KeyboardInterrupt:
                    say(self.session.engine.stop())


def _present(value: BaseModel) -> str:
    """The answers of a section as they are now."""
    lines = []
    for question in questions(type(value)):
        now = value_of(value, question)
        if question.how == "list":
            now = "; ".join(summary(item) for item in now)
        elif isinstance(now, dict):
            now = "; ".join(f"{node}: {shown(given)}" for node, given in now.items())
        lines.append(f"  {question.text}: {shown(now) or '(not decided)'}")
    return "\n".join(lines)
