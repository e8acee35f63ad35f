"""What a database server and the folders around it said, read from one JSON array a line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeVar

from steps.archive.facts.database import (
    LEDGER_COLUMNS,
    Database,
    Entry,
    ForeignKey,
    Odd,
    Relation,
    Room,
    Trigger,
    Writer,
    is_plain,
)
from steps.common.grammar import path
from wizard.base.plain import lines_of

_SHA256 = re.compile(r"[0-9a-f]{64}")
"""What the ledger says is no digest is none: part of it names files on other machines."""

Row = list[object]
Rows = dict[str, list[Row]]
"""What was answered, by the word that heads each row."""
Made = TypeVar("Made")


def _number(value: object) -> int:
    """A whole number; 0 for NULL."""
    if value is None:
        return 0
    return int(float(str(value)))


def _texts(row: Row) -> list[str]:
    """A row's values after its head."""
    return [str(value) for value in row[1:]]


def _each(kind: Callable[..., Made], rows: Iterable[Row]) -> tuple[Made, ...]:
    """One of that kind from each row."""
    made = []
    for row in rows:
        values = _texts(row)
        made.append(kind(*values))
    return tuple(made)


def read(text: str) -> tuple[Rows, str]:
    """The rows by their heads; and whatever the client printed besides them, which is its error."""
    rows: Rows = {}
    said: list[str] = []
    for printed in lines_of(text):
        line = printed.strip()
        if not line:
            continue
        try:
            row = json.loads(line)
        except ValueError:
            said.append(line)
        else:
            rows.setdefault(str(row[0]), []).append(row)
    return rows, " ".join(said)


def _relations(rows: Rows) -> dict[str, Relation]:
    """All tables and views, by `schema.name`."""
    columns = _columns(rows)
    hidden = _hidden_columns(rows)
    odd = _odd(rows)
    options = _options(rows)
    views = _views(rows)
    relations = {}
    for _, schema, name, kind, engine, size, written in rows.get("table", []):
        key = f"{schema}.{name}"
        definer, text = views.get(key, ("", ""))
        relations[key] = Relation(
            schema=str(schema),
            name=str(name),
            kind=str(kind),
            engine=str(engine or ""),
            bytes=_number(size),
            written=_number(written),
            columns=tuple(columns.get(key, ())),
            hidden=tuple(hidden.get(key, ())),
            odd=tuple(odd.get(key, ())),
            options=options.get(key, ""),
            definer=definer,
            text=text,
        )
    return relations


def _options(rows: Rows) -> dict[str, str]:
    """With what options each table was made."""
    options = {}
    for row in rows.get("made", []):
        schema, name, text = _texts(row)
        options[f"{schema}.{name}"] = text
    return options


def _views(rows: Rows) -> dict[str, tuple[str, str]]:
    """Definer and SELECT of each view."""
    views = {}
    for row in rows.get("view", []):
        schema, name, definer, text = _texts(row)
        key = f"{schema}.{name}"
        views[key] = (definer, text)
    return views


def _columns(rows: Rows) -> dict[str, list[str]]:
    """All columns of each table."""
    columns: dict[str, list[str]] = {}
    for row in rows.get("column", []):
        schema, table, column, _ = _texts(row)
        key = f"{schema}.{table}"
        columns.setdefault(key, []).append(column)
    return columns


def _hidden_columns(rows: Rows) -> dict[str, list[str]]:
    """Those of each table that SELECT * leaves out."""
    hidden: dict[str, list[str]] = {}
    for row in rows.get("column", []):
        schema, table, column, extra = _texts(row)
        if "INVISIBLE" in extra.upper():
            key = f"{schema}.{table}"
            hidden.setdefault(key, []).append(column)
    return hidden


def _odd(rows: Rows) -> dict[str, list[Odd]]:
    """The odd columns of each table."""
    odd: dict[str, list[Odd]] = {}
    for row in rows.get("odd", []):
        schema, table, *column = _texts(row)
        key = f"{schema}.{table}"
        odd.setdefault(key, []).append(Odd(*column))
    return odd


def _entry(row: Row) -> Entry:
    """What one row of the ledger says."""
    values = dict(zip(LEDGER_COLUMNS, row[1:], strict=True))

    def text(name: str) -> str:
        return str(values[name] or "")

    def number(name: str, unset: int = 0) -> int:
        value = values[name]
        if value is None:
            return unset
        return _number(value)

    digest = text("sha256")
    if not _SHA256.fullmatch(digest):
        digest = ""
    return Entry(
        name=text("name"),
        rows_before=number("rows_before", unset=-1),
        sum_before=number("sum_before", unset=-1),
        counted=number("counted"),
        rows_after=number("rows_after", unset=-1),
        sum_after=number("sum_after", unset=-1),
        checked=number("checked"),
        bytes=number("bytes"),
        sha256=digest,
        place_1=text("place_1"),
        copied_1=number("copied_1"),
        place_2=text("place_2"),
        copied_2=number("copied_2"),
    )


