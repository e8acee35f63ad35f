#!/bin/sh
# Put here by ganeti-wizard (step vault). Opens and closes this machine's encrypted volume with all that stands on it.
#   protected-volume unlock | lock | status
# The passphrase is one line of standard input, or asked on the terminal. Settings: /etc/default/protected-volume.
# A line of output is: ok, note or FAILED; what it is about; what was done or found.
# Exit codes: 0 done; 1 failed; 2 wrong use; 3 wrong passphrase; 4 something keeps the volume busy; 5 (status) locked;
# 6 the settings are not there, or not whole.
set -u
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd /
SETTINGS=/etc/default/protected-volume
MAPPER= SOURCE= MOUNT= BINDS= SERVICES= NAMED= TARGET=
SETTLE=5 # seconds after which a service that was started must still run

say() { printf '%-6s %-24s %s\n' "$1" "$2" "$3"; }
[ ! -r "$SETTINGS" ] || . "$SETTINGS"
if [ -z "$MAPPER" ] || [ -z "$SOURCE" ] || [ -z "$MOUNT" ] || [ -z "$TARGET" ]; then
    say FAILED settings "$SETTINGS is not there, or not whole: the wizard's step vault writes it"
    exit 6
fi
unit_of() { systemd-escape --path --suffix=mount "$1"; }
is_open() { [ -b "/dev/mapper/$MAPPER" ]; }

device() {
    case $SOURCE in
        UUID=*) blkid -U "${SOURCE#UUID=}" ;;
        *) [ -f "$SOURCE" ] && printf '%s\n' "$SOURCE" ;;
    esac
}

open_volume() {
    if is_open; then
        say note volume "was open already"
        return
    fi
    found=$(device) || { say FAILED volume "$SOURCE is not there"; exit 1; }
    message=$(cryptsetup open --type luks2 --tries 3 -- "$found" "$MAPPER" 2>&1 <&3)
    rc=$?
    case $rc in
        0) say ok volume "opened" ;;
        2) say FAILED volume "wrong passphrase: no key slot opens with it"; exit 3 ;;
        *) say FAILED volume "cryptsetup ended with $rc: $(printf '%s' "$message" | tr '\n' ' ')"; exit 1 ;;
    esac
}

check_files() {
    mountpoint -q "$MOUNT" && return
    message=$(e2fsck -p "/dev/mapper/$MAPPER" 2>&1)
    rc=$?
    message=$(printf '%s' "$message" | tr '\n' ' ')
    case $rc in
        0) say ok "file system" "checked" ;;
        1) say note "file system" "errors were corrected: $message" ;;
        *) say FAILED "file system" "left open and unmounted; e2fsck -p ended with $rc: $message"; exit 1 ;;
    esac
}

mount_all() {
    for path in $MOUNT $BINDS; do
        if mountpoint -q "$path"; then
            say note "$path" "was mounted already"
        elif [ "$path" != "$MOUNT" ] && [ ! -d "$MOUNT$path" ]; then
            say FAILED "$path" "is not on the volume yet: the wizard's step vault brings it there"
            exit 1
        elif message=$(systemctl start "$(unit_of "$path")" 2>&1) && mountpoint -q "$path"; then
            say ok "$path" "mounted"
        else
            say FAILED "$path" "not mounted: $(printf '%s' "$message" | tr '\n' ' ')"
            exit 1
        fi
    done
}

get() { systemctl show -P "$2" "$1"; }
last_words() { journalctl -u "$1" -n 1 -o cat 2>&1 | tr '\n' ' '; }

# systemd counts init scripts as active when no process of theirs is left; only Type=oneshot is meant to end.
has_ended() { [ "$(get "$1" SubState)" = exited ] && [ "$(get "$1" Type)" != oneshot ]; }

