"""What a guest has of its backup: programs, settings, keys, timers, and the records of how the last
runs ended.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from steps.backup.bacula_files import MARK
from steps.backup.facts.bacula import FD_CONFIG
from steps.backup.hosts import CLEAR, ETC, KEY, KNOWN, NAME, PROGRAMS, STATE, guests
from steps.common import units
from steps.common.facts.texts import fields, files, filled, sections
from steps.common.grammar import path, public_key
from steps.common.times import elapsed
from wizard.answers import Answers
from wizard.base.plain import plain_json
from wizard.model.facts import Fact

TIMERS = ("gw-backup.timer", "gw-backup-check.timer")
RECORDS = ("backup", "backup-check", "restore-test")


@dataclass(frozen=True)
class Client:
    """What one guest has of its backup."""

    texts: Mapping[str, str] = field(default_factory=dict)
    """Our files, by path."""
    key: str = ""
    """The public half of its ssh key for the backup host."""
    password: bool = False
    """Whether the repository's password is kept in its place outside of our encrypted volume."""
    vault_key: str = ""
    """The public half of the key on our encrypted volume."""
    vault_password: bool = False
    """Whether the password is kept on our encrypted volume."""
    locked: tuple[str, ...] = ()
    """Mount points that fstab or our encrypted volume name and that nothing is mounted on."""
    crypt: str = ""
    """The mount point of our encrypted volume, or of another one that is open; "" without any."""
    volume: tuple[str, ...] = ()
    """All mount points of our encrypted volume, its own first."""
    database: str = ""
    """One of "mariadb" and "mysql"; "" without any."""
    datadirs: tuple[str, ...] = ()
    """The database's folder, and the same below a folder to back up, where it was moved to."""
    daemon: bool = False
    """Whether Bacula's file daemon runs, or will at the next boot, with our configuration."""
    timers: tuple[str, ...] = ()
    """Those that are enabled, active and read anew."""
    records: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The JSON records of how the last runs ended, by name (`RECORDS`)."""
    now: int = 0
    """The guest's clock, in seconds since 1970."""

    def record(self, name: str) -> Mapping[str, Any]:
        """How the last run of that name ended; empty when there was none or the record cannot be
        read.
        """
        return self.records.get(name, {})

    def age(self, name: str, member: str = "time") -> int | None:
        """Seconds since the time that stands in a record; None when there is no such time, or when
        it is still to come.
        """
        value = self.record(name).get(member)
        if isinstance(value, int) and value > 0:
            return elapsed(self.now, value)
        return None


