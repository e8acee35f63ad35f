"""What a database server holds and what stands in the way of moving its tables: one JSON array a
line.

Sources: information_schema (MariaDB Knowledge Base, Information Schema Tables), and the ledger that
the step `archive` keeps in the archive's own schema.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from wizard.answers import Answers
from wizard.model.step import Fact

FOLDER = "/var/lib/ganeti-wizard/archive"
"""Where a copy waits on an instance without an encrypted volume; looked at in any case for one that
waits there.
"""
AGE = "age"
LEDGER = "gw_ledger"
LEDGER_COLUMNS = (
    *("name", "rows_before", "sum_before", "counted", "rows_after", "sum_after", "checked"),
    *("bytes", "sha256", "place_1", "copied_1", "place_2", "copied_2"),
)
READER = "gw_archive"
"""The locked account in whose name the views read: it may do nothing else."""


@dataclass(frozen=True)
class Relation:
    """A table or a view. `rows` is the server's estimate; `bytes` data and indexes; times in Unix
    seconds, 0 when the server does not know: InnoDB forgets `written` when the server restarts.
    `columns` in order; `hidden` those that SELECT * leaves out. `definer` and `text` are of a view.
    """

    schema: str
    name: str
    kind: str = ""
    engine: str = ""
    rows: int = 0
    bytes: int = 0
    created: int = 0
    written: int = 0
    columns: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    definer: str = ""
    text: str = ""

    @property
    def is_table(self) -> bool:
        """Whether it is a plain table; a view, a sequence or a table with history is none."""
        return self.kind == "BASE TABLE"

    @property
    def is_view(self) -> bool:
        """Whether it is a view."""
        return self.kind == "VIEW"


@dataclass(frozen=True)
class Entry:
    """What the ledger says of one table: exact count and CHECKSUM TABLE before and after the move
    (-1: not yet), and its copies. Times in Unix seconds.
    """

    name: str
    rows_before: int = -1
    sum_before: int = -1
    counted: int = 0
    rows_after: int = -1
    sum_after: int = -1
    checked: int = 0
    bytes: int = 0
    sha256: str = ""
    place_1: str = ""
    copied_1: int = 0
    place_2: str = ""
    copied_2: int = 0


@dataclass(frozen=True)
class Room:
    """A folder for dumps: `free` bytes, and whether its disk is `encrypted` (dm-crypt), there
    already or not.
    """

    free: int = 0
    encrypted: bool = False


@dataclass(frozen=True)
class Database:
    """`error` is what the client said when it could not ask. `long` are transactions by connection,
    with the seconds they have been open. `references` are foreign keys as (schema, table,
    referenced schema, table). `reads` is what the reader may do, as (schema, privilege); `listed`
    is UTM5's own list as (table, end in Unix seconds). `encrypted` is whether the server's data lie
    on an encrypted disk, `volume` where an encrypted volume is mounted ("": none is open).
    `folders` are those in which dumps wait or may wait, `kept` the files in them, unfinished ones
    too, with their bytes. `age_error` is what age said when it cannot encrypt for the recipients.
    """

    error: str = ""
    version: str = ""
    account: str = ""
    read_only: bool = False
    now: int = 0
    today: str = ""
    may: frozenset[str] = frozenset()
    grants: bool = False
    schemas: frozenset[str] = frozenset()
    relations: Mapping[str, Relation] = field(default_factory=dict)
    references: tuple[tuple[str, str, str, str], ...] = ()
    triggers: tuple[tuple[str, str, str], ...] = ()
    long: Mapping[int, int] = field(default_factory=dict)
    reader: bool = False
    reads: frozenset[tuple[str, str]] = frozenset()
    ledger: Mapping[str, Entry] = field(default_factory=dict)
    has_ledger: bool = False
    listed: tuple[tuple[str, int], ...] = ()
    list_error: str = ""
    encrypted: bool = False
    volume: str = ""
    folders: Mapping[str, Room] = field(default_factory=dict)
    kept: Mapping[str, int] = field(default_factory=dict)
    age_error: str = ""

    def of(self, schema: str, name: str) -> Relation | None:
        """The table or view of that name."""
        return self.relations.get(f"{schema}.{name}")


def _number(value: object) -> int:
    return int(float(str(value))) if value is not None else 0


def _relations(rows: list[list[object]]) -> dict[str, Relation]:
    found: dict[str, Relation] = {}
    columns: dict[str, list[str]] = {}
    hidden: dict[str, list[str]] = {}
    views = {f"{row[1]}.{row[2]}": (str(row[3]), str(row[4])) for row in rows if row[0] == "view"}
    for _, schema, table, column, extra in (row for row in rows if row[0] == "column"):
        columns.setdefault(f"{schema}.{table}", []).append(str(column))
        if "INVISIBLE" in str(extra).upper():
            hidden.setdefault(f"{schema}.{table}", []).append(str(column))
    for row in (row for row in rows if row[0] == "table"):
        key = f"{row[1]}.{row[2]}"
        definer, text = views.get(key, ("", ""))
        found[key] = Relation(
            schema=str(row[1]),
            name=str(row[2]),
            kind=str(row[3]),
            engine=str(row[4] or ""),
            rows=_number(row[5]),
            bytes=_number(row[6]),
            created=_number(row[7]),
            written=_number(row[8]),
            columns=tuple(columns.get(key, ())),
            hidden=tuple(hidden.get(key, ())),
            definer=definer,
            text=text,
        )
    return found


def _entry(row: list[object]) -> Entry:
    values = dict(zip(LEDGER_COLUMNS, row[1:], strict=True))
    unset = {"rows_before": -1, "sum_before": -1, "rows_after": -1, "sum_after": -1}
    texts = {name: str(values[name] or "") for name in ("name", "sha256", "place_1", "place_2")}
    numbers = {
        name: unset.get(name, 0) if value is None else _number(value)
        for name, value in values.items()
        if name not in texts
    }
    return Entry(**texts, **numbers)  # type: ignore[arg-type]


def parse(text: str) -> Database:
    """Read the lines; whatever the client printed besides them is its error."""
    rows: list[list[object]] = []
    said: list[str] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        try:
            rows.append(json.loads(line))
        except ValueError:
            said.append(line)
    by: dict[str, list[list[object]]] = {}
    for row in rows:
        by.setdefault(str(row[0]), []).append(row)
    server = by.get("server", [["server", "", "", 0, 0, ""]])[0]
    lists = by.get("utm5", [])
    return Database(
        error="" if "server" in by else " ".join(said) or "the client said nothing",
        version=str(server[1]),
        account=str(server[2]),
        read_only=bool(_number(server[3])),
        now=_number(server[4]),
        today=str(server[5]),
        may=frozenset(str(row[1]) for row in by.get("may", [])),
        grants=any(row[2] == "YES" for row in by.get("may", [])),
        schemas=frozenset(str(row[1]) for row in by.get("schema", [])),
        relations=_relations(rows),
        references=tuple(
            (str(r[1]), str(r[2]), str(r[3]), str(r[4])) for r in by.get("reference", [])
        ),
        triggers=tuple((str(r[1]), str(r[2]), str(r[3])) for r in by.get("trigger", [])),
        long={_number(row[1]): _number(row[2]) for row in by.get("open", [])},
        reader="reader" in by,
        reads=frozenset(
            (str(row[1]).replace("\\", ""), str(row[2])) for row in by.get("reads", [])
        ),
        ledger={str(row[1]): _entry(row) for row in by.get("ledger", [])},
        has_ledger="has-ledger" in by,
        listed=tuple((str(row[1]), _number(row[2])) for row in lists),
        list_error=" ".join(said) if "server" in by and not lists else "",
        encrypted=any(row[1] == "crypt" for row in by.get("data", [])),
        volume=str(by["volume"][0][1]) if "volume" in by else "",
        folders={
            str(row[1]): Room(_number(row[2]) * 1024, row[3] == "crypt")
            for row in by.get("folder", [])
        },
        kept={str(row[1]): _number(row[2]) for row in by.get("kept", [])},
        age_error=str(by["age"][0][1]) if "age" in by else "",
    )


def text_of(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def client(answers: Answers, program: str) -> tuple[str, ...]:
    """The beginning of every call of a database's program."""
    file = answers.archive.defaults
    return (program, f"--defaults-extra-file={file}") if file else (program,)


