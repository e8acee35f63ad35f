"""The report's copy on the backup host: it outlives the loss of a node, and of this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.base.errors import WizardError
from wizard.base.plain import plain_line
from wizard.model.write import write_file

if TYPE_CHECKING:
    from wizard.daily.accident import Accident
    from wizard.daily.recovering import Recovering

FOLDER = "/var/lib/ganeti-wizard/recover"
"""On the backup host, root's alone, beside the note of a takeover; a file an accident."""
SECONDS = 60.0
"""How long the backup host may take: the service is back, and somebody waits for the end."""


@dataclass(frozen=True)
class Copy:
    """Where the copy lies, or why there is none; without a `host` no backup host is known."""

    host: str
    path: str
    failed: str = ""

    @property
    def told(self) -> str:
        """It in one sentence, for people."""
        if not self.host:
            return "There is no backup host to keep a copy of the report: keep one elsewhere."
        if self.failed:
            return f"{self.host} got NO copy of the report: {self.failed}. Keep one elsewhere."
        return f"A copy of the report is on {self.host}: {self.path}"


def leave_copy(run: Recovering, accident: Accident, text: str) -> Copy:
    """Write the report on the backup host. That it cannot be is no error: it is said.

    No lock is asked for: the file has the accident's name, so nobody else writes it.
    """
    backup = run.build.answers.backup_host
    path = f"{FOLDER}/{accident.case.accident}.md"
    if backup is None:
        return Copy("", path)
    return Copy(backup.short, path, _written(run, backup.short, path, text))


def _written(run: Recovering, place: str, path: str, text: str) -> str:
    """Why it was not written; "" when it was."""
    host = run.build.hosts.get(place)
    silent = run.lookout.facts.missing.get(place) if run.lookout.facts is not None else None
    if host is None or silent is not None:
        # Asked a moment ago: it would only be waited for once more.
        return silent.what if silent is not None else "it cannot be reached from here"
    # What machines said stands in it: like a secret, it is kept in this one place.
    command = write_file(place, path, text, "a copy of the report", mode="600", secret=True)
    try:
        result = host.run(command.argv, stdin=text.encode(), timeout=SECONDS)
    except WizardError as error:
        return error.what
    if result.rc == 0:
        return ""
    return plain_line(result.err.strip()) or f"writing it ended with {result.rc}"
