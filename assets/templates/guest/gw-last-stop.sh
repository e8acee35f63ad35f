#!/bin/sh
# Put here by ganeti-wizard (step guest). Notes whether this machine goes down in order or has its plug pulled.
#   gw-last-stop begin    at boot: judges the stop before it
#   gw-last-stop end      when its unit is stopped, which is after all services: a note if the machine goes down
# It writes last-stop (clean or cut) and obeyed: when the machine last switched itself off in order, seconds since 1970.
set -u
mkdir -p /var/lib/ganeti-wizard && cd /var/lib/ganeti-wizard || exit 1
boot=$(cat /proc/sys/kernel/random/boot_id)

begin() {
    before='' ended='' how='' when=''
    [ -f boot ] && read -r before <boot
    [ -f stopped ] && read -r ended how when <stopped
    if [ "$before" = "$boot" ]; then
        rm -f stopped
        return
    fi
    if [ -n "$before" ] && [ "$ended" = "$before" ]; then
        echo clean >last-stop
        [ "$how" = poweroff ] && echo "$when" >obeyed
    elif [ -n "$before" ]; then
        echo cut >last-stop
    fi
    echo "$boot" >boot
    rm -f stopped
    sync .
}

end() {
    jobs=$(systemctl list-jobs --full --no-legend)
    case $jobs in
        *" poweroff.target "*) how=poweroff ;;
        *" shutdown.target "*) how=other ;;
        *) return ;;
    esac
    echo "$boot $how $(date +%s)" >stopped
    sync stopped
}

case ${1:-} in
    begin | end) "$1" ;;
    *) echo "usage: gw-last-stop begin | end" >&2; exit 2 ;;
esac
