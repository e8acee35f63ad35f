"""How a table is summed up before and after its move, and what a dump of it would not keep."""

from __future__ import annotations

from steps.archive.facts.database import Entry, Odd, Relation
from steps.archive.facts.queries import text_of
from steps.archive.sql import name_of, path

OWN = 1 << 32
"""Sums of our own begin here: those of CHECKSUM TABLE end before."""


def _is_virtual(column: Odd) -> bool:
    """Whether a column is generated when it is read."""
    return column.made == "VIRTUAL"


def checksum(schema: str, table: Relation) -> str:
    """What sums a table up, whichever schema it is in: the sum is the second column of the answer.

    CHECKSUM TABLE takes a virtual column as it happens to lie in memory, so that the sum of the
    same rows changes (MDEV-32079): such a table is summed up without those columns.
    """
    virtual = {column.name for column in table.odd if _is_virtual(column)}
    if not virtual:
        return f"CHECKSUM TABLE {path(schema, table.name)}"
    floats = {column.name for column in table.odd if column.type == "float"}
    values = ["''"]
    for column in table.columns:
        if column in virtual:
            continue
        # As text a FLOAT has six digits.
        value = f"{name_of(column)} + 0e0" if column in floats else name_of(column)
        values.append(f"IFNULL(MD5({value}), '-')")
    total = f"IFNULL(SUM(CRC32(CONCAT_WS(',', {', '.join(values)}))), 0)"
    return f"SELECT {text_of(table.name)}, {OWN} + {total} FROM {path(schema, table.name)}"


def is_unstable(entry: Entry, table: Relation | None) -> bool:
    """Whether the sum before the move tells nothing: an earlier version took it otherwise."""
    if table is None or entry.rows_before < 0:
        return False
    return entry.sum_before < OWN and any(map(_is_virtual, table.odd))


def is_unchanged(entry: Entry, table: Relation | None) -> bool:
    """Whether both counts are the same, and both sums where they tell anything."""
    if is_unstable(entry, table):
        return entry.rows_before == entry.rows_after
    return entry.is_unchanged


def unkept(table: Relation) -> tuple[str, str]:
    """A query for the number of rows with a value that a dump writes as another one; and in words
    which columns have them and what to do. Two empty texts when no column can.

    A dump writes a FLOAT with six digits, and texts in utf8mb4, in which not all bytes of some
    character sets are a character.
    """
    tests = []
    words = []
    for column in table.odd:
        name = name_of(column.name)
        if column.made:
            continue
        if column.type == "float":
            tests.append(f"{name} <> CAST(CONCAT({name}) AS FLOAT)")
            words.append(f"{column.name} is FLOAT, of which a dump has six digits: make it DOUBLE")
        elif column.charset and column.type not in ("enum", "set"):
            back = f"CONVERT(CONVERT({name} USING utf8mb4) USING {column.charset})"
            tests.append(f"HEX({name}) <> HEX({back})")
            words.append(
                f"{column.name} is {column.charset}, of which some bytes are no character: correct "
                "them, or make it BLOB"
            )
    if not tests:
        return "", ""
    rows = path(table.schema, table.name)
    return f"SELECT COUNT(*) FROM {rows} WHERE {' OR '.join(tests)}", "; ".join(words)
