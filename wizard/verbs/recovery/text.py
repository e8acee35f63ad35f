"""A diagnosis for people: lines of text that need no colour and fit 80 columns.

The whole of it is printed; each part alone is what a screen shows of one row.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from wizard.base.exits import Exit
from wizard.base.names import counted
from wizard.base.plain import plain_line
from wizard.model.step import Danger

if TYPE_CHECKING:
    from wizard.model.recovery import Diagnosis, Evidence, Runbook, Seen, Situation, Word

_DANGER = {
    Danger.READ: "",
    Danger.CHANGE: "",
    Danger.OUTAGE: "  [interrupts service]",
    Danger.DESTROY: "  [destroys data]",
}


_NO_MATTER = {
    Exit.OK: "Nothing is the matter any more.",
    Exit.PENDING: "",
    Exit.UNREACHABLE: "No machine let the wizard look.",
}
_ITEM = "      - "
"""The head of one item of a list."""


class _Line(NamedTuple):
    """A line before it is wrapped."""

    head: str
    body: str = ""
    """Without one the head is the line, and is not wrapped."""
    below: int | None = None
    """Where the body goes on, in blanks from the left; None: below its beginning."""


_EMPTY = _Line("")


def text(diagnosis: Diagnosis, width: int = 80) -> str:
    """The whole diagnosis."""
    return f"{_text(_lines(diagnosis), width)}\n"


def in_short(diagnosis: Diagnosis) -> str:
    """All that is the matter, on one line."""
    titles = [found.title for found in diagnosis.findings.situations]
    return plain_line("; ".join(titles) or _NO_MATTER[diagnosis.exit])


def why_over(diagnosis: Diagnosis) -> str:
    """Why a wait ended beside something that is the matter."""
    return "The wait is over" if diagnosis.may_pass else "Nothing of this passes by waiting"


def waited(diagnosis: Diagnosis, next_thing: str) -> str:
    """Why a wait ended, and what comes next where something is the matter."""
    if diagnosis.exit is Exit.OK:
        return _NO_MATTER[Exit.OK]
    return f"{why_over(diagnosis)}; {next_thing}"


def left(diagnosis: Diagnosis) -> str:
    """What a runbook that came to its end leaves."""
    if diagnosis.exit is not Exit.PENDING:
        return _NO_MATTER[diagnosis.exit]
    lines = ["What is still the matter:"]
    for found in diagnosis.findings.situations:
        lines.append(plain_line(f"   {found.title}"))
    lines.append("   ganeti-wizard recover diagnose")
    return "\n".join(lines)


def machine(seen: Seen, width: int) -> str:
    """One machine with all that was read of it."""
    return _text(_host(seen, set()), width)


def situation(found: Situation, width: int) -> str:
    """One situation and its evidence, without the ways out."""
    lines = [_Line("", _titled(found)), *map(_told, found.evidence)]
    return _text(lines, width)


def way_out(runbook: Runbook, width: int) -> str:
    """One way out: its words, or why it must not be gone now."""
    return _text(_runbook("", runbook), width)


def timeline(diagnosis: Diagnosis, width: int) -> str:
    """What the machines remember of the last days, in order; "" where they told nothing."""
    return _text(map(_remembered, diagnosis.findings.timeline), width)


def _text(lines: Iterable[_Line], width: int) -> str:
    parts = []
    for line in lines:
        for part in _wrapped(line, width):
            parts.append(plain_line(part))
    return "\n".join(parts)


def _remembered(event: Evidence) -> _Line:
    moment = datetime.fromtimestamp(event.time, UTC)
    stamp = moment.strftime("%m-%d %H:%M:%S")
    return _Line(f"{stamp} {event.host:<8} ", event.what)


def _wrapped(line: _Line, width: int) -> list[str]:
    body = " ".join(line.body.split())
    if not body:
        return [line.head.rstrip()]
    below = len(line.head) if line.below is None else line.below
    return textwrap.wrap(
        body,
        width,
        initial_indent=line.head,
        subsequent_indent=" " * below,
        break_on_hyphens=False,
    )


def _lines(diagnosis: Diagnosis) -> Iterator[_Line]:
    findings = diagnosis.findings
    told_below: set[Evidence] = set()
    for found in findings.situations:
        told_below.update(found.evidence)
    yield from _summary(diagnosis)
    for lock in diagnosis.locks:
        yield _Line("   ", lock.line)
    yield _EMPTY
    yield _Line("Who is there")
    for seen in findings.hosts:
        yield from _host(seen, told_below)
    for number, found in enumerate(findings.situations, 1):
        yield _EMPTY
        yield from _situation(number, found)
    yield _EMPTY
    yield _Line("", _last(diagnosis))


def _summary(diagnosis: Diagnosis) -> Iterator[_Line]:
    """When it was made, of which cluster, and the gravest thing."""
    moment = datetime.fromtimestamp(diagnosis.taken, UTC)
    taken = moment.strftime("%Y-%m-%d %H:%M:%S UTC")
    yield _Line("", f"{diagnosis.cluster}, {taken}; looked for {diagnosis.seconds:.0f} s")
    yield _Line("", result(diagnosis))


def result(diagnosis: Diagnosis) -> str:
    """The gravest thing, in one sentence."""
    situations = diagnosis.findings.situations
    if diagnosis.exit is Exit.UNREACHABLE:
        return "No machine let the wizard look. That says nothing about the cluster."
    if not situations:
        return "Nothing is the matter."
    gravest = situations[0].title
    if len(situations) == 1:
        return f"One thing is the matter: {gravest}."
    return f"{len(situations)} things are the matter: {gravest}."


def _host(seen: Seen, told_below: set[Evidence]) -> Iterator[_Line]:
    """One machine; what a situation below tells of it is not told twice."""
    head = f"  {seen.name:<12} {seen.role:<12} "
    yield _Line(head, standing(seen))
    # Of a machine that answers, its facts say more than its signs of life.
    if seen.presence.state.value != "answers":
        for sign in seen.presence.signs:
            if sign not in told_below:
                yield _told(sign)
    # Without any fact all of them are lacking, and the line above has said why.
    if seen.lacking and seen.facts:
        lacking = ", ".join(seen.lacking)
        yield _Line(_ITEM, f"lacking: {lacking}")


def standing(seen: Seen) -> str:
    """How a machine stands; of one that let nobody in, also from where it was looked for."""
    there = seen.presence
    state = there.state.value
    if seen.facts or not there.vantages:
        return state
    places = ", ".join(there.vantages)
    readings = counted(there.readings, "reading")
    return f"{state}; looked for from {places}, {readings}"


def _told(evidence: Evidence) -> _Line:
    """What was read, and by which look on which host; its time by that host's clock."""
    origin = [part for part in (evidence.host, evidence.source) if part]
    where = ", ".join(origin)
    if evidence.time:
        moment = datetime.fromtimestamp(evidence.time, UTC)
        where += moment.strftime(" %H:%M:%S")
    return _Line(_ITEM, f"{evidence.what} ({where})")


