"""Where each table stands between its database and the archive, read off what the server holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from steps.archive.facts.archive import LEDGER, READER, Database, Relation
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
    """One table: `table` is where its rows are, None when that is not clear; `view` our view in its
    place.
    """

    name: str
    place: Place
    table: Relation | None = None
    view: Relation | None = None


def reads(view: Relation | None, schema: str, name: str) -> bool:
    """Whether a view reads that very table, by its text as the server keeps it."""
    return (
        view is not None
        and view.is_view
        and view.text.rstrip().lower().endswith(f"from `{schema}`.`{name}`".lower())
    )


def _by_reader(view: Relation) -> bool:
    return view.definer.replace("`", "") == f"{READER}@localhost"


def standing(answers: Archive, seen: Database, name: str) -> Standing:
    """Judge one name. Views in the archive that only read the table back are ours: a move that did
    not get far.

    A view of ours without its table holds no rows: then they are gone.
    """
    home, away = seen.of(answers.database, name), seen.of(answers.schema_name, name)
    left = home is not None and reads(home, answers.schema_name, name) and _by_reader(home)
    if (home is None or left) and (away is None or reads(away, answers.database, name)):
        return Standing(name, Place.GONE)
    if (
        home is not None
        and not home.is_view
        and (away is None or reads(away, answers.database, name))
    ):
        return Standing(name, Place.HOME, home)
    if away is not None and not away.is_view:
        if home is None:
            return Standing(name, Place.BARE, away)
        if left:
            return Standing(name, Place.MOVED, away, home)
    return Standing(name, Place.STRANGE, None)


def moved(answers: Archive, seen: Database) -> list[Standing]:
    """All tables that are in the archive with our view in their place."""
    names = sorted(
        one.name
        for one in seen.relations.values()
        if one.schema == answers.schema_name and one.is_table
    )
    found = [standing(answers, seen, name) for name in names if name != LEDGER]
    return [one for one in found if one.place in (Place.MOVED, Place.BARE)]


def litter(
    answers: Archive, seen: Database, busy: frozenset[str] = frozenset()
) -> Iterator[Relation]:
    """Views that an unfinished move or undo left and nobody needs; those of `busy` tables are about
    to be used.
    """
    for one in sorted(seen.relations.values(), key=lambda view: (view.schema, view.name)):
        if not one.is_view:
            continue
        for prefix in (STAGED, OLD):
            name = one.name.removeprefix(prefix)
            ours = reads(one, answers.schema_name, name) or reads(one, answers.database, name)
            if one.name != name and ours and not (prefix == STAGED and name in busy):
                yield one
        if (
            one.schema == answers.schema_name
            and one.name not in busy
            and reads(one, answers.database, one.name)
        ):
            yield one
