"""The lock of one host: a wizard that changes anything there holds it, and no second one does.

It is a record in `FOLDER`, in memory: a reboot ends it. All that compares and writes it is one
shell line under flock(1), whose lock the kernel takes back from a shell that dies: of many who try
at once one wins, and nothing has to be cleaned up. Times are the host's own, since its boot: they
are right also while a build sets its clock.

A record of somebody else counts until its owner was not heard of for `STALE` seconds *and* neither
a unit of a wizard nor a job of Ganeti is at work on the host. Where that cannot be seen, it counts.
Jobs of Ganeti's watcher, which gives one every five minutes, are nobody's: they tell whose they are
(Ganeti's Constants.hs, opcodeReasonSrcWatcher).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from wizard.base.errors import StateError
from wizard.hosts.host import Host
from wizard.state.owner import Owner

FOLDER = "/run/ganeti-wizard"
STALE = 900
"""Seconds: a wizard tries to get back to a host whose link broke for ten minutes."""
HELD = 75
"""The script's end when somebody else holds the lock (sysexits.h, EX_TEMPFAIL)."""
UNREADABLE = "unreadable"
"""In place of a name, a number or a path that is none."""

FOUND = """
plain() { [ -f "$1" ] && [ ! -L "$1" ]; }
number() { case $1 in ''|0?*|*[!0-9]*) return 1;; esac; [ ${#1} -le 10 ]; }
told() { if plain owner; then head -c 2000 owner; fi; }
find_owner() {
  read -r now rest </proc/uptime
  now=${now%%.*} had=
  if [ -e owner ] || [ -L owner ]; then
    had=unreadable first=
    if plain owner; then first=$(head -c 32 owner); fi
    case $first in
      *[!0-9a-f]*) ;;
      *) if [ ${#first} -eq 32 ]; then had=$first; fi;;
    esac
  fi
}
find_times() {
  beat= since= age=- held=-
  if [ -n "$had" ] && plain beat; then
    set -f
    set -- $(head -c 24 beat)
    set +f
    if number "$1" && number "$2" && [ "$2" -le "$1" ] && [ "$1" -le "$now" ]; then
      beat=$1 since=$2 age=$((now - $1)) held=$((now - $2))
    fi
  fi
}
"""
"""What reads the lock in the folder where the shell is: whose it is, since when. It waits for
nobody.
"""
_ENTER = (
    FOUND
    + """
fail() { echo "$1" >&2; exit 73; }
umask 077
dir=$1 me=$2
if [ ! -d "$dir" ]; then
  why=$(mkdir "$dir" 2>&1) || [ -d "$dir" ] || fail "$why"
fi
[ ! -L "$dir" ] && [ -O "$dir" ] || fail "$dir is no folder of this account's own"
cd "$dir" || exit 73
[ ! -e mutex ] && [ ! -L mutex ] || plain mutex || fail "$dir/mutex is no file"
exec 9>>mutex || exit 73
flock -w 30 9 || fail "the lock is being changed for 30 s already"
find_owner
"""
)
_TAKE = (
    _ENTER
    + """
from=$3 stale=$4 record=$5 queue=$6
at_work() {
  units=$(timeout 10 systemctl list-units --plain --no-legend \
    --state=active,activating,deactivating,reloading \
    'gw-*-??????????-????????.service' 2>/dev/null) || { echo unknown; return; }
  if [ -n "$units" ]; then echo unit; return; fi
  jobs=$(timeout 10 grep -lsE '"status": ?"(queued|waiting|canceling|running)"' "$queue"/job-*)
  case $? in 0|1|2) ;; *) echo unknown; return;; esac
  for job in $jobs; do
    [ ! -e "$job" ] || grep -qs '"gnt:watcher"' "$job" || { echo job; return; }
  done
  echo nothing
}
find_times
work=-
case $had in
  '') state=free;;
  "$me") state=mine;;
  "$from") state=over;;
  *)
    state=held
    if [ -n "$beat" ] && [ "$age" -ge "$stale" ]; then
      work=$(at_work)
      if [ "$work" = nothing ]; then state=stale; fi
    fi;;
esac
echo "$state $had $age $held $work"
[ "$state" = mine ] || told
[ "$state" != held ] || exit 75
[ "$state" = mine ] && [ -n "$since" ] || since=$now
rm -rf beat.new owner.new
printf '%s %s\\n' "$now" "$since" >beat.new
printf '%s\\n%s\\n' "$me" "$record" >owner.new
[ "$(cat beat.new owner.new)" = "$now $since
$me
$record" ] || fail "$dir takes no file: is /run full?"
for name in beat owner; do
  if [ -d "$name" ] && [ ! -L "$name" ]; then rm -rf "$name"; fi
  mv -fT "$name.new" "$name" || exit 73
done
"""
)
_RELEASE = _ENTER + '[ "$had" != "$me" ] || rm -f owner beat'
_QUEUE = "/var/lib/ganeti/queue"
_STATUS = re.compile(
    r"(free|mine|over|stale|held) ([0-9a-f]{32}|unreadable|) (\d{1,10}|-) (\d{1,10}|-) "
    r"(-|unit|job|nothing|unknown)"
)
_WHO = re.compile(r"[A-Za-z0-9_.-]{1,64}@[A-Za-z0-9_.-]{1,64}")
_FOLDER = re.compile(r"[A-Za-z0-9_./@:+-]{1,200}")
_PID = re.compile(r"[0-9]{1,10}")
_DOING = re.compile(r"[A-Za-z0-9_. -]{1,80}")
AT_WORK = {
    "unit": "a command that a wizard began still runs there as a unit",
    "job": "a job of Ganeti is still in its queue there",
    "unknown": "whether a command of it still runs there cannot be seen",
}


