"""Asking a database server for its archive, and the folders around it for room: one JSON array a
line.
"""

from __future__ import annotations

import shlex
from dataclasses import replace

from steps.archive.facts.answered import database_of, read
from steps.archive.facts.database import LEDGER, LEDGER_COLUMNS, Database
from steps.archive.facts.oddities import oddities, writers
from steps.archive.facts.queries import queries, select, text_of
from steps.archive.facts.session import OPTIONS
from steps.common.facts.texts import filled
from wizard.answers import Answers
from wizard.model.facts import Fact

FOLDER = "/var/lib/ganeti-wizard/archive"
"""Where a copy waits on an instance without an encrypted volume; looked at in any case for one that
waits there.
"""
AGE = "age"


def client(answers: Answers, program: str) -> tuple[str, ...]:
    """The beginning of every call of the database's client."""
    words = [program]
    file = answers.archive.defaults
    if file:
        # It is taken in the first place only (mariadb(1)).
        words.append(f"--defaults-extra-file={file}")
    return (*words, *OPTIONS)


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
        # As long as it is set up, also while its threads stand still.
        '"$@" -e "SHOW ALL SLAVES STATUS" | grep -q . && echo \'["replica"]\'',
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


def parse(text: str) -> Database:
    """Read the lines; whatever the client printed besides them is its error."""
    rows, said = read(text)
    if "server" not in rows or "unread" in rows:
        return replace(database_of(rows), error=said or "the client said nothing")
    database = database_of(rows)
    # The server answered, so what was said is about the list, the last question that may fail.
    if not database.listed:
        return replace(database, list_error=said)
    return database


DATABASE = Fact(name="archive", script=script, parse=parse)
