"""The report of an accident, in Markdown, told from its journal alone."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.base.plain import plain_line
from wizard.daily.accident import Accident
from wizard.model.accident import FENCED
from wizard.model.recovery import Diagnosis
from wizard.state.journal import Record

BEFORE = "before"
"""The kind of the record with what was the matter when a run began; AFTER when it ended."""
AFTER = "after"
CLAIM = "claim"
CHOICE = "choice"
CLOSED = "closed"
OUTAGE = "outage"
"""How long an instance did not answer while it was moved."""
HANDOVER = "handover"
"""A node is free to be worked on; BACK when it is to be taken back."""
BACK = "back"
COPY = "copy"
"""Where a copy of the report was left, or why none could be."""


def told(diagnosis: Diagnosis) -> list[dict[str, object]]:
    """What is the matter, as a record of the journal has it."""
    rows: list[dict[str, object]] = []
    for situation in diagnosis.findings.situations:
        evidence = []
        for one in situation.evidence:
            where = one.host or "both sides"
            evidence.append(f"{where}, {one.source}: {one.what}")
        row: dict[str, object] = {
            "id": situation.id,
            "title": situation.title,
            "evidence": evidence,
        }
        rows.append(row)
    return rows


def report(accident: Accident, *, ends: bool = False) -> str:
    """The whole text; `ends`: the runbook comes to its end with this report."""
    return "\n".join(_lines(accident, ends=ends)) + "\n"


def _lines(accident: Accident, *, ends: bool) -> Iterator[str]:
    case = accident.case
    records = accident.records
    ended = "has not come to its end"
    if ends or accident.closed:
        ended = "came to its end"
    yield f"# {case.runbook}, {case.accident}"
    yield ""
    yield f"Worked off by {case.owner}. The runbook {ended}."
    if case.subject:
        yield ""
        yield f"It is about {_plain(case.subject)}, and the way went to {_plain(case.target)}."
    yield from _situations("What was the matter", _last(records, BEFORE, first=True))
    yield from _claims(records)
    yield from _timeline(records)
    yield from _situations("What is still the matter", _last(records, AFTER))
    yield ""
    yield "The evidence of each server from before the first change is in `bundle/`, whole outputs"
    yield "of the commands in `log/`, both in this folder:"
    machine = case.owner.partition(":")[0]
    yield _plain(f"{machine}:{accident.store.folder.absolute()}")


def _last(records: list[Record], kind: str, *, first: bool = False) -> Record | None:
    found = [record for record in records if record["kind"] == kind]
    if not found:
        return None
    return found[0] if first else found[-1]


def _situations(title: str, record: Record | None) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""
    if record is None:
        yield "It was not looked at."
        return
    if not record["situations"]:
        yield f"Nothing, at {record['at']}."
    for situation in record["situations"]:
        yield f"- {_plain(situation['title'])} [{_plain(situation['id'])}]"
        for evidence in situation["evidence"]:
            yield f"    - {_plain(evidence)}"


def _plain(text: object) -> str:
    """What machines said, as one line that neither Markdown nor a terminal takes for a command."""
    plain = plain_line(str(text))
    plain = plain.replace("`", "'")
    plain = plain.replace("<", "(")
    return plain.replace(">", ")")


def _claims(records: list[Record]) -> Iterator[str]:
    claims = [record for record in records if record["kind"] == CLAIM]
    if not claims:
        return
    yield ""
    yield "## What was said about a machine's power"
    yield ""
    for claim in claims:
        how = FENCED.get(str(claim["fenced"]), "unknown")
        yield f"- {claim['at']}: {_plain(claim['node'])} is dead: {how}. Silent in two looks."


def _timeline(records: list[Record]) -> Iterator[str]:
    yield ""
    yield "## Timeline"
    yield ""
    for record in records:
        text = _event(record)
        if text:
            yield f"- {record['at']} {text}"


def _event(record: Record) -> str:
    """One record as a line of the timeline; "" for those that say nothing to people."""
    host = record.get("host", "")
    line = _plain(record.get("line", ""))
    match record["kind"]:
        case "consent":
            words = ", ".join(record["typed"])
            typed = f", typed: {_plain(words)}" if words else ""
            return f"{record['step']}: {record['commands']} commands agreed to{typed}"
        case "start":
            return f"[{host}] begins: {line}"
        case "end":
            how = "ended well" if record["ok"] else "FAILED"
            return f"[{host}] {how}, exit {record['rc']}, {record['seconds']} s: {line}"
        case "looked":
            return f"[{host}] found later: {_plain(record['found'])}: {line}"
        case "verified":
            return f"{record['step']}: seen done on the machines"
        case "claim":
            return f"{_plain(record['node'])} said to be dead ({record['fenced']})"
        case "choice":
            return f"chosen: {_plain(record['choice'])} = {_plain(record['value'])}"
        case "outage":
            return _plain(record["told"])
        case "handover":
            return f"{_plain(record['node'])} is free to be worked on"
        case "back":
            return f"{_plain(record['node'])} is to be taken back"
        case "copy":
            return _plain(record["told"])
        case "closed":
            return "the runbook came to its end"
    return ""
