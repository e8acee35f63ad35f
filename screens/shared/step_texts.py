"""The texts of the step screen and of line mode: reasons, verdicts, warnings. Plain strings, no
widget.
"""

from __future__ import annotations

from collections.abc import Sequence

from screens.shared.words import signed
from wizard.model.plan import Plan
from wizard.model.review import Review, State
from wizard.model.step import Command, Danger, Finding, Step
from wizard.remote import kinds


def about(command: Command) -> str:
    """All that is known of a command, for reading."""
    lines = [
        f"why     {command.why}",
        f"danger  {command.danger.value}" + (f": {command.risk}" if command.risk else ""),
        f"undo    {command.undo or 'none'}",
    ]
    how = kinds.of(command.kind).words.about
    if how:
        lines.append(f"how     {how}")
    if command.minutes:
        lines.append(f"takes   about {command.minutes:g} min")
    lines.append(f"runs    {command.line}")
    if command.stdin is not None:
        lines += ["with this on its standard input:", command.stdin]
    if command.prompts:
        lines.append(
            "and, asked of you before the run: "
            + "; ".join(prompt.label for prompt in command.prompts)
        )
    return "\n".join(lines)


def findings(found: Sequence[Finding]) -> str:
    """Findings as text: what is wrong where, and how to mend it."""
    return "\n\n".join(map(_finding, found))


def _finding(one: Finding) -> str:
    return f"! {one.host or 'all hosts'}: {one.what}\n  To mend it: {one.remedy}"


def reasons(step: Step) -> str:
    """Why a step is there, what 2009 typed, what runs today."""
    lasts = f"\n\nTakes about {step.minutes:g} min." if step.minutes else ""
    then, now = _indent(step.then), _indent(step.now)
    return f"{step.title}\n\n{step.reason.strip()}\n\nThen (2009):\n{then}\n\nNow:\n{now}{lasts}"


def _indent(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.strip().splitlines())


def verdict(review: Review) -> str:
    """What the last look says, host by host."""
    lines = [f"{host:<12} {signed(review.state_of(host))}" for host in _hosts(review)]
    text = list(map(_finding, review.problems or review.blockers))
    if review.state is State.DONE:
        text = ["DONE: verified on fresh facts from every host."]
    elif review.plan:
        text.append(f"{len(review.plan)} commands are planned; the Plan part shows them.")
    return "\n".join([*lines, "", *text])


def _hosts(review: Review) -> list[str]:
    return list(review.step.hosts(review.answers))


def afterwards(review: Review, *, blocked: bool, opens: str = "") -> str:
    """What F8 does next; `opens` is the step that it opens where this one is blocked."""
    if review.facts.missing:
        return f"not looked at: {', '.join(review.facts.missing)}; F8 or F5 looks again"
    if review.flights:
        return f"a command goes on on {', '.join(f.host for f in review.flights)}: F5 follows it"
    if blocked and opens:
        return f"BLOCKED: see the Plan part. F8 there opens `{opens}`, F5 looks again"
    if blocked:
        return "BLOCKED: mend what the Plan part names, then F5 looks again"
    if review.state is State.DONE:
        return "DONE: nothing to do, verified. F8 goes on to the next step."
    if review.state is State.WRONG:
        return "WRONG: the Verify part says what and how to mend it; F5 looks again"
    hosts = ", ".join(review.plan.hosts)
    return f"{len(review.plan)} commands for {hosts}. F8 goes on."


def at_stake(plan: Plan, word: str) -> str:
    """What the commands behind one confirmation do, and where."""
    lines = [f"{c.host}: {c.risk or c.shown}" for c in plan.commands if c.confirm == word]
    return "\n".join(dict.fromkeys(lines))


def warning(plan: Plan, own: Sequence[str], resume: str) -> str:
    """What is at stake in a plan that interrupts service or destroys data."""
    grave = [c for c in plan.commands if c.danger in (Danger.OUTAGE, Danger.DESTROY)]
    lines = [f"{c.host}: {c.shown}\n  {c.danger.value}: {c.risk or c.why}" for c in grave]
    for host in own:
        lines.append(
            f"\n{host} is the machine that this wizard runs on: it ends with the reboot."
            f"\nGo on afterwards, as root on {host}, with:\n  {resume}"
        )
    return "\n".join(lines)
