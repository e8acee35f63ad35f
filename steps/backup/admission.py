"""Whether sshd on the backup host lets a client's account in at all, by what it says of that login
before the account is made (sshd_config(5), AllowUsers and its like; Subsystem).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from steps.backup.facts.backupplace import ADMITS, PLACE, SFTP
from steps.backup.hosts import ACCOUNT, GROUP
from steps.common.units import SSHD_ANEW
from wizard.answers import Node
from wizard.model.facts import Facts
from wizard.model.step import Finding

_RELOAD = " ".join(SSHD_ANEW)


def shut_out(facts: Facts, backup_host: Node, client: str) -> Iterator[Finding]:
    """Lists of who may log in that leave the account out, and a server without sftp."""
    name = ACCOUNT + client
    sshd = facts.of(backup_host.short, PLACE).account(name).sshd
    lists = _lists(sshd.get(ADMITS, ""))
    for keyword, who in (("AllowUsers", name), ("AllowGroups", GROUP)):
        listed = lists.get(keyword.lower(), [])
        if listed and not any(_is_meant(who, one.partition("@")[0]) for one in listed):
            yield Finding(
                backup_host.short,
                what=f"sshd would not let {name} in: {keyword} is {' '.join(listed)}",
                mend=f"add {_short_list(who)} to {keyword} in sshd_config there, then {_RELOAD}",
            )
    for keyword, who in (("DenyUsers", name), ("DenyGroups", GROUP)):
        listed = lists.get(keyword.lower(), [])
        # With a host behind @ it holds for some machines only.
        if any(_is_meant(who, one) for one in listed):
            yield Finding(
                backup_host.short,
                what=f"sshd would not let {name} in: {keyword} is {' '.join(listed)}",
                mend=f"take what means {who} out of {keyword} in sshd_config there, then {_RELOAD}",
            )
    if sshd.get(SFTP) == "no":
        yield Finding(
            backup_host.short,
            what="sshd has no subsystem sftp: no client could write its backup",
            mend=f"add `Subsystem sftp internal-sftp` to sshd_config there, then {_RELOAD}",
        )


def _short_list(who: str) -> str:
    """All clients' accounts at once, which have one beginning."""
    return f"{ACCOUNT}*" if who.startswith(ACCOUNT) else who


def _lists(text: str) -> dict[str, list[str]]:
    """The lists by keyword, as sshd spells it: it says each word in a line of its own."""
    lists: dict[str, list[str]] = {}
    for line in text.split(";"):
        match line.split():
            case [keyword, *words]:
                lists.setdefault(keyword, []).extend(words)
    return lists


def _is_meant(name: str, pattern: str) -> bool:
    """Whether a pattern of ssh_config(5) means a name: * stands for anything, ? for one sign."""
    regex = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return bool(re.fullmatch(regex, name))
