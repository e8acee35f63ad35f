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
from screens.shared.given import decide
from screens.shared.questions import Question, questions, shown, value_of
from screens.shared.step_texts import about, findings, locks, reasons, verdict
from screens.shared.trust import accept, unknown_keys
from wizard.base.names import counted
from wizard.model.changes import change, cut
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
MOST = 10
"""Lines of a file's change in the list of commands."""
MOST_ROUNDS = 4 * ROUNDS
"""A step that is not done after so many turns is left: answers from a file come to an end."""


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
        if not review.flights and self._can_ask(review):
            review = self._questions(review)
        rounds = 0
        while review.state is not State.DONE:
            if rounds == MOST_ROUNDS:
                raise Leave
            rounds += 1
            review = self._round(review)
        say(verdict(review))

    def followed(self, review: Review) -> Review:
        """Wait for what an earlier run began; where its host is lost on the way, ask what next."""
        say("a command from before is still running: following it")
        outcome = follow(self.session, review)
        after = outcome.review
        if outcome.lost is None or not after.flights:
            return after
        prompt = "It goes on there. What now?"
        wanted = self._picked(after, prompt, WAITING_MENU, LOOK)
        return self._carried_out(after, wanted)

    def _revisited(self, review: Review) -> Review:
        """Ask about a step that is done, until the operator goes on or it is no longer done."""
        while review.state is State.DONE:
            wanted = self._picked(review, "It is done. What now?", DONE_MENU, ON)
            if wanted == ON.value:
                break
            review = self._carried_out(review, wanted)
        return review

    def _can_ask(self, review: Review) -> bool:
        """Whether the step has questions, and its hosts said what there is to choose from."""
        if self.step.section is None or review.unseen:
            return False
        return bool(questions(self.step.section))

    def _questions(self, review: Review, *, always: bool = False) -> Review:
        """Show the answers, and let them be changed; `always` asks without asking whether."""
        section = self.step.section
        assert section is not None
        value = getattr(review.answers, self.step.id)
        say(_present(value))
        if not always and not self.asker.yes("Change any of these answers?"):
            return review
        nodes = tuple(node.short for node in review.answers.nodes)
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
            return self.followed(review)
        held = locks(self.session.locked)
        if held:
            say(held)
        if review.unseen or review.blockers or not review.plan:
            return self._blocked(review)
        for command in review.plan.commands:
            say(f"  [{command.host}] ({command.danger.value}) {command.shown}")
            for line in cut(change(command), MOST, "`show` has all"):
                say(f"      {line}")
        lasting = len(review.plan.lasting)
        if lasting:
            say(f"  No command undoes {lasting} of them; `show` says of each how it is undone.")
        prompt = f"{counted(len(review.plan), 'command')}. What now?"
        wanted = self._picked(review, prompt, MENU, RUN)
        return self._carried_out(review, wanted)

    def _blocked(self, review: Review) -> Review:
        """Say why no command can be run; unknown host keys can be accepted on the spot."""
        say(findings(review.blockers or review.problems))
        if self._accepted(review):
            return self.session.review(self.step)
        prompt = "BLOCKED, or not to be mended by a command. What now?"
        wanted = self._picked(review, prompt, BLOCKED_MENU, LOOK)
        return self._carried_out(review, wanted)

    def _accepted(self, review: Review) -> bool:
        """Whether there were unknown host keys and the operator accepted all of them."""
        unknown = unknown_keys(review.unseen)
        if not unknown:
            return False
        if not self.asker.yes("Have you compared the fingerprints, and are all of them right?"):
            return False
        accept(unknown, self.session.store)
        return True

    def _picked(self, review: Review, prompt: str, menu: Menu, default: Choice) -> str:
        """What the operator wants next."""
        entries = menu
        if not self._can_ask(review):
            entries = tuple(choice for choice in menu if choice is not ASK)
        return self.asker.pick(prompt, entries, default.value)

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
                    _print_scripts(review)
                case _:
                    self._shell()
        except Back:
            self.session.secrets.forget()
            say("back: nothing was run")
        return review

    def _shell(self) -> None:
        names = [Choice(name, name) for name in self.session.hosts]
        picked = self.asker.pick("On which host?", names)
        host = self.session.hosts[picked]
        # How the operator's shell ended is nothing that the wizard judges.
        subprocess.run(host.shell(), check=False)


def catch_up(session: Session, asker: Asker) -> None:
    """Follow what an earlier run left at work: a host that reboots hides all other steps.

    Raises Leave or Back.
    """
    for step in session.in_flight:
        review = session.review(step)
        if review.flights:
            say(f"{step.title}, from before:")
            LineStep(session, asker, step).followed(review)


def _show(review: Review) -> None:
    for command in review.plan.commands:
        say(f"\n[{command.host}] {command.shown}")
        say(about(command))


def _print_scripts(review: Review) -> None:
    plan = review.plan
    for host in plan.hosts:
        # Not wrapped: a script may be copied from the screen.
        say_exactly(plan.script(host))
        back = plan.script_back(host)
        if back:
            say_exactly(back)


def _present(value: BaseModel) -> str:
    """The answers of a section as they are now."""
    lines = []
    for question in questions(type(value)):
        now = value_of(value, question)
        answer = _answer(question, now) or "(not decided)"
        lines.append(f"  {question.text}: {answer}")
    return "\n".join(lines)


def _answer(question: Question, now: object) -> str:
    """An answer on one line; those for each node and the items of a list part at semicolons."""
    if question.how == "list" and isinstance(now, list):
        items = [summary(item) for item in now]
        return "; ".join(items)
    if isinstance(now, dict):
        nodes = [f"{node}: {shown(given)}" for node, given in now.items()]
        return "; ".join(nodes)
    return shown(now)