def _queries(database: str, archive: str) -> str:
    both = f"({text_of(database)}, {text_of(archive)})"
    me = (
        "CONCAT('''', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '''@''', "
        "SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')"
    )
    reader = text_of(f"'{READER}'@'localhost'")
    times = "UNIX_TIMESTAMP(CREATE_TIME), UNIX_TIMESTAMP(UPDATE_TIME)"
    asked = (
        "'server', VERSION(), CURRENT_USER(), @@global.read_only + 0, UNIX_TIMESTAMP(), "
        "CAST(CURDATE() AS CHAR))",
        "'may', PRIVILEGE_TYPE, IS_GRANTABLE) FROM information_schema.USER_PRIVILEGES "
        f"WHERE GRANTEE = {me} ORDER BY 1",
        "'schema', SCHEMA_NAME) FROM information_schema.SCHEMATA",
        "'table', TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_ROWS, DATA_LENGTH + "
        "INDEX_LENGTH, "
        f"{times}) FROM information_schema.TABLES WHERE TABLE_SCHEMA IN {both} ORDER BY "
        "TABLE_SCHEMA, TABLE_NAME",
        "'view', TABLE_SCHEMA, TABLE_NAME, DEFINER, VIEW_DEFINITION) FROM information_schema.VIEWS "
        f"WHERE TABLE_SCHEMA IN {both} ORDER BY TABLE_SCHEMA, TABLE_NAME",
        "'column', TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, EXTRA) FROM information_schema.COLUMNS "
        f"WHERE TABLE_SCHEMA IN {both} ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION",
        "'reference', CONSTRAINT_SCHEMA, TABLE_NAME, UNIQUE_CONSTRAINT_SCHEMA, "
        "REFERENCED_TABLE_NAME) "
        "FROM information_schema.REFERENTIAL_CONSTRAINTS "
        f"WHERE CONSTRAINT_SCHEMA IN {both} OR UNIQUE_CONSTRAINT_SCHEMA IN {both}",
        "'trigger', EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE, TRIGGER_NAME) FROM "
        f"information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA IN {both}",
        "'open', trx_mysql_thread_id, TIMESTAMPDIFF(SECOND, trx_started, NOW())) FROM "
        "information_schema.INNODB_TRX WHERE trx_mysql_thread_id <> CONNECTION_ID()",
        f"'reader') FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = {reader} LIMIT 1",
        "'reads', TABLE_SCHEMA, PRIVILEGE_TYPE) FROM information_schema.SCHEMA_PRIVILEGES "
        f"WHERE GRANTEE = {reader}",
    )
    return " ".join(f"SELECT JSON_ARRAY({query};" for query in asked)


