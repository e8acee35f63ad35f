"""The backup host's side of an sftp client: an account that can do nothing but sftp in a folder of
its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from steps.backup.facts.backupplace import PLACE, Account
from steps.backup.hosts import ACCOUNT, GROUP, KEY, KEYS, REPOSITORY, SSHD, port
from steps.common import keys_back
from steps.common.back import as_it_was
from steps.common.files import put
from steps.common.units import SSHD_ANEW
from wizard.answers import Answers, Node
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding
from wizard.model.undo import Undo

LONGEST = 32
"""Characters that a login name may have (useradd(8))."""
_READ_ANEW = f"sshd -t && {' '.join(SSHD_ANEW)}"
RELOAD = f'{_READ_ANEW} || {{ mv -f "$1" "$1.refused"; exit 1; }}'
_NOT_AT_ONCE = 'chattr -R -f -S "$1" || [ $? = 1 ]'
"""chattr(1) ends with 1 where the file system has no such attribute."""
MAKE_KEY = (
    'umask 077; mkdir -p "${1%/*}"; rm -f "$1" "$1.pub"; ssh-keygen -q -t ed25519 -N '
    '"" -C "$2" -f "$1"'
)


def sshd_text(answers: Answers) -> str:
    """The sshd settings: chroot, sftp alone, keys that the client cannot change."""
    return f"""# Written by ganeti-wizard: \
the clients of the backup may do sftp in their own folder, and nothing else.
Match Group {GROUP}
    ChrootDirectory {answers.backup.path}/%u
    ForceCommand internal-sftp
    AuthorizedKeysFile {KEYS}/%u
    AuthenticationMethods publickey
    DisableForwarding yes
    PermitTTY no
Match all
"""


def blockers(answers: Answers, facts: Facts, backup_host: Node, client: str) -> Iterator[Finding]:
    """A name too long for an account; a place that should be encrypted and is not."""
    host = backup_host.short
    if len(ACCOUNT + client) > LONGEST:
        yield Finding(
            host,
            what=f"{ACCOUNT}{client} is too long for a login name",
            mend=f"the short name may have {LONGEST - len(ACCOUNT)} characters",
        )
    place = facts.of(host, PLACE)
    if not place.host_key:
        yield Finding(
            host,
            what="sshd has no ed25519 host key",
            mend="ssh-keygen -A, then systemctl restart ssh",
        )
    if answers.backup.encrypted_place and not place.crypt:
        yield Finding(
            host,
            what=(
                f"{answers.backup.path} does not lie on an encrypted disk, and the answers "
                "want that"
            ),
            mend="mount a LUKS volume there, open it, and look again",
        )


def folder(facts: Facts, backup_host: Node) -> Iterator[Finding]:
    """Folders that sshd takes for no client's root (sshd_config(5), ChrootDirectory): another's, or
    open to others.
    """
    for path, mode_and_owner in facts.of(backup_host.short, PLACE).above.items():
        mode, owner = mode_and_owner.split()
        if owner != "0":
            fault = "does not belong to root"
        elif int(mode, 8) & 0o022:
            fault = "can be written by others"
        else:
            continue
        yield Finding(
            backup_host.short,
            what=f"{path} {fault} (mode {mode}, uid {owner}): sshd lets no client in below it",
            mend=(
                f"set backup.path to a folder of its own; or, if {path} serves nothing "
                f"else: chown root: {path}; chmod go-w {path}"
            ),
        )


def shared(answers: Answers, facts: Facts, backup_host: Node) -> Iterator[Command]:
    """What all clients share: the group, sshd's settings."""
    host = backup_host.short
    place = facts.of(host, PLACE)
    if not place.group:
        yield Command(
            host,
            ("groupadd", "--system", GROUP),
            why="the group of all clients of the backup; sshd's settings hold for it",
            undo=f"groupdel {GROUP}, once no account and no file is in it",
        )
    write_settings = list(
        put(
            host,
            SSHD,
            sshd_text(answers),
            "clients get sftp in their own folder, no shell",
            now=place.texts.get(SSHD),
        )
    )
    yield from write_settings
    if write_settings:
        yield Command(
            host,
            ("sh", "-c", RELOAD, "reload", SSHD),
            why="sshd reads its settings anew; a file that it refuses is put aside",
            risk="running sessions stay",
            undo=Undo(("sh", "-c", _READ_ANEW), last=True),
            title=_READ_ANEW,
        )


def account(
    answers: Answers, facts: Facts, backup_host: Node, client: str, key: str, stage: int
) -> Iterator[Command]:
    """One client's account, folders and key; without a key (its client has none yet) only the
    account.
    """
    host = backup_host.short
    name = ACCOUNT + client
    place = facts.of(host, PLACE)
    path = answers.backup.path
    yield from _login(host, place.account(name), client, path)
    yield from _folders(host, place.account(name), client, path, path_exists=path in place.above)
    if key:
        path = f"{KEYS}/{name}"
        for command in put(
            host,
            path,
            f"restrict {key}\n",
            f"admit {client}'s key; the file is root's, so that {client} cannot add others",
            now=place.texts.get(path),
        ):
            yield _readable(command, stage)


