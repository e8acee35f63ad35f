"""Whether a table can be archived: moved as a whole, copied as it is, and brought back."""

from __future__ import annotations

from collections.abc import Iterator

from steps.archive.facts.database import Database, Relation
from steps.archive.names import OLD
from steps.archive.sql import name_of, path
from wizard.answers import Answers
from wizard.model.step import Finding

NAME_LENGTH = 64 - len(OLD)


def table(answers: Answers, database: Database, relation: Relation) -> Iterator[Finding]:
    """A finished, plain InnoDB table that nothing is tied to."""
    host = answers.archive_host
    full = f"{relation.schema}.{relation.name}"
    if relation.kind != "BASE TABLE":
        yield _no_table(host, full, relation)
        return
    yield from _engine(host, full, relation)
    yield from whole(host, relation)
    yield from _columns(host, full, relation)
    if relation.hidden:
        hidden = ", ".join(relation.hidden)
        yield Finding(
            host,
            what=f"{full} has invisible columns ({hidden}), and a view cannot hide them",
            mend="leave it out",
        )
    if len(relation.name) > NAME_LENGTH:
        yield Finding(
            host,
            what=f"{full} has a name of more than {NAME_LENGTH} characters",
            mend="leave it out",
        )
    yield from _ties(host, database, relation)
    yield from _writers(host, database, relation)
    age = database.now - relation.written
    if relation.written and age < answers.archive.quiet_hours * 3600:
        yield Finding(
            host,
            what=f"{full} was written to {max(age, 0) // 60} minutes ago, so it is not finished",
            mend="leave it out, wait, or lower archive.quiet_hours",
        )


def _no_table(host: str, full: str, relation: Relation) -> Finding:
    if relation.kind == "SYSTEM VERSIONED":
        return Finding(
            host,
            what=(
                f"{full} is no plain table: it keeps its history (system versioning), which copies "
                "would lose"
            ),
            mend=(
                f"leave it out; or, if the history is no longer wanted: ALTER TABLE {full} "
                "DROP SYSTEM VERSIONING"
            ),
        )
    return Finding(
        host, what=f"{full} is no plain table ({relation.kind.lower()})", mend="leave it out"
    )


def _engine(host: str, full: str, relation: Relation) -> Iterator[Finding]:
    if not relation.engine:
        yield Finding(
            host,
            what=f"{full} cannot be opened by the server: its engine is missing, or it is damaged",
            mend=f"see what CHECK TABLE {full} says, or leave it out",
        )
    elif relation.engine != "InnoDB":
        yield Finding(
            host,
            what=f"{full} is of {relation.engine}, which a crash can damage",
            mend=f"ALTER TABLE {full} ENGINE=InnoDB, or leave it out",
        )


def whole(host: str, relation: Relation) -> Iterator[Finding]:
    """A table that one file is, so that its move is done as a whole or not at all.

    A server that dies while it renames a partitioned table leaves some partitions here and some
    there, and does not find the table again (error 1932; seen with MariaDB 10.11.19).
    """
    full = f"{relation.schema}.{relation.name}"
    if "partitioned" in relation.options:
        yield Finding(
            host,
            what=(
                f"{full} is partitioned: a crash of the server while it moves would leave its "
                "partitions in two places"
            ),
            mend=f"ALTER TABLE {full} REMOVE PARTITIONING, which writes it anew; or leave it out",
        )


def _columns(host: str, full: str, relation: Relation) -> Iterator[Finding]:
    """Columns, and a place, with which a copy could not be loaded elsewhere, or not as it was."""
    if "DATA DIRECTORY" in relation.options:
        yield Finding(
            host,
            what=f"{full} has a folder of its own (DATA DIRECTORY), which another server lacks",
            mend="leave it out",
        )
    stamps = [column.name for column in relation.odd if column.type == "timestamp"]
    for column in relation.odd:
        if column.made == "SEQUENCE":
            yield Finding(
                host,
                what=(
                    f"the default of {full}'s column {column.name} takes from a sequence, without "
                    "which a copy cannot be loaded"
                ),
                mend=f"ALTER TABLE {full} ALTER {name_of(column.name)} DROP DEFAULT",
            )
        if column.made == "STORED" and any(name_of(name) in column.expression for name in stamps):
            yield Finding(
                host,
                what=(
                    f"{full}'s column {column.name} was generated from a time stamp in some "
                    "session's time zone, and a copy would be loaded with other values"
                ),
                mend="make it a column of its own or a VIRTUAL one, or leave the table out",
            )


def _writers(host: str, database: Database, relation: Relation) -> Iterator[Finding]:
    """Programs in the server that would fail on a view, and with them what sets them off."""
    full = f"{relation.schema}.{relation.name}"
    for writer in database.writers:
        if writer.table == relation.name:
            yield Finding(
                host,
                what=(
                    f"the {writer.kind} {writer.schema}.{writer.name} writes to {full}, and would "
                    "fail when a view stands there"
                ),
                mend=f"change or drop the {writer.kind}, or leave the table out",
            )


def _ties(host: str, database: Database, relation: Relation) -> Iterator[Finding]:
    """Foreign keys and triggers."""
    this = (relation.schema, relation.name)
    for key in database.references:
        child = (key.schema, key.table)
        parent = (key.parent_schema, key.parent)
        if this in (child, parent):
            yield Finding(
                host,
                what=f"a foreign key ties {'.'.join(child)} to {'.'.join(parent)}",
                mend="a finished table needs none: drop the key, or leave the table out",
            )
    for trigger in database.triggers:
        if this == (trigger.schema, trigger.table):
            yield Finding(
                host,
                what=(
                    f"{'.'.join(this)} has the trigger {trigger.name}, and with it cannot change "
                    "its schema (error 1435)"
                ),
                mend=(f"DROP TRIGGER {path(trigger.schema, trigger.name)}, or leave the table out"),
            )
