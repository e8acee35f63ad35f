"""Which tables are meant: by name, by a pattern with a date in it, or by UTM5's own list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from steps.archive.facts.database import LEDGER, Database, is_plain
from wizard.answers import Archive

STAGED = "gw_new_"
"""How the name of a view begins that is ready to take a table's place."""
OLD = "gw_old_"
"""How the name of a view begins that a move put aside."""
_DIGITS = {
    "Y": r"(?P<Y>\d{4})",
    "m": r"(?P<m>\d{2})",
    "d": r"(?P<d>\d{2})",
    "s": r"(?P<s>\d{9,10})",
}


def cutoff(today: date, months: int) -> date:
    """The first day of the month `months` whole months before this one: what ended by then is old
    enough.
    """
    number = today.year * 12 + today.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def period_end(pattern: str, name: str) -> date | None:
    """The day after the period that a name speaks of; None when the name does not fit or has no
    such date.

    A month ends with the month, a year with the year; %s is a moment in Unix seconds, taken as the
    end.
    """
    regex = re.sub(r"%([Ymds])", lambda field: _DIGITS[field[1]], re.escape(pattern))
    match = re.fullmatch(regex, name)
    if match is None:
        return None
    try:
        return _end_of_period(match.groupdict())
    except (ValueError, OverflowError):
        return None


def _end_of_period(digits: Mapping[str, str]) -> date:
    """Raises ValueError or OverflowError for digits that are no date."""
    if "s" in digits:
        return end_of(int(digits["s"]))
    year = int(digits["Y"])
    month = int(digits.get("m", "1"))
    day = int(digits.get("d", "1"))
    begin = date(year, month, day)
    if "d" in digits:
        return begin + timedelta(days=1)
    if "m" in digits and month < 12:
        return date(year, month + 1, 1)
    return date(year + 1, 1, 1)


def end_of(seconds: int) -> date:
    """The day after a moment in Unix seconds."""
    return datetime.fromtimestamp(seconds, UTC).date() + timedelta(days=1)


def wanted(archive: Archive, database: Database) -> list[str]:
    """The tables that are meant and exist, as tables or as our views, in order of their names; each
    once. Those with a name that is not plain are not among them.
    """
    return [name for name in _meant(archive, database) if is_plain(name)]


def strange(archive: Archive, database: Database) -> list[str]:
    """The tables that UTM5's list means and that have a name that is not plain: the other ways to
    name a table allow none.
    """
    return [name for name in _meant(archive, database) if not is_plain(name)]


def _meant(archive: Archive, database: Database) -> list[str]:
    here = _names_in_database(archive, database)
    names = here.intersection(archive.tables)
    if database.today:
        limit = cutoff(date.fromisoformat(database.today), archive.months)
        listed = _listed_ends(archive, database)
        for name in here:
            ends = [period_end(pattern, name) for pattern in archive.patterns]
            ends.append(listed.get(name))
            if any(end is not None and end <= limit for end in ends):
                names.add(name)
    return sorted(names)


def _names_in_database(archive: Archive, database: Database) -> set[str]:
    """What may be archived, by its name: neither views of an unfinished move nor the ledger."""
    names = set()
    for relation in database.relations.values():
        is_ours = relation.name.startswith((STAGED, OLD)) or relation.name == LEDGER
        if relation.schema == archive.database and not is_ours:
            names.add(relation.name)
    return names


def _listed_ends(archive: Archive, database: Database) -> dict[str, date]:
    """The ends of tables in UTM5's own list, by name; none are listed without that preset."""
    if archive.preset != "utm5":
        return {}
    ends = {}
    for name, seconds in database.listed:
        # 0 is no end.
        if seconds > 0:
            ends[listed_name(archive, name)] = end_of(seconds)
    return ends


def listed_name(archive: Archive, name: str) -> str:
    """The table that an entry of UTM5's list names: it may carry the schema in front."""
    return name.replace("`", "").removeprefix(f"{archive.database}.")
