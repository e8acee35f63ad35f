"""What the backup host has for its clients: accounts, folders, keys, what sshd lets them do, and
where it all lies.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.backup.hosts import ACCOUNT, GROUP, KEYS, REPOSITORY, SSHD, guests
from steps.common.facts.texts import fields, files, sections
from wizard.answers import Answers
from wizard.model.step import Fact


@dataclass(frozen=True)
class Account:
    """One client's account: `group` its primary group ("" when there is none), `jail` "MODE OWNER"
    of its chroot, `folder` the same of the folder in it, `repository` whether a restic repository
    is in there, `sshd` what sshd would do with its login (`sshd -T -C`). `sync` is whether what is
    written to the folder is on disk at once (chattr(1), S): "yes", "no", or "" where the file
    system cannot tell.
    """

    group: str = ""
    jail: str = ""
    folder: str = ""
    repository: bool = False
    sync: str = ""
    sshd: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """The backup host. `host_key` is its public ed25519 key, `texts` our files there, `crypt`
    whether the folder for backups lies on dm-crypt, `group` whether the clients' group exists.
    `above` is "MODE UID" of that folder, where it exists, and of every folder above it.
    """

    host_key: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    accounts: Mapping[str, Account] = field(default_factory=dict)
    crypt: bool = False
    group: bool = False
    above: Mapping[str, str] = field(default_factory=dict)

    def account(self, name: str) -> Account:
        """A client's account; an empty one when it was not looked at."""
        return self.accounts.get(name, Account())


def parse(text: str) -> Place:
    """Read the files, then after "== state" lines of `name: value`; those of an account begin with
    its name.
    """
    head, _, tail = text.partition("== state\n")
    values = fields(tail)
    names = re.findall(r"^account: (\S+)$", tail, re.MULTILINE)
    return Place(
        host_key=" ".join(values.get("host", "").split()[:2]),
        texts=sections(head.removesuffix("\n")),
        accounts={name: _account(values, name) for name in names},
        crypt=values.get("crypt") == "yes",
        group=values.get("group") == "yes",
        above={
            path: held for held, path in re.findall(r"^above: (\d+ \d+) (/.*)$", tail, re.MULTILINE)
        },
    )


def _account(values: Mapping[str, str], name: str) -> Account:
    wanted = (
        "chrootdirectory",
        "forcecommand",
        "authorizedkeysfile",
        "disableforwarding",
        "pubkeyauthentication",
    )
    return Account(
        group=values.get(f"{name} group", ""),
        jail=values.get(f"{name} jail", ""),
        folder=values.get(f"{name} folder", ""),
        repository=values.get(f"{name} repository") == "yes",
        sync=values.get(f"{name} sync", ""),
        sshd={key: value for key in wanted if (value := values.get(f"{name} {key}", ""))},
    )


def _script(answers: Answers, host: str) -> str:
    place = answers.backup_host
    if place is None or host != place.short:
        return ":"
    names = [
        f"{ACCOUNT}{name}" for name in (*guests(answers), *(node.short for node in answers.nodes))
    ]
    path = shlex.quote(answers.backup.path)
    return f"""{files(shlex.join([SSHD, *(f"{KEYS}/{name}" for name in names)]))}
echo; echo '== state'
echo "host: $(cat /etc/ssh/ssh_host_ed25519_key.pub)"
getent group {GROUP} >/dev/null && echo 'group: yes'
p={path}; while [ ! -d "$p" ]; do p=${{p%/*}}; p=${{p:-/}}; done
q=$p; while echo "above: $(stat -Lc '%a %u %n' "$q")"; [ "$q" != / ]; do q=${{q%/*}}; q=${{q:-/}}; done
lsblk -rnso TYPE "$(findmnt -nvo SOURCE -T "$p")" | grep -qx crypt && echo 'crypt: yes'
for a in {" ".join(names)}; do
  echo "account: $a"
  echo "$a group: $(id -gn "$a")"
  echo "$a jail: $(stat -c '%a %U' {path}/"$a")"
  echo "$a folder: $(stat -c '%a %U' {path}/"$a"/{REPOSITORY})"
  case "$(lsattr -d {path}/"$a"/{REPOSITORY} 2>/dev/null | cut -d' ' -f1)" in
    '') ;; *S*) echo "$a sync: yes" ;; *) echo "$a sync: no" ;;
  esac
  [ -e {path}/"$a"/{REPOSITORY}/config ] && echo "$a repository: yes"
  id "$a" >/dev/null && sshd -T -C "user=$a,host=x,addr=192.0.2.1" | sed -n 's/^\\(chrootdirectory\\|forcecommand\\|\
authorizedkeysfile\\|disableforwarding\\|pubkeyauthentication\\) /'"$a"' \\1: /p'
done"""  # noqa: E501


PLACE = Fact(name="backup-place", script=_script, parse=parse)
"""id(1), stat(1), lsblk(8), and `sshd -T -C` for what would hold of each account's login."""
