"""Move finished tables to a schema of their own and leave views behind (article, row 18).
Maintenance, once a year.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from steps.archive import checks, mends, sql
from steps.archive.copies import bare, clean, copies, missing
from steps.archive.facts.archive import DATABASE, LEDGER, READER, Database, Entry, client
from steps.archive.facts.archive_places import PLACES
from steps.archive.names import wanted
from steps.archive.scripts import COUNT, RENAME
from steps.archive.state import Place, Standing, litter, standing
from wizard.answers import Answers, Archive
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Kind, Step


def hosts(answers: Answers) -> Sequence[str]:
    """The instance that has the database."""
    return [answers.archive_host] if answers.archive_host else []


def concerned(answers: Answers, seen: Database) -> list[Standing]:
    """Every table that is meant, and every table that the ledger knows."""
    names = {*wanted(answers.archive, seen), *seen.ledger}
    return [standing(answers.archive, seen, name) for name in sorted(names)]


def suggest(answers: Answers, facts: Facts) -> Mapping[str, Any]:
    """Dumps wait on the encrypted volume, where there is one."""
    volume = facts.of(answers.archive_host, DATABASE).volume
    return {"work": f"{volume}/archive"} if volume else {}


def needs_count(seen: Database, one: Standing) -> bool:
    """Whether the count before the move is missing, or the table was written to since."""
    entry = seen.ledger.get(one.name, Entry(one.name))
    written = one.table.written if one.table and one.place is Place.HOME else 0
    return entry.rows_before < 0 or written >= entry.counted > 0


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Prepare; then for each table what is still to do: count, copy twice, move, count again."""
    seen, places = facts.of(answers.archive_host, DATABASE), facts.of(answers.archive_host, PLACES)
    archive = answers.archive
    tables = [one for one in concerned(answers, seen) if one.table is not None]
    rights = {(archive.schema_name, right) for right in ("SELECT", "LOCK TABLES")}
    ready = seen.has_ledger and seen.reader and rights <= seen.reads
    if tables and not ready:
        yield _prepare(answers)
    going = frozenset(
        one.name for one in tables if one.place is Place.HOME and one.name in wanted(archive, seen)
    )
    yield from tidy(answers, seen, going)
    yield from _uncount(answers, seen)
    for one in tables:
        if one.place is not Place.HOME or one.name in going:
            yield from _table(answers, seen, facts, one)
    settled = {
        one.name
        for one in tables
        if not missing(answers, seen.ledger.get(one.name, Entry(one.name)), places)
    }
    yield from clean(answers, seen, settled - going)


def _table(answers: Answers, seen: Database, facts: Facts, one: Standing) -> Iterator[Command]:
    recount = needs_count(seen, one)
    entry = seen.ledger.get(one.name, Entry(one.name))
    if one.table is None:
        return
    if recount:
        yield count(answers, one, "before")
    yield from copies(
        answers, seen, facts.of(answers.archive_host, PLACES), one.table, recount=recount
    )
    if one.place is not Place.MOVED:
        yield _move(answers, one)
    if one.place is not Place.MOVED or entry.rows_after < 0:
        yield count(answers, Standing(one.name, Place.MOVED, one.table), "after")


def _prepare(answers: Answers) -> Command:
    target = answers.archive.schema_name
    return Command(
        host=answers.archive_host,
        argv=client(answers, "mariadb"),
        stdin=sql.prepare(answers.archive),
        why="the archive's schema with a ledger of what was moved, and a locked account that "
        "may only read: in its "
        "name the views read, so nothing can be written through them and the copies stay true",
        undo="the step `unarchive` removes them when the archive is empty",
        title=f"make the schema {target}, its ledger and the account {READER}",
    )


def tidy(answers: Answers, seen: Database, going: frozenset[str]) -> Iterator[Command]:
    """Drop views that an unfinished move or undo left; DROP VIEW refuses a table (error 1347)."""
    for view in litter(answers.archive, seen, going):
        yield Command(
            host=answers.archive_host,
            argv=(
                *client(answers, "mariadb"),
                "-e",
                f"DROP VIEW {sql.path(view.schema, view.name)}",
            ),
            why="a view that an unfinished move left; it holds no rows, and nothing uses it",
            undo="none needed",
        )


def _uncount(answers: Answers, seen: Database) -> Iterator[Command]:
    for name, entry in sorted(seen.ledger.items()):
        if entry.rows_after >= 0 and standing(answers.archive, seen, name).place is Place.GONE:
            yield Command(
                host=answers.archive_host,
                argv=(*client(answers, "mariadb"), "-e", sql.uncount(answers.archive, name)),
                why=(
                    "its rows are nowhere: when a copy was loaded in their place, they are "
                    "to be counted and compared"
                ),
                undo="none needed",
                title=f"take the count of {name} after its move out of the ledger",
            )


