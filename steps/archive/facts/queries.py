"""The questions to a database server: each answers with a row of JSON per row of its source.

Sources: information_schema (MariaDB Knowledge Base, Information Schema Tables), and the ledger that
the step `archive` keeps in the archive's own schema.
"""

from __future__ import annotations

from steps.archive.facts.database import READER


def text_of(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def select(head: str, values: str = "", source: str = "") -> str:
    """A question whose answer is a row of JSON for each row of its source."""
    members = f"'{head}', {values}" if values else f"'{head}'"
    return f"SELECT JSON_ARRAY({members}){source};"


def is_on(variable: str) -> str:
    """Whether a switch of the server is on, as 1 or 0: it is a number, or a word as ON and NO_LOCK
    are since read_only has more than two values (MDEV-36425).
    """
    return f"IF(CAST({variable} AS CHAR) IN ('0', 'OFF'), 0, 1)"


def queries(database: str, archive: str) -> str:
    """All that the server itself knows of the database and the archive's schema."""
    schemas = f"({text_of(database)}, {text_of(archive)})"
    texts = (*_of_account(), *_of_relations(schemas), *_of_ties(schemas), *_of_use())
    return " ".join(texts)


def _of_account() -> tuple[str, ...]:
    """The server, what this account may do in it, and the schemas."""
    # As USER_PRIVILEGES writes an account: 'user'@'host', with the quotes.
    me = (
        "CONCAT('''', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '''@''', "
        "SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')"
    )
    # Our session's clock is UTC; the server's date is that of its own time zone.
    now = "CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', @@global.time_zone)"
    return (
        select(
            "server",
            f"VERSION(), CURRENT_USER(), {is_on('@@global.read_only')}, UNIX_TIMESTAMP(), "
            f"CAST(DATE({now}) AS CHAR)",
        ),
        select(
            "limit",
            "@@global.sql_select_limit",
            " FROM DUAL WHERE @@global.sql_select_limit < 18446744073709551615",
        ),
        select("lower", source=" FROM DUAL WHERE @@lower_case_table_names = 1"),
        select(
            "replica",
            source=" FROM information_schema.PROCESSLIST WHERE USER = 'system user' "
            "AND COMMAND LIKE 'Slave%' LIMIT 1",
        ),
        select(
            "galera",
            source=" FROM information_schema.GLOBAL_VARIABLES "
            "WHERE VARIABLE_NAME = 'WSREP_ON' AND VARIABLE_VALUE = 'ON'",
        ),
        select(
            "may",
            "PRIVILEGE_TYPE, IS_GRANTABLE",
            f" FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = {me} ORDER BY 1",
        ),
        select("schema", "SCHEMA_NAME", " FROM information_schema.SCHEMATA"),
    )


def _of_relations(schemas: str) -> tuple[str, ...]:
    """Tables, views and their columns."""
    table = "TABLE_SCHEMA, TABLE_NAME"
    of_schemas = f"WHERE TABLE_SCHEMA IN {schemas} ORDER BY {table}"
    return (
        select(
            "table",
            f"{table}, TABLE_TYPE, ENGINE, DATA_LENGTH + INDEX_LENGTH, UNIX_TIMESTAMP(UPDATE_TIME)",
            f" FROM information_schema.TABLES {of_schemas}",
        ),
        select(
            "view",
            f"{table}, DEFINER, VIEW_DEFINITION",
            f" FROM information_schema.VIEWS {of_schemas}",
        ),
        select(
            "column",
            f"{table}, COLUMN_NAME, EXTRA",
            f" FROM information_schema.COLUMNS {of_schemas}, ORDINAL_POSITION",
        ),
    )


def _of_ties(schemas: str) -> tuple[str, ...]:
    """Foreign keys from and to the schemas, and triggers."""
    return (
        select(
            "reference",
            "CONSTRAINT_SCHEMA, TABLE_NAME, UNIQUE_CONSTRAINT_SCHEMA, REFERENCED_TABLE_NAME",
            " FROM information_schema.REFERENTIAL_CONSTRAINTS "
            f"WHERE CONSTRAINT_SCHEMA IN {schemas} OR UNIQUE_CONSTRAINT_SCHEMA IN {schemas}",
        ),
        select(
            "trigger",
            "EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE, TRIGGER_NAME",
            f" FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA IN {schemas}",
        ),
    )


def _of_use() -> tuple[str, ...]:
    """Open transactions, and the account in whose name the views read.

    INNODB_TRX has the machine's time, whatever the time zone of server and session is.
    """
    reader = text_of(f"'{READER}'@'localhost'")
    return (
        select(
            "open",
            "trx_mysql_thread_id, "
            "TIMESTAMPDIFF(SECOND, CONVERT_TZ(trx_started, 'SYSTEM', '+00:00'), UTC_TIMESTAMP())",
            " FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id <> CONNECTION_ID()",
        ),
        select(
            "reader",
            source=f" FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = {reader} LIMIT 1",
        ),
        select(
            "reads",
            "TABLE_SCHEMA, PRIVILEGE_TYPE",
            f" FROM information_schema.SCHEMA_PRIVILEGES WHERE GRANTEE = {reader}",
        ),
    )
