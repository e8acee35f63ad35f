"""The one-time copies of each archived table: dumped once, sent to two places, compared there by
checksum.

With recipients they are encrypted while they are dumped, so that even the waiting file holds no
readable row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from steps.archive.facts.archive import age
from steps.archive.facts.archive_places import PlaceSeen, ssh
from steps.archive.facts.database import LEDGER, Database, Entry, Relation, Room
from steps.archive.scripts import DUMP, SEND
from steps.archive.sql import path
from wizard.answers import Answers
from wizard.model.step import Command, Kind

Places = Mapping[str, PlaceSeen]
Numbered = list[tuple[int, str]]
"""Places with their numbers in the ledger, 1 or 2."""
PLAIN = ".sql.gz"
SEALED = ".sql.gz.age"


def ending(answers: Answers) -> str:
    """How the names of copies end that are made now."""
    return SEALED if answers.archive.recipients else PLAIN


def name_start(answers: Answers, table: str) -> str:
    """How the names of all copies of a table begin."""
    return f"{answers.archive.schema_name}.{table}."


def file_name(answers: Answers, entry: Entry, end: str) -> str:
    """The name of a table's copy, at both places and while it waits."""
    return f"{name_start(answers, entry.name)}{entry.sha256[:12]}{end}"


def _numbered(answers: Answers) -> Numbered:
    return list(enumerate(answers.archive.places, 1))


def is_there(answers: Answers, entry: Entry, number: int, place: str, places: Places) -> bool:
    """Whether the copy at a place is recorded; a place that can be looked at must still have it,
    whole.
    """
    recorded_place = entry.place_1 if number == 1 else entry.place_2
    copied = entry.copied_1 if number == 1 else entry.copied_2
    if not entry.sha256 or recorded_place != place or not copied:
        return False
    there = places.get(place)
    if there is None or there.error:
        return True
    sizes = [there.files.get(file_name(answers, entry, end)) for end in (PLAIN, SEALED)]
    return entry.bytes in sizes


def missing(answers: Answers, entry: Entry, places: Places) -> Numbered:
    """The places that lack the copy of a table."""
    lacking = []
    for number, place in _numbered(answers):
        if not is_there(answers, entry, number, place, places):
            lacking.append((number, place))
    return lacking


def bare(answers: Answers, entry: Entry, places: Places) -> Numbered:
    """The places that have a readable copy of a table whose copies are to be encrypted."""
    if not answers.archive.recipients:
        return []
    start = name_start(answers, entry.name)
    readable = []
    for number, place in _numbered(answers):
        files = places[place].files if place in places else {}
        if any(file.startswith(start) and file.endswith(PLAIN) for file in files):
            readable.append((number, place))
    return readable


def copies(
    answers: Answers, database: Database, places: Places, table: Relation, *, recount: bool
) -> Iterator[Command]:
    """What it takes until both places have the table's copy; with `recount` the table is dumped
    anew.
    """
    entry = Entry(table.name) if recount else database.entry(table.name)
    lacking = missing(answers, entry, places)
    if not lacking:
        return
    folder = waits_in(answers, database, entry)
    if not folder:
        folder = answers.archive.work
        if answers.archive.recipients:
            # Encrypted anew, the same rows give another file: then both places get it.
            lacking = _numbered(answers)
        yield _dump(answers, table, folder)
    for number, place in lacking:
        yield _send(answers, database, table, folder, number, place)
    yield from remove(answers, database, table.name, folder)


def _minutes(table: Relation) -> float:
    """A guess: a gigabyte a minute."""
    return round(table.bytes / 1e9, 1) or 0.1


def _dump(answers: Answers, table: Relation, folder: str) -> Command:
    archive = answers.archive
    arguments = (
        archive.defaults,
        folder,
        table.schema,
        archive.schema_name,
        table.name,
        path(archive.schema_name, LEDGER),
        ending(answers),
        *age(answers),
    )
    return Command(
        host=answers.archive_host,
        argv=("bash", "-c", DUMP, "dump-table", *arguments),
        kind=Kind.UNIT,
        why=(
            f"the nightly dump will carry {table.name}'s view only: its rows are kept "
            "by copies made once"
        ),
        risk=f"takes up to {table.bytes >> 20} MiB under {folder} until both places have it",
        undo="none needed: it is removed once both places have a copy",
        title=f"dump {table.name} into {folder}",
        minutes=_minutes(table),
    )


def _send(
    answers: Answers, database: Database, table: Relation, folder: str, number: int, place: str
) -> Command:
    archive = answers.archive
    end = ending(answers)
    arguments = (
        archive.defaults,
        folder,
        archive.schema_name,
        table.name,
        path(archive.schema_name, LEDGER),
        str(number),
        place,
        end,
        *ssh(answers),
    )
    return Command(
        host=answers.archive_host,
        argv=("bash", "-c", SEND, "send-copy", *arguments),
        kind=Kind.UNIT,
        why="two copies on two machines, compared there by sha256 and entered into the ledger",
        risk=_who_reads(answers, database),
        undo="none needed: one more copy",
        title=f"copy {table.name} to {place}",
        minutes=_minutes(table),
    )


def _who_reads(answers: Answers, database: Database) -> str:
    if answers.archive.recipients:
        return (
            "nobody reads it without the secret key of a recipient, not even you: keep "
            "that key elsewhere, and try it"
        )
    whose = ", and the database itself is encrypted" if database.encrypted else ""
    return (
        "whoever has that machine, or its disk, can read the rows: no archive.recipients "
        f"to encrypt for{whose}"
    )


def waits_in(answers: Answers, database: Database, entry: Entry) -> str:
    """The folder in which the copy that the ledger means waits whole; "" to dump it anew."""
    if not entry.sha256:
        return ""
    expected = file_name(answers, entry, ending(answers))
    for file, size in sorted(database.kept.items()):
        folder, _, name = file.rpartition("/")
        if name == expected and size == entry.bytes:
            return folder
    return ""


def clean(answers: Answers, database: Database, names: set[str]) -> Iterator[Command]:
    """Remove what waits on the instance for these tables: both places have their copies."""
    for name in sorted(names):
        yield from remove(answers, database, name)


def remove(answers: Answers, database: Database, name: str, *used: str) -> Iterator[Command]:
    """Remove a table's dumps from every folder of the instance that has one, and from those `used`
    by the plan.
    """
    start = name_start(answers, name)
    folders = set(used)
    for path_of_file in database.kept:
        folder, _, file = path_of_file.rpartition("/")
        if file.startswith(start):
            folders.add(folder)
    for folder in sorted(folders):
        why = "both places have this copy; on the instance it takes room"
        action: tuple[str, ...] = ("-delete",)
        if database.encrypted and not database.folders.get(folder, Room()).encrypted:
            why += ", and rows of an encrypted database lie there in the clear: overwritten first"
            # A file with a further name elsewhere is the same file there: it loses this name only.
            action = (
                *("(", "-links", "1", "-exec", "shred", "-u", "-n", "1", "{}", "+"),
                *("-o", "-delete", ")"),
            )
        yield Command(
            host=answers.archive_host,
            argv=("find", folder, "-maxdepth", "1", "-name", f"{start}*", *action),
            why=why,
            undo="none needed: it is dumped again when a place lacks it",
        )
