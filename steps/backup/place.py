"""The backup host's side of an sftp client: an account that can do nothing but sftp in a folder of
its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from steps.backup.facts.backupplace import PLACE, Place
from steps.backup.hosts import ACCOUNT, GROUP, KEY, KEYS, REPOSITORY, SSHD, port, put
from wizard.answers import Answers, Node
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding

LONGEST = 32
"""Characters that a login name may have (useradd(8))."""


def sshd_text(answers: Answers) -> str:
    """The sshd settings: chroot, sftp alone, keys that the client cannot change."""
    return f"""# Written by ganeti-wizard: the clients of the backup may do sftp in their own folder, and nothing else.
Match Group {GROUP}
    ChrootDirectory {answers.backup.path}/%u
    ForceCommand internal-sftp
    AuthorizedKeysFile {KEYS}/%u
    AuthenticationMethods publickey
    DisableForwarding yes
    PermitTTY no
Match all
"""  # noqa: E501


def blockers(answers: Answers, facts: Facts, client: str) -> Iterator[Finding]:
    """A name too long for an account; a place that should be encrypted and is not."""
    host = answers.backup_host
    assert host is not None
    if len(ACCOUNT + client) > LONGEST:
        what = f"{ACCOUNT}{client} is too long for a login name"
        yield Finding(
            host.short, what, f"the short name may have {LONGEST - len(ACCOUNT)} characters"
        )
    place = facts.of(host.short, PLACE)
    if not place.host_key:
        yield Finding(
            host.short, "sshd has no ed25519 host key", "ssh-keygen -A, then systemctl restart ssh"
        )
    if answers.backup.encrypted_place and not place.crypt:
        what = f"{answers.backup.path} does not lie on an encrypted disk, and the answers want that"
        yield Finding(host.short, what, "mount a LUKS volume there, open it, and look again")


def folder(answers: Answers, facts: Facts, host: Node) -> Iterator[Finding]:
    """Folders that sshd takes for no client's root (sshd_config(5), ChrootDirectory): another's, or
    open to others.
    """
    for path, held in facts.of(host.short, PLACE).above.items():
        mode, owner = held.split()
        if owner != "0" or int(mode, 8) & 0o022:
            how = "can be written by others" if owner == "0" else "does not belong to root"
            what = f"{path} {how} (mode {mode}, uid {owner}): sshd lets no client in below it"
            mend = (
                f"set backup.path to a folder of its own; or, if {path} serves nothing "
                f"else: chown root: {path}; "
            )
            yield Finding(host.short, what, f"{mend}chmod go-w {path}")


def shared(answers: Answers, facts: Facts) -> Iterator[Command]:
    """What all clients share: the group, sshd's settings."""
    host = answers.backup_host
    assert host is not None
    place = facts.of(host.short, PLACE)
    if not place.group:
        why = "the group of all clients of the backup; sshd's settings hold for it"
        yield Command(host.short, ("groupadd", "--system", GROUP), why, undo=f"groupdel {GROUP}")
    text = sshd_text(answers)
    if place.texts.get(SSHD) != text:
        yield from put(
            host.short,
            SSHD,
            place.texts.get(SSHD),
            text,
            "clients get sftp in their own folder, no shell",
        )
        yield Command(
            host.short,
            (
                "sh",
                "-c",
                'sshd -t && systemctl reload ssh || { mv -f "$1" "$1.refused"; exit 1; }',
                "reload",
                SSHD,
            ),
            "sshd reads its settings anew; a file that it refuses is put aside",
            risk="running sessions stay",
            undo="none needed",
            title="sshd -t && systemctl reload ssh",
        )


