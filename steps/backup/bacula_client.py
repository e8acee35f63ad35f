"""Bacula's file daemon on a guest: its key, the certificate that came back, its configuration."""

from __future__ import annotations

from collections.abc import Iterator

from steps.backup import bacula_files
from steps.backup.bacula_files import FOLDER
from steps.backup.bacula_foreign import put_configuration
from steps.backup.facts.backup import CLIENT
from steps.backup.facts.bacula import BACULA, FD_CONFIG, Bacula
from steps.backup.hosts import ETC, guest, programs, settings
from steps.common import apt, units
from steps.common.back import out_of_its_place
from steps.common.files import put
from steps.common.grammar import pem
from wizard.answers import Answers, Node
from wizard.model.facts import Facts
from wizard.model.step import Command

PACKAGES = ("bacula-fd", "openssl")
PROGRAMS = {"/usr/local/sbin/gw-bacula-note": ("gw-bacula-note", "755")}
REQUEST = """set -e; umask 077; mkdir -p "$1"; cd "$1"; rm -f request.pem guest.key
openssl req -newkey rsa:3072 -nodes -keyout guest.key -out request.pem.new \
-subj "/CN=$2" 2>/dev/null
mv -f request.pem.new request.pem"""
OPEN = """set -e; umask 077; cd "$1"
openssl cms -decrypt -binary -inform PEM -in sealed -inkey guest.key -recip guest.pem \
-out director.password.new
mv -f director.password.new director.password"""
RESTART = (
    f"bacula-fd -t -c {FD_CONFIG} && systemctl enable -q bacula-fd && systemctl restart bacula-fd"
)


def client(answers: Answers, facts: Facts, host: str, backup_host: Node) -> Iterator[Command]:
    """A guest's side, as far as the backup host has come with its own."""
    yield from apt.install(
        facts, host, PACKAGES, "Bacula's file daemon, and openssl for its certificate"
    )
    yield from _files(answers, facts, host, backup_host)
    bacula = facts.of(host, BACULA)
    name = guest(answers, host).name
    if not has_request(bacula):
        yield Command(
            host,
            ("sh", "-c", REQUEST, "request", FOLDER, name),
            why=f"{host}'s own key, which stays there, and a request for a certificate",
            undo=f"move {FOLDER} away, once nothing is backed up with what is in it",
            title=f"openssl req -newkey rsa:3072 -subj /CN={name}",
            stage=1,
        )
        return
    server = facts.of(backup_host.short, BACULA)
    certificate = pem(server.public(f"{name}.pem"), "CERTIFICATE", backup_host.short)
    sealed = pem(server.public(f"{name}.sealed"), "CMS", backup_host.short)
    is_for_this_key = server.keys.get(f"{name}.pem") == bacula.keys.get("request.pem")
    if not certificate or not sealed or not is_for_this_key:
        return
    authority = pem(server.public("ca.pem"), "CERTIFICATE", backup_host.short)
    public = {"ca.pem": authority, "guest.pem": certificate, "sealed": sealed}
    keys = list(_keys(host, bacula, public))
    yield from keys
    yield from _daemon(answers, host, backup_host, bacula, new_keys=bool(keys))


def has_request(bacula: Bacula) -> bool:
    """Whether a guest has a key and a request for a certificate of that very key."""
    is_of_key = bacula.keys.get("request.pem") == bacula.keys.get("guest.key")
    return bool(bacula.public("request.pem")) and is_of_key


def _files(answers: Answers, facts: Facts, host: str, backup_host: Node) -> Iterator[Command]:
    known = facts.of(host, CLIENT)
    yield from programs(known.texts, host, PROGRAMS)
    conf = f"{ETC}/backup.conf"
    yield from put(
        host,
        conf,
        settings(answers, host, backup_host),
        "what is backed up and where the dump goes; holds no secret",
        now=known.texts.get(conf),
        mode="600",
    )
    if known.timers:
        yield Command(
            host,
            ("systemctl", "disable", "--now", *known.timers),
            why="the simple backup of an earlier choice ends; its repository stays",
            undo=units.as_they_were(
                units.DISABLED, dict.fromkeys(known.timers, f"{units.ENABLED} active")
            ),
        )


def _keys(host: str, bacula: Bacula, public: dict[str, str]) -> Iterator[Command]:
    written: list[Command] = []
    for name, text in public.items():
        path = f"{FOLDER}/{name}"
        written += put(
            host,
            path,
            text,
            "made on the backup host; the sealed one opens with this guest's key alone",
            now=bacula.texts.get(path),
            mode="600",
            stage=3,
        )
    yield from written
    if written or not bacula.opened or "director.password" not in bacula.made:
        yield Command(
            host,
            ("sh", "-c", OPEN, "open", FOLDER),
            why="opens the password between Director and file daemon",
            undo=out_of_its_place(f"{FOLDER}/director.password"),
            title="openssl cms -decrypt",
            stage=3,
        )


def _daemon(
    answers: Answers, host: str, backup_host: Node, bacula: Bacula, *, new_keys: bool
) -> Iterator[Command]:
    written = list(
        put_configuration(
            host,
            FD_CONFIG,
            bacula_files.file_daemon(answers, guest(answers, host), backup_host),
            "only our Director, only TLS",
            now=bacula.texts.get(FD_CONFIG),
            mode="600",
        )
    )
    yield from written
    if written or new_keys or "bacula-fd" not in bacula.current:
        yield Command(
            host,
            ("sh", "-c", RESTART),
            why="the file daemon checks its configuration, then begins with it",
            undo="systemctl restart bacula-fd, once its former configuration is back",
            title="systemctl restart bacula-fd",
            stage=4,
        )
