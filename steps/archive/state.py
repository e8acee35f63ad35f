"""Where each table stands between its database and the archive, read off what the server holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from steps.archive.facts.database import LEDGER, READER, Database, Relation, is_plain
from steps.archive.names import OLD, STAGED
from wizard.answers import Archive


class Place(Enum):
    """Where the rows are; the value is what a message says."""

    HOME = "in its database"
    """A table in the database; at most a view of ours stands ready in the archive."""
    MOVED = "in the archive"
    """A table in the archive, and our view in its place."""
    BARE = "in the archive, and no view stands in its place"
    STRANGE = "unclear: two different things have its name"
    GONE = "nowhere"


@dataclass(frozen=True)
class Standing:
    """One table."""

    name: str
    place: Place
    table: Relation | None = None
    """Where its rows are; None when that is not clear."""
    view: Relation | None = None
    """Our view in its place."""


def reads(view: Relation | None, schema: str, name: str) -> bool:
    """Whether a view reads that very table, by its text as the server keeps it."""
    if view is None or not view.is_view:
        return False
    ending = f"from `{schema}`.`{name}`".lower()
    text = view.text.rstrip().lower()
    return text.endswith(ending)


def _by_reader(view: Relation) -> bool:
    """Whether a view reads in the name of the account that is made for it."""
    return view.definer.replace("`", "") == f"{READER}@localhost"


def standing(archive: Archive, database: Database, name: str) -> Standing:
    """Judge one name. Views in the archive that only read the table back are ours: a move that did
    not get far.

    A view of ours without its table holds no rows: then they are gone.
    """
    home = database.of(archive.database, name)
    away = database.of(archive.schema_name, name)
    # The view that a move left in the table's place.
    is_left = home is not None and reads(home, archive.schema_name, name) and _by_reader(home)
    no_table_away = away is None or reads(away, archive.database, name)
    if no_table_away and (home is None or is_left):
        return Standing(name, Place.GONE)
    if no_table_away and home is not None and not home.is_view:
        return Standing(name, Place.HOME, table=home)
    if away is not None and not away.is_view:
        if home is None:
            return Standing(name, Place.BARE, table=away)
        if is_left:
            return Standing(name, Place.MOVED, table=away, view=home)
    return Standing(name, Place.STRANGE)


def moved(archive: Archive, database: Database) -> list[Standing]:
    """All tables that are in the archive, whether our view is in their place or nothing is; in
    order of their names.
    """
    tables = []
    for relation in _by_name(database):
        if relation.schema != archive.schema_name or not relation.is_table:
            continue
        if relation.name == LEDGER:
            continue
        table = standing(archive, database, relation.name)
        if table.place in (Place.MOVED, Place.BARE):
            tables.append(table)
    return tables


def litter(
    archive: Archive, database: Database, busy: frozenset[str] = frozenset()
) -> Iterator[Relation]:
    """Views that an unfinished move or undo left and nobody needs; those of `busy` tables are about
    to be used.
    """
    for view in _by_name(database):
        if view.is_view and _is_litter(archive, view, busy):
            yield view


def _is_litter(archive: Archive, view: Relation, busy: frozenset[str]) -> bool:
    if view.name.startswith((STAGED, OLD)):
        is_staged = view.name.startswith(STAGED)
        prefix = STAGED if is_staged else OLD
        name = view.name.removeprefix(prefix)
        is_ours = reads(view, archive.schema_name, name) or reads(view, archive.database, name)
        if is_ours:
            return not (is_staged and name in busy)
    # What stands in the archive under the table's name while a move gets ready.
    reads_back = view.schema == archive.schema_name and reads(view, archive.database, view.name)
    return reads_back and view.name not in busy


def _by_name(database: Database) -> list[Relation]:
    """All tables and views that can be ours: no other name ever stood in a statement of ours."""
    every = database.relations.values()
    plain = [relation for relation in every if is_plain(relation.name)]
    return sorted(plain, key=lambda relation: (relation.schema, relation.name))