def account(answers: Answers, facts: Facts, client: str, key: str, stage: int) -> Iterator[Command]:
    """One client's account, folders and key; without a key (its client has none yet) only the
    account.
    """
    host = answers.backup_host
    assert host is not None
    name, place = ACCOUNT + client, facts.of(host.short, PLACE)
    seen, jail = place.account(name), f"{answers.backup.path}/{name}"
    if not seen.group:
        options = (
            "--system",
            "--no-create-home",
            "--home-dir",
            "/",
            "--shell",
            "/usr/sbin/nologin",
            "--gid",
            GROUP,
        )
        why = f"the account that {client} logs in to; no password, no shell"
        yield Command(host.short, ("useradd", *options, name), why, undo=f"userdel {name}")
    elif seen.group != GROUP:
        why = f"the account of {client} must be in the group that sshd's settings hold for"
        yield Command(
            host.short,
            ("usermod", "--gid", GROUP, name),
            why,
            undo=f"usermod --gid {seen.group} {name}",
        )
    if seen.jail != "755 root":
        missing = [] if answers.backup.path in place.above else [answers.backup.path]
        root = ("install", "-d", "-m", "755", "-o", "root", "-g", "root", *missing, jail)
        yield Command(
            host.short,
            root,
            f"{client} sees this folder as its root; sshd wants it to be root's own",
        )
    if seen.folder != f"700 {name}":
        own = ("install", "-d", "-m", "700", "-o", name, "-g", GROUP, f"{jail}/{REPOSITORY}")
        yield Command(
            host.short, own, f"the folder that {client} may write to, closed to all others"
        )
    if seen.sync == "no" or not seen.folder:
        yield _on_disk_at_once(host, client, f"{jail}/{REPOSITORY}")
    if key:
        path, text = f"{KEYS}/{name}", f"restrict {key}\n"
        why = f"admit {client}'s key; the file is root's, so that {client} cannot add others"
        for command in put(host.short, path, place.texts.get(path), text, why):
            yield _readable(command, stage)


def _on_disk_at_once(host: Node, client: str, folder: str) -> Command:
    """New files and folders inherit the attribute. Neither restic nor sftp has its files synced: a
    power cut took those of a backup that had ended well half a minute before (seen with restic
    0.14: files of no length).
    """
    return Command(
        host.short,
        ("chattr", "-R", "-f", "+S", folder),
        f"a backup of {client} that ended well outlives a power cut here: what is written "
        "is on disk at once",
        risk=(
            "writing takes longer, some MB/s on a hard disk; a file system without that "
            "attribute stays as it is"
        ),
        undo=f"chattr -R -S {folder}",
        ok=(0, 1),
        minutes=0.1,
    )


def make_key(host: str, comment: str, place: Node, path: str = KEY) -> Command:
    """A client's own ssh key for its account."""
    script = (
        'umask 077; mkdir -p "${1%/*}"; rm -f "$1" "$1.pub"; ssh-keygen -q -t ed25519 -N '
        '"" -C "$2" -f "$1"'
    )
    return Command(
        host,
        ("sh", "-c", script, "make-key", path, comment),
        f"the key with which {host} logs in to its account on {place.short}",
        risk="without a passphrase, since a timer uses it; it opens nothing but this sftp folder",
        undo=f"rm {path} {path}.pub",
        title=f"ssh-keygen -t ed25519 -f {path}",
    )


def known_line(answers: Answers, facts: Facts) -> str:
    """known_hosts with the backup host alone (sshd(8)): a port of its own stands in brackets."""
    place = answers.backup_host
    assert place is not None
    number = port(place)
    name = str(place.ip) if number == 22 else f"[{place.ip}]:{number}"
    return f"{name} {facts.of(place.short, PLACE).host_key}\n"


def _readable(command: Command, stage: int) -> Command:
    return replace(
        command,
        stage=stage,
        argv=("sh", "-c", f'install -d -m 755 "{KEYS}" && {command.argv[2]}', *command.argv[3:]),
    )


def wrong(answers: Answers, facts: Facts, client: str) -> Iterator[Finding]:
    """What sshd would do with the account's login is not what our settings say."""
    host = answers.backup_host
    assert host is not None
    place: Place = facts.of(host.short, PLACE)
    sshd = place.account(ACCOUNT + client).sshd
    if sshd.get("forcecommand") != "internal-sftp" or "chrootdirectory" not in sshd:
        what = (
            f"sshd does not confine {ACCOUNT}{client}: its settings say something else "
            f"before {SSHD}"
        )
        yield Finding(
            host.short,
            what,
            f"sshd -T -C user={ACCOUNT}{client},host=x,addr=192.0.2.1 shows what holds",
        )
