# Put here by ganeti-wizard; sourced by its backup programs. Settings: /etc/ganeti-wizard/backup.conf.
# A record of how something ended is one line of JSON in /var/lib/ganeti-wizard, replaced as a whole:
# {"time": seconds since 1970, "ok": true or false, "message": text, and more}.
export LC_ALL=C HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 077
CONF=${GW_CONF:-/etc/ganeti-wizard/backup.conf}
. "$CONF"
STATE=${STATE:-/var/lib/ganeti-wizard}
mkdir -p "$STATE" "$WORK"

# One line of printable text, safe inside JSON quotes.
json_text() {
    printf '%s' "$1" | tr '\n\t' '  ' | tr -d '\000-\037\177' | cut -c 1-600 | sed 's/\\/\\\\/g; s/"/\\"/g'
}

# record FILE true|false MESSAGE [MORE]: MORE is JSON members with a leading comma.
record() {
    printf '{"time": %s, "ok": %s, "message": "%s"%s}\n' "$(date +%s)" "$2" "$(json_text "$3")" "${4:-}" \
        >"$STATE/$1.new" && sync "$STATE/$1.new" && mv -f "$STATE/$1.new" "$STATE/$1"
}

# number FILE NAME: a number member of a record, 0 when there is none.
number() {
    found=$(sed -n "s/.*\"$2\": \([0-9][0-9]*\).*/\1/p" "$STATE/$1" 2>/dev/null)
    echo "${found:-0}"
}

# last_good FILE: when the last good run was, 0 when there was none. A good record without that member is its own.
last_good() {
    found=$(number "$1" last_good)
    if [ "$found" = 0 ] && grep -q '"ok": true' "$STATE/$1" 2>/dev/null; then found=$(number "$1" time); fi
    echo "$found"
}

# Free KiB of the file system that holds a folder.
free_kib() { df -Pk "$1" | awk 'NR == 2 { print $4 }'; }

# Where something should be mounted: by fstab, and by the encrypted volume, whose mounts are units and not in fstab.
mount_points() {
    awk '$1 !~ /^#/ && $2 ~ /^[/]./ { print $2 }' "${FSTAB:-/etc/fstab}"
    protected=${PROTECTED:-/etc/default/protected-volume}
    if [ -r "$protected" ]; then (. "$protected" && printf '%s\n' $MOUNT $BINDS); fi
}

# unmounted FOLDER: the mount point at FOLDER or above it that nothing is mounted on; fails when there is none.
unmounted() {
    for point in $(mount_points); do
        case $1/ in "$point"/*) if ! mountpoint -q "$point"; then echo "$point"; return; fi ;; esac
    done
    return 1
}

# The folders that can be backed up now, a line each; those that cannot are named on standard error.
folders() {
    for folder in $FOLDERS; do
        if missing=$(unmounted "$folder"); then
            echo "$missing is not mounted" >&2
        elif [ -e "$folder" ]; then
            echo "$folder"
        elif grep -qxF "$folder" "$STATE/backup.folders" 2>/dev/null; then
            echo "$folder is gone, and the last good backup has it" >&2
        fi
    done
}

# Disks' file systems below the folders, of which a backup has nothing (it goes beyond no file system) unless one is a folder
# to back up itself. What is mounted from the encrypted volume is there by its own place on that.
beyond() {
    known=$(datadirs; protected=${PROTECTED:-/etc/default/protected-volume}
        if [ -r "$protected" ]; then (. "$protected" && printf '%s\n' $BINDS); fi)
    left=$(awk '$3 ~ /^(ext[234]|xfs|btrfs|zfs|f2fs|jfs|bcachefs|vfat)$/ { print $2 }' "${MOUNTS:-/proc/self/mounts}" \
        | sort -u | while read -r mount; do
        inside=''
        for folder in $FOLDERS; do
            case $folder/ in "$mount"/*) continue 2 ;; esac
            case $mount/ in "${folder%/}"/*) inside=yes ;; esac
        done
        if [ -n "$inside" ] && ! printf '%s\n' "$known" | grep -qxF "$mount"; then printf '%s ' "$mount"; fi
    done)
    if [ -n "$left" ]; then echo "; not in it, being file systems of their own: ${left% }"; fi
}

# Folders that are wanted and are not here, on one line.
absent() { for folder in $FOLDERS; do [ -e "$folder" ] || echo "$folder"; done | paste -s -d ' '; }

# After a good backup: the folders that the next one must find.
remember() { folders >"$STATE/backup.folders" 2>/dev/null; }

# The database server of this machine: its program, or the data of one that is gone; fails when there is neither. Asked
# at each run, since a database may have come after the settings were written.
database_here() {
    for program in mariadbd mysqld; do
        if command -v "$program" >/dev/null || pgrep -x "$program" >/dev/null; then echo "$program"; return; fi
    done
    usual=${MYSQL_DATA:-/var/lib/mysql}
    for folder in '' $FOLDERS; do
        if [ -d "$folder$usual/mysql" ]; then echo "data in $folder$usual"; return; fi
    done
    return 1
}

# Database servers that run here, in containers too, and that no dump of ours is of: those of another kind, and all but
# the one that is asked.
OTHER_SERVERS='postgres|mongod|redis-server|valkey-server|slapd|influxd|etcd|firebird|fbserver|clickhouse-serv|sqlservr'
strangers() {
    running=$(cat "${PROC:-/proc}"/[0-9]*/comm 2>/dev/null)
    printf '%s\n' "$running" | grep -xE "$OTHER_SERVERS" | sort -u
    more=$(($(printf '%s\n' "$running" | grep -cxE 'mariadbd|mysqld') - 1))
    if [ "$more" -gt 0 ]; then echo "$more more of MariaDB or MySQL"; fi
}