def count(answers: Answers, one: Standing, when: str, *mend: str) -> Command:
    """Count a table exactly and enter it into the ledger: before, after, or back, with how to mend
    a difference.
    """
    archive, table = answers.archive, one.table
    at = archive.schema_name if one.place in (Place.MOVED, Place.BARE) else archive.database
    through = archive.database if when == "after" else at
    words = (
        sql.path(at, one.name),
        sql.path(through, one.name),
        one.name,
        sql.path(archive.schema_name, LEDGER),
        when,
    )
    whys = {
        "before": "exact number of rows and checksum, to compare with after the move",
        "after": "the same, counted through the view: it must not have changed",
        "back": (
            "the same as before the move, or the table stays: compared where the "
            "application can only read it"
        ),
    }
    return Command(
        host=answers.archive_host,
        argv=("sh", "-c", COUNT, "count-rows", archive.defaults, *words, *mend),
        kind=Kind.UNIT,
        why=whys[when],
        risk="reads every row",
        undo="none needed: it only writes to the ledger",
        title=f"count {one.name} ({when} the move)"
        if when != "back"
        else f"count {one.name} (before it moves back)",
        minutes=round((table.bytes if table else 0) / 3e9, 1) or 0.1,
    )


def rename(
    answers: Answers, ready: str, move: str, guard: tuple[str, ...] = (), **more: str
) -> Command:
    """A command that moves by RENAME TABLE when nothing is in its way; `guard` is what
    `sql.unwritten` says.
    """
    return Command(
        host=answers.archive_host,
        argv=("bash", "-c", RENAME, "rename-table", answers.archive.defaults, ready, move, *guard),
        kind=Kind.UNIT,
        why=more["why"],
        risk=(
            "no query fails; those on this table wait while running ones end, five seconds "
            "at most at a time"
        ),
        undo=more["undo"],
        title=more["title"],
        minutes=0.1,
    )


def _move(answers: Answers, one: Standing) -> Command:
    archive: Archive = answers.archive
    assert one.table is not None
    back = sql.move_back(archive, one.name, viewed=True).replace("\n", " ").strip()
    if one.place is Place.BARE:
        move = sql.view_again(archive, one.table)
        why = "the rows are in the archive, and nothing stands in their place"
        undo = f"DROP VIEW {sql.path(archive.database, one.name)}"
        return rename(
            answers, "", move, why=why, undo=undo, title=f"leave a view in place of {one.name}"
        )
    ready, move = sql.move(archive, one.table)
    return rename(
        answers,
        ready,
        move,
        sql.unwritten(archive, one.name),
        why=(
            "one statement renames the table into the archive and the view into its place: "
            "a crash leaves all or none"
        ),
        undo=f"the step `unarchive`; by hand: {back}",
        title=f"move {one.name} to {archive.schema_name} and leave a view",
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The same rows as before, our view in place with all columns, and both copies there."""
    host, archive = answers.archive_host, answers.archive
    seen, places = facts.of(host, DATABASE), facts.of(host, PLACES)
    for one in concerned(answers, seen):
        entry = seen.ledger.get(one.name, Entry(one.name))
        if one.place is not Place.MOVED:
            if one.name in wanted(archive, seen) or one.place is not Place.HOME:
                yield _elsewhere(answers, one, entry)
            continue
        if one.view and one.table and one.view.columns != one.table.columns:
            what = f"{archive.schema_name}.{one.name} has other columns than its view"
            yield Finding(host, what, "undo the archive, then archive it again")
        if entry.rows_after < 0:
            yield Finding(host, f"{one.name} was not counted after its move", "run this step")
        elif (entry.rows_before, entry.sum_before) != (entry.rows_after, entry.sum_after):
            yield mends.differs(answers, entry)
        for number, place in missing(answers, entry, places):
            yield Finding(host, f"copy {number} of {one.name} is not at {place}", "run this step")
        for number, place in bare(answers, entry, places):
            what = (
                f"copy {number} of {one.name} at {place} is not encrypted: "
                "archive.recipients came later"
            )
            yield Finding(
                host,
                what,
                "remove it there, then run this step: it encrypts copies for both places",
            )
    for place in archive.places:
        seen_there = places.get(place)
        if seen_there is not None and seen_there.error and seen.ledger:
            what = f"the copies at {place} could not be looked at: {seen_there.error}"
            yield Finding(host, what, "see that the place answers, then look again")


def _elsewhere(answers: Answers, one: Standing, entry: Entry) -> Finding:
    if one.place is Place.GONE:
        return mends.lost(answers, entry)
    if one.place is Place.STRANGE:
        return mends.strange(answers, one.name)
    return Finding(
        answers.archive_host, f"the rows of {one.name} are {one.place.value}", "run this step"
    )


STEP = Step(
    id="archive",
    title="Archive finished tables",
    reason=(
        "A dump grows with the database. Finished tables move to a second schema and views stand "
        "in their place: the dump then carries the views' definitions, not the rows, and the "
        "archive is copied once, to two places."
    ),
    then="MySQL views over another schema, by hand (UTM5 from build 006 on)",
    now=(
        "count, two copies, then one atomic RENAME TABLE that puts the view in the table's "
        "place, and count again"
    ),
    plan=plan,
    verify=verify,
    section=Archive,
    facts=(DATABASE, PLACES),
    blockers=checks.blockers,
    suggest=suggest,
    hosts=hosts,
    minutes=10,
)