def age(answers: Answers) -> tuple[str, ...]:
    """The program that encrypts the copies for their recipients; cat when there are none."""
    recipients = answers.archive.recipients
    return (AGE, *(word for one in recipients for word in ("-r", one))) if recipients else ("cat",)


_AGE = """said=$(AGE </dev/null 2>&1 >/dev/null) ||
echo "[\\"age\\", \\"$(echo "${said:-it failed}" | head -n 1 | tr -d '\\\\"')\\"]\""""
_ROOM = r"""disk() {
  source=$(findmnt -nvo SOURCE -T "$(readlink -f "$1")" | tail -n 1)
  lsblk -rnso TYPE "$source" | grep -qx crypt && echo crypt || echo clear
}
d=$("$@" -e 'SELECT @@datadir'); [ -d "$d" ] && echo "[\"data\", \"$(disk "$d")\"]"
MOUNT=; [ -r /etc/default/protected-volume ] && . /etc/default/protected-volume
v=$(for m in "$MOUNT" $(findmnt -rno SOURCE,TARGET -t ext4,xfs,btrfs | awk '$1 !~ /\[/ && $2 != "/" { print $2 }'); do
  mountpoint -q "$m" && [ "$(disk "$m")" = crypt ] && ! [ "$m" -ef "$d" ] && echo "$m" && break
done)
[ -n "$v" ] && echo "[\"volume\", \"$v\"]"
for f in FOLDERS ${v:+"$v/archive"}; do
  p=$f; while [ ! -d "$p" ]; do p=${p%/*}; p=${p:-/}; done
  echo "[\"folder\", \"$f\", $(df -kP "$p" | awk 'NR == 2 { print $4 }'), \"$(disk "$p")\"]"
  for k in "$f"/*.sql.gz "$f"/*.age "$f"/*.new; do [ -f "$k" ] && stat -c '["kept", "%n", %s]' "$k"; done
done"""  # noqa: E501
"""Where the data lie, an encrypted volume other than their own folder, and the folders for dumps;
findmnt(8), lsblk(8).

The volume that the step `vault` made comes first; a folder that is not there yet is looked for
further up.
"""


def script(answers: Answers, host: str) -> str:
    """The questions, in one session; the ledger and UTM5's list apart, since they may not be there."""  # noqa: E501
    one, target = answers.archive, answers.archive.schema_name
    ledger = f"`{target}`.`{LEDGER}`"
    columns = ", ".join(LEDGER_COLUMNS)
    own = f"SELECT JSON_ARRAY('ledger', {columns}) FROM {ledger} ORDER BY name;"
    lines = [
        "command -v mariadb >/dev/null || { echo 'there is no program mariadb'; exit; }",
        f"set -- {shlex.join(client(answers, 'mariadb'))} -N -B -r",
        f'"$@" -e {shlex.quote(_queries(one.database, target))} 2>&1',
        f'"$@" -e {shlex.quote(own)} && echo \'["has-ledger"]\'',
    ]
    if one.preset == "utm5":
        listed = (
            f"SELECT JSON_ARRAY('utm5', table_name, end_date) FROM `{one.database}`.archives "
            "ORDER BY 1;"
        )
        lines.append(f'"$@" -e {shlex.quote(listed)} 2>&1')
    if one.recipients:
        lines.append(_AGE.replace("AGE", shlex.join(age(answers))))
    return "\n".join(
        [*lines, _ROOM.replace("FOLDERS", shlex.join(dict.fromkeys((one.work, FOLDER))))]
    )


DATABASE = Fact(name="archive", script=script, parse=parse)
