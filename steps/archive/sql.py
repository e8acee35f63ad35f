"""The statements that move a table and move it back. None of them copies or deletes a row, none
drops a table.
"""

from __future__ import annotations

from steps.archive.facts.database import LEDGER, READER, Relation
from steps.archive.facts.queries import text_of
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


def _ledger(archive: Archive) -> str:
    return path(archive.schema_name, LEDGER)


def prepare(archive: Archive) -> str:
    """The schema, the ledger, and the account in whose name the views read; each only if it is not
    there.
    """
    schema = archive.schema_name
    # Rules for passwords (simple_password_check) refuse an account without one, but none that goes
    # by the machine's users; it is locked in any case.
    by_socket = text_of("IDENTIFIED VIA unix_socket")
    is_loaded = "PLUGIN_NAME = 'unix_socket' AND PLUGIN_STATUS = 'ACTIVE'"
    create = text_of(f"CREATE USER IF NOT EXISTS {READER_IS} ")
    number = "BIGINT NULL"
    word = "NOT NULL DEFAULT ''"
    return f"""CREATE DATABASE IF NOT EXISTS {name_of(schema)};
CREATE TABLE IF NOT EXISTS {_ledger(archive)} (
  name VARCHAR(64) NOT NULL PRIMARY KEY,
  rows_before {number}, sum_before {number}, counted {number},
  rows_after {number}, sum_after {number}, checked {number},
  bytes {number}, sha256 CHAR(64) {word},
  place_1 VARCHAR(255) {word}, copied_1 {number}, place_2 VARCHAR(255) {word}, copied_2 {number}
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
SET @by = IF(EXISTS(SELECT 1 FROM information_schema.PLUGINS WHERE {is_loaded}), {by_socket}, '');
EXECUTE IMMEDIATE CONCAT({create}, @by, ' ACCOUNT LOCK');
GRANT SELECT, LOCK TABLES ON {pattern_of(schema)}.* TO {READER_IS};
"""


def _columns(table: Relation) -> str:
    return ", ".join(name_of(column) for column in table.columns)


def _view(view: str, table: Relation, source: str) -> str:
    """What follows CREATE for the view that stands in a table's place: it reads in the name of the
    locked account, so nothing can be written through it.
    """
    return (
        f"ALGORITHM=MERGE DEFINER={READER_IS} SQL SECURITY DEFINER VIEW {view} "
        f"AS SELECT {_columns(table)} FROM {source};\n"
    )


def move(archive: Archive, table: Relation) -> tuple[str, str]:
    """The statements that get ready, and the one that moves; all may be given again.

    A view of a table that is not there cannot be made, so a view that reads the table back stands
    in the archive under the table's name first. CREATE OR REPLACE VIEW refuses a table of that name
    (error 1347).
    """
    home = path(archive.database, table.name)
    away = path(archive.schema_name, table.name)
    staged = path(archive.database, STAGED + table.name)
    aside = path(archive.schema_name, OLD + table.name)
    reads_back = (
        f"CREATE OR REPLACE SQL SECURITY INVOKER VIEW {away} AS SELECT "
        f"{_columns(table)} FROM {home};\n"
    )
    ready = f"{reads_back}CREATE OR REPLACE {_view(staged, table, away)}"
    rename = f"RENAME TABLE {away} TO {aside}, {home} TO {away}, {staged} TO {home};\n"
    return ready, f"{rename}DROP VIEW {aside};\n"


def view_again(archive: Archive, table: Relation) -> str:
    """The view alone, for a table that is in the archive while nothing stands in its place."""
    home = path(archive.database, table.name)
    away = path(archive.schema_name, table.name)
    return f"CREATE {_view(home, table, away)}"


def forget(archive: Archive, name: str) -> str:
    """The statement that takes a table out of the ledger."""
    return f"DELETE FROM {_ledger(archive)} WHERE name = {text_of(name)}"


def uncount(archive: Archive, name: str) -> str:
    """The statement that takes the count after the move out of the ledger, so that it is taken
    again.
    """
    unset = "SET rows_after = NULL, sum_after = NULL, checked = NULL"
    return f"UPDATE {_ledger(archive)} {unset} WHERE name = {text_of(name)}"


def move_back(archive: Archive, name: str, *, viewed: bool, known: bool = True) -> str:
    """The reverse, in one statement too; it needs nothing made ready. A table that is `known`
    leaves the ledger.
    """
    home = path(archive.database, name)
    away = path(archive.schema_name, name)
    aside = path(archive.database, OLD + name)
    back = f"{away} TO {home}"
    if viewed:
        back = f"{home} TO {aside}, {back}"
    statements = [f"RENAME TABLE {back};\n"]
    if known:
        statements.append(f"{forget(archive, name)};\n")
    if viewed:
        statements.append(f"DROP VIEW {aside};\n")
    return "".join(statements)


def unwritten(archive: Archive, name: str) -> tuple[str, str, str]:
    """What shows that nobody wrote to a table since it was counted, as far as the server remembers:
    a query that then says 0, the table, and the ledger.
    """
    table = path(archive.database, name)
    ledger = _ledger(archive)
    query = (
        f"SELECT COUNT(*) FROM information_schema.TABLES t JOIN {ledger} l "
        f"ON l.name = t.TABLE_NAME WHERE t.TABLE_SCHEMA = {text_of(archive.database)} "
        f"AND t.TABLE_NAME = {text_of(name)} AND UNIX_TIMESTAMP(t.UPDATE_TIME) >= l.counted"
    )
    return query, table, ledger
