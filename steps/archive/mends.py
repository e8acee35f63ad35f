"""What to do by hand about archived rows that are lost, or are not those that were counted: two
copies exist.
"""

from __future__ import annotations

from steps.archive.copies import ending, file_name
from steps.archive.facts.archive import Entry
from steps.archive.sql import forget, path
from steps.archive.state import Place
from wizard.answers import Answers
from wizard.model.step import Finding

LOAD = "mariadb --max-allowed-packet=1G"
"""What loads a copy: a row of it may be long; the help page says what the server needs then."""


def where(answers: Answers, entry: Entry) -> str:
    """The copies of a table: those that are recorded, or else where they belong."""
    one = answers.archive
    recorded = [
        place
        for place, at in ((entry.place_1, entry.copied_1), (entry.place_2, entry.copied_2))
        if at
    ]
    digits = f"{entry.sha256[:12]}." if entry.sha256 else ""
    return (
        f"{one.schema_name}.{entry.name}.{digits}* at "
        f"{' and '.join(recorded or one.places) or 'its places'}"
    )


def lost(answers: Answers, entry: Entry) -> Finding:
    """A table that the ledger knows, or a view of ours reads, and that is nowhere."""
    one = answers.archive
    mend = (
        f"load one of its two copies ({where(answers, entry)}) with {LOAD} "
        f"{one.schema_name}, then run this step; "
    )
    mend += f"if it was dropped on purpose: DROP VIEW IF EXISTS {path(one.database, entry.name)}; "
    mend += forget(one, entry.name)
    return Finding(answers.archive_host, f"the rows of {entry.name} are {Place.GONE.value}", mend)


def strange(answers: Answers, name: str) -> Finding:
    """Two things of one name, of which only the operator can say which is right."""
    one = answers.archive
    mend = (
        f"compare {path(one.database, name)} and {path(one.schema_name, name)} by hand, "
        "then rename or drop the one "
    )
    return Finding(
        answers.archive_host,
        f"the rows of {name} are {Place.STRANGE.value}",
        mend + "that is wrong",
    )


def differs(answers: Answers, entry: Entry) -> Finding:
    """Rows in the archive that are not those that were counted and copied; the archive is to stay."""  # noqa: E501
    mend = (
        f"if the new number is right: {forget(answers.archive, entry.name)}, then run this "
        "step: it "
    )
    mend += (
        f"counts and copies anew ({file_name(answers, entry, ending(answers))} is the older copy)"
    )
    return Finding(answers.archive_host, _numbers(entry), mend)


def differs_back(answers: Answers, entry: Entry) -> Finding:
    """The same when the table is to go back."""
    return Finding(
        answers.archive_host, f"{_numbers(entry)}; it stays in the archive", choose(answers, entry)
    )


def choose(answers: Answers, entry: Entry) -> str:
    """How to say which rows are to go back: those of the table in the archive, or those of its
    copy.
    """
    one, table = answers.archive, path(answers.archive.schema_name, entry.name)
    return (
        f"load a copy ({where(answers, entry)}) into a schema of its own and compare it with "
        f"{table}; if the archive's rows are right: {forget(one, entry.name)}; if the copy's "
        f"are: DROP TABLE {table} and load the copy in its place with {LOAD} {one.schema_name}; "
        "then run this step"
    )


def _numbers(entry: Entry) -> str:
    return (
        f"{entry.name} had {entry.rows_before} rows (checksum {entry.sum_before}) before its "
        f"move and has {entry.rows_after} ({entry.sum_after}) after: a move copies and deletes "
        "nothing, so somebody wrote to it"
    )
