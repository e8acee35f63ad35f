"""Move finished tables to a schema of their own and leave views behind (article, row 18).
Maintenance, once a year.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from steps.archive import checks, mends, sql, sums
from steps.archive.copies import Places, bare, clean, copies, missing
from steps.archive.facts.archive import DATABASE, client
from steps.archive.facts.archive_places import PLACES
from steps.archive.facts.database import LEDGER, READER, Database, Entry
from steps.archive.names import wanted
from steps.archive.scripts import COUNT, RENAME
from steps.archive.state import Place, Standing, litter, standing
from wizard.answers import Answers, Archive
from wizard.model.facts import Facts
from wizard.model.step import THIS_STEP, Command, Finding, Kind, Step


def hosts(answers: Answers) -> Sequence[str]:
    """The instance that has the database."""
    return [answers.archive_host] if answers.archive_host else []


def concerned(answers: Answers, database: Database) -> list[Standing]:
    """Every table that is meant, and every table that the ledger knows."""
    names = {*wanted(answers.archive, database), *database.ledger}
    return [standing(answers.archive, database, name) for name in sorted(names)]


def suggest(answers: Answers, facts: Facts) -> Mapping[str, Any]:
    """Dumps wait on the encrypted volume, where there is one."""
    volume = facts.of(answers.archive_host, DATABASE).volume
    return {"work": f"{volume}/archive"} if volume else {}


def needs_count(database: Database, table: Standing) -> bool:
    """Whether the count before the move is missing, or the table was written to since."""
    entry = database.entry(table.name)
    if entry.rows_before < 0:
        return True
    if table.table is None or table.place is not Place.HOME:
        return False
    if sums.is_unstable(entry, table.table):
        return True
    return table.table.written >= entry.counted > 0


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Prepare; then for each table what is still to do: count, copy twice, move, count again."""
    database = facts.of(answers.archive_host, DATABASE)
    places = facts.of(answers.archive_host, PLACES)
    meant = wanted(answers.archive, database)
    tables = [table for table in concerned(answers, database) if table.table is not None]
    if tables and not _is_prepared(answers, database):
        yield _prepare(answers)
    going = frozenset(
        table.name for table in tables if table.place is Place.HOME and table.name in meant
    )
    yield from tidy(answers, database, going)
    yield from _uncount(answers, database)
    for table in tables:
        # What is home and no longer meant stays there.
        if table.place is not Place.HOME or table.name in going:
            yield from _table(answers, database, places, table)
    settled = set()
    for table in tables:
        if table.name not in going and not missing(answers, database.entry(table.name), places):
            settled.add(table.name)
    yield from clean(answers, database, settled)


def _is_prepared(answers: Answers, database: Database) -> bool:
    schema = answers.archive.schema_name
    rights = {(schema, "SELECT"), (schema, "LOCK TABLES")}
    return database.has_ledger and database.reader and rights <= database.reads


def _table(
    answers: Answers, database: Database, places: Places, table: Standing
) -> Iterator[Command]:
    if table.table is None:
        return
    recount = needs_count(database, table)
    if recount:
        yield count(answers, table, "before", *sums.unkept(table.table))
    yield from copies(answers, database, places, table.table, recount=recount)
    is_moved = table.place is Place.MOVED
    if not is_moved:
        yield _move(answers, table)
    if not is_moved or not database.entry(table.name).is_counted_after:
        yield count(answers, Standing(table.name, Place.MOVED, table.table), "after")


def _prepare(answers: Answers) -> Command:
    schema = answers.archive.schema_name
    return Command(
        host=answers.archive_host,
        argv=client(answers, "mariadb"),
        stdin=sql.prepare(answers.archive),
        why=(
            "the archive's schema with a ledger of what was moved, and a locked account that "
            "may only read: in its name the views read, so nothing can be written through them "
            "and the copies stay true"
        ),
        undo="the step `unarchive`, when the archive is empty",
        title=f"make the schema {schema}, its ledger and the account {READER}",
    )


def tidy(answers: Answers, database: Database, going: frozenset[str]) -> Iterator[Command]:
    """Drop views that an unfinished move or undo left; DROP VIEW refuses a table (error 1347)."""
    for view in litter(answers.archive, database, going):
        drop = f"DROP VIEW {sql.path(view.schema, view.name)}"
        yield Command(
            host=answers.archive_host,
            argv=(*client(answers, "mariadb"), "-e", drop),
            why="a view that an unfinished move left; it holds no rows, and nothing uses it",
            undo="none needed",
        )


def _uncount(answers: Answers, database: Database) -> Iterator[Command]:
    for name, entry in sorted(database.ledger.items()):
        is_gone = standing(answers.archive, database, name).place is Place.GONE
        if is_gone and entry.is_counted_after:
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


_WHY_COUNTED = {
    "before": "exact number of rows and checksum, to compare with after the move",
    "after": "the same, counted through the view: it must not have changed",
    "back": (
        "the same as before the move, or the table stays: compared where the "
        "application can only read it"
    ),
}


