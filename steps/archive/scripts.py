"""The scripts that run on the instance: rename, count, dump, send. $1 is always the client's option
file, "" for none.

They run as units, so that neither a broken link nor the wizard's end cuts them; none needs a
secret.
"""

from __future__ import annotations

LOCK_SECONDS = 5
"""How long a rename waits for running queries at a time: new queries on that table wait behind it
meanwhile.
"""
LONG_SECONDS = 30
"""A transaction that is open for longer may be a dump, which would take the table's rows and then
its view too.
"""
_CLIENT = 'opt=$1; shift; db() { mariadb ${opt:+"--defaults-extra-file=$opt"} -N -B "$@"; }\n'

RENAME = (
    _CLIENT
    + """ready=$1 move=$2 changed=${3-} table=${4-} ledger=${5-} lock="SET SESSION lock_wait_timeout = @LOCK@;"
unchanged() { [ "$1" = 0 ] || { echo "it was written to since it was counted; nothing was moved: find who writes"
  exit 3; }; }
if [ -n "$changed" ]; then n=$(db -e "$changed") || exit 1; unchanged "$n"; fi
t=0
while :; do
  n=$(db -e "SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id <> CONNECTION_ID()
    AND trx_started < NOW() - INTERVAL @LONG@ SECOND") || exit 1
  [ "$n" != 0 ] || break
  [ "$t" -lt 360 ] || { echo "a transaction is open for an hour; nothing was moved"; exit 4; }
  [ "$((t % 6))" != 0 ] || echo "waiting for $n long transactions to end: one may be a dump"
  t=$((t + 1)); sleep 10
done
[ -z "$ready" ] || db -e "$ready" || exit 1
queued() { db -e "SET SESSION lock_wait_timeout = 0; SELECT 1 FROM $table LIMIT 0" 2>&1 | grep -q "ERROR 1205 "; }
attempt() {
  [ -n "$changed" ] || { db -e "$lock $move" 2>&1; return; }
  coproc HOLD { db -n 2>&1; }
  echo "$lock LOCK TABLES $table READ, $ledger l READ; $changed;" >&"${HOLD[1]}"
  read -r n <&"${HOLD[0]}" || n="the client ended"
  case $n in ''|*[!0-9]*) echo "$n"; return 1;; esac
  unchanged "$n"
  db -e "$lock $move" 2>&1 &
  until queued || ! kill -0 "$!" 2>/dev/null; do sleep 0.1; done
  exec {HOLD[1]}>&-
  wait "$!"
}
t=0
until said=$(attempt); do
  rc=$?; echo "$said"
  case $said in *"ERROR 1205 "*) ;; *) exit "$rc";; esac
  t=$((t + 1)); [ "$t" -lt 20 ] || { echo "queries hold the table all the time; nothing was moved"; exit 5; }
  sleep 10
done
echo moved""".replace("@LONG@", str(LONG_SECONDS)).replace("@LOCK@", str(LOCK_SECONDS))  # noqa: E501
)
"""What gets ready ("" for nothing), what moves; then, where nobody may have written since the
count, a query that must say 0, the table, and the ledger that the query reads as `l`.

LOCK TABLES … READ is had when every transaction that wrote to the table has ended, and then keeps
writers out, not readers: what the query says then stays true. RENAME TABLE is not allowed to
whoever holds such a lock, so another connection gives it and waits; the lock is let go when even a
read without waiting is refused (error 1205), since that shows the rename in the queue, and it goes
before all reads and writes there (MariaDB's sql/mdl.cc, as gh-ost uses it). Error 1205 is also a
lock that was not had in time: nothing has changed then, and it is tried again with the query.
"""

COUNT = (
    _CLIENT
    + """table=$1 through=$2 name=$3 ledger=$4 when=$5 mend=${6-}
said=$(db -e "SELECT UNIX_TIMESTAMP(); START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY;
  SELECT COUNT(*) FROM $through; CHECKSUM TABLE $table; COMMIT") || exit 1
at=$(printf '%s\\n' "$said" | sed -n 1p); rows=$(printf '%s\\n' "$said" | sed -n 2p)
sum=$(printf '%s\\n' "$said" | sed -n 3p | cut -f 2)
echo "$name: $rows rows, checksum $sum"
for n in "$at" "$rows" "$sum"; do case $n in ''|*[!0-9]*) echo "that is no number: $n"; exit 1;; esac; done
case $when in
before) same="rows_before <=> $rows AND sum_before <=> $sum"
  sql="INSERT INTO $ledger (name, rows_before, sum_before, counted) VALUES ('$name', $rows, $sum, $at)
    ON DUPLICATE KEY UPDATE sha256 = IF($same, sha256, ''), rows_after = NULL, sum_after = NULL, checked = NULL,
    rows_before = $rows, sum_before = $sum, counted = $at";;
*) sql="UPDATE $ledger SET rows_after = $rows, sum_after = $sum, checked = $at WHERE name = '$name'";;
esac
db -e "$sql" || exit 1
[ "$when" = back ] || exit 0
was=$(db -e "SELECT CONCAT(rows_before, ' rows, checksum ', sum_before) FROM $ledger WHERE name = '$name'") || exit 1
case $was in ''|"$rows rows, checksum $sum") exit 0;; esac
echo "before the move: $was. It stays in the archive. To mend it: $mend"; exit 3"""  # noqa: E501
)
"""The table, what to count through (the table or the view), its name, the ledger, and when: before,
after, or back, in the archive before the way back; then how to mend it when `back` fails since it
is not as before the move.

Exact, so it reads every row.
"""

