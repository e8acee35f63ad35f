"""Asking a database server for its archive, and the folders around it for room: one JSON array a
line.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from datetime import date

from steps.archive.facts.database import (
    LEDGER,
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
from steps.archive.facts.oddities import oddities, writers
from steps.archive.facts.queries import queries, select, text_of
from steps.archive.facts.session import OPTIONS
from steps.common.facts.texts import filled
from steps.common.grammar import path
from wizard.answers import Answers
from wizard.base.plain import lines_of
from wizard.model.facts import Fact

FOLDER = "/var/lib/ganeti-wizard/archive"
"""Where a copy waits on an instance without an encrypted volume; looked at in any case for one that
waits there.
"""
AGE = "age"
_SHA256 = re.compile(r"[0-9a-f]{64}")
"""What the ledger says is no digest is none: part of it names files on other machines."""

Row = list[object]
Rows = dict[str, list[Row]]
"""What was answered, by the word that heads each row."""


def _number(value: object) -> int:
    return int(float(str(value))) if value is not None else 0


def _texts(row: Row) -> list[str]:
    """A row's values after its head."""
    return [str(value) for value in row[1:]]


def _read(text: str) -> tuple[Rows, str]:
    """The rows; and whatever the client printed besides them, which is its error."""
    rows: Rows = {}
    said: list[str] = []
    for line in filter(None, map(str.strip, lines_of(text))):
        try:
            row = json.loads(line)
        except ValueError:
            said.append(line)
        else:
            rows.setdefault(str(row[0]), []).append(row)
    return rows, " ".join(said)


def _relations(rows: Rows) -> dict[str, Relation]:
    columns, hidden = _columns(rows)
    odd = _odd(rows)
    options = {f"{schema}.{name}": text for schema, name, text in map(_texts, rows.get("made", []))}
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


def _views(rows: Rows) -> dict[str, tuple[str, str]]:
    """Definer and SELECT of each view."""
    views = {}
    for row in rows.get("view", []):
        schema, name, definer, text = _texts(row)
        views[f"{schema}.{name}"] = (definer, text)
    return views


def _columns(rows: Rows) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The columns of each table, all of them and the hidden ones."""
    columns: dict[str, list[str]] = {}
    hidden: dict[str, list[str]] = {}
    for row in rows.get("column", []):
        schema, table, column, extra = _texts(row)
        key = f"{schema}.{table}"
        columns.setdefault(key, []).append(column)
        if "INVISIBLE" in extra.upper():
            hidden.setdefault(key, []).append(column)
    return columns, hidden


def _odd(rows: Rows) -> dict[str, list[Odd]]:
    """The odd columns of each table."""
    odd: dict[str, list[Odd]] = {}
    for row in rows.get("odd", []):
        schema, table, *column = _texts(row)
        odd.setdefault(f"{schema}.{table}", []).append(Odd(*column))
    return odd


def _entry(row: Row) -> Entry:
    values = dict(zip(LEDGER_COLUMNS, row[1:], strict=True))

    def text(name: str) -> str:
        return str(values[name] or "")

    def number(name: str, unset: int = 0) -> int:
        return unset if values[name] is None else _number(values[name])

    digest = text("sha256")
    return Entry(
        name=text("name"),
        rows_before=number("rows_before", unset=-1),
        sum_before=number("sum_before", unset=-1),
        counted=number("counted"),
        rows_after=number("rows_after", unset=-1),
        sum_after=number("sum_after", unset=-1),
        checked=number("checked"),
        bytes=number("bytes"),
        sha256=digest if _SHA256.fullmatch(digest) else "",
        place_1=text("place_1"),
        copied_1=number("copied_1"),
        place_2=text("place_2"),
        copied_2=number("copied_2"),
    )


def _reads(rows: Rows) -> frozenset[tuple[str, str]]:
    rights = set()
    for row in rows.get("reads", []):
        schema, privilege = _texts(row)
        # As it was granted: _ and % stand there behind a backslash.
        rights.add((schema.replace("\\", ""), privilege))
    return frozenset(rights)


def _folders(rows: Rows) -> dict[str, Room]:
    rooms = {}
    for _, folder, free_kib, disk in rows.get("folder", []):
        rooms[str(folder)] = Room(free=_number(free_kib) * 1024, encrypted=disk == "crypt")
    return rooms


def _numbers(rows: Rows, head: str) -> list[tuple[str, int]]:
    """Rows of a name and a number."""
    return [(str(name), _number(value)) for _, name, value in rows.get(head, [])]


def _only(rows: Rows, head: str) -> str:
    """The text in the one row of that head; "" without it."""
    return str(rows[head][0][1]) if head in rows else ""


def _strings(rows: Rows, head: str) -> frozenset[str]:
    """The first value of each row."""
    return frozenset(str(row[1]) for row in rows.get(head, []))


def parse(text: str) -> Database:
    """Read the lines; whatever the client printed besides them is its error."""
    rows, said = _read(text)
    if "server" not in rows or "unread" in rows:
        return replace(_database(rows), error=said or "the client said nothing")
    database = _database(rows)
    # The server answered, so what was said is about the list, the last question that may fail.
    return database if database.listed else replace(database, list_error=said)


def _database(rows: Rows) -> Database:
    nothing: Row = ["server", "", "", 0, 0, ""]
    ledger = {str(row[1]): row for row in rows.get("ledger", [])}
    _, version, account, read_only, now, today = rows.get("server", [nothing])[0]
    return Database(
        version=str(version),
        account=str(account),
        read_only=bool(_number(read_only)),
        now=_number(now),
        today=date.fromisoformat(str(today)).isoformat() if today else "",
        may=_strings(rows, "may"),
        most_rows=_number(_only(rows, "limit") or -1),
        replica="replica" in rows,
        galera="galera" in rows,
        lowercase="lower" in rows,
        grants=any(grantable == "YES" for _, _, grantable in rows.get("may", [])),
        schemas=_strings(rows, "schema"),
        relations=_relations(rows),
        references=tuple(ForeignKey(*_texts(row)) for row in rows.get("reference", [])),
        triggers=tuple(Trigger(*_texts(row)) for row in rows.get("trigger", [])),
        writers=tuple(Writer(*_texts(row)) for row in rows.get("writer", [])),
        long={int(thread): seconds for thread, seconds in _numbers(rows, "open")},
        reader="reader" in rows,
        reads=_reads(rows),
        ledger={name: _entry(row) for name, row in ledger.items() if is_plain(name)},
        strangers=tuple(name for name in ledger if not is_plain(name)),
        has_ledger="has-ledger" in rows,
        listed=tuple(_numbers(rows, "utm5")),
        encrypted="crypt" in _strings(rows, "data"),
        volume=path(_only(rows, "volume")),
        folders=_folders(rows),
        kept=dict(_numbers(rows, "kept")),
        age_error=_only(rows, "age"),
    )


def client(answers: Answers, program: str) -> tuple[str, ...]:
    """The beginning of every call of the database's client."""
    file = answers.archive.defaults
    options = (f"--defaults-extra-file={file}",) if file else ()
    return (program, *options, *OPTIONS)


