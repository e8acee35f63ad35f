"""The texts of the step screen and of line mode: reasons, verdicts, warnings. Plain strings, no
widget.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from screens.shared.words import signed
from wizard.base.names import counted
from wizard.model.changes import change, cut
from wizard.model.plan import TURNING, Plan
from wizard.model.review import Review, State
from wizard.model.step import Command, Danger, Finding, Step
from wizard.model.undo import Undo, in_words
from wizard.remote import kinds
from wizard.remote.host_lock import Holder
from wizard.run.others import told

MOST = 40
"""Lines of a file's change beside the plan; where all of a command is shown, all of them are."""


def about(command: Command, most: int | None = None) -> str:
    """All that is known of a command, for reading: of a file's change, `most` lines."""
    lines = [
        f"why     {command.why}",
        f"danger  {command.stakes}",
        f"undo    {in_words(command.undo)}",
    ]
    if command.turning:
        lines.append(TURNING)
    if command.guard:
        lines.append(f"only if {command.guard}")
    how = kinds.of(command.kind).words.about
    if how:
        lines.append(f"how     {how}")
    if command.minutes:
        lines.append(f"takes   about {command.minutes:g} min")
    lines += _changes(command, most)
    lines.append(f"runs    {command.line}")
    if command.send:
        lines.append("with this file on its standard input:")
        lines.append(command.send)
    if command.stdin is not None:
        lines.append("with this on its standard input:")
        lines.append(command.stdin)
    if command.prompts:
        asked = "; ".join(prompt.label for prompt in command.prompts)
        lines.append(f"and, asked of you before the run: {asked}")
    if isinstance(command.undo, Undo):
        lines.append("undone by")
        lines.append(command.undo.line)
    return "\n".join(lines)


def _changes(command: Command, most: int | None) -> list[str]:
    """What becomes of a file, `most` lines of it; none where a command replaces none."""
    changed = change(command)
    if not changed:
        return []
    if most is not None:
        changed = cut(changed, most, "Enter shows all")
    return ["changes", *changed]


def findings(found: Sequence[Finding]) -> str:
    """Findings as text: what is wrong where, and how to mend it."""
    return "\n\n".join(_finding(finding) for finding in found)


def _finding(finding: Finding) -> str:
    where = finding.host or "all hosts"
    return f"! {where}: {finding.what}\n  To mend it: {finding.remedy}"


def reasons(step: Step) -> str:
    """Why a step is there, what 2009 typed, what runs today."""
    paragraphs = [step.title, step.reason.strip()]
    # What is done after an accident has nothing in the article.
    if step.then:
        paragraphs.append(f"Then (2009):\n{_indented(step.then)}")
    paragraphs.append(f"Now:\n{_indented(step.now)}")
    if step.minutes:
        paragraphs.append(f"Takes about {step.minutes:g} min.")
    return "\n\n".join(paragraphs)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.strip().splitlines())


def verdict(review: Review) -> str:
    """What the last look says, host by host."""
    lines = []
    away = review.facts.missing.keys() - review.unseen.keys()
    for host in review.step.hosts(review.answers):
        state = signed(review.state_of(host))
        if host in away:
            state = "[-] away; this step does without it"
        lines.append(f"{host:<12} {state}")
    lines.append("")
    if review.state is State.DONE:
        whom = "every host"
        if away:
            whom = "every host that answers"
        lines.append(f"DONE: verified on fresh facts from {whom}.")
        return "\n".join(lines)
    wrong = review.problems or review.blockers
    for finding in wrong:
        lines.append(_finding(finding))
    if review.plan:
        planned = counted(len(review.plan), "command is", "commands are")
        lines.append(f"{planned} planned; the Plan part shows them.")
    return "\n".join(lines)


def locks(holders: Mapping[str, Holder]) -> str:
    """Who else changes hosts just now; "" for nobody."""
    lines = []
    for host, words in told(holders):
        lines.append(f"{host} is locked: {words}")
    return "\n".join(lines)


def afterwards(review: Review, *, blocked: bool, opens: str = "") -> str:
    """What F8 does next; `opens` is the step that it opens where this one is blocked."""
    if review.unseen:
        unseen = ", ".join(review.unseen)
        return f"not looked at: {unseen}; F8 or F5 looks again"
    if review.flights:
        busy = ", ".join(flight.host for flight in review.flights)
        return f"a command goes on on {busy}: F5 follows it"
    if blocked and opens:
        return f"BLOCKED: see the Plan part. F8 there opens `{opens}`, F5 looks again"
    if blocked:
        return "BLOCKED: mend what the Plan part names, then F5 looks again"
    if review.state is State.DONE:
        return "DONE: nothing to do, verified. F8 goes on to the next step."
    if review.state is State.WRONG:
        return "WRONG: the Verify part says what and how to mend it; F5 looks again"
    number = len(review.plan)
    hosts = ", ".join(review.plan.hosts)
    return f"{counted(number, 'command')} for {hosts}. F8 goes on."


def at_stake(plan: Plan, word: str) -> str:
    """What the commands behind one confirmation do, and where."""
    lines = []
    for command in plan.commands:
        if command.confirm == word:
            risk = command.risk or command.shown
            lines.append(f"{command.host}: {risk}")
    # Several commands of a disk often have one risk: it is said once.
    return "\n".join(dict.fromkeys(lines))


def warning(plan: Plan, own: Sequence[str], resume: str) -> str:
    """What is at stake in a plan that interrupts service or destroys data."""
    lines = []
    for command in plan.commands:
        if command.danger in (Danger.OUTAGE, Danger.DESTROY):
            risk = command.risk or command.why
            lines.append(f"{command.host}: {command.shown}")
            lines.append(f"  {command.danger.value}: {risk}")
    for host in own:
        lines += [
            "",
            f"{host} is the machine that this wizard runs on: it ends with the reboot.",
            f"Go on afterwards, as root on {host}, with:",
            f"  {resume}",
        ]
    return "\n".join(lines)
