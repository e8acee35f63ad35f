"""What to do by hand about archived rows that are lost, or are not those that were counted: two
copies exist.
"""

from __future__ import annotations

from steps.archive.copies import ending, file_name, name_start
from steps.archive.facts.database import Entry
from steps.archive.sql import forget, path
from steps.archive.state import Place
from wizard.answers import Answers
from wizard.model.step import THIS_STEP, Finding

LOAD = "mariadb --max-allowed-packet=1G"
"""What loads a copy: a row of it may be long; the help page says what the server needs then."""


def where(answers: Answers, entry: Entry) -> str:
    """The copies of a table: those that are recorded, or else where they belong."""
    places = []
    if entry.copied_1:
        places.append(entry.place_1)
    if entry.copied_2:
        places.append(entry.place_2)
    at = " and ".join(places or answers.archive.places) or "its places"
    digits = f"{entry.sha256[:12]}." if entry.sha256 else ""
    return f"{name_start(answers, entry.name)}{digits}* at {at}"


def lost(answers: Answers, entry: Entry) -> Finding:
    """A table that the ledger knows, or a view of ours reads, and that is nowhere."""
    archive = answers.archive
    return Finding(
        host=answers.archive_host,
        what=f"the rows of {entry.name} are {Place.GONE.value}",
        mend=(
            f"load one of its two copies ({where(answers, entry)}) with {LOAD} "
            f"{archive.schema_name}, then run this step; if it was dropped on purpose: "
            f"DROP VIEW IF EXISTS {path(archive.database, entry.name)}; "
            f"{forget(archive, entry.name)}"
        ),
    )


def strange(answers: Answers, name: str) -> Finding:
    """Two things of one name, of which only the operator can say which is right."""
    home = path(answers.archive.database, name)
    away = path(answers.archive.schema_name, name)
    return Finding(
        host=answers.archive_host,
        what=f"the rows of {name} are {Place.STRANGE.value}",
        mend=f"compare {home} and {away} by hand, then rename or drop the one that is wrong",
    )


def differs(answers: Answers, entry: Entry) -> Finding:
    """Rows in the archive that are not those that were counted and copied; they are to stay."""
    older = file_name(answers, entry, ending(answers))
    return Finding(
        host=answers.archive_host,
        what=_numbers(entry),
        mend=(
            f"if the new number is right: {forget(answers.archive, entry.name)}; the next run "
            f"counts and copies anew ({older} is the older copy)"
        ),
        step=THIS_STEP,
    )


def differs_back(answers: Answers, entry: Entry) -> Finding:
    """The same when the table is to go back."""
    return Finding(
        host=answers.archive_host,
        what=f"{_numbers(entry)}; it stays in the archive",
        mend=_choice(answers, entry),
        step=THIS_STEP,
    )


def choose(answers: Answers, entry: Entry) -> str:
    """How to say which rows are to go back: those of the table in the archive, or those of its
    copy. A script on the instance says it, so the step to run is part of the text.
    """
    return f"{_choice(answers, entry)}; then run this step"


def _choice(answers: Answers, entry: Entry) -> str:
    archive = answers.archive
    table = path(archive.schema_name, entry.name)
    return (
        f"load a copy ({where(answers, entry)}) into a schema of its own and compare it with "
        f"{table}; if the archive's rows are right: {forget(archive, entry.name)}; if the copy's "
        f"are: DROP TABLE {table} and load the copy in its place with {LOAD} {archive.schema_name}"
    )


def _numbers(entry: Entry) -> str:
    return (
        f"{entry.name} had {entry.rows_before} rows (checksum {entry.sum_before}) before its "
        f"move and has {entry.rows_after} ({entry.sum_after}) after: a move copies and deletes "
        "nothing, so somebody wrote to it"
    )