def _titled(found: Situation) -> str:
    return f"{found.title} [{found.id}, {found.confidence.value}]"


def _situation(number: int, found: Situation) -> Iterator[_Line]:
    yield _Line(f"{number}. ", _titled(found))
    yield _Line("   Read:")
    for evidence in found.evidence:
        yield _told(evidence)
    yield _Line("   What to do, the safest first:")
    for letter, runbook in zip("abcdefghij", found.runbooks, strict=False):
        yield from _runbook(letter, runbook)


def _runbook(letter: str, runbook: Runbook) -> Iterator[_Line]:
    """A way out; of one that is refused only why, and what would have to be so instead.

    Without a letter it stands alone.
    """
    head = f"   {letter}) " if letter else ""
    if not runbook.offered:
        yield _Line(f"{head}NOT NOW: ", runbook.title, below=6)
        yield _Line("      because ", runbook.refused, below=8)
        if runbook.lifted:
            yield _Line("      until ", runbook.lifted, below=8)
        return
    yield _Line(head, runbook.title)
    for word in runbook.words:
        yield _word(word)


def _word(word: Word) -> _Line:
    if not word.command:
        return _Line(_ITEM, word.text)
    # A command stays on one line, however long: it may be copied.
    prompt = f"{word.host}# " if word.host else "$ "
    danger = _DANGER[word.danger]
    return _Line(f"      {prompt}{word.text}{danger}")


def _last(diagnosis: Diagnosis) -> str:
    if diagnosis.exit is Exit.OK:
        return "Nothing was changed on any machine."
    return (
        "Nothing was changed on any machine. Silent is not dead: a machine is dead when somebody "
        "took its power away. Look again before each step: ganeti-wizard recover diagnose"
    )
