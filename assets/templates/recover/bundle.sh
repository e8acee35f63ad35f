# The evidence of one node as it is now: a tar.gz as base64, then its SHA-256. It reads only.
# What does not come within its time is left out; `errors` has why.
set -u
# What is kept is what it prints: a complaint among it would spoil the archive.
exec 2>/dev/null
umask 077
export LC_ALL=C
work=$(mktemp -d /run/gw-bundle.XXXXXX) || exit 1
archive=$work.tar.gz
trap 'rm -rf "$work" "$archive"' EXIT
mkdir "$work/out" "$work/done" || exit 1
cd "$work/out" || exit 1
started=0

# take NAME COMMAND…: its output as a file. In the background, as a disk that hangs never lets go.
take() {
  name=$1; shift
  started=$((started + 1))
  (
    timeout -k 2 20 "$@" >"$name" 2>>errors </dev/null
    : >"$work/done/$name"
  ) >/dev/null 2>&1 &
}

# Neither private keys nor passwords: nobody needs them to understand an accident.
take ganeti.tar tar -C /var/lib/ganeti -cf - --exclude=./queue/archive --exclude='*.pem' \
  --exclude=./hmac.key --exclude=./cluster-domain-secret --exclude=./rapi .
take xen.tar tar -C /etc/xen -cf - .
take proc-drbd cat /proc/drbd
take drbdsetup-show sh -c 'drbdsetup show | grep -v shared-secret'
take mdstat cat /proc/mdstat
take mdadm-detail sh -c 'mdadm --detail --scan; for a in /dev/md[0-9]*; do mdadm --detail "$a"; done'
take mdadm-examine sh -c 'mdadm --examine /dev/sd* /dev/vd* /dev/nvme*n*'
take lvs lvs -a -o +devices,lv_tags
take vgs vgs -v
# Of each volume group: %s becomes its name, vgcfgbackup(8).
take vgcfgbackup sh -c 'vgcfgbackup -f "$0.%s" >/dev/null; cat "$0".*' "$work/group"
take drbd-metadata sh -c '
  n=1000
  for meta in /dev/*/*.disk[0-9]*_meta; do
    case $meta in */mapper/*) continue;; esac  # A second name of each.
    [ -e "$meta" ] || continue
    echo "== $meta"
    drbdmeta "$n" v08 "$meta" flex-external get-gi
    drbdmeta "$n" v08 "$meta" flex-external dump-md | head -c 200000
    n=$((n + 1))
  done' metadata
take xl-list xl list -v
take xl-info xl info
take network sh -c 'ip addr; ip route; ip neigh; bridge link; ss -tanoe'
take processes ps -eo pid,ppid,stat,lstart,args
take time sh -c 'date +%s; date; uptime; journalctl --list-boots --no-pager | tail -n 20'
take ganeti-logs sh -c '
  for log in /var/log/ganeti/*.log; do echo "== $log"; tail -c 600000 "$log"; done'
for boot in 0 -1 -2; do
  take "journal$boot" sh -c 'journalctl -q -k -b "$1" -o short-iso --no-pager | tail -c 3000000' \
    journal "$boot"
done

waited=0
while [ "$(ls "$work/done" | wc -l)" -lt "$started" ] && [ "$waited" -lt 120 ]; do
  sleep 0.25
  waited=$((waited + 1))
done

# tar ends with 1 when a file grows while it is read (tar(1)): the rest is there all the same.
pack() { tar -czf "$archive" -C "$work/out" .; [ $? -le 1 ] || exit 1; }
pack
if [ "$(stat -c %s "$archive")" -gt 30000000 ]; then
  rm -f ganeti-logs journal*
  echo 'without the logs: more than 30 MB' >>errors
  pack
fi
base64 "$archive"
printf 'sha256 %s\n' "$(sha256sum <"$archive" | cut -d' ' -f1)"