def _reads(rows: Rows) -> frozenset[tuple[str, str]]:
    """What the account in whose name the views read may do, as (schema, privilege)."""
    rights = set()
    for row in rows.get("reads", []):
        schema, privilege = _texts(row)
        # As it was granted: _ and % stand there behind a backslash.
        as_it_is_called = schema.replace("\\", "")
        rights.add((as_it_is_called, privilege))
    return frozenset(rights)


def _folders(rows: Rows) -> dict[str, Room]:
    """How much room each folder has, and whether its disk is encrypted."""
    rooms = {}
    for _, folder, free_kib, disk in rows.get("folder", []):
        rooms[str(folder)] = Room(
            free=_number(free_kib) * 1024,
            encrypted=disk == "crypt",
        )
    return rooms


def _numbers(rows: Rows, head: str) -> list[tuple[str, int]]:
    """Rows of a name and a number."""
    found = []
    for _, name, value in rows.get(head, []):
        found.append((str(name), _number(value)))
    return found


def _only(rows: Rows, head: str) -> str:
    """The text in the one row of that head; "" without it."""
    if head not in rows:
        return ""
    first = rows[head][0]
    return str(first[1])


def _strings(rows: Rows, head: str) -> frozenset[str]:
    """The first value of each row."""
    found = set()
    for row in rows.get(head, []):
        found.add(str(row[1]))
    return frozenset(found)


def database_of(rows: Rows) -> Database:
    """All that was answered, put together. Raises ValueError or TypeError for what cannot be
    understood.
    """
    nothing: Row = ["server", "", "", 0, 0, ""]
    ledger = _ledger(rows)
    # Without its answer nothing is known of the server itself.
    _, version, account, read_only, now, today = rows.get("server", [nothing])[0]
    return Database(
        version=str(version),
        account=str(account),
        read_only=bool(_number(read_only)),
        now=_number(now),
        today=_day(today),
        may=_strings(rows, "may"),
        most_rows=_number(_only(rows, "limit") or -1),
        replica="replica" in rows,
        galera="galera" in rows,
        lowercase="lower" in rows,
        grants=_may_grant(rows),
        schemas=_strings(rows, "schema"),
        relations=_relations(rows),
        references=_each(ForeignKey, rows.get("reference", [])),
        triggers=_each(Trigger, rows.get("trigger", [])),
        writers=_each(Writer, rows.get("writer", [])),
        long=_open_transactions(rows),
        reader="reader" in rows,
        reads=_reads(rows),
        ledger=_entries(ledger),
        strangers=_strangers(ledger),
        has_ledger="has-ledger" in rows,
        listed=tuple(_numbers(rows, "utm5")),
        encrypted="crypt" in _strings(rows, "data"),
        volume=path(_only(rows, "volume")),
        folders=_folders(rows),
        kept=dict(_numbers(rows, "kept")),
        age_error=_only(rows, "age"),
    )


def _may_grant(rows: Rows) -> bool:
    """Whether the account may pass any of its privileges on."""
    privileges = rows.get("may", [])
    return any(grantable == "YES" for _, _, grantable in privileges)


def _open_transactions(rows: Rows) -> dict[int, int]:
    """How long each transaction has been open, in seconds by its connection."""
    seconds_of = {}
    for thread, seconds in _numbers(rows, "open"):
        seconds_of[int(thread)] = seconds
    return seconds_of


def _day(value: object) -> str:
    """A day as ISO 8601 writes it; raises ValueError for what is none."""
    if not value:
        return ""
    return date.fromisoformat(str(value)).isoformat()


def _ledger(rows: Rows) -> dict[str, Row]:
    """The ledger's rows by the table's name, plain or not."""
    by_name = {}
    for row in rows.get("ledger", []):
        name = str(row[1])
        by_name[name] = row
    return by_name


def _entries(ledger: dict[str, Row]) -> dict[str, Entry]:
    """What the ledger says of the tables whose names are plain."""
    entries = {}
    for name, row in ledger.items():
        if is_plain(name):
            entries[name] = _entry(row)
    return entries


def _strangers(ledger: dict[str, Row]) -> tuple[str, ...]:
    """The other names in the ledger."""
    return tuple(name for name in ledger if not is_plain(name))
