#!/bin/sh
# Put here by ganeti-wizard. A consistent dump of all databases of MariaDB or MySQL into the file DUMP of
# /etc/ganeti-wizard/backup.conf, mode 600, and beside it DUMP.rows: schema, table, rows before the dump, rows after
# it, and "still" or "moving" (written to meanwhile). Fails with a message and leaves no half dump; Bacula, which runs
# nothing after a job whose ClientRunBeforeJob failed, has the failure recorded here. Archived tables (ARCHIVED) come
# without their rows, and only where they are missing, so that their views can be made: loading drops no archive.
# Where there is no database, there is nothing to dump, and that is well. For Bacula, dump.made says that there is one.
. "${GW_LIB:-/usr/local/lib/ganeti-wizard/backup.sh}"

clean() {
    rm -f "$DUMP.new" "$DUMP.rows.new" "$DUMP.archived" "$DUMP.tables" "$DUMP.before" "$DUMP.after" "$DUMP.times" \
        "$DUMP.said"
}
stop() {
    echo "create_mysql_dump: $*" >&2
    if [ "${KIND:-}" = central ]; then
        record backup.json false "no backup, since there is no dump: $*" ", \"kind\": \"central\", \"snapshot\": \"\",\
 \"bytes\": 0, \"begun\": $(date +%s), \"seconds\": 0, \"last_good\": $(number backup.json last_good)"
    fi
    exit 1
}
fail() {
    clean
    stop "$@"
}
# Why a program failed, as it said itself: the record is to have the cause.
cause() {
    said=$(grep -v '^$' "$DUMP.said" | tail -n 1)
    case $said in
        *'references invalid'*) said="$said: bring back what the view reads, or DROP VIEW" ;;
        *"'#mysql50#"*) said="$said: a folder among the databases is none of them; name it in the server's settings:\
 ignore_db_dirs = $(printf '%s' "$said" | sed "s/.*'#mysql50#\([^']*\)'.*/\1/"), or move it elsewhere" ;;
        *'errno 27'*) said="it would take more than $((most_kib / 1024)) MiB, and a tenth of what is free stays free" ;;
    esac
    echo "${said:+: $said}"
}

# One at a time: two dumps would write the same files. gw-backup has the lock, and hands it down as descriptor 9.
[ /proc/self/fd/9 -ef "$STATE/backup.lock" ] || exec 9>"$STATE/backup.lock"
flock -w "${PATIENCE:-3600}" 9 \
    || stop "another backup, dump or restore test has been running for ${PATIENCE:-3600} seconds"
trap 'fail "interrupted"' HUP INT TERM
rm -f "$STATE/dump.made"

rm -f "$DUMP" "$DUMP.rows"
if ! here=$(database_here); then
    echo "no database here, nothing to dump"
    exit 0
fi
client=mariadb dump=mariadb-dump
if ! command -v "$client" >/dev/null; then client=mysql dump=mysqldump; fi
command -v "$dump" >/dev/null || fail "there is a database ($here), and neither mariadb-dump nor mysqldump"
mkdir -p "${DUMP%/*}" || fail "cannot make ${DUMP%/*}"
# Apart from what the client says besides: it warns of option files that everybody may write to, and does as asked.
begun=$(ask "$client" -NBe 'SELECT UNIX_TIMESTAMP()' 2>"$DUMP.said") || fail "the database does not answer ($here)$(cause)"
need=$(dump_kib "$client" 2>"$DUMP.said") || fail "the size of the databases cannot be read$(cause)"
free=$(free_kib "${DUMP%/*}")
if [ "$free" -lt "$need" ]; then
    fail "not enough room in ${DUMP%/*}: the dump may need $((need / 1024)) MiB, $((free / 1024)) MiB are free"
fi

# What it may need is a guess: binary values take twice their room, compressed ones more. A full disk would stop a
# database that lies on it.
most_kib=$((free - free / 10))
within() {
    (
        trap '' XFSZ
        ulimit -f $((most_kib * 2)) 2>/dev/null
        exec "$@"
    )
}