# What a record says of databases that are in no dump: the operator wants none, or they are not the one that is asked.
undumped() {
    others=$(strangers | paste -s -d ',' | sed 's/,/, /g')
    if [ "$DATABASE" != yes ] && here=$(database_here); then
        echo "; no dump of the database ($here): backup.database is off"
    fi
    if [ -n "$others" ]; then echo "; in no dump: $others"; fi
}

# The folder of the database in use, and the same one below a folder that is backed up (moved onto an encrypted volume, it
# is mounted in its old place), a line each. The dump stands for what is in it.
datadirs() {
    found=$({ ask mariadb -NBe 'SELECT @@datadir' || ask mysql -NBe 'SELECT @@datadir'; } 2>/dev/null)
    found=${found%/}
    [ -n "$found" ] || return 0
    echo "$found"
    for folder in $FOLDERS; do
        if [ "$folder$found" -ef "$found" ]; then echo "$folder$found"; fi
    done
}

# What a server needs to load a dump of the one that is asked, as options of its program: names in small letters alone, and
# pages into which its rows fit, of which memory takes a thousand (InnoDB does not start with few).
needs() {
    ask "$@" -NBe "SELECT CONCAT('--lower-case-table-names=', @@lower_case_table_names, ' --innodb-page-size=',
        @@innodb_page_size, ' --innodb-buffer-pool-size=', GREATEST(@@innodb_page_size, 16384) * 1024)"
}

# ask CLIENT...: ask a database in the same words and with the same answers whatever the locale, its option files and its
# settings are; under LC_ALL=C a client would take names for Latin-1.
SESSION="SET SESSION sql_mode = '', time_zone = '+00:00', autocommit = 1, sql_big_selects = 1, \
sql_select_limit = 18446744073709551615 /*M!100101 , max_statement_time = 0 */"
PLAIN_ANSWERS="--skip-table --skip-vertical --skip-html --skip-xml --skip-force --skip-show-warnings --skip-tee --delimiter=;"
# shellcheck disable=SC2086
ask() { "$@" --default-character-set=utf8mb4 $PLAIN_ANSWERS --init-command="$SESSION"; }

# What makes a dump whole, whatever an option file wants for that program's group: with no-data or where= in it a dump
# would have no rows, or some.
WHOLE_DUMP="--opt --set-charset --tz-utc --skip-no-data --skip-no-create-info --skip-no-create-db --skip-insert-ignore \
--skip-replace --skip-force --where=1"

# with_history CLIENT...: what counts all that a dump carries of a table with system versioning. mariadb-dump takes its
# history along since 10.11, but fails where the history of any goes by transactions.
with_history() {
    mariadb-dump --help 2>/dev/null | grep -q -e --dump-history || return 0
    by_transactions=$(ask "$@" -NBe "SELECT COUNT(*) FROM information_schema.COLUMNS
        WHERE GENERATION_EXPRESSION = 'ROW START' AND DATA_TYPE = 'bigint'") || return 1
    if [ "$by_transactions" = 0 ]; then echo ' FOR SYSTEM_TIME ALL'; fi
}

# Schema and name of tables whose rows were archived and copied for good: a view of the archive's account reads them
# under their old name (step `archive`).
ARCHIVED="SELECT t.TABLE_SCHEMA, t.TABLE_NAME FROM information_schema.VIEWS v JOIN information_schema.TABLES t
    ON t.TABLE_NAME = v.TABLE_NAME AND t.TABLE_SCHEMA <> v.TABLE_SCHEMA AND t.TABLE_TYPE = 'BASE TABLE'
    WHERE v.DEFINER LIKE 'gw\\\\_archive@%'
    AND INSTR(v.VIEW_DEFINITION, CONCAT('\`', t.TABLE_SCHEMA, '\`.\`', t.TABLE_NAME, '\`')) > 0"

# dump_kib CLIENT...: how much a dump of all databases may need.
dump_kib() {
    ask "$@" -NBe "SELECT CEIL(IFNULL(SUM(DATA_LENGTH), 0) * 1.1 / 1024) + 8192 FROM information_schema.TABLES
        WHERE (TABLE_SCHEMA, TABLE_NAME) NOT IN ($ARCHIVED)"
}

# The SQL that counts the rows of all other tables of users, made by the server itself.
count_sql() {
    all=$(with_history "$@") || return 1
    ask "$@" -NBr -e "SELECT CONCAT('SELECT ', QUOTE(TABLE_SCHEMA), ',', QUOTE(TABLE_NAME), ',COUNT(*) FROM \`',
        REPLACE(TABLE_SCHEMA, '\`', '\`\`'), '\`.\`', REPLACE(TABLE_NAME, '\`', '\`\`'), '\`',
        IF(TABLE_TYPE = 'SYSTEM VERSIONED', '$all', ''), ';')
        FROM information_schema.TABLES WHERE TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')
        AND TABLE_SCHEMA NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')
        AND (TABLE_SCHEMA, TABLE_NAME) NOT IN ($ARCHIVED)
        ORDER BY TABLE_SCHEMA, TABLE_NAME"
}

# count_rows CLIENT...: lines of schema, table, rows.
count_rows() {
    sql=$(count_sql "$@") || return 1
    if [ -n "$sql" ]; then printf '%s\n' "$sql" | ask "$@" -NB; fi
}