DUMP = (
    "set -euo pipefail; umask 077; "
    + _CLIENT
    + """folder=$1 source=$2 schema=$3 table=$4 ledger=$5 end=$6; shift 6
mkdir -p "$folder"; new=$folder/$schema.$table.new
last=$({ mariadb-dump ${opt:+"--defaults-extra-file=$opt"} --single-transaction --skip-comments \\
  --skip-add-drop-table --hex-blob --no-tablespaces --max-allowed-packet=1G \\
  "$source" "$table" | tee /dev/fd/3 | gzip -n | "$@" >"$new"
} 3>&1 | tail -n 2)
[[ $last == *SQL_NOTES=@OLD_SQL_NOTES* ]] || { echo "the dump has no end"; exit 1; }
sum=$(sha256sum "$new"); sum=${sum%% *}; bytes=$(stat -c %s "$new"); file=$folder/$schema.$table.${sum:0:12}$end
sync "$new"; mv "$new" "$file"
db -e "UPDATE $ledger SET copied_1 = IF(sha256 = '$sum', copied_1, NULL),
  copied_2 = IF(sha256 = '$sum', copied_2, NULL), bytes = $bytes, sha256 = '$sum' WHERE name = '$table'"
echo "$file: $bytes bytes, sha256 $sum\""""  # noqa: E501
)
"""The folder, the schema that the table is in, the archive's schema, the table, the ledger, how the
name ends, then what encrypts (cat: nothing does). Not encrypted, the same rows give the same file
(no comments, no dates, gzip -n). Its name begins with that of the table and ends with the beginning
of its checksum, so no copy takes another one's place.
"""

SEND = (
    "set -euo pipefail; "
    + _CLIENT
    + """folder=$1 schema=$2 table=$3 ledger=$4 number=$5 place=$6 end=$7; shift 7
sum=$(db -e "SELECT sha256 FROM $ledger WHERE name = '$table'"); name=$schema.$table.${sum:0:12}$end
there() { "$@" "${place%%:*}" "sha256sum <'${place#*:}/$name'" 2>/dev/null | cut -d ' ' -f 1 || true; }
if [ "$(there "$@")" != "$sum" ]; then
  "$@" "${place%%:*}" "set -e; umask 077; mkdir -p '${place#*:}'; cd '${place#*:}'; cat >'$name.new'
    sync '$name.new'; mv '$name.new' '$name'; sync ." <"$folder/$name"
fi
[ "$(there "$@")" = "$sum" ] || { echo "the copy at $place is not the same"; exit 1; }
db -e "UPDATE $ledger SET place_$number = '$place', copied_$number = UNIX_TIMESTAMP() WHERE name = '$table'"
echo "$place/$name: sha256 $sum, the same\""""  # noqa: E501
)
"""The folder, the archive's schema, the table, the ledger, the place's number, the place, how the
name ends, then ssh with its options.
"""

REMOVE = (
    _CLIENT
    + """schema=$1 quoted=$2 ledger=$3 reader=$4
n=$(db -e "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$schema' AND TABLE_NAME <> '$ledger'")
[ "$n" = 0 ] || { echo "$n tables or views are in $schema: it stays"; exit 3; }
if [ "$(db -e "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$schema'")" != 0 ]; then
  n=$(db -e "SELECT COUNT(*) FROM $quoted.$ledger") && [ "$n" = 0 ] || { echo "the ledger is not empty"; exit 3; }
fi
db -e "DROP USER IF EXISTS $reader; DROP DATABASE IF EXISTS $quoted\""""  # noqa: E501
)
"""The archive's schema plain and quoted, the ledger, the account: all removed when no table is left
in there.
"""
