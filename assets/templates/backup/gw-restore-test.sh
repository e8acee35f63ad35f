#!/bin/sh
# Put here by ganeti-wizard. Restores the latest backup into WORK/restore-test, compares it with what is here, loads the
# dump into a database server of its own, counts the rows, cleans up. How it ended: restore-test.json.
# Bacula's Director restores by itself. With "room" this makes room for it, looks whether there is enough, and notes a test
# that has not ended well until "compare" goes on with what was restored.
. "${GW_LIB:-/usr/local/lib/ganeti-wizard/backup.sh}"

mode=${1:-} begun=$(date +%s) scratch=$WORK/restore-test wrong='' pending='' compared=0 listed=0 tables=0 rows=0 moving=0 server=''
lists=$(mktemp -d) || exit 1
exec 9>"$STATE/backup.lock"
flock -w 3600 9 || { echo "a backup has been running for an hour" >&2; exit 1; }
taken=$(number backup.json last_good) good=$(last_good restore-test.json)

finish() {
    rc=$?
    trap - EXIT
    if [ -n "$server" ]; then kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; fi
    rm -rf "$scratch" "$lists"
    if [ "$rc" -ne 0 ] && [ -z "$wrong" ]; then wrong="; interrupted"; fi
    ok=true was=$good good=$(date +%s)
    message="$listed files are there, $compared compared; $tables tables with $rows rows loaded and counted"
    if [ "$moving" -gt 0 ]; then message="$message; $moving were written to during the dump"; fi
    message="$message$(undumped)"
    if [ -n "$wrong" ]; then ok=false good=$was message=${wrong#; }; fi
    record restore-test.json "$ok" "$message" ", \"kind\": \"$KIND\", \"of\": $taken, \"files\": $listed, \"compared\": $compared,\
 \"tables\": $tables, \"rows\": $rows, \"moving\": $moving, \"seconds\": $(($(date +%s) - begun)), \"last_good\": $good"
    cat "$STATE/restore-test.json"
    [ "$ok" = true ] || [ "$rc$pending" = 0yes ] || exit 1
}
trap finish EXIT
trap 'exit 130' HUP INT TERM
stop() { wrong="$wrong; $*"; exit 1; }

fetch() {
    rm -rf "$scratch"
    mkdir -p "$scratch"
    size=$(gw-restic stats latest --mode restore-size --json 2>"$lists/err" | sed -n 's/.*"total_size":\([0-9]*\).*/\1/p')
    [ -n "$size" ] || stop "the repository cannot be read: $(tail -n 1 "$lists/err")"
    room "$((size / 1024))" "the restored files"
    gw-restic restore latest --target "$scratch" >/dev/null 2>"$lists/err" \
        || stop "restic restore failed: $(grep -v '^$' "$lists/err" | tail -n 2 | paste -s -d ' ')"
}

# room KIB WHAT: stop when the scratch place has less than that and 8 MiB.
room() {
    free=$(free_kib "$WORK")
    [ "$free" -gt "$(($1 + 8192))" ] \
        || stop "not enough room in $scratch: $2 need $(($1 / 1024)) MiB, $((free / 1024)) MiB are free"
}

# For the Director: as much as the folders hold now, the dump besides, and a quarter more, since nothing stops it halfway.
# The last job's bytes are compressed, and may be those of what changed alone: they are the least that is needed.
ahead() {
    rm -rf "$scratch"
    need=$(belonging | awk '{ sum += $1 } END { printf "%d", sum / 1024 }')
    if [ "$DATABASE" = yes ] && database_here >/dev/null; then
        dumped=$({ dump_kib mariadb || dump_kib mysql; } 2>/dev/null) || stop "the database does not say how large it is"
        need=$((need + dumped))
    fi
    least=$(($(number backup.json bytes) / 1024))
    if [ "$need" -lt "$least" ]; then need=$least; fi
    room "$((need + need / 4))" "the restored files"
    wrong="; not ended yet: the Director has not restored the backup, or the test was cut off" pending=yes
}

# belonging TEST...: size and path of the files here that belong into the backup, and of which find's tests hold.
belonging() {
    for folder in $(datadirs); do set -- "$@" ! -path "$folder/*"; done
    # shellcheck disable=SC2086
    find $present -xdev -path "$WORK" -prune -o -type f ! -path "$PASSWORD" ! -path '*/.cache/*' "$@" -printf '%s %p\n'
}

# Every file that was here before the backup and has not changed since must be there, as long as here; 300 of them byte by
# byte.
files() {
    before=$wrong
    belonging ! -newerct "@$taken" >"$lists/here"
    (cd "$scratch" && find . -type f -printf '%s /%P\n') >"$lists/there"
    touch "$lists/missing" "$lists/short" "$lists/both"
    sort -k 2 "$lists/here" | awk -v to="$lists/" '
        { path = substr($0, length($1) + 2) }
        FILENAME == ARGV[1] { size[path] = $1; next }
        { print path >(to (!(path in size) ? "missing" : size[path] == $1 ? "both" : "short")) }' "$lists/there" -
    listed=$(wc -l <"$lists/both")
    [ "$listed" -gt 0 ] || wrong="$wrong; not one of the files here is in the backup"
    if [ -s "$lists/missing" ]; then
        wrong="$wrong; $(wc -l <"$lists/missing") files are missing in the backup, the first is $(head -n 1 "$lists/missing")"
    fi
    if [ -s "$lists/short" ]; then
        wrong="$wrong; $(wc -l <"$lists/short") files came back with another length, the first is $(head -n 1 "$lists/short")"
    fi
    if [ "$wrong" != "$before" ]; then wrong="$wrong$director"; fi
    step=$((listed / 300 + 1))
    awk -v step="$step" 'NR % step == 0' "$lists/both" >"$lists/sample"
    while IFS= read -r path; do
        if cmp -s "$path" "$scratch$path" \
            && [ "$(stat -c '%a %u %g' "$path")" = "$(stat -c '%a %u %g' "$scratch$path")" ]; then
            compared=$((compared + 1))
        elif [ -n "$(find "$path" ! -newerct "@$taken" 2>/dev/null)" ]; then
            wrong="$wrong; $path differs from its backup"
        fi
    done <"$lists/sample"
}

# The dump, loaded into a server of its own: no network, no events, root alone on its socket. Without symbolic links no
# table is made in a folder of its own (DATA DIRECTORY), which is that of the live one; and a server that starts removes all
# temporary tables from its tmpdir, those of the live one too.
database() {
    dump=$scratch$DUMP db=$scratch/db
    [ -s "$dump" ] || stop "the backup holds no dump $DUMP; if the database is new, back up again"
    tail -c 200 "$dump" | grep -q '^-- Dump completed' || stop "the dump ends too early: it did not come back whole$director"
    [ -e "$dump.rows" ] || stop "the backup holds no counts $DUMP.rows"
    command -v mariadb-install-db >/dev/null || stop "MariaDB's server is not installed here: the dump cannot be loaded"
    room "$(($(wc -c <"$dump") / 1024 * 2 + 131072))" "the dump's databases"
    mkdir "$db" "$db.tmp"
    # shellcheck disable=SC2046
    set -- $(head -n 1 "$dump" | sed -n 's/^-- Needs a server with //p' | grep -xE '(--[a-z-]+=[0-9]+ ?)+')
    mariadb-install-db --no-defaults --user=root --datadir="$db" --auth-root-authentication-method=normal \
        --skip-test-db --tmpdir="$db.tmp" --innodb-log-file-size=8M "$@" >"$lists/err" 2>&1 \
        || stop "no scratch database: $(tail -n 1 "$lists/err")"
    mariadbd --no-defaults --user=root --datadir="$db" --socket="$db/s" --pid-file="$db/pid" --skip-networking \
        --event-scheduler=OFF --innodb-buffer-pool-size=16M --innodb-log-file-size=8M --key-buffer-size=1M \
        --skip-log-bin --skip-symbolic-links --tmpdir="$db.tmp" --max-allowed-packet=1G --innodb-flush-log-at-trx-commit=0 \
        "$@" >"$lists/server" 2>&1 9>&- &
    server=$!
    tries=0
    until mariadb-admin --no-defaults --socket="$db/s" --silent ping >/dev/null 2>&1; do
        tries=$((tries + 1))
        said=$(grep -F '[ERROR]' "$lists/server" | grep -v 'Aborting$' | tail -n 1)
        kill -0 "$server" 2>/dev/null && [ "$tries" -lt 300 ] || stop "the scratch database does not start: $said"
        sleep 1
    done
    ask mariadb --no-defaults --socket="$db/s" --max-allowed-packet=1G <"$dump" 2>"$lists/err" \
        || stop "the dump cannot be loaded: $(tail -n 1 "$lists/err")"
    count_rows mariadb --no-defaults --socket="$db/s" >"$lists/rows" 2>"$lists/err" \
        || stop "the restored rows cannot be counted: $(tail -n 1 "$lists/err")"
    verdict=$(awk -F '\t' '
        FILENAME == ARGV[1] { got[$1 FS $2] = $3; next }
        { name = $1 "." $2; n = got[$1 FS $2] }
        !(($1 FS $2) in got) { bad = bad "; " name " is missing"; next }
        { tables++; rows += n }
        $5 == "moving" { moving++ }
        { low = $3 < $4 ? $3 : $4; high = $3 + $4 - low }
        n >= low && n <= high { next }
        { bad = bad "; " name " has " n " rows, the dump was made of " low (low == high ? "" : " to " high) }
        END { print tables + 0, rows + 0, moving + 0 bad }' "$lists/rows" "$dump.rows")
    bad=${verdict#*;}
    # shellcheck disable=SC2046
    set -- $(printf '%s' "${verdict%%;*}")
    tables=$1 rows=$2 moving=$3
    if [ "$bad" != "$verdict" ]; then wrong="$wrong;$bad"; fi
}

[ "$taken" -gt 0 ] || stop "there has been no backup yet"
present=$(folders 2>/dev/null)
[ -n "$present" ] || stop "none of the folders $FOLDERS is here to compare with"
director=''
case $mode in
    room) ahead; exit 0 ;;
    compare) director="; how the Director's job ended: bconsole, list jobs" ;;
    *) fetch ;;
esac
[ -d "$scratch" ] || stop "nothing was restored into $scratch$director"
files
if [ "$DATABASE" = yes ] && database_here >/dev/null; then database; fi
