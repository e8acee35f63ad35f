"""`status`: where the build stands by the journal alone. No host is contacted, no lock is taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from wizard.base.exits import Exit
from wizard.base.stdio import say
from wizard.model.flight import Progress
from wizard.run.session import Session
from wizard.state import adopted


def status(session: Session) -> Exit:
    """Print what is claimed, per step and host; Exit.OK when every step was verified."""
    mark = adopted.read(session.store.folder)
    if mark is not None:
        say(f"{session.store.folder}: {mark.words}. Nothing is built here.")
        for line in mark.told:
            say(f"   {line}")
        say("Look what is the matter: ganeti-wizard recover diagnose")
        return Exit.OK
    if not session.resumable:
        return _without_records(session)
    claims = _claims(session)
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


def _without_records(session: Session) -> Exit:
    """The journal says nothing: it was never begun, or what it held is lost."""
    folder = session.store.folder
    if session.journal.torn:
        say(f"The only record of the journal in {folder} is damaged; the hosts will be looked at.")
    elif session.store.begun():
        say(f"There are answers in {folder}, and by the journal nothing was run yet.")
    else:
        say(f"No build was begun in {folder}.")
        return Exit.PENDING
    say(f"What the hosts themselves show: {session.resume_command} verify")
    say(f"Go on with: {session.resume_command}")
    return Exit.PENDING


def _claims(session: Session) -> dict[str, Progress]:
    """What the journal holds of each step, in their order; of one not begun, nothing."""
    progress = session.progress
    return {step.id: progress.get(step.id, Progress()) for step in session.steps}


def _hosts(session: Session) -> list[str]:
    """The hosts of all steps, in the order in which the steps name them."""
    hosts: list[str] = []
    for step in session.steps:
        for host in step.hosts(session.answers):
            if host not in hosts:
                hosts.append(host)
    return hosts


def _rows(session: Session, claims: Mapping[str, Progress]) -> list[list[str]]:
    """A head, then a row a step: its state, and what is claimed of each host."""
    hosts = _hosts(session)
    rows = [["step", "state", *hosts]]
    for name, claim in claims.items():
        row = [name, claim.words]
        row += [claim.hosts.get(host, "-") for host in hosts]
        rows.append(row)
    return rows


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows as text, each column as wide as its longest word and two blanks."""
    widths = []
    for column in zip(*rows, strict=True):
        longest = max(len(word) for word in column)
        widths.append(longest + 2)
    for row in rows:
        line = ""
        for word, width in zip(row, widths, strict=True):
            line += word.ljust(width)
        yield line.rstrip()
