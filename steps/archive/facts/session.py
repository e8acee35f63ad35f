"""How each session with a database begins, so that it means the same on every server: whatever the
locale, the option files and the server's own settings are.

Sources: MariaDB Knowledge Base, Server System Variables and mariadb Command-Line Client. The
backup's programs begin the same way (assets/templates/backup/common.sh).
"""

from __future__ import annotations

CHARSET = "--default-character-set=utf8mb4"
"""Without it the client takes the locale's, and under LC_ALL=C names that are not Latin-1 become
question marks.
"""
SESSION = (
    "SET SESSION sql_mode = '', time_zone = '+00:00', autocommit = 1, sql_big_selects = 1, "
    "sql_select_limit = 18446744073709551615 /*M!100101 , max_statement_time = 0 */"
)
"""SQL as we write it, times that never repeat, each statement kept, answers whole however many rows
they have and however long they take.
"""
ANSWERS = (
    *("--skip-table", "--skip-vertical", "--skip-html", "--skip-xml", "--skip-force"),
    *("--skip-show-warnings", "--skip-tee", "--delimiter=;"),
)
"""Answers in lines and nothing besides, and an end at the first error, whatever an option file
wants for the client's group.
"""
WHOLE = (
    *("--opt", "--set-charset", "--tz-utc", "--skip-no-data", "--skip-no-create-info"),
    *("--skip-no-create-db", "--skip-insert-ignore", "--skip-replace", "--skip-force"),
    "--where=1",
)
"""All rows and all definitions in a dump, whatever an option file wants for that program's group:
with no-data or where= in it a copy would have no rows, or some, and nobody would notice.
"""
OPTIONS = (CHARSET, *ANSWERS, f"--init-command={SESSION}")
"""What follows the option file in every call of the client. No sign of SESSION or ANSWERS means
anything to a shell between double quotes.
"""
