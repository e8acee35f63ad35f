opt=$1; shift; db() {
  mariadb ${opt:+"--defaults-extra-file=$opt"} @CHARSET@ @ANSWERS@ --init-command="@SESSION@" -N -B "$@"
}
summing=$1 through=$2 name=$3 ledger=$4 when=$5; shift 5
if [ "$when" = before ] && [ -n "${1-}" ]; then
  n=$(db -e "$1") || exit 1
  [ "$n" = 0 ] || { echo "$name: in $n rows a dump has other values than the table, so nothing is copied or moved." \
    "$2; or leave the table out"; exit 3; }
fi
said=$(db -e "SELECT UNIX_TIMESTAMP(); START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY;
  SELECT COUNT(*) FROM $through; $summing; COMMIT") || exit 1
at=$(printf '%s\n' "$said" | sed -n 1p); rows=$(printf '%s\n' "$said" | sed -n 2p)
sum=$(printf '%s\n' "$said" | sed -n 3p | cut -f 2)
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
mend=$1 only=${2-}
was=$(db -e "SELECT CONCAT(rows_before, ' rows, checksum ', sum_before) FROM $ledger WHERE name = '$name'") || exit 1
case $only$was in ''|"rows: "|"$rows rows, checksum $sum"|"rows: $rows rows, "*) exit 0;; esac
echo "before the move: $was. It stays in the archive. To mend it: $mend"; exit 3