@dataclass(frozen=True)
class Holder:
    """Who holds, or held, a host, by the host's own words: each held to a grammar before."""

    token: str
    who: str = UNREADABLE
    folder: str = UNREADABLE
    pid: str = UNREADABLE
    doing: str = UNREADABLE
    age: int | None = None
    """Seconds since it was last heard of; None where the host does not say."""
    held: int | None = None
    """Seconds since it took the lock."""
    work: str = ""
    """What keeps the lock though nobody was heard of for long: a key of AT_WORK, or ""."""

    @property
    def words(self) -> str:
        """Who, since when, with what, and when it was last heard of."""
        since = "since a time that cannot be read"
        if self.held is not None and self.age is not None:
            since = f"for {duration(self.held)}, last heard of {duration(self.age)} ago"
        told = f"{self.who} changes this host ({self.doing}) {since}; "
        told += f"process {self.pid}, state directory {self.folder}"
        return f"{told}; {AT_WORK[self.work]}" if self.work in AT_WORK else told


class Held(StateError):
    """Somebody else holds the lock of a host: nothing was run.

    `ways` is what can be done beside taking it over, and what that can cost.
    """

    def __init__(self, host: str, holder: Holder) -> None:
        self.holder = holder
        self.ways = (
            "Let it end, or end it there: the lock is given back then. That of a wizard which is "
            f"gone is free {duration(STALE)} after it was last heard of, once no command of it "
            "runs. "
            "Take it over only if you know that nobody works there: what the other one has begun "
            "goes on, and two who change one cluster at a time can cost its data."
        )
        super().__init__(
            holder.words,
            where=host,
            mend=f"{self.ways} To take it over: the same command with --take-over {holder.who}",
        )


@dataclass(frozen=True)
class Taken:
    """A lock that is held now: how it was found, and whose it was if it was somebody else's."""

    state: str
    former: Holder | None = None

    @property
    def anew(self) -> bool:
        """Whether it was not held before: somebody else may have changed the host meanwhile."""
        return self.state != "mine"


def duration(seconds: int) -> str:
    """A time as a person says it."""
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def take(host: Host, owner: Owner, doing: str, *, over: str = "", timeout: float) -> Taken:
    """Take the lock, or go on holding it. `over` is the token of somebody from whom it is taken.

    Raises Held; StateError when the host cannot keep it; what `Host.run` raises.
    """
    record = json.dumps(
        {"who": owner.who, "folder": owner.folder, "pid": owner.pid, "doing": doing}
    )
    given = (owner.token, over, str(STALE), record, _QUEUE)
    result = host.run(("sh", "-c", _TAKE, "host-lock", FOLDER, *given), timeout=timeout)
    state, holder = read(result.out)
    if result.rc == HELD:
        raise Held(host.name, holder)
    if result.rc != 0 or not state:
        raise StateError(
            f"its lock cannot be taken: {result.err.strip()[:300] or f'exit {result.rc}'}",
            where=host.name,
            mend=f"see there what {FOLDER} is and whether /run has space: ls -la {FOLDER}; df /run",
        )
    return Taken(state, holder if state in ("over", "stale") else None)


def release(host: Host, owner: Owner, *, timeout: float) -> None:
    """Give the lock back if it is this owner's; raises what `Host.run` raises."""
    host.run(("sh", "-c", _RELEASE, "host-lock", FOLDER, owner.token), timeout=timeout)


def read(text: str) -> tuple[str, Holder]:
    """What the script says: its finding, then the record as it stands in the lock."""
    first, _, record = text.partition("\n")
    status = _STATUS.fullmatch(first)
    if status is None:
        return "", Holder(UNREADABLE)
    state, token, age, held, work = status.groups()
    told = _told(record.partition("\n")[2])
    holder = Holder(
        token,
        who=_word(told, "who", _WHO),
        folder=_word(told, "folder", _FOLDER),
        pid=_word(told, "pid", _PID),
        doing=_word(told, "doing", _DOING),
        age=None if age == "-" else int(age),
        held=None if held == "-" else int(held),
        work=work if work in AT_WORK else "",
    )
    return state, holder


def _told(record: str) -> dict[str, object]:
    try:
        told = json.loads(record)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _word(told: dict[str, object], key: str, grammar: re.Pattern[str]) -> str:
    word = str(told.get(key, ""))
    return word if grammar.fullmatch(word) else UNREADABLE
