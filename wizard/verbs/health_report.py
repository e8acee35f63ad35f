"""A health report as text, as JSON with a schema, and as the verb `health` of the command line."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from wizard.base.errors import WizardError
from wizard.base.exits import Exit, Plugin
from wizard.base.stdio import say
from wizard.daily.health import look
from wizard.model.verdicts import Level, Report, Verdict
from wizard.verbs.lock_document import LockDocument, lock_document, moment

if TYPE_CHECKING:
    from wizard.run.session import Session

VERSION: Literal[3] = 3
"""Goes up with every change of the form, a new field too: the schema admits none that it does not
name.
"""
LevelWord = Literal["ok", "not set up", "unknown", "warning", "critical"]


AFTER_ACCIDENT = "After an accident: ganeti-wizard recover"


class CheckDocument(BaseModel):
    """One verdict."""

    model_config = ConfigDict(extra="forbid")
    check: str = Field(description="Name of the check: raid, drbd, volume, …")
    host: str = Field(
        description="Short name of the node or guest; empty for the cluster as a whole"
    )
    level: LevelWord = Field(description="How bad it is; `not set up` counts as ok")
    what: str = Field(description="What was found")
    mend: str = Field(description="How to mend it; empty when there is nothing to mend")
    step: str = Field(
        "",
        description="Id of the step that mends it, after what `mend` asks for by hand; left out "
        "when no step does",
    )


class HealthDocument(BaseModel):
    """What `ganeti-wizard health --json` prints."""

    model_config = ConfigDict(extra="forbid", title="ganeti-wizard health")
    version: Literal[3] = Field(description="Version of this document's form")
    time: str = Field(description="When the hosts were looked at: ISO 8601, UTC")
    seconds: float = Field(description="How long the look took")
    cluster: str = Field(
        description="Full name of the cluster; empty when the look could not begin"
    )
    level: LevelWord = Field(description="The worst level of all checks")
    exit: Literal[0, 1, 2, 3] = Field(
        description="Exit code: 0 ok, 1 warning, 2 critical, 3 unknown"
    )
    summary: str = Field(description="The first line of the text")
    checks: list[CheckDocument] = Field(description="All verdicts in the order of the checks")
    locks: list[LockDocument] = Field(
        default_factory=list,
        description="The hosts that another wizard changes just now, which is no verdict and "
        "changes no level; left out when there are none",
    )


def schema() -> str:
    """The JSON schema of the document."""
    import json

    return json.dumps(HealthDocument.model_json_schema(), indent=1) + "\n"


def document(report: Report) -> str:
    """The report as JSON."""
    checks = [
        CheckDocument(
            check=one.check,
            host=one.host,
            level=one.level.value,
            what=one.what,
            mend=one.remedy,
            step=one.step,
        )
        for one in report.verdicts
    ]
    made = HealthDocument(
        version=VERSION,
        time=moment(report.taken),
        seconds=round(report.seconds, 1),
        cluster=report.cluster,
        level=report.level.value,
        exit=report.level.code.value,
        summary=summary(report),
        checks=checks,
        locks=[lock_document(lock) for lock in report.locks],
    )
    return made.model_dump_json(indent=1, exclude_defaults=True) + "\n"


def summary(report: Report) -> str:
    """One line, as monitoring shows it: level, counts, the first of the worst. No `|`: figures
    would begin there.
    """
    counts = []
    for level in reversed(Level):
        number = len(report.of(level))
        if number:
            counts.append(f"{number} {level.value}")
    text = f"{report.level.value.upper()}: "
    if report.cluster:
        text += f"{report.cluster}: "
    text += ", ".join(counts) or "nothing was looked at"
    worst = report.of(report.level)
    if worst and report.level is not Level.OK:
        text += "; "
        if worst[0].host:
            text += f"{worst[0].host}: "
        text += worst[0].what
    return text.replace("|", "/").replace("\n", " ")


def lines(verdict: Verdict, width: int) -> list[str]:
    """One verdict as lines of text: level, check, host, what; below it how to mend it."""
    paragraphs = [verdict.what]
    if verdict.remedy:
        paragraphs.append(f"To mend it: {verdict.remedy}")
    return _lines(verdict.level.value, verdict.check, verdict.host, paragraphs, width)


def _lines(level: str, check: str, host: str, paragraphs: Sequence[str], width: int) -> list[str]:
    head = f"{f'[{level}]':<13}{check:<14}{host or 'cluster':<9}"
    room = max(30, width - len(head))
    said = []
    for paragraph in paragraphs:
        said += textwrap.wrap(paragraph, room, break_on_hyphens=False) or [""]
    margin = " " * len(head)
    return [head + said[0], *(margin + line for line in said[1:])]


def text(report: Report, width: int = 100) -> str:
    """The report for people, the worst first; no colour needed."""
    shown = [summary(report)]
    for lock in report.locks:
        shown += _lines("information", "lock", lock.host, [lock.what], width)
    for verdict in report.sorted:
        shown += lines(verdict, width)
    if report.level is Level.CRITICAL:
        shown.append(AFTER_ACCIDENT)
    return "\n".join(shown).replace("|", "/") + "\n"


def failed(error: WizardError) -> Report:
    """The report of a look that could not begin."""
    where = f"{error.where}: " if error.where else ""
    return Report("", (Verdict("wizard", "", Level.UNKNOWN, f"{where}{error.what}", error.mend),))


def run(session: Session, *, as_json: bool = False, fresh: bool = False) -> Plugin:
    """Look, print, and return the exit code of a monitoring plugin."""
    import shutil

    if session.checkup is None:
        raise WizardError("this build has no health checks", code=Exit.STATE)
    session.connect()
    report = look(session, session.checkup, fresh=fresh)
    width = min(140, shutil.get_terminal_size().columns) if sys.stdout.isatty() else 120
    say(document(report) if as_json else text(report, width), end="")
    return report.level.code