show_service() {
    state=$(get "$1" LoadState)/$(get "$1" ActiveState)
    ! has_ended "$1" || state=ended
    case $state in
        loaded/active) say ok "$1" "runs" ;;
        ended) say FAILED "$1" "has ended: no process of it is left: $(last_words "$1")"; return 1 ;;
        not-found/*) missing "$1" ;;
        *) say FAILED "$1" "does not run (${state#*/}): $(last_words "$1")"; return 1 ;;
    esac
}

# What the operator named must be there; services of a preset may come later.
missing() {
    case " $NAMED " in
        *" $1 "*) say FAILED "$1" "is not installed, or its name is wrong"; return 1 ;;
        *) say note "$1" "is not installed" ;;
    esac
}

start_services() {
    [ -z "$SERVICES" ] || systemctl reset-failed $SERVICES 2>/dev/null
    for unit in $SERVICES; do
        ! has_ended "$unit" || systemctl stop "$unit" 2>/dev/null
    done
    systemctl start "$TARGET" 2>/dev/null || { say FAILED "$TARGET" "not started: systemctl status $TARGET"; exit 1; }
    [ -z "$SERVICES" ] || { systemctl start $SERVICES 2>/dev/null; sleep "$SETTLE"; }
    bad=0
    for unit in $SERVICES; do
        restarts=$(get "$unit" NRestarts)
        if [ "${restarts:-0}" != 0 ] && [ "$(get "$unit" ActiveState)" = active ]; then
            say FAILED "$unit" "ended $restarts times within $SETTLE seconds: $(last_words "$unit")"
            bad=1
        else
            show_service "$unit" || bad=1
        fi
    done
    return $bad
}

stop_services() {
    systemctl stop "$TARGET" $SERVICES 2>/dev/null
    for unit in $SERVICES; do
        case $(get "$unit" LoadState)/$(get "$unit" ActiveState) in
            not-found/inactive) say note "$unit" "is not installed" ;;
            */inactive | */failed) say ok "$unit" "stopped" ;;
            *) say FAILED "$unit" "does not stop: systemctl status $unit"; exit 4 ;;
        esac
    done
}

holders() {
    for pid in $(fuser -m "$1" 2>/dev/null); do
        printf '%s (%s) ' "$(ps -o comm= -p "$pid")" "$pid"
    done
}

unmount_all() {
    turned=
    for path in $MOUNT $BINDS; do turned="$path $turned"; done
    for path in $turned; do
        mountpoint -q "$path" || continue
        systemctl stop "$(unit_of "$path")" 2>/dev/null
        if mountpoint -q "$path" && ! umount "$path" 2>/dev/null; then
            say FAILED "$path" "is busy; it is used by: $(holders "$path")"
            exit 4
        fi
        say ok "$path" "unmounted"
    done
}

close_volume() {
    if ! is_open; then
        say note volume "was locked already"
        return
    fi
    systemctl stop "systemd-cryptsetup@$(systemd-escape "$MAPPER").service" 2>/dev/null
    is_open && cryptsetup close "$MAPPER" 2>/dev/null
    if is_open; then
        say FAILED volume "is still open; what stands on it: $(ls "/sys/class/block/$(basename "$(readlink -f \
            "/dev/mapper/$MAPPER")")/holders" 2>/dev/null | tr '\n' ' ')"
        exit 4
    fi
    say ok volume "closed: the key is out of memory"
}

show_status() {
    if ! is_open; then
        say note volume "locked"
        exit 5
    fi
    say ok volume "open"
    bad=0
    for path in $MOUNT $BINDS; do
        if mountpoint -q "$path"; then say ok "$path" "mounted"; else say FAILED "$path" "not mounted"; bad=1; fi
    done
    for unit in $SERVICES; do
        show_service "$unit" || bad=1
    done
    return $bad
}

exec 3<&0
case ${1:-} in
    unlock) open_volume && check_files && mount_all && start_services ;;
    lock) stop_services && unmount_all && close_volume ;;
    status) show_status ;;
    *) echo "usage: protected-volume unlock | lock | status" >&2; exit 2 ;;
esac
