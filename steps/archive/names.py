"""Which tables are meant: by name, by a pattern with a date in it, or by UTM5's own list."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from steps.archive.facts.archive import LEDGER, Database
from wizard.answers import Archive

STAGED, OLD = "gw_new_", "gw_old_"
"""What the names of views begin with while a table is being moved."""
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
    regex = re.sub(r"%([Ymds])", lambda found: _DIGITS[found.group(1)], re.escape(pattern))
    found = re.fullmatch(regex, name)
    if found is None:
        return None
    parts = found.groupdict()
    try:
        if "s" in parts:
            return end_of(int(parts["s"]))
        year, month, day = int(parts["Y"]), int(parts.get("m") or 1), int(parts.get("d") or 1)
        begin = date(year, month, day)
        if "d" in parts:
            return begin + timedelta(days=1)
        return date(year + 1, 1, 1) if "m" not in parts or month == 12 else date(year, month + 1, 1)
    except (ValueError, OverflowError):
        return None


def end_of(seconds: int) -> date:
    """The day after a moment in Unix seconds."""
    return datetime.fromtimestamp(seconds, UTC).date() + timedelta(days=1)


def wanted(answers: Archive, seen: Database) -> list[str]:
    """The tables that are meant and exist, as tables or as our views, in order of their names; each
    once.
    """
    here = [
        one.name
        for one in seen.relations.values()
        if one.schema == answers.database and _may_be(one.name)
    ]
    found = set(answers.tables) & set(here)
    if seen.today:
        limit = cutoff(date.fromisoformat(seen.today), answers.months)
        for pattern in answers.patterns:
            found |= {name for name in here if (end := period_end(pattern, name)) and end <= limit}
        if answers.preset == "utm5":
            ends = {
                listed_name(answers, name): end_of(seconds)
                for name, seconds in seen.listed
                if seconds > 0
            }
            found |= {name for name in here if name in ends and ends[name] <= limit}
    return sorted(found)


def listed_name(answers: Archive, name: str) -> str:
    """The table that an entry of UTM5's list names: it may carry the schema in front."""
    return name.replace("`", "").removeprefix(f"{answers.database}.")


def _may_be(name: str) -> bool:
    return not name.startswith((STAGED, OLD)) and name != LEDGER
