"""Move every archived table back into its database: the exact reverse of the step `archive`."""

from __future__ import annotations

from collections.abc import Iterator

from steps.archive import mends, sql
from steps.archive.archive import count, hosts, rename, tidy
from steps.archive.checks import server
from steps.archive.copies import clean
from steps.archive.facts.archive import DATABASE, LEDGER, Database, Entry, client
from steps.archive.scripts import REMOVE
from steps.archive.state import Place, Standing, litter, moved, standing
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Step


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """A server that lets us, and no name that stands for two things."""
    host, one = answers.archive_host, answers.archive
    seen = facts.of(host, DATABASE)
    yield from server(answers, seen)
    for name in seen.ledger:
        if standing(one, seen, name).place is Place.STRANGE:
            what = (
                f"{one.database}.{name} is not the view that was left there, and "
                f"{one.schema_name}.{name} exists too"
            )
            yield Finding(host, what, "compare both, then rename the one that is wrong, by hand")


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Each table counted and compared in the archive, and back by one rename; then the empty
    archive goes.

    A table that is back already, or never left, may have been written to since: the ledger forgets
    it as it is.
    """
    seen = facts.of(answers.archive_host, DATABASE)
    yield from tidy(answers, seen, frozenset())
    back = moved(answers.archive, seen)
    for one in back:
        entry = seen.ledger.get(one.name, Entry(one.name))
        if entry.rows_before >= 0:
            yield count(answers, one, "back", mends.choose(answers, entry))
        yield _move_back(answers, one, known=seen.has_ledger)
    home = [
        name
        for name in sorted(seen.ledger)
        if standing(answers.archive, seen, name).place is Place.HOME
    ]
    for name in home:
        yield _forget(answers, name)
    settled = {*home, *(one.name for one in back)}
    yield from clean(answers, seen, settled)
    if _is_ours(answers, seen) and seen.ledger.keys() <= settled:
        yield _remove(answers)


def _forget(answers: Answers, name: str) -> Command:
    return Command(
        host=answers.archive_host,
        argv=(*client(answers, "mariadb"), "-e", sql.forget(answers.archive, name)),
        why=(
            "the table is in its database, where it may be written to: what the ledger "
            "knows of it is of no use"
        ),
        undo="the step `archive` counts and copies it anew",
        title=f"let the ledger forget {name}",
    )


def _move_back(answers: Answers, one: Standing, *, known: bool) -> Command:
    archive = answers.archive
    again = sql.move(archive, one.table) if one.table is not None else ("", "")
    return rename(
        answers,
        "",
        sql.move_back(archive, one.name, viewed=one.place is Place.MOVED, known=known),
        why="one statement renames the view aside and the table into its place: a crash leaves "
        "all or nothing; the "
        "ledger forgets the table after it",
        undo="the step `archive`; by hand: " + " ".join("".join(again).split("\n")).strip(),
        title=f"move {one.name} back to {archive.database}",
    )


def _is_ours(answers: Answers, seen: Database) -> bool:
    """Whether there is an archive of ours, or the beginning of one, and nothing else is in it after
    the moves.
    """
    one = answers.archive
    known = {
        LEDGER,
        *(here.name for here in moved(one, seen)),
        *(view.name for view in litter(one, seen)),
    }
    inside = {
        relation.name for relation in seen.relations.values() if relation.schema == one.schema_name
    }
    return (seen.has_ledger or seen.reader) and inside <= known


def _remove(answers: Answers) -> Command:
    archive = answers.archive
    schema = archive.schema_name
    return Command(
        host=answers.archive_host,
        argv=(
            "sh",
            "-c",
            REMOVE,
            "remove-archive",
            archive.defaults,
            schema,
            sql.name_of(schema),
            LEDGER,
            sql.READER_IS,
        ),
        why=(
            "the archive is empty: its schema, ledger and account are no longer needed; it "
            "refuses if it is not"
        ),
        undo="the step `archive` makes them again",
        title=f"remove the empty schema {schema} and the account {sql.READER_IS}",
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """No table of ours is in the archive, and none is lost."""
    host = answers.archive_host
    seen = facts.of(host, DATABASE)
    for one in moved(answers.archive, seen):
        entry = seen.ledger.get(one.name, Entry(one.name))
        if entry.rows_after >= 0 and (entry.rows_before, entry.sum_before) != (
            entry.rows_after,
            entry.sum_after,
        ):
            yield mends.differs_back(answers, entry)
        else:
            yield Finding(host, f"the rows of {one.name} are {one.place.value}", "run this step")
    for name, entry in seen.ledger.items():
        if standing(answers.archive, seen, name).place is Place.GONE:
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