def record_of(text: str) -> Mapping[str, Any]:
    """A record that one of our programs left; empty when it cannot be read."""
    try:
        value = plain_json(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def parse(text: str) -> Client:
    """Read the files, then after "== state" lines of `name: value`."""
    head, _, tail = text.partition("== state\n")
    texts = sections(head.removesuffix("\n"))
    values = fields(tail)
    timers = re.findall(
        r"^timer (\S+) UnitFileState=enabled ActiveState=active NeedDaemonReload=no$",
        tail,
        re.MULTILINE,
    )
    return Client(
        texts={file: body for file, body in texts.items() if not file.startswith(f"{STATE}/")},
        key=public_key(values.get("key", "")),
        password=values.get("password") == "yes",
        vault_key=public_key(values.get("vault key", "")),
        vault_password=values.get("vault password") == "yes",
        locked=tuple(values.get("locked", "").split()),
        crypt=path(values.get("crypt", "")),
        volume=tuple(map(path, values.get("volume", "").split())),
        database=values.get("database", ""),
        datadirs=tuple(path(folder.rstrip("/")) for folder in values.get("datadir", "").split()),
        daemon=values.get("daemon") == "ours",
        timers=tuple(timers),
        records={name: record_of(texts.get(f"{STATE}/{name}.json", "")) for name in RECORDS},
        now=int(values.get("now", "0") or 0),
    )


def _on_volume(answers: Answers) -> bool:
    """Whether password and key belong on a guest's volume, as was decided or will be suggested."""
    backup = answers.backup
    if backup.kind != "simple":
        return False
    if "password_file" not in backup.model_fields_set:
        return True
    return backup.password_file.endswith(NAME) and backup.password_file != CLEAR


def _paths() -> list[str]:
    """Our files in a guest, whatever kind of backup they belong to."""
    paths = list(PROGRAMS)
    for name in ("restic", "backup", "backup-check", "bacula-note"):
        paths.append(f"/usr/local/sbin/gw-{name}")
    paths += [f"{ETC}/backup.conf", KNOWN]
    for timer in TIMERS:
        paths.append(f"{units.FOLDER}/{timer}")
        paths.append(f"{units.FOLDER}/{timer.replace('.timer', '.service')}")
    for name in RECORDS:
        paths.append(f"{STATE}/{name}.json")
    return paths


# The settings of the encrypted volume (MOUNT, BINDS) are its own program's, where there is one.
# `locked` are the mount points above a folder that matters; a folder below a mount is told by its
# path alone, since the mount is what may be missing.
_STATE = r"""
echo; echo '== state'
echo "now: $(date +%s)"
echo "key: $(cat @KEY.pub)"
[ -s @PASSWORD ] && echo 'password: yes'
protected=/etc/default/protected-volume; [ -r $protected ] && . $protected
if [ -n "$MOUNT" ] && mountpoint -q "$MOUNT"; then
  [ -s "$MOUNT@NAME" ] && echo 'vault password: yes'
  echo "vault key: $(cat "$MOUNT@VAULT_KEY.pub")"
fi
points() {
  awk '$1 !~ /^#/ && $2 ~ /^[/]./ { print $2 }' /etc/fstab
  printf '%s\n' $MOUNT $BINDS
}
echo "locked: $(points | while read -r m; do
  [ -n "$m" ] || continue
  mountpoint -q "$m" && continue
  for f in @FOLDERS @SECRETS; do case $f/ in "$m"/*) echo "$m"; break ;; esac; done
done | sort -u | tr '\n' ' ')"
other_crypt() {
  findmnt -rno SOURCE,TARGET -t ext4,xfs,btrfs | while read -r s t; do
    [ "$t" != / ] && lsblk -rnso TYPE "$s" | grep -qx crypt && echo "$t"
  done | head -n 1
}
echo "crypt: $(if [ -n "$MOUNT" ]; then echo "$MOUNT"; else other_crypt; fi)"
echo "volume: $(printf '%s ' $MOUNT $BINDS)"
if command -v mariadbd >/dev/null; then echo 'database: mariadb'
elif command -v mysqld >/dev/null; then echo 'database: mysql'
fi
plain='--skip-table --skip-vertical --skip-html --skip-xml'
datadir() { timeout 20 "$1" --default-character-set=utf8mb4 $plain -NBe 'SELECT @@datadir'; }
d=$(datadir mariadb || datadir mysql)
d=${d%/}
moved() { for f in @FOLDERS; do [ -n "$d" ] && [ "$f$d" -ef "$d" ] && printf ' %s' "$f$d"; done; }
echo "datadir: $d$(moved)"
if systemctl -q is-active bacula-fd || systemctl -q is-enabled bacula-fd; then
  grep -qF @MARK @FD_CONFIG && echo 'daemon: ours'
fi
for t in @TIMERS; do
  state=
  for p in UnitFileState ActiveState NeedDaemonReload; do
    state="$state $p=$(systemctl show -P $p "$t")"
  done
  echo "timer $t$state"
done
"""


def _script(answers: Answers, host: str) -> str:
    if host not in guests(answers):
        return ":"
    backup = answers.backup
    password = CLEAR if backup.password_file.endswith(NAME) else backup.password_file
    folders = [*backup.folders, backup.work, password.rpartition("/")[0] or "/"]
    words = {
        "KEY": KEY,
        "PASSWORD": shlex.quote(password),
        "NAME": NAME,
        "VAULT_KEY": NAME.replace("password", "key"),
        "FOLDERS": shlex.join(dict.fromkeys(folders)),
        "SECRETS": '"$MOUNT"' if _on_volume(answers) else "",
        "MARK": shlex.quote(MARK),
        "FD_CONFIG": FD_CONFIG,
        "TIMERS": " ".join(TIMERS),
    }
    return files(shlex.join(_paths())) + filled(_STATE, words)


CLIENT = Fact(name="backup-client", script=_script, parse=parse)
"""tail(1), fstab(5), mountpoint(1), findmnt(8), lsblk(8), `systemctl show`, and our own records."""
