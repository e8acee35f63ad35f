#!/bin/sh
# Put here by ganeti-wizard, started every hour by gw-config-backup.timer: the cluster's configuration, certificates and
# keys in one archive, with the answers of the build, kept here, on the other servers and on the backup host, KEEP of
# each. Nothing new, nothing sent twice. The backup host gets a sign of life each time: after an accident it tells how
# long this machine lived. How it ended: config-backup.json.
GW_CONF=${GW_CONF:-/etc/ganeti-wizard/config-backup.conf}
. "${GW_LIB:-/usr/local/lib/ganeti-wizard/backup.sh}"

begun=$(date +%s) wrong='' sent=0 newest=''
exec 9>"$STATE/config-backup.lock"
flock -w 600 9 || { echo "another run has been going on for ten minutes" >&2; exit 1; }

finish() {
    rc=$?
    trap - EXIT
    rm -f "$WORK"/.*.new
    if [ "$rc" -ne 0 ] && [ -z "$wrong" ]; then wrong="; interrupted"; fi
    ok=true good=$begun message="${newest:-nothing} is here and in $sent other places"
    if [ -n "$wrong" ]; then ok=false good=$(number config-backup.json last_good) message=${wrong#; }; fi
    record config-backup.json "$ok" "$message" ", \"file\": \"$newest\", \"places\": $sent, \"last_good\": $good"
    cat "$STATE/config-backup.json"
    [ "$ok" = true ] || exit 1
}
trap finish EXIT
trap 'exit 130' HUP INT TERM
stop() { wrong="$wrong; $*"; exit 1; }

# A new archive when anything differs from the last one. A configuration that cannot be read as JSON is not kept.
make() {
    [ -s "$DATA/config.data" ] || stop "there is no $DATA/config.data"
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["serial_no"])' "$DATA/config.data" >"$WORK/.serial.new" \
        2>/dev/null || stop "$DATA/config.data cannot be read: do not restart Ganeti here; compare with an older copy"
    {
        cd "$DATA" && find . -maxdepth 1 -type f ! -name '.*' ! -name '*.lock' ! -name locks.data ! -name tempres.data
        find rapi -maxdepth 1 -name users
    } 2>/dev/null | sort >"$WORK/.list.new"
    set --
    if [ -s "$ANSWERS" ]; then
        folder=${ANSWERS%/*}
        set -- -C "${folder%/*}" "${folder##*/}/${ANSWERS##*/}"
    fi
    sum=$({ cd "$DATA" && xargs -d '\n' sha256sum <"$WORK/.list.new"; [ $# = 0 ] || sha256sum "$ANSWERS"; } \
        | sha256sum | cut -d' ' -f1)
    newest=$(latest)
    if [ -n "$newest" ] && [ "$sum" = "$(cat "$WORK/last.sum" 2>/dev/null)" ]; then return; fi
    name=$NODE-$(date -u +%Y%m%dT%H%M%SZ)-$(cat "$WORK/.serial.new").tar.gz
    tar -C "$DATA" -czf "$WORK/.$name.new" -T "$WORK/.list.new" "$@" && gzip -t "$WORK/.$name.new" && sync "$WORK/.$name.new" \
        && mv -f "$WORK/.$name.new" "$WORK/$name" || stop "the archive cannot be written to $WORK"
    echo "$sum" >"$WORK/last.sum"
    newest=$name
}

latest() { find "$WORK" -maxdepth 1 -name "$NODE-*.tar.gz" -printf '%f\n' | sort | tail -n 1; }

# too_many: of the names on standard input, this node's beyond the newest KEEP.
too_many() { grep -x "$NODE-[0-9TZ]*-[0-9]*\.tar\.gz" | sort | head -n "-$KEEP"; }

to_peer() {
    sum=$(sha256sum <"$WORK/$newest")
    ssh -o BatchMode=yes -o ConnectTimeout=20 "root@$1" sh -s -- "$WORK" "$newest" "${sum%% *}" "$NODE" "$KEEP" <<END
set -e; umask 077; mkdir -p "\$1"; chmod 700 "\$1"; cd "\$1"
if [ ! -e "\$2" ]; then
    base64 -d >".\$2.new" <<'DATA'
$(base64 "$WORK/$newest")
DATA
    [ "\$(sha256sum <".\$2.new" | cut -d' ' -f1)" = "\$3" ] || { rm -f ".\$2.new"; echo 'came incomplete' >&2; exit 1; }
    sync ".\$2.new"; mv -f ".\$2.new" "\$2"
fi
ls -1 | grep -x "\$4-[0-9TZ]*-[0-9]*\.tar\.gz" | sort | head -n "-\$5" | xargs -r rm -f --
END
}

# sftp of the backup host: PLACE is ACCOUNT@ADDRESS, SFTP the command line before it.
batch() { $SFTP -q -b - "$PLACE"; }

to_place() {
    there=$(printf 'ls -1 /repo\n' | batch | sed -n 's|^/repo/||p') || return 1
    {
        if ! printf '%s\n' "$there" | grep -qxF "$newest"; then
            printf -- '-rm /repo/.%s.new\nput -f %s /repo/.%s.new\nchmod 600 /repo/.%s.new\nrename /repo/.%s.new /repo/%s\n' \
                "$newest" "$WORK/$newest" "$newest" "$newest" "$newest" "$newest"
        fi
        printf '%s\n' "$there" "$newest" | sort -u | too_many | sed 's|^|rm /repo/|'
    } | batch >/dev/null
}

# The file's time there is by the backup host's clock; what is in it is by this machine's.
beat() {
    printf '{"version": 1, "node": "%s", "time": %s, "boot": "%s"}\n' "$NODE" "$begun" \
        "$(cat /proc/sys/kernel/random/boot_id)" >"$WORK/.heartbeat.new"
    printf -- '-rm /repo/.heartbeat.new\nput %s /repo/.heartbeat.new\nrename /repo/.heartbeat.new /repo/heartbeat.json\n' \
        "$WORK/.heartbeat.new" | batch >/dev/null
}

# Before all else: a configuration that cannot be read is no sign of death.
if [ -n "$PLACE" ] && ! text=$(beat 2>&1); then
    wrong="; ${PLACE#*@}: no sign of life was left there: $(printf '%s' "$text" | tail -n 1)"
fi
make
find "$WORK" -maxdepth 1 -name "$NODE-*.tar.gz" -printf '%f\n' | too_many | (cd "$WORK" && xargs -r rm -f --)
for peer in $PEERS; do
    if text=$(to_peer "$peer" 2>&1); then sent=$((sent + 1)); else wrong="$wrong; $peer: $(printf '%s' "$text" | tail -n 1)"; fi
done
if [ -n "$PLACE" ]; then
    if text=$(to_place 2>&1); then sent=$((sent + 1)); else wrong="$wrong; ${PLACE#*@}: $(printf '%s' "$text" | tail -n 1)"; fi
fi
[ -z "$wrong" ]