most=$(ask "$client" -NBe 'SELECT @@global.sql_select_limit FROM DUAL
    WHERE @@global.sql_select_limit < 18446744073709551615' 2>"$DUMP.said") || fail "the settings cannot be read$(cause)"
if [ -n "$most" ]; then
    fail "the server gives $most rows to a query and drops the others (sql_select_limit), so a dump would be cut"
fi

# The bare tables of the archive, for the beginning of the dump.
bare() {
    cut -f 1 "$DUMP.archived" | sort -u | while read -r schema; do
        printf 'CREATE DATABASE IF NOT EXISTS `%s`;\nUSE `%s`;\n' "$schema" "$schema"
        awk -F '\t' -v s="$schema" '$1 == s { print $2 }' "$DUMP.archived" | xargs "$dump" --default-character-set=utf8mb4 \
            $WHOLE_DUMP --no-data --skip-add-drop-table --skip-triggers --skip-comments "$schema" >"$DUMP.tables" || exit 1
        sed 's/^CREATE TABLE `/CREATE TABLE IF NOT EXISTS `/' "$DUMP.tables"
    done
}

ask "$client" -NBe "$ARCHIVED" >"$DUMP.archived" 2>"$DUMP.said" || fail "the archived tables cannot be listed$(cause)"
# shellcheck disable=SC2046
set -- $(awk -F '\t' '{ print "--ignore-table=" $1 "." $2 }' "$DUMP.archived")
all=$(with_history "$client" 2>"$DUMP.said") || fail "the columns cannot be read$(cause)"
if [ -n "$all" ]; then set -- --dump-history "$@"; fi
count_rows "$client" >"$DUMP.before" 2>"$DUMP.said" || fail "the rows cannot be counted$(cause)"
needs=$(needs "$client" 2>"$DUMP.said") || fail "the settings cannot be read$(cause)"
# A row may be older than a condition of its table, and a table than a server that would no longer make it (error 1118):
# they are to be loaded all the same.
printf -- '-- Needs a server with %s\n' "$needs" >"$DUMP.new"
echo '/*M!100201 SET check_constraint_checks = 0, innodb_strict_mode = 0 */;' >>"$DUMP.new"
bare >>"$DUMP.new" 2>"$DUMP.said" || fail "the archive's tables cannot be dumped$(cause)"
# Under LOCK TABLES in a dump no table could be loaded whose default takes from a sequence (error 1100).
# shellcheck disable=SC2086
within "$dump" --default-character-set=utf8mb4 $WHOLE_DUMP --single-transaction --quick --routines --events --triggers \
    --hex-blob --max-allowed-packet=1G --skip-add-locks "$@" --all-databases >>"$DUMP.new" 2>"$DUMP.said" \
    || fail "$dump failed$(cause); $(($(free_kib "${DUMP%/*}") / 1024)) MiB are free in ${DUMP%/*}"
tail -c 200 "$DUMP.new" | grep -q '^-- Dump completed' || fail "$dump ended before the end of the databases"
count_rows "$client" >"$DUMP.after" 2>"$DUMP.said" || fail "the rows cannot be counted$(cause)"
ask "$client" -NB -e "SELECT TABLE_SCHEMA, TABLE_NAME, IF(UPDATE_TIME >= FROM_UNIXTIME($begun - 1), 'moving', 'still')
    FROM information_schema.TABLES WHERE TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')" >"$DUMP.times" \
    2>"$DUMP.said" || fail "no times of the tables$(cause)"
awk -F '\t' -v OFS='\t' '
    FILENAME == ARGV[1] { before[$1 FS $2] = $3; next }
    FILENAME == ARGV[2] { after[$1 FS $2] = $3; next }
    ($1 FS $2) in before && ($1 FS $2) in after {
        b = before[$1 FS $2]; a = after[$1 FS $2]; print $1, $2, b, a, (a == b ? $3 : "moving")
    }' "$DUMP.before" "$DUMP.after" "$DUMP.times" >"$DUMP.rows.new" || fail "the counts cannot be written"
sync "$DUMP.new" "$DUMP.rows.new" && mv -f "$DUMP.rows.new" "$DUMP.rows" && mv -f "$DUMP.new" "$DUMP" \
    || fail "the dump cannot be put in place"
clean
if [ "$KIND" = central ]; then : >"$STATE/dump.made"; fi
others=$(ask "$client" -NBe "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND ENGINE NOT IN
    ('InnoDB', 'SEQUENCE') AND TABLE_SCHEMA NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')")
if [ "${others:-0}" -gt 0 ]; then
    echo "create_mysql_dump: $others tables are not InnoDB: written to meanwhile, they are not consistent" >&2
fi
histories=$(ask "$client" -NBe "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_TYPE = 'SYSTEM VERSIONED'")
if [ -z "$all" ] && [ "${histories:-0}" -gt 0 ]; then
    echo "create_mysql_dump: $histories tables keep their history (system versioning), and the dump has it not" >&2
fi
echo "dumped $(($(wc -c <"$DUMP") / 1024)) KiB, $(wc -l <"$DUMP.rows") tables"
