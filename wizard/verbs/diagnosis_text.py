"""A diagnosis for people: lines of text that need no colour and fit 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wizard.base.exits import Exit
from wizard.model.step import Danger

if TYPE_CHECKING:
    from wizard.model.recovery import Diagnosis, Evidence, Runbook, Seen, Situation, Word

_DANGER = {
    Danger.READ: "",
    Danger.CHANGE: "",
    Danger.OUTAGE: "  [interrupts service]",
    Danger.DESTROY: "  [destroys data]",
}


def text(diagnosis: Diagnosis, width: int = 80) -> str:
    """The whole diagnosis."""
    lines = [*_summary(diagnosis, width), "", "Who is there"]
    read: set[Evidence] = set()
    for situation in diagnosis.findings.situations:
        read.update(situation.evidence)
    for seen in diagnosis.findings.hosts:
        lines += _host(seen, read, width)
    for number, situation in enumerate(diagnosis.findings.situations, 1):
        lines += ["", *_situation(number, situation, width)]
    lines += ["", *_wrapped("", _last(diagnosis), width)]
    # What a machine said reaches a terminal as printable characters only.
    return "\n".join(_printable(line) for line in lines) + "\n"


def _printable(line: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in line)


def _wrapped(head: str, body: str, width: int, indent: int | None = None) -> list[str]:
    room = " " * (len(head) if indent is None else indent)
    return textwrap.wrap(
        " ".join(body.split()),
        width,
        initial_indent=head,
        subsequent_indent=room,
        break_on_hyphens=False,
    ) or [head.rstrip()]


def _summary(diagnosis: Diagnosis, width: int) -> Iterator[str]:
    taken = datetime.fromtimestamp(diagnosis.taken, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    yield from _wrapped(
        "", f"{diagnosis.cluster}, {taken}; looked for {diagnosis.seconds:.0f} s", width
    )
    situations = diagnosis.findings.situations
    if diagnosis.exit is Exit.UNREACHABLE:
        result = "No machine let the wizard look. That says nothing about the cluster."
    elif not situations:
        result = "Nothing is the matter."
    else:
        count = len(situations)
        result = "One thing is the matter:" if count == 1 else f"{count} things are the matter:"
        result += f" {situations[0].title}."
    yield from _wrapped("", result, width)


def _host(seen: Seen, read: set[Evidence], width: int) -> Iterator[str]:
    """One machine; what a situation below tells of it is not told twice."""
    head = f"  {seen.name:<12} {seen.role:<12} "
    yield from _wrapped(head, _standing(seen), width)
    if seen.presence.state.value != "answers":
        for sign in seen.presence.signs:
            if sign not in read:
                yield from _told(sign, width)
    if seen.lacking and seen.facts:
        yield from _wrapped(" " * 6 + "- ", f"lacking: {', '.join(seen.lacking)}", width)


def _standing(seen: Seen) -> str:
    there = seen.presence
    words = there.state.value
    if there.vantages and not seen.facts:
        words += f"; looked for from {', '.join(there.vantages)}"
        words += f", {there.readings} reading" + ("s" if there.readings != 1 else "")
    return words


def _told(evidence: Evidence, width: int) -> list[str]:
    where = ", ".join(part for part in (evidence.host, evidence.source) if part)
    if evidence.time:
        where += datetime.fromtimestamp(evidence.time, UTC).strftime(" %H:%M:%S")
    return _wrapped(" " * 6 + "- ", f"{evidence.what} ({where})", width, 8)


def _situation(number: int, situation: Situation, width: int) -> Iterator[str]:
    head = f"{number}. "
    title = f"{situation.title} [{situation.id}, {situation.confidence.value}]"
    yield from _wrapped(head, title, width)
    yield "   Read:"
    for evidence in situation.evidence:
        yield from _told(evidence, width)
    yield "   What to do, the safest first:"
    for letter, runbook in zip("abcdefghij", situation.runbooks, strict=False):
        yield from _runbook(letter, runbook, width)


def _runbook(letter: str, runbook: Runbook, width: int) -> Iterator[str]:
    if not runbook.offered:
        yield from _wrapped(f"   {letter}) NOT NOW: ", f"{runbook.title}", width, 6)
        yield from _wrapped("      because ", runbook.refused, width, 8)
        if runbook.lifted:
            yield from _wrapped("      until ", runbook.lifted, width, 8)
        return
    yield from _wrapped(f"   {letter}) ", runbook.title, width)
    for word in runbook.words:
        yield from _word(word, width)


def _word(word: Word, width: int) -> list[str]:
    if not word.command:
        return _wrapped("      - ", word.text, width, 8)
    # A command stays on one line, however long: it may be copied.
    where = f"{word.host}# " if word.host else "$ "
    return [f"      {where}{word.text}{_DANGER[word.danger]}"]


def _last(diagnosis: Diagnosis) -> str:
    if diagnosis.exit is Exit.OK:
        return "Nothing was changed on any machine."
    return (
        "Nothing was changed on any machine. Silent is not dead: a machine is dead when somebody "
        "took its power away. Look again before each step: ganeti-wizard recover diagnose"
    )
