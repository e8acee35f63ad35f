"""One step, line by line: why, questions, plan, consent, run, verify."""

from __future__ import annotations

import subprocess
from functools import partial

from pydantic import BaseModel

from screens.line.ask import Asker, Back, Leave
from screens.line.carry_out import follow, run
from screens.line.form import ask_until
from screens.line.say import say, say_exactly
from screens.shared.field_summary import summary
from screens.shared.questions import Question, decide, questions, shown, value_of
from screens.shared.step_texts import about, findings, reasons, verdict
from screens.shared.trust import accept, unknown_keys
from wizard.model.review import Review, State
from wizard.model.step import Choice, Step
from wizard.run.session import Session
from wizard.verbs.headless import ROUNDS

Menu = tuple[Choice, ...]
RUN = Choice("run", "run it")
SHOW = Choice("show", "show every command with its reason, danger and undo")
ASK = Choice("ask", "change the answers")
LOOK = Choice("look", "look at the hosts again")
SCRIPT = Choice("script", "print it as scripts")
SHELL = Choice("shell", "a shell on a host")
QUIT = Choice("quit", "leave; nothing is lost")
ON = Choice("on", "go on to the next step")
MENU = (RUN, SHOW, ASK, LOOK, SCRIPT, SHELL, QUIT)
BLOCKED_MENU = (ASK, LOOK, SHELL, QUIT)
WAITING_MENU = (LOOK, SHELL, QUIT)
DONE_MENU = (ON, ASK, LOOK, SHELL, QUIT)


class LineStep:
    """Leads through one step; `walk` returns when it is done."""

    def __init__(self, session: Session, asker: Asker, step: Step) -> None:
        self.session = session
        self.asker = asker
        self.step = step

    def walk(self, head: str, *, again: bool = False) -> None:
        """Look, and do what is needed until the step is done.

        `again`: the operator came back to it, and is asked also where it is done. Raises Leave, or
        Back for the step before.
        """
        review = self.session.review(self.step)
        if again:
            say(f"\n{head} {self.step.title}: {review.state.value}")
            review = self._revisited(review)
        if review.state is State.DONE:
            say(f"{head} {self.step.title}: DONE")
            return
        say(f"\n{head} {reasons(self.step)}\n")
        if not review.flights and not review.facts.missing and self._has_questions():
            review = self._questions(review)
        rounds = 0
        while review.state is not State.DONE:
            if rounds >= ROUNDS * 4:
                raise Leave
            rounds += 1
            review = self._round(review)
        say(verdict(review))

    def _revisited(self, review: Review) -> Review:
        """Ask about a step that is done, until the operator goes on or it is no longer done."""
        while review.state is State.DONE:
            wanted = self._picked(review, "It is done. What now?", DONE_MENU, ON)
            if wanted == ON.value:
                break
            review = self._carried_out(review, wanted)
        return review

    def _has_questions(self) -> bool:
        return self.step.section is not None and bool(questions(self.step.section))

    def _questions(self, review: Review, *, always: bool = False) -> Review:
        """Show the answers, and let them be changed; `always` asks without asking whether."""
        section = self.step.section
        assert section is not None
        nodes = tuple(node.short for node in review.answers.nodes)
        value = getattr(review.answers, self.step.id)
        say(_present(value))
        if not always and not self.asker.yes("Change any of these answers?"):
            return review
        judge = partial(decide, review)
        try:
            answers = ask_until(self.asker, section, value, nodes, review.choices, judge)
        except Back:
            say("the answers stay as they were")
            return review
        self.session.decide(answers)
        return self.session.review(self.step)

    def _round(self, review: Review) -> Review:
        """One turn of looking at what there is to do, asking what is wanted, and doing that."""
        if review.flights:
            return self._followed(review)
        if review.facts.missing or review.blockers or not review.plan:
            say(findings(review.blockers or review.problems))
            if self._accepted(review):
                return self.session.review(self.step)
            prompt = "BLOCKED, or not to be mended by a command. What now?"
            return self._carried_out(review, self._picked(review, prompt, BLOCKED_MENU, LOOK))
        for command in review.plan.commands:
            say(f"  [{command.host}] ({command.danger.value}) {command.shown}")
        prompt = f"{len(review.plan)} commands. What now?"
        return self._carried_out(review, self._picked(review, prompt, MENU, RUN))

    def _followed(self, review: Review) -> Review:
        say("a command from before is still running: following it")
        outcome = follow(self.session, review)
        if outcome.lost is None or not outcome.review.flights:
            return outcome.review
        prompt = "It goes on there. What now?"
        wanted = self._picked(outcome.review, prompt, WAITING_MENU, LOOK)
        return self._carried_out(outcome.review, wanted)

    def _accepted(self, review: Review) -> bool:
        """Whether there were unknown host keys and the operator accepted all of them."""
        unknown = unknown_keys(review.facts.missing)
        if not unknown or not self.asker.yes(
            "Have you compared the fingerprints, and are all of them right?"
        ):
            return False
        accept(unknown, self.session.store)
        return True

    def _picked(self, review: Review, prompt: str, menu: Menu, default: Choice) -> str:
        """What the operator wants next."""
        if not self._has_questions() or review.facts.missing:
            menu = tuple(choice for choice in menu if choice is not ASK)
        return self.asker.pick(prompt, menu, default.value)

    def _carried_out(self, review: Review, wanted: str) -> Review:
        """Do what was picked; Back on the way leads to the menu again."""
        try:
            match wanted:
                case "quit":
                    raise Leave
                case "look":
                    return self.session.review(self.step)
                case "ask":
                    return self._questions(review, always=True)
                case "run":
                    return run(self.session, self.asker, review)
                case "show":
                    _show(review)
                case "script":
                    for host in review.plan.hosts:
                        say_exactly(review.plan.script(host))
                case _:
                    self._shell()
        except Back:
            self.session.secrets.forget()
            say("back: nothing was run")
        return review

    def _shell(self) -> None:
        names = [Choice(name, name) for name in self.session.hosts]
        host = self.asker.pick("On which host?", names)
        subprocess.run(self.session.hosts[host].shell(), check=False)


def _show(review: Review) -> None:
    for command in review.plan.commands:
        say(f"\n[{command.host}] {command.shown}\n{about(command)}")


def _present(value: BaseModel) -> str:
    """The answers of a section as they are now."""
    lines = []
    for question in questions(type(value)):
        now = _answer(question, value_of(value, question))
        lines.append(f"  {question.text}: {now or '(not decided)'}")
    return "\n".join(lines)


def _answer(question: Question, now: object) -> str:
    if question.how == "list" and isinstance(now, list):
        return "; ".join(summary(item) for item in now)
    if isinstance(now, dict):
        return "; ".join(f"{node}: {shown(given)}" for node, given in now.items())
    return shown(now)
