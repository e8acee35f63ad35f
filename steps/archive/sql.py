"""The statements that move a table and move it back. None of them copies or deletes a row, none
drops a table.
"""

from __future__ import annotations

from steps.archive.facts.archive import LEDGER, READER, Relation, text_of
from steps.archive.names import OLD, STAGED
from wizard.answers import Archive

READER_IS = f"'{READER}'@'localhost'"


def name_of(value: str) -> str:
    """An identifier as SQL wants it."""
    return "`" + value.replace("`", "``") + "`"


def path(schema: str, name: str) -> str:
    """A table with its schema."""
    return f"{name_of(schema)}.{name_of(name)}"


def pattern_of(schema: str) -> str:
    """A schema in a GRANT, where _ and % would stand for any character."""
    return name_of(schema.replace("_", r"\_").replace("%", r"\%"))


def prepare(answers: Archive) -> str:
    """The schema, the ledger, and the account in whose name the views read; each only if it is not
    there.
    """
    target = answers.schema_name
    number, word = "BIGINT NULL", "NOT NULL DEFAULT ''"
    return f"""CREATE DATABASE IF NOT EXISTS {name_of(target)};
CREATE TABLE IF NOT EXISTS {path(target, LEDGER)} (
  name VARCHAR(64) NOT NULL PRIMARY KEY,
  rows_before {number}, sum_before {number}, counted {number},
  rows_after {number}, sum_after {number}, checked {number},
  bytes {number}, sha256 CHAR(64) {word},
  place_1 VARCHAR(255) {word}, copied_1 {number}, place_2 VARCHAR(255) {word}, copied_2 {number}
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE USER IF NOT EXISTS {READER_IS} ACCOUNT LOCK;
GRANT SELECT, LOCK TABLES ON {pattern_of(target)}.* TO {READER_IS};
"""


def move(answers: Archive, table: Relation) -> tuple[str, str]:
    """The statements that get ready, and the one that moves; all may be given again.

    A view of a table that is not there cannot be made, so a view that reads the table back stands
    in the archive under the table's name first. CREATE OR REPLACE VIEW refuses a table of that name
    (error 1347).
    """
    home, away, name = answers.database, answers.schema_name, table.name
    columns = ", ".join(name_of(column) for column in table.columns)
    ready = (
        f"CREATE OR REPLACE SQL SECURITY INVOKER VIEW {path(away, name)} AS SELECT "
        f"{columns} FROM {path(home, name)};\n"
        f"CREATE OR REPLACE ALGORITHM=MERGE DEFINER={READER_IS} SQL SECURITY DEFINER VIEW "
        f"{path(home, STAGED + name)} "
        f"AS SELECT {columns} FROM {path(away, name)};\n"
    )
    rename = (
        f"RENAME TABLE {path(away, name)} TO {path(away, OLD + name)}, {path(home, name)} "
        f"TO {path(away, name)}, "
        f"{path(home, STAGED + name)} TO {path(home, name)};\n"
    )
    return ready, rename + f"DROP VIEW {path(away, OLD + name)};\n"


def view_again(answers: Archive, table: Relation) -> str:
    """The view alone, for a table that is in the archive while nothing stands in its place."""
    columns = ", ".join(name_of(column) for column in table.columns)
    return (
        f"CREATE ALGORITHM=MERGE DEFINER={READER_IS} SQL SECURITY DEFINER VIEW "
        f"{path(answers.database, table.name)} "
        f"AS SELECT {columns} FROM {path(answers.schema_name, table.name)};\n"
    )


def forget(answers: Archive, name: str) -> str:
    """The statement that takes a table out of the ledger."""
    return f"DELETE FROM {path(answers.schema_name, LEDGER)} WHERE name = {text_of(name)}"


def uncount(answers: Archive, name: str) -> str:
    """The statement that takes the count after the move out of the ledger, so that it is taken
    again.
    """
    unset = "SET rows_after = NULL, sum_after = NULL, checked = NULL"
    return f"UPDATE {path(answers.schema_name, LEDGER)} {unset} WHERE name = {text_of(name)}"


def move_back(answers: Archive, name: str, *, viewed: bool, known: bool = True) -> str:
    """The reverse, in one statement too; it needs nothing made ready. A table that is `known`
    leaves the ledger.
    """
    home, away = answers.database, answers.schema_name
    aside = f"{path(home, name)} TO {path(home, OLD + name)}, " if viewed else ""
    end = f"{forget(answers, name)};\n" if known else ""
    end += f"DROP VIEW {path(home, OLD + name)};\n" if viewed else ""
    return f"RENAME TABLE {aside}{path(away, name)} TO {path(home, name)};\n{end}"


def unwritten(answers: Archive, name: str) -> tuple[str, str, str]:
    """What shows that nobody wrote to a table since it was counted, as far as the server remembers:
    a query that then says 0, the table, and the ledger.
    """
    table, ledger = path(answers.database, name), path(answers.schema_name, LEDGER)
    query = (
        f"SELECT COUNT(*) FROM information_schema.TABLES t JOIN {ledger} l "
        f"ON l.name = t.TABLE_NAME WHERE t.TABLE_SCHEMA = {text_of(answers.database)} "
        f"AND t.TABLE_NAME = {text_of(name)} AND UNIX_TIMESTAMP(t.UPDATE_TIME) >= l.counted"
    )
    return query, table, ledger
