"""What the backup host has for its clients: accounts, folders, keys, what sshd lets them do, and
where it all lies.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.backup.hosts import ACCOUNT, GROUP, KEYS, REPOSITORY, SSHD, port
from steps.common.facts.texts import fields, files, filled, sections
from steps.common.grammar import public_key
from wizard.answers import Answers
from wizard.model.facts import Fact


@dataclass(frozen=True)
class Account:
    """One client's account on the backup host."""

    group: str = ""
    """Its primary group; "" when there is no such account."""
    jail: str = ""
    """Mode and owner of its chroot, as "755 root"."""
    folder: str = ""
    """The same of the folder in it, as "700 backup-inst1"."""
    repository: bool = False
    """Whether a restic repository is in there."""
    sync: str = ""
    """Whether what is written to the folder is on disk at once (chattr(1), S): "yes", "no", or ""
    where the file system cannot tell.
    """
    sshd: Mapping[str, str] = field(default_factory=dict)
    """What sshd would do with its login (`sshd -T -C`)."""


@dataclass(frozen=True)
class BackupPlace:
    """What the backup host has for its clients."""

    host_key: str = ""
    """Its public ed25519 key."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Our files there, by path."""
    accounts: Mapping[str, Account] = field(default_factory=dict)
    crypt: bool = False
    """Whether the folder for backups lies on dm-crypt."""
    group: bool = False
    """Whether the clients' group exists."""
    above: Mapping[str, str] = field(default_factory=dict)
    """Mode and uid, as "755 0", of the folder for backups, where it exists, and of every folder
    above it.
    """

    def account(self, name: str) -> Account:
        """A client's account; an empty one when it was not looked at."""
        return self.accounts.get(name, Account())


def parse(text: str) -> BackupPlace:
    """Read the files, then after "== state" lines of `name: value`; those of an account begin with
    its name.
    """
    head, _, tail = text.partition("== state\n")
    values = fields(tail)
    names = re.findall(r"^account: (\S+)$", tail, re.MULTILINE)
    folders = re.findall(r"^above: (\d+ \d+) (/.*)$", tail, re.MULTILINE)
    return BackupPlace(
        host_key=public_key(" ".join(values.get("host", "").split()[:2])),
        texts=sections(head.removesuffix("\n")),
        accounts={name: _account(values, name) for name in names},
        crypt=values.get("crypt") == "yes",
        group=values.get("group") == "yes",
        above={path: mode_and_owner for mode_and_owner, path in folders},
    )


SETTINGS = (
    "chrootdirectory",
    "forcecommand",
    "authorizedkeysfile",
    "disableforwarding",
    "pubkeyauthentication",
)
"""What is read of sshd's answer for an account that is there, as it spells it."""
ADMITS = "admits"
"""Who may log in, in sshd's own lines with ; between them: told of an account that is to come, too,
as is the next.
"""
SFTP = "sftp"
"""Whether sshd has that subsystem: "yes", "no", or nothing where it gave no answer."""


def _account(values: Mapping[str, str], name: str) -> Account:
    settings = {}
    for setting in (*SETTINGS, ADMITS, SFTP):
        value = values.get(f"{name} {setting}", "")
        if value:
            settings[setting] = value
    return Account(
        group=values.get(f"{name} group", ""),
        jail=values.get(f"{name} jail", ""),
        folder=values.get(f"{name} folder", ""),
        repository=values.get(f"{name} repository") == "yes",
        sync=values.get(f"{name} sync", ""),
        sshd=settings,
    )


# Asked for the client's own address: a Match may let the accounts in from there alone. Without the
# server's address and port sshd gives no answer where any Match asks for those.
_STATE = r"""
echo; echo '== state'
echo "host: $(cat /etc/ssh/ssh_host_ed25519_key.pub)"
getent group @GROUP >/dev/null && echo 'group: yes'
p=@PATH
while [ ! -d "$p" ]; do p=${p%/*}; p=${p:-/}; done
q=$p
while echo "above: $(stat -Lc '%a %u %n' "$q")"; [ "$q" != / ]; do q=${q%/*}; q=${q:-/}; done
lsblk -rnso TYPE "$(findmnt -nvo SOURCE -T "$p")" | grep -qx crypt && echo 'crypt: yes'
for a in @NAMES; do
  jail=@PATH/"$a"
  folder=$jail/@REPOSITORY
  echo "account: $a"
  echo "$a group: $(id -gn "$a")"
  echo "$a jail: $(stat -c '%a %U' "$jail")"
  echo "$a folder: $(stat -c '%a %U' "$folder")"
  case "$(lsattr -d "$folder" 2>/dev/null | cut -d' ' -f1)" in
    '') ;; *S*) echo "$a sync: yes" ;; *) echo "$a sync: no" ;;
  esac
  [ -e "$folder/config" ] && echo "$a repository: yes"
  for w in @WAYS; do case $w in "$a="*) from=${w#*=} ;; esac; done
  told=$(sshd -T -C "user=$a,host=x,addr=$from,laddr=@OWN")
  [ -n "$told" ] || continue
  says() { printf '%s\n' "$told" | grep "$@"; }
  echo "$a admits: $(says -E '^(allow|deny)(users|groups) ' | tr '\n' ';')"
  echo "$a sftp: $(says -q '^subsystem sftp ' && echo yes || echo no)"
  id "$a" >/dev/null && says . | sed -n 's/^\(@SETTINGS\) /'"$a"' \1: /p'
done
"""


def _script(answers: Answers, host: str) -> str:
    backup_host = answers.backup_host
    if backup_host is None or host != backup_host.short:
        return ":"
    clients = {instance.short: str(instance.ip) for instance in answers.instance.wanted}
    clients |= {node.short: str(node.ip) for node in answers.nodes}
    names = [f"{ACCOUNT}{client}" for client in clients]
    ways = [f"{ACCOUNT}{client}={address}" for client, address in clients.items()]
    words = {
        "GROUP": GROUP,
        "PATH": shlex.quote(answers.backup.path),
        "NAMES": " ".join(names),
        "REPOSITORY": REPOSITORY,
        "WAYS": shlex.join(ways),
        "OWN": f"{backup_host.ip},lport={port(backup_host)}",
        "SETTINGS": r"\|".join(SETTINGS),
    }
    paths = [SSHD, *(f"{KEYS}/{name}" for name in names)]
    return files(shlex.join(paths)) + filled(_STATE, words)


PLACE = Fact(name="backup-place", script=_script, parse=parse)
"""id(1), stat(1), lsblk(8), and `sshd -T -C` for what would hold of each account's login."""