def _login(host: str, known: Account, client: str, path: str) -> Iterator[Command]:
    name = ACCOUNT + client
    if not known.group:
        yield Command(
            host,
            (
                *("useradd", "--system", "--no-create-home", "--home-dir", "/"),
                *("--shell", "/usr/sbin/nologin", "--gid", GROUP, name),
            ),
            why=f"the account that {client} logs in to; no password, no shell",
            undo=f"userdel {name}; the backups that it owns in {path} stay, owned by a number",
        )
    elif known.group != GROUP:
        yield Command(
            host,
            ("usermod", "--gid", GROUP, name),
            why=f"the account of {client} must be in the group that sshd's settings hold for",
            undo=as_it_was(
                'id -gn -- "$1"',
                'usermod --gid "$former" -- "$1"',
                name,
                left=GROUP,
                former=known.group,
                title=f"usermod --gid {known.group} {name}",
            ),
        )


def _folders(
    host: str, known: Account, client: str, path: str, *, path_exists: bool
) -> Iterator[Command]:
    name = ACCOUNT + client
    jail = f"{path}/{name}"
    repository = f"{jail}/{REPOSITORY}"
    if known.jail != "755 root":
        missing = () if path_exists else (path,)
        yield Command(
            host,
            ("install", "-d", "-m", "755", "-o", "root", "-g", "root", *missing, jail),
            why=f"{client} sees this folder as its root; sshd wants it to be root's own",
            undo="none needed: an empty folder takes nothing from anybody",
        )
    if known.folder != f"700 {name}":
        yield Command(
            host,
            ("install", "-d", "-m", "700", "-o", name, "-g", GROUP, repository),
            why=f"the folder that {client} may write to, closed to all others",
            undo=f"rmdir {repository}, if nothing is in it: what is in it are backups",
        )
    if known.sync == "no" or not known.folder:
        yield _on_disk_at_once(host, client, repository)


def _on_disk_at_once(host: str, client: str, repository: str) -> Command:
    """New files and folders inherit the attribute. Neither restic nor sftp has its files synced: a
    power cut took those of a backup that had ended well half a minute before (seen with restic
    0.14: files of no length).
    """
    return Command(
        host,
        ("chattr", "-R", "-f", "+S", repository),
        why=(
            f"a backup of {client} that ended well outlives a power cut here: what is written "
            "is on disk at once"
        ),
        risk=(
            "writing takes longer, some MB/s on a hard disk; a file system without that "
            "attribute stays as it is"
        ),
        undo=Undo(
            ("sh", "-c", _NOT_AT_ONCE, "not-at-once", repository), f"chattr -R -S {repository}"
        ),
        # chattr(1) ends with 1 where the file system has no such attribute.
        ok=(0, 1),
        minutes=0.1,
    )


def make_key(host: str, comment: str, backup_host: Node, path: str = KEY) -> Command:
    """A client's own ssh key for its account."""
    return Command(
        host,
        ("sh", "-c", MAKE_KEY, "make-key", path, comment),
        why=f"the key with which {host} logs in to its account on {backup_host.short}",
        risk="without a passphrase, since a timer uses it; it opens nothing but this sftp folder",
        undo=keys_back.pair(path, comment),
        title=f"ssh-keygen -t ed25519 -f {path}",
    )


def known_line(facts: Facts, backup_host: Node) -> str:
    """known_hosts with the backup host alone (sshd(8)): a port of its own stands in brackets."""
    name = str(backup_host.ip)
    number = port(backup_host)
    if number != 22:
        name = f"[{name}]:{number}"
    return f"{name} {facts.of(backup_host.short, PLACE).host_key}\n"


def _readable(command: Command, stage: int) -> Command:
    """The same into a folder that sshd may enter: `write_file` alone would make it root's own."""
    write = command.argv[2]
    return replace(
        command,
        stage=stage,
        argv=("sh", "-c", f'install -d -m 755 "{KEYS}" || exit 1\n{write}', *command.argv[3:]),
    )


def wrong(facts: Facts, backup_host: Node, client: str) -> Iterator[Finding]:
    """What sshd would do with the account's login is not what our settings say."""
    name = ACCOUNT + client
    sshd = facts.of(backup_host.short, PLACE).account(name).sshd
    if sshd.get("forcecommand") != "internal-sftp" or "chrootdirectory" not in sshd:
        yield Finding(
            backup_host.short,
            what=f"sshd does not confine {name}: its settings say something else before {SSHD}",
            mend=f"sshd -T -C user={name},host=x,addr=192.0.2.1 shows what holds",
        )
