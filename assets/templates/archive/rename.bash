opt=$1; shift; db() {
  mariadb ${opt:+"--defaults-extra-file=$opt"} @CHARSET@ @ANSWERS@ --init-command="@SESSION@" -N -B "$@"
}
ready=$1 move=$2 changed=${3-} table=${4-} ledger=${5-} lock="SET SESSION lock_wait_timeout = @LOCK@;"
unchanged() { [ "$1" = 0 ] || { echo "it was written to since it was counted; nothing was moved: find who writes"
  exit 3; }; }
if [ -n "$changed" ]; then n=$(db -e "$changed") || exit 1; unchanged "$n"; fi
t=0
while :; do
  n=$(db -e "SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id <> CONNECTION_ID()
    AND CONVERT_TZ(trx_started, 'SYSTEM', '+00:00') < UTC_TIMESTAMP() - INTERVAL @LONG@ SECOND") || exit 1
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
  # The client may warn of its option files first, and does as asked.
  local told=
  while read -r n; do case $n in ''|*[!0-9]*) told="$told$n "; n=;; *) break;; esac; done <&"${HOLD[0]}"
  [ -n "$n" ] || { echo "${told:-the client ended}"; return 1; }
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
echo moved
