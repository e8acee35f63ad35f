"""The questions to a database server about what a move, a copy or a sum would not keep: columns and
tables of an odd make, and programs of the server that write to a table by its name.

Sources: information_schema (MariaDB Knowledge Base), its regular expressions are PCRE.
"""

from __future__ import annotations

import re

from steps.archive.facts.queries import select, text_of

_FAITHFUL = ("utf8mb4", "utf8mb3", "latin1", "ascii", "ucs2", "utf16", "utf16le", "utf32")
"""Character sets of which every text comes back from utf8mb4 as it was."""
_TABLE = "TABLE_SCHEMA, TABLE_NAME"
_SEQUENCE = (
    "IFNULL(COLUMN_DEFAULT NOT LIKE '''%' AND COLUMN_DEFAULT REGEXP '(next|last|set)val', 0)"
)
"""Whether a default takes from a sequence; one that is a text stands in quotes."""
_MADE = "IF(IS_GENERATED = 'ALWAYS', SUBSTRING_INDEX(EXTRA, ' ', 1), '')"
_WRITES = (
    r"(?is)\b(?:insert|replace|update|delete|truncate|alter|drop|rename|load)\b(?!\s*\()"
    r"(?:(?!\bselect\b)[^;])*(?<![.`\w$-])"
)
"""What a statement says before the name of a table that it writes to; behind SELECT it reads."""
_PROGRAMS = (
    "SELECT 'event' AS kind, EVENT_SCHEMA AS place, EVENT_NAME AS name, EVENT_DEFINITION AS body "
    "FROM information_schema.EVENTS UNION ALL "
    "SELECT 'trigger', TRIGGER_SCHEMA, TRIGGER_NAME, ACTION_STATEMENT "
    "FROM information_schema.TRIGGERS UNION ALL "
    "SELECT LOWER(ROUTINE_TYPE), ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_DEFINITION "
    "FROM information_schema.ROUTINES"
)


def oddities(schemas: str) -> tuple[str, ...]:
    """Columns and tables of an odd make in schemas, which are given as SQL has them.

    A time stamp is told too: what is generated from one depends on the session's time zone.
    """
    faithful = ", ".join(text_of(charset) for charset in _FAITHFUL)
    return (
        select(
            "odd",
            f"{_TABLE}, COLUMN_NAME, DATA_TYPE, IFNULL(CHARACTER_SET_NAME, ''), "
            f"IF({_SEQUENCE}, 'SEQUENCE', {_MADE}), IFNULL(GENERATION_EXPRESSION, '')",
            f" FROM information_schema.COLUMNS WHERE TABLE_SCHEMA IN {schemas} AND "
            "(DATA_TYPE IN ('float', 'timestamp') OR IS_GENERATED = 'ALWAYS' OR "
            f"CHARACTER_SET_NAME NOT IN ({faithful}) OR {_SEQUENCE}) "
            f"ORDER BY {_TABLE}, ORDINAL_POSITION",
        ),
        select(
            "made",
            f"{_TABLE}, CREATE_OPTIONS",
            f" FROM information_schema.TABLES WHERE TABLE_SCHEMA IN {schemas} AND "
            "CREATE_OPTIONS REGEXP 'partitioned|DATA DIRECTORY'",
        ),
    )


def writers(database: str) -> str:
    """Events, triggers and routines of all schemas that write to a table of the database by its
    name; a name without a schema is one of the program's own schema.

    What a program puts together itself (PREPARE) cannot be seen.
    """
    database_is = text_of(database)
    named = rf"`?{re.escape(database)}`?\s*\.\s*"
    schema = f"IF(o.place = {database_is}, {text_of(f'(?:{named})?')}, {text_of(named)})"
    begin = text_of(r"`?\Q")
    end = text_of(r"\E`?(?![\w$-])")
    pattern = f"CONCAT({text_of(_WRITES)}, {schema}, {begin}, t.TABLE_NAME, {end})"
    return select(
        "writer",
        "o.kind, o.place, o.name, t.TABLE_NAME",
        f" FROM ({_PROGRAMS}) o JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = {database_is}"
        " AND t.TABLE_TYPE = 'BASE TABLE' AND INSTR(o.body, t.TABLE_NAME) > 0"
        f" WHERE o.body REGEXP {pattern} ORDER BY o.place, o.name, t.TABLE_NAME",
    )
