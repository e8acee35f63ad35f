"""A diagnosis as JSON, with a schema: what `ganeti-wizard recover diagnose --json` prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from wizard.verbs.lock_document import LockDocument, lock_document, moment

if TYPE_CHECKING:
    from wizard.model.recovery import Diagnosis, Evidence, Runbook, Seen, Situation, Word

VERSION: Literal[2] = 2
"""Goes up with every change of the form, a new field too: the schema admits none that it does not
name.
"""
_STRICT = ConfigDict(extra="forbid")


class EvidenceDocument(BaseModel):
    """One thing that was read."""

    model_config = _STRICT
    source: str = Field(description="Name of the look, or `ssh`")
    host: str = Field(description="Where it was read; `this machine` is where the program runs")
    what: str = Field(description="What was read, in words")
    time: str = Field(description="When, by that host's clock: ISO 8601, UTC; empty when not told")


class PresenceDocument(BaseModel):
    """Whether a machine is there. Silent is not dead."""

    model_config = _STRICT
    state: Literal["answers", "answers in part", "alive", "silent", "unseen"]
    vantages: list[str] = Field(description="From where it was looked at")
    near: list[str] = Field(description="Those on its own network segment, which asked by ARP")
    readings: int = Field(description="The fewest readings that one of them took")
    since: str = Field(description="When the first of them began; empty when nobody looked")
    until: str = Field(description="When the last of them ended; empty when nobody looked")
    evidence: list[EvidenceDocument]


class HostDocument(BaseModel):
    """One machine as it was found."""

    model_config = _STRICT
    name: str
    role: Literal["node", "instance", "backup host"]
    presence: PresenceDocument
    facts: list[str] = Field(description="The looks that came to their end")
    lacking: list[str] = Field(description="The looks that did not")
    age: float | None = Field(description="Seconds since the facts arrived; null without any")


class WordDocument(BaseModel):
    """One line of what to do."""

    model_config = _STRICT
    text: str = Field(description="A command, or what a person does")
    host: str = Field(description="Where a command is typed; empty: on the operator's own machine")
    command: bool = Field(description="Whether it is a command")
    danger: Literal[
        "reads only", "changes the system", "interrupts service", "destroys data"
    ]  # fmt: skip


class RunbookDocument(BaseModel):
    """One way out."""

    model_config = _STRICT
    id: str
    title: str
    offered: bool = Field(description="Whether it may be gone now")
    reason: str = Field(description="Why it must not; empty when it may")
    lifted: str = Field(description="Which reading would lift the refusal")
    words: list[WordDocument] = Field(description="What to do, in order")


class SituationDocument(BaseModel):
    """One thing that is the matter; its ways out, the safest first."""

    model_config = _STRICT
    id: str
    title: str
    confidence: Literal["certain", "likely", "possible"]
    evidence: list[EvidenceDocument]
    runbooks: list[RunbookDocument]


class DiagnosisDocument(BaseModel):
    """What `ganeti-wizard recover diagnose --json` prints."""

    model_config = ConfigDict(extra="forbid", title="ganeti-wizard recover diagnose")
    version: Literal[2] = Field(description="Version of this document's form")
    taken: str = Field(description="When the look began: ISO 8601, UTC, by this machine's clock")
    seconds: float = Field(description="How long it took")
    cluster: str = Field(description="Full name of the cluster")
    exit: Literal[0, 5, 6] = Field(
        description="Exit code: 0 nothing is the matter, 5 something is, 6 no machine let it look"
    )
    vantages: list[str] = Field(description="The places that looked for the others")
    hosts: list[HostDocument]
    situations: list[SituationDocument] = Field(
        description="What is the matter, in the order in which it is to be settled"
    )
    locks: list[LockDocument] = Field(
        description="The hosts that another wizard changes just now, which is no situation"
    )


def schema() -> str:
    """The JSON schema of the document."""
    return json.dumps(DiagnosisDocument.model_json_schema(), indent=1) + "\n"


def document(diagnosis: Diagnosis) -> str:
    """The diagnosis as JSON."""
    findings = diagnosis.findings
    made = DiagnosisDocument(
        version=VERSION,
        taken=moment(diagnosis.taken),
        seconds=round(diagnosis.seconds, 1),
        cluster=diagnosis.cluster,
        exit=diagnosis.exit.value,
        vantages=list(findings.vantages),
        hosts=[_host(seen) for seen in findings.hosts],
        situations=[_situation(situation) for situation in findings.situations],
        locks=[lock_document(lock) for lock in diagnosis.locks],
    )
    # In ASCII: what a machine said comes whole to a program, and commands no terminal.
    return json.dumps(made.model_dump(mode="json"), indent=1) + "\n"


def _evidence(evidence: Evidence) -> EvidenceDocument:
    return EvidenceDocument(
        source=evidence.source,
        host=evidence.host,
        what=evidence.what,
        time=moment(evidence.time),
    )


def _host(seen: Seen) -> HostDocument:
    there = seen.presence
    return HostDocument(
        name=seen.name,
        role=seen.role,
        presence=PresenceDocument(
            state=there.state.value,
            vantages=list(there.vantages),
            near=list(there.near),
            readings=there.readings,
            since=moment(there.since),
            until=moment(there.until),
            evidence=[_evidence(sign) for sign in there.signs],
        ),
        facts=list(seen.facts),
        lacking=list(seen.lacking),
        age=None if seen.age is None else round(seen.age, 1),
    )


def _situation(situation: Situation) -> SituationDocument:
    return SituationDocument(
        id=situation.id,
        title=situation.title,
        confidence=situation.confidence.value,
        evidence=[_evidence(evidence) for evidence in situation.evidence],
        runbooks=[_runbook(runbook) for runbook in situation.runbooks],
    )


def _runbook(runbook: Runbook) -> RunbookDocument:
    return RunbookDocument(
        id=runbook.id,
        title=runbook.title,
        offered=runbook.offered,
        reason=runbook.refused,
        lifted=runbook.lifted,
        words=[_word(word) for word in runbook.words],
    )


def _word(word: Word) -> WordDocument:
    return WordDocument(
        text=word.text, host=word.host, command=word.command, danger=word.danger.value
    )
