#!/bin/sh
# Put here by ganeti-wizard, started weekly by gw-backup-check.timer: the repository's structure and a tenth of its
# data, another tenth each week. How it ended: backup-check.json.
. "${GW_LIB:-/usr/local/lib/ganeti-wizard/backup.sh}"

good=$(number backup-check.json last_good)
fail() { record backup-check.json false "$1" ", \"part\": \"${part:-}\", \"last_good\": $good"; }

exec 9>"$STATE/backup.lock"
if ! flock -w 3600 9; then
    fail "a backup has been running for an hour"
    exit 1
fi
part=$(($(date +%s) / 604800 % 10 + 1))/10
gw-restic unlock >/dev/null 2>&1
if text=$(gw-restic check --read-data-subset="$part" 2>&1); then
    record backup-check.json true "no errors; part $part of the data was read" \
        ", \"part\": \"$part\", \"last_good\": $(date +%s)"
else
    fail "$(printf '%s\n' "$text" | grep -v '^$' | tail -n 3)"
    printf '%s\n' "$text" >&2
    exit 1
fi
cat "$STATE/backup-check.json"
