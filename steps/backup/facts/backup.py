"""What a guest has of its backup: programs, settings, keys, timers, and the records of how the last
runs ended.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from steps.backup.bacula_files import MARK
from steps.backup.facts.bacula import FD_CONFIG
from steps.backup.hosts import CLEAR, ETC, KEY, KNOWN, NAME, PROGRAMS, STATE, guests
from steps.common.facts.texts import fields, files, sections
from wizard.answers import Answers
from wizard.model.step import Fact

TIMERS = ("gw-backup.timer", "gw-backup-check.timer")
UNITS = "/etc/systemd/system"
RECORDS = ("backup", "backup-check", "restore-test")


@dataclass(frozen=True)
class Client:
    """One guest. `texts` are our files by path; `key` is the public half of its ssh key for the
    backup host.

    `password` is whether the repository's password is kept there; `vault_key` and `vault_password`
    are the same on our encrypted volume. `locked` are mount points that fstab or our encrypted
    volume name and that nothing is mounted on; `crypt` is the mount point of our encrypted volume,
    or of another one that is open, "" when there is none; `volume` are all mount points of ours,
    its own first. `database` is "mariadb", "mysql" or "", `datadirs` its folder, and the same below
    a folder to back up, where it was moved to. `daemon` is whether Bacula's file daemon runs here,
    or will at the next boot, with our configuration. `timers` are those that are enabled, active
    and read anew. `records` are the JSON records by name (`RECORDS`); `now` is the guest's clock.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    password: bool = False
    vault_key: str = ""
    vault_password: bool = False
    locked: tuple[str, ...] = ()
    crypt: str = ""
    volume: tuple[str, ...] = ()
    database: str = ""
    datadirs: tuple[str, ...] = ()
    daemon: bool = False
    timers: tuple[str, ...] = ()
    records: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    now: int = 0

    def record(self, name: str) -> Mapping[str, Any]:
        """How the last run of that name ended; empty when there was none or the record cannot be
        read.
        """
        return self.records.get(name, {})

    def age(self, name: str, member: str = "time") -> int | None:
        """Seconds since the time that stands in a record; None when there is no such time."""
        value = self.record(name).get(member)
        return self.now - value if isinstance(value, int) and value > 0 else None


def _record(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def parse(text: str) -> Client:
    """Read the files, then after "== state" lines of `name: value`."""
    head, _, tail = text.partition("== state\n")
    texts, values = sections(head.removesuffix("\n")), fields(tail)
    units = re.findall(
        r"^timer (\S+) UnitFileState=enabled ActiveState=active NeedDaemonReload=no$",
        tail,
        re.MULTILINE,
    )
    return Client(
        texts={path: body for path, body in texts.items() if not path.startswith(f"{STATE}/")},
        key=values.get("key", ""),
        password=values.get("password") == "yes",
        vault_key=values.get("vault key", ""),
        vault_password=values.get("vault password") == "yes",
        locked=tuple(values.get("locked", "").split()),
        crypt=values.get("crypt", ""),
        volume=tuple(values.get("volume", "").split()),
        database=values.get("database", ""),
        datadirs=tuple(path.rstrip("/") for path in values.get("datadir", "").split()),
        daemon=values.get("daemon") == "ours",
        timers=tuple(units),
        records={name: _record(texts.get(f"{STATE}/{name}.json", "")) for name in RECORDS},
        now=int(values.get("now", "0") or 0),
    )


def _on_volume(answers: Answers) -> bool:
    """Whether password and key belong on a guest's volume, as was decided or will be suggested."""
    backup = answers.backup
    if backup.kind != "simple" or "password_file" not in backup.model_fields_set:
        return backup.kind == "simple"
    return backup.password_file.endswith(NAME) and backup.password_file != CLEAR


def _script(answers: Answers, host: str) -> str:
    if host not in guests(answers):
        return ":"
    backup = answers.backup
    programs = [
        *PROGRAMS,
        *(
            f"/usr/local/sbin/gw-{name}"
            for name in ("restic", "backup", "backup-check", "bacula-note")
        ),
    ]
    units = [
        f"{UNITS}/{name}"
        for timer in TIMERS
        for name in (timer, timer.replace(".timer", ".service"))
    ]
    paths = [
        *programs,
        f"{ETC}/backup.conf",
        KNOWN,
        *units,
        *(f"{STATE}/{name}.json" for name in RECORDS),
    ]
    password = CLEAR if backup.password_file.endswith(NAME) else backup.password_file
    folders = shlex.join(
        dict.fromkeys([*backup.folders, backup.work, password.rpartition("/")[0] or "/"])
    )
    secrets = '"$MOUNT"' if _on_volume(answers) else ""
    return f"""{files(shlex.join(paths))}
echo; echo '== state'
echo "now: $(date +%s)"
echo "key: $(cat {KEY}.pub)"
[ -s {shlex.quote(password)} ] && echo 'password: yes'
protected=/etc/default/protected-volume; [ -r $protected ] && . $protected
if [ -n "$MOUNT" ] && mountpoint -q "$MOUNT"; then
  [ -s "$MOUNT{NAME}" ] && echo 'vault password: yes'
  echo "vault key: $(cat "$MOUNT{NAME.replace("password", "key")}.pub")"
fi
points() {{ awk '$1 !~ /^#/ && $2 ~ /^[/]./ {{ print $2 }}' /etc/fstab; printf '%s\\n' $MOUNT $BINDS; }}
echo "locked: $(points | while read -r m; do
  [ -n "$m" ] || continue
  mountpoint -q "$m" && continue
  for f in {folders} {secrets}; do case $f/ in "$m"/*) echo "$m"; break ;; esac; done
done | sort -u | tr '\\n' ' ')"
echo "crypt: $([ -n "$MOUNT" ] && echo "$MOUNT" || findmnt -rno SOURCE,TARGET -t ext4,xfs,btrfs | while read -r s t; do
  [ "$t" != / ] && lsblk -rnso TYPE "$s" | grep -qx crypt && echo "$t"; done | head -n 1)"
echo "volume: $(printf '%s ' $MOUNT $BINDS)"
if command -v mariadbd >/dev/null; then echo 'database: mariadb'
elif command -v mysqld >/dev/null; then echo 'database: mysql'; fi
d=$(timeout 20 mariadb -NBe 'SELECT @@datadir' || timeout 20 mysql -NBe 'SELECT @@datadir'); d=${{d%/}}
echo "datadir: $d$(for f in {folders}; do [ -n "$d" ] && [ "$f$d" -ef "$d" ] && printf ' %s' "$f$d"; done)"
if systemctl -q is-active bacula-fd || systemctl -q is-enabled bacula-fd; then
  grep -qF {shlex.quote(MARK)} {FD_CONFIG} && echo 'daemon: ours'
fi
for t in {" ".join(TIMERS)}; do
  echo "timer $t $(systemctl show -p UnitFileState,ActiveState,NeedDaemonReload "$t" | sort -r | tr '\\n' ' ' |
    sed 's/\\(Unit[^ ]*\\) \\(Need[^ ]*\\) \\(Act[^ ]*\\) /\\1 \\3 \\2/')"
done"""  # noqa: E501


CLIENT = Fact(name="backup-client", script=_script, parse=parse)
"""tail(1), fstab(5), mountpoint(1), findmnt(8), lsblk(8), `systemctl show`, and our own records."""
