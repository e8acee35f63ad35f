"""Move every archived table back into its database: the exact reverse of the step `archive`."""

from __future__ import annotations

from collections.abc import Iterator

from steps.archive import fit, mends, sql, sums
from steps.archive.archive import count, hosts, rename, tidy
from steps.archive.checks import server
from steps.archive.copies import clean
from steps.archive.facts.archive import DATABASE, client
from steps.archive.facts.database import LEDGER, Database
from steps.archive.scripts import REMOVE
from steps.archive.state import Place, Standing, litter, moved, standing
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import THIS_STEP, Command, Finding, Step


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """A server that lets us, and no name that stands for two things."""
    host = answers.archive_host
    archive = answers.archive
    database = facts.of(host, DATABASE)
    yield from server(answers, database)
    for table in moved(archive, database):
        if table.table is not None:
            yield from fit.whole(host, table.table)
    for name in database.ledger:
        if standing(archive, database, name).place is Place.STRANGE:
            yield Finding(
                host,
                what=(
                    f"{archive.database}.{name} is not the view that was left there, and "
                    f"{archive.schema_name}.{name} exists too"
                ),
                mend="compare both, then rename the one that is wrong, by hand",
            )


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Each table counted and compared in the archive, and back by one rename; then the empty
    archive goes.

    A table that is back already, or never left, may have been written to since: the ledger forgets
    it as it is.
    """
    database = facts.of(answers.archive_host, DATABASE)
    yield from tidy(answers, database, frozenset())
    back = moved(answers.archive, database)
    for table in back:
        entry = database.entry(table.name)
        if entry.rows_before >= 0:
            only = "rows: " if sums.is_unstable(entry, table.table) else ""
            yield count(answers, table, "back", mends.choose(answers, entry), only)
        yield _move_back(answers, table, known=database.has_ledger)
    home = []
    for name in sorted(database.ledger):
        if standing(answers.archive, database, name).place is Place.HOME:
            home.append(name)
            yield _forget(answers, name)
    settled = {*home, *(table.name for table in back)}
    yield from clean(answers, database, settled)
    if _is_ours(answers, database) and database.ledger.keys() <= settled:
        yield _remove(answers)


def _forget(answers: Answers, name: str) -> Command:
    return Command(
        host=answers.archive_host,
        argv=(*client(answers, "mariadb"), "-e", sql.forget(answers.archive, name)),
        why=(
            "the table is in its database, where it may be written to: what the ledger "
            "knows of it is of no use"
        ),
        undo="the step `archive`, which counts and copies it anew",
        title=f"let the ledger forget {name}",
    )


def _move_back(answers: Answers, table: Standing, *, known: bool) -> Command:
    archive = answers.archive
    again = ""
    if table.table is not None:
        again = "".join(sql.move(archive, table.table)).replace("\n", " ").strip()
    return rename(
        answers,
        ready="",
        move=sql.move_back(archive, table.name, viewed=table.place is Place.MOVED, known=known),
        why=(
            "one statement renames the view aside and the table into its place: a crash leaves "
            "all or nothing; the ledger forgets the table after it"
        ),
        undo=f"the step `archive`; by hand: {again}",
        title=f"move {table.name} back to {archive.database}",
    )


def _is_ours(answers: Answers, database: Database) -> bool:
    """Whether there is an archive of ours, or the beginning of one, and nothing else is in it after
    the moves.
    """
    archive = answers.archive
    known = {LEDGER}
    known.update(table.name for table in moved(archive, database))
    known.update(view.name for view in litter(archive, database))
    for relation in database.relations.values():
        if relation.schema == archive.schema_name and relation.name not in known:
            return False
    return database.has_ledger or database.reader


def _remove(answers: Answers) -> Command:
    schema = answers.archive.schema_name
    arguments = (answers.archive.defaults, schema, sql.name_of(schema), LEDGER, sql.READER_IS)
    return Command(
        host=answers.archive_host,
        argv=("sh", "-c", REMOVE, "remove-archive", *arguments),
        why=(
            "the archive is empty: its schema, ledger and account are no longer needed; it "
            "refuses if it is not"
        ),
        undo="the step `archive`, which makes them again",
        title=f"remove the empty schema {schema} and the account {sql.READER_IS}",
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """No table of ours is in the archive, and none is lost."""
    host = answers.archive_host
    database = facts.of(host, DATABASE)
    for table in moved(answers.archive, database):
        entry = database.entry(table.name)
        if entry.is_counted_after and not sums.is_unchanged(entry, table.table):
            yield mends.differs_back(answers, entry)
        else:
            what = f"the rows of {table.name} are {table.place.value}"
            yield Finding(host, what, step=THIS_STEP)
    for name, entry in database.ledger.items():
        if standing(answers.archive, database, name).place is Place.GONE:
            yield mends.lost(answers, entry)


STEP = Step(
    id="unarchive",
    title="Move archived tables back",
    reason=(
        "The reverse of archiving, for when a table must be written to again. The copies "
        "at both places stay."
    ),
    then="by hand",
    now=(
        "one atomic RENAME TABLE per table, rows and checksums compared before it with "
        "those at the move"
    ),
    plan=plan,
    verify=verify,
    facts=(DATABASE,),
    blockers=blockers,
    hosts=hosts,
    minutes=5,
)