def age(answers: Answers) -> tuple[str, ...]:
    """The program that encrypts the copies for their recipients; cat when there are none."""
    if not answers.archive.recipients:
        return ("cat",)
    words = [AGE]
    for recipient in answers.archive.recipients:
        words += ["-r", recipient]
    return tuple(words)


_AGE = r"""said=$(@AGE </dev/null 2>&1 >/dev/null) ||
echo "[\"age\", \"$(echo "${said:-it failed}" | head -n 1 | tr -d '\\"')\"]"
"""
# The volume that the step `vault` made comes first; a folder that is not there yet is looked for
# further up.
_ROOM = r"""disk() {
  source=$(findmnt -nvo SOURCE -T "$(readlink -f "$1")" | tail -n 1)
  lsblk -rnso TYPE "$source" | grep -qx crypt && echo crypt || echo clear
}
mounted() {
  findmnt -rno SOURCE,TARGET -t ext4,xfs,btrfs | awk '$1 !~ /\[/ && $2 != "/" { print $2 }'
}
d=$("$@" -e 'SELECT @@datadir'); [ -d "$d" ] && echo "[\"data\", \"$(disk "$d")\"]"
MOUNT=; [ -r /etc/default/protected-volume ] && . /etc/default/protected-volume
v=$(for m in "$MOUNT" $(mounted); do
  mountpoint -q "$m" && [ "$(disk "$m")" = crypt ] && ! [ "$m" -ef "$d" ] && echo "$m" && break
done)
[ -n "$v" ] && echo "[\"volume\", \"$v\"]"
for f in @FOLDERS ${v:+"$v/archive"}; do
  p=$f; while [ ! -d "$p" ]; do p=${p%/*}; p=${p:-/}; done
  echo "[\"folder\", \"$f\", $(df -kP "$p" | awk 'NR == 2 { print $4 }'), \"$(disk "$p")\"]"
  for k in "$f"/*.sql.gz "$f"/*.age "$f"/*.new; do
    [ -f "$k" ] && stat -c '["kept", "%n", %s]' "$k"
  done
done"""
"""Where the data lie, an encrypted volume other than their own folder, and the folders for dumps;
findmnt(8), lsblk(8).
"""


def script(answers: Answers, host: str) -> str:
    """The questions, in one session; the ledger and UTM5's list apart: they may not be there."""
    archive = answers.archive
    ledger = select(
        "ledger",
        ", ".join(LEDGER_COLUMNS),
        f" FROM `{archive.schema_name}`.`{LEDGER}` ORDER BY name",
    )
    server = queries(archive.database, archive.schema_name)
    schemas = f"({text_of(archive.database)}, {text_of(archive.schema_name)})"
    odd = " ".join((*oddities(schemas), writers(archive.database)))
    lines = [
        "command -v mariadb >/dev/null || { echo 'there is no program mariadb'; exit; }",
        f"set -- {shlex.join(client(answers, 'mariadb'))} -N -B -r",
        f'"$@" -e {shlex.quote(server)} 2>&1',
        f'"$@" -e {shlex.quote(odd)} 2>&1 || echo \'["unread"]\'',
        f'"$@" -e {shlex.quote(ledger)} && echo \'["has-ledger"]\'',
    ]
    if archive.preset == "utm5":
        source = f" FROM `{archive.database}`.archives ORDER BY 1"
        listed = select("utm5", "table_name, end_date", source)
        lines.append(f'"$@" -e {shlex.quote(listed)} 2>&1')
    if archive.recipients:
        lines.append(filled(_AGE, {"AGE": shlex.join(age(answers))}).rstrip())
    folders = dict.fromkeys((archive.work, FOLDER))
    lines.append(filled(_ROOM, {"FOLDERS": shlex.join(folders)}))
    return "\n".join(lines)


DATABASE = Fact(name="archive", script=script, parse=parse)
