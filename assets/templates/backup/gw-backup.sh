#!/bin/sh
# Put here by ganeti-wizard, started by gw-backup.timer: dump, backup, retention. How it ended: backup.json.
. "${GW_LIB:-/usr/local/lib/ganeti-wizard/backup.sh}"

if [ "$KIND" != simple ]; then
    echo "Bacula backs this machine up: systemctl disable --now gw-backup.timer gw-backup-check.timer" >&2
    exit 1
fi
begun=$(date +%s) wrong='' snapshot='' bytes=0
log=$(mktemp) || exit 1
exec 9>"$STATE/backup.lock"
flock -w 3600 9 || { echo "another backup has been running for an hour" >&2; exit 1; }

# The end, however it comes: the dump is removed, the record written.
finish() {
    rc=$?
    trap - EXIT
    if [ "$rc" -ne 0 ] && [ -z "$wrong" ]; then wrong="; interrupted"; fi
    rm -f "$DUMP" "$DUMP.rows" "$log" "$log.out"
    missing=$(absent)
    ok=true good=$begun message="backed up${missing:+; not here: $missing}$(beyond)$(undumped)"
    if [ -n "$wrong" ]; then ok=false good=$(number backup.json last_good) message=${wrong#; }; fi
    record backup.json "$ok" "$message" ", \"kind\": \"simple\", \"snapshot\": \"$snapshot\", \"bytes\": ${bytes:-0},\
 \"begun\": $begun, \"seconds\": $(($(date +%s) - begun)), \"last_good\": $good, \"missing\": \"$missing\""
    if [ "$ok" = true ]; then remember; fi
    cat "$STATE/backup.json"
    [ "$ok" = true ] || exit 1
}
trap finish EXIT
trap 'exit 130' HUP INT TERM

[ -r "$PASSWORD" ] || { wrong="; the password file $PASSWORD cannot be read: is its volume locked?"; exit 1; }
set --
if [ "$DATABASE" = yes ] && database_here >/dev/null; then
    live=$(datadirs)
    if create_mysql_dump 2>"$log"; then
        set -- "$DUMP" "$DUMP.rows"
        for folder in $live; do set -- --exclude "$folder/*" "$@"; done
    else
        wrong="$wrong; no dump: $(tail -n 1 "$log")"
    fi
fi
gw-restic unlock >/dev/null 2>&1
paths=$(folders 2>"$log")
if [ -s "$log" ]; then wrong="$wrong; $(paste -s -d ',' "$log")"; fi
# shellcheck disable=SC2086
gw-restic backup --json --one-file-system --exclude-caches --exclude "$PASSWORD" --exclude "$WORK/restore-test" \
    "$@" $paths >"$log.out" 2>"$log"
rc=$?
summary=$(grep '"message_type":"summary"' "$log.out" | tail -n 1)
snapshot=$(printf '%s' "$summary" | sed -n 's/.*"snapshot_id":"\([0-9a-f]*\)".*/\1/p')
bytes=$(printf '%s' "$summary" | sed -n 's/.*"total_bytes_processed":\([0-9]*\).*/\1/p')
if [ "$rc" -ne 0 ]; then
    wrong="$wrong; restic backup ended with $rc: $(grep -v '^$' "$log" | tail -n 3 | paste -s -d ' ')"
    exit 1
fi
# After a backup that lacks something nothing is forgotten: the good ones must not make room for it.
# shellcheck disable=SC2086
if [ -z "$wrong" ] && ! gw-restic forget --prune --quiet $KEEP >/dev/null 2>"$log"; then
    wrong="$wrong; old backups were not removed: $(tail -n 1 "$log")"
fi
