"""The one-time copies of each archived table: dumped once, sent to two places, compared there by
checksum.

With recipients they are encrypted while they are dumped, so that even the waiting file holds no
readable row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from steps.archive.facts.archive import LEDGER, Database, Entry, Relation, Room, age
from steps.archive.facts.archive_places import PlaceSeen, ssh
from steps.archive.scripts import DUMP, SEND
from steps.archive.sql import path
from wizard.answers import Answers
from wizard.model.step import Command, Kind

Places = Mapping[str, PlaceSeen]


PLAIN, SEALED = ".sql.gz", ".sql.gz.age"


def ending(answers: Answers) -> str:
    """How the names of copies end that are made now."""
    return SEALED if answers.archive.recipients else PLAIN


def file_name(answers: Answers, entry: Entry, end: str) -> str:
    """The name of a table's copy, at both places and while it waits."""
    return f"{answers.archive.schema_name}.{entry.name}.{entry.sha256[:12]}{end}"


def is_there(answers: Answers, entry: Entry, number: int, place: str, places: Places) -> bool:
    """Whether the copy at a place is recorded; a place that can be looked at must still have it,
    whole.
    """
    recorded = ((entry.place_1, entry.copied_1), (entry.place_2, entry.copied_2))[number - 1]
    if not entry.sha256 or recorded[0] != place or not recorded[1]:
        return False
    seen = places.get(place, PlaceSeen(error="not looked at"))
    sizes = [seen.files.get(file_name(answers, entry, end)) for end in (PLAIN, SEALED)]
    return bool(seen.error) or entry.bytes in sizes


def missing(answers: Answers, entry: Entry, places: Places) -> list[tuple[int, str]]:
    """The places, with their numbers, that lack the copy of a table."""
    numbered = enumerate(answers.archive.places, 1)
    return [
        (number, place)
        for number, place in numbered
        if not is_there(answers, entry, number, place, places)
    ]


def bare(answers: Answers, entry: Entry, places: Places) -> list[tuple[int, str]]:
    """The places, with their numbers, that have a readable copy of a table whose copies are to be
    encrypted.
    """
    start = f"{answers.archive.schema_name}.{entry.name}."
    readable = {
        place
        for place, at in places.items()
        for file in at.files
        if file.startswith(start) and file.endswith(PLAIN)
    }
    numbered = enumerate(answers.archive.places if answers.archive.recipients else (), 1)
    return [(number, place) for number, place in numbered if place in readable]


def copies(
    answers: Answers, seen: Database, places: Places, table: Relation, *, recount: bool
) -> Iterator[Command]:
    """What it takes until both places have the table's copy; with `recount` the table is dumped
    anew.

    Encrypted anew, the same rows give another file: then both places get it.
    """
    entry = Entry(table.name) if recount else seen.ledger.get(table.name, Entry(table.name))
    host, archive = answers.archive_host, answers.archive
    schema, ledger = archive.schema_name, path(archive.schema_name, LEDGER)
    lacking = missing(answers, entry, places)
    if not lacking:
        return
    folder, end = waits_in(answers, seen, entry), ending(answers)
    if not folder:
        folder = archive.work
        lacking = list(enumerate(archive.places, 1)) if archive.recipients else lacking
        words = (
            archive.defaults,
            folder,
            table.schema,
            schema,
            table.name,
            ledger,
            end,
            *age(answers),
        )
        yield Command(
            host=host,
            argv=("bash", "-c", DUMP, "dump-table", *words),
            kind=Kind.UNIT,
            why=(
                f"the nightly dump will carry {table.name}'s view only: its rows are kept "
                "by copies made once"
            ),
            risk=f"takes up to {table.bytes >> 20} MiB under {folder} until both places have it",
            undo=f"rm {folder}/{schema}.{table.name}.*",
            title=f"dump {table.name} into {folder}",
            minutes=round(table.bytes / 1e9, 1) or 0.1,
        )
    for number, place in lacking:
        words = (
            archive.defaults,
            folder,
            schema,
            table.name,
            ledger,
            str(number),
            place,
            end,
            *ssh(answers),
        )
        yield Command(
            host=host,
            argv=("bash", "-c", SEND, "send-copy", *words),
            kind=Kind.UNIT,
            why="two copies on two machines, compared there by sha256 and entered into the ledger",
            risk=_readable(answers, seen),
            undo=f"remove the file {schema}.{table.name}.*{end} at {place}",
            title=f"copy {table.name} to {place}",
            minutes=round(table.bytes / 1e9, 1) or 0.1,
        )
    yield from remove(answers, seen, table.name, folder)


def _readable(answers: Answers, seen: Database) -> str:
    if answers.archive.recipients:
        return (
            "nobody reads it without the secret key of a recipient, not even you: keep "
            "that key elsewhere, and try it"
        )
    whose = ", and the database itself is encrypted" if seen.encrypted else ""
    return (
        "whoever has that machine, or its disk, can read the rows: no archive.recipients "
        f"to encrypt for{whose}"
    )


def waits_in(answers: Answers, seen: Database, entry: Entry) -> str:
    """The folder in which the copy that the ledger means waits, whole; "" when it must be dumped."""  # noqa: E501
    name = file_name(answers, entry, ending(answers))
    waiting = (
        path.rpartition("/") for path, size in sorted(seen.kept.items()) if size == entry.bytes
    )
    return next((folder for folder, _, file in waiting if entry.sha256 and file == name), "")


def clean(answers: Answers, seen: Database, names: set[str]) -> Iterator[Command]:
    """Remove what waits on the instance for these tables, whose copies are at both places already."""  # noqa: E501
    for name in sorted(names):
        yield from remove(answers, seen, name)


def remove(answers: Answers, seen: Database, name: str, *used: str) -> Iterator[Command]:
    """Remove a table's dumps from every folder of the instance that has one, and from those `used`
    by the plan.
    """
    start = f"{answers.archive.schema_name}.{name}."
    left = {
        folder
        for folder, _, file in (path.rpartition("/") for path in seen.kept)
        if file.startswith(start)
    }
    for folder in sorted({*left, *used}):
        bare = seen.encrypted and not seen.folders.get(folder, Room()).encrypted
        overwrite = ("-exec", "shred", "-u", "-n", "1", "{}", "+")
        why = "both places have this copy; on the instance it takes room"
        yield Command(
            host=answers.archive_host,
            argv=(
                "find",
                folder,
                "-maxdepth",
                "1",
                "-name",
                f"{start}*",
                *(overwrite if bare else ("-delete",)),
            ),
            why=(
                f"{why}, and rows of an encrypted database lie there in the clear: "
                "overwritten first"
            )
            if bare
            else why,
            undo="the step dumps it again when a place lacks it",
        )
