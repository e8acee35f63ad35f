#!/bin/sh
# Put here by ganeti-wizard, run by Bacula's file daemon before and after each job: backup.json says how it ended.
#   gw-bacula-note begin;  gw-bacula-note end JOBID BYTES STATUS...
. "${GW_LIB:-/usr/local/lib/ganeti-wizard/backup.sh}"

if [ "$KIND" != central ]; then
    echo "gw-backup backs this machine up, and its record is kept: end Bacula's job" >&2
    exit 1
fi
# Bacula runs ClientRunBeforeJob, the dump, before this; a mark of half a day ago is of a job that was cut off.
if [ "$1" = begin ]; then
    find "$STATE/dump.made" -mmin +720 -delete 2>/dev/null
    date +%s >"$STATE/backup.begun"
    exit 0
fi
begun=$(cat "$STATE/backup.begun" 2>/dev/null || date +%s)
rm -f "$DUMP" "$DUMP.rows" "$STATE/backup.begun"
wrong=$(folders 2>&1 >/dev/null)
if [ "$DATABASE" = yes ] && here=$(database_here) && [ ! -e "$STATE/dump.made" ]; then
    wrong="the job made no dump of the database ($here): the Director needs our new director.conf${wrong:+; $wrong}"
fi
rm -f "$STATE/dump.made"
job=$2 bytes=$3
shift 3
case $bytes in '' | *[!0-9]*) bytes=0 ;; esac
missing=$(absent)
ok=true good=$begun message="backed up${missing:+; not here: $missing}$(beyond)$(undumped)"
case $* in
    OK | OK\ *) ;;
    *) ok=false good=$(number backup.json last_good) message="Bacula's job $job ended with: $*" ;;
esac
if [ -n "$wrong" ]; then
    ok=false good=$(number backup.json last_good) message="$message; $wrong"
fi
record backup.json "$ok" "$message" ", \"kind\": \"central\", \"snapshot\": \"$job\", \"bytes\": $bytes,\
 \"begun\": $begun, \"seconds\": $(($(date +%s) - begun)), \"last_good\": $good, \"missing\": \"$missing\""
if [ "$ok" = true ]; then remember; fi
