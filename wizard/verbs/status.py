"""`status`: where the build stands by the journal alone. No host is contacted, no lock is taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.base.exits import Exit
from wizard.base.stdio import say
from wizard.model.flight import Progress
from wizard.run.session import Session


def status(session: Session) -> Exit:
    """Print what is claimed, per step and host; Exit.OK when every step was verified."""
    if not session.resumable:
        say(f"No build was begun in {session.store.folder}.")
        return Exit.PENDING
    progress = session.progress
    claims = {step.id: progress.get(step.id, Progress()) for step in session.steps}
    say(f"Build in {session.store.folder}; by the journal, the hosts were not asked now.")
    for line in _columns(_rows(session, claims)):
        say(line)
    if session.journal.torn:
        say(
            "The last record was torn by a power loss or a kill and was dropped; the hosts "
            "will be looked at."
        )
    if all(claim.verified for claim in claims.values()):
        return Exit.OK
    say(f"Go on with: {session.resume_command}")
    return Exit.PENDING


def _rows(session: Session, claims: dict[str, Progress]) -> list[list[str]]:
    """A head, then a row a step: its state, and what is claimed of each host."""
    hosts: list[str] = []
    for step in session.steps:
        hosts += [host for host in step.hosts(session.answers) if host not in hosts]
    rows = [["step", "state", *hosts]]
    for name, claim in claims.items():
        rows.append([name, _state(claim), *(claim.hosts.get(host, "-") for host in hosts)])
    return rows


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows as text, each column as wide as its longest word and two blanks."""
    widths = [max(map(len, column)) + 2 for column in zip(*rows, strict=True)]
    for row in rows:
        padded = [f"{word:<{width}}" for word, width in zip(row, widths, strict=True)]
        yield "".join(padded).rstrip()


def _state(claim: Progress) -> str:
    if claim.flights:
        return "in flight, outcome unknown"
    unclear = {"failed", "unknown"}.intersection(claim.hosts.values())
    if claim.failed or unclear:
        return "failed or unfinished"
    if claim.verified:
        return f"verified {claim.verified[:16]}"
    return "begun" if claim.hosts else "not begun"