def count(answers: Answers, table: Standing, when: str, *more: str) -> Command:
    """Count a table exactly and enter it into the ledger: before, after, or back; `more` is what
    `COUNT` wants then.
    """
    archive = answers.archive
    assert table.table is not None
    is_away = table.place in (Place.MOVED, Place.BARE)
    schema = archive.schema_name if is_away else archive.database
    through = archive.database if when == "after" else schema
    arguments = (
        archive.defaults,
        sums.checksum(schema, table.table),
        sql.path(through, table.name),
        table.name,
        sql.path(archive.schema_name, LEDGER),
        when,
        *more,
    )
    moment = "before it moves back" if when == "back" else f"{when} the move"
    return Command(
        host=answers.archive_host,
        argv=("sh", "-c", COUNT, "count-rows", *arguments),
        kind=Kind.UNIT,
        why=_WHY_COUNTED[when],
        risk="reads every row",
        undo="none needed: it only writes to the ledger",
        title=f"count {table.name} ({moment})",
        minutes=round(table.table.bytes / 3e9, 1) or 0.1,
    )


def rename(
    answers: Answers, ready: str, move: str, guard: tuple[str, ...] = (), **words: str
) -> Command:
    """A command that moves by RENAME TABLE when nothing is in its way; `guard` is what
    `sql.unwritten` says, `words` are why, undo and title.
    """
    return Command(
        host=answers.archive_host,
        argv=("bash", "-c", RENAME, "rename-table", answers.archive.defaults, ready, move, *guard),
        kind=Kind.UNIT,
        why=words["why"],
        risk=(
            "no query fails; those on this table wait while running ones end, five seconds "
            "at most at a time"
        ),
        undo=words["undo"],
        title=words["title"],
        minutes=0.1,
    )


def _move(answers: Answers, table: Standing) -> Command:
    archive = answers.archive
    assert table.table is not None
    if table.place is Place.BARE:
        return rename(
            answers,
            ready="",
            move=sql.view_again(archive, table.table),
            why="the rows are in the archive, and nothing stands in their place",
            undo=f"DROP VIEW {sql.path(archive.database, table.name)}",
            title=f"leave a view in place of {table.name}",
        )
    ready, move = sql.move(archive, table.table)
    back = sql.move_back(archive, table.name, viewed=True).replace("\n", " ").strip()
    return rename(
        answers,
        ready,
        move,
        guard=sql.unwritten(archive, table.name),
        why=(
            "one statement renames the table into the archive and the view into its place: "
            "a crash leaves all or none"
        ),
        undo=f"the step `unarchive`; by hand: {back}",
        title=f"move {table.name} to {archive.schema_name} and leave a view",
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The same rows as before, our view in place with all columns, and both copies there."""
    host = answers.archive_host
    database = facts.of(host, DATABASE)
    places = facts.of(host, PLACES)
    meant = wanted(answers.archive, database)
    for table in concerned(answers, database):
        entry = database.entry(table.name)
        if table.place is Place.MOVED:
            yield from _moved(answers, table, entry)
            yield from _copied(answers, entry, places)
        elif table.place is not Place.HOME or table.name in meant:
            yield _elsewhere(answers, table, entry)
    for place in answers.archive.places:
        there = places.get(place)
        if there is not None and there.error and database.ledger:
            yield Finding(
                host,
                what=f"the copies at {place} could not be looked at: {there.error}",
                mend="see that the place answers, then look again",
            )


def _moved(answers: Answers, table: Standing, entry: Entry) -> Iterator[Finding]:
    """A table in the archive with our view in its place."""
    host = answers.archive_host
    if table.view and table.table and table.view.columns != table.table.columns:
        yield Finding(
            host,
            what=(
                f"{answers.archive.schema_name}.{table.name} has other columns than its view: it "
                "is to go back and be archived anew"
            ),
            step="unarchive",
        )
    if not entry.is_counted_after:
        yield Finding(host, what=f"{table.name} was not counted after its move", step=THIS_STEP)
    elif not sums.is_unchanged(entry, table.table):
        yield mends.differs(answers, entry)


def _copied(answers: Answers, entry: Entry, places: Places) -> Iterator[Finding]:
    host = answers.archive_host
    for number, place in missing(answers, entry, places):
        what = f"copy {number} of {entry.name} is not at {place}"
        yield Finding(host, what, step=THIS_STEP)
    for number, place in bare(answers, entry, places):
        yield Finding(
            host,
            what=(
                f"copy {number} of {entry.name} at {place} is not encrypted: "
                "archive.recipients came later"
            ),
            mend="remove it there: this step encrypts copies for both places",
            step=THIS_STEP,
        )


def _elsewhere(answers: Answers, table: Standing, entry: Entry) -> Finding:
    if table.place is Place.GONE:
        return mends.lost(answers, entry)
    if table.place is Place.STRANGE:
        return mends.strange(answers, table.name)
    what = f"the rows of {table.name} are {table.place.value}"
    return Finding(answers.archive_host, what, step=THIS_STEP)


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
