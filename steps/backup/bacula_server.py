"""Bacula's Director and Storage daemon on the backup host, and the authority that signs for the
guests.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.backup import bacula_files
from steps.backup.bacula_files import FOLDER, TOOL
from steps.backup.bacula_foreign import put_configuration
from steps.backup.facts.backup import CLIENT, Client
from steps.backup.facts.bacula import BACULA, CONFIGS, Bacula
from steps.backup.folders import DATADIR
from steps.backup.hosts import guest, guests, template
from steps.backup.schedule import fresh
from steps.common import apt
from steps.common.files import put
from steps.common.grammar import pem
from wizard.answers import Answers, Instance, Node
from wizard.model.facts import Facts
from wizard.model.step import Command, Kind

PACKAGES = (
    "bacula-director-sqlite3",
    "bacula-director",
    "bacula-sd",
    "bacula-console",
    "openssl",
)
DAEMONS = {"bacula-director", "bacula-sd"}
RESTART = (
    f"chgrp bacula {' '.join(CONFIGS)} && systemctl enable -q bacula-sd bacula-director"
    f" && bacula-dir -t -c {CONFIGS[0]} && bacula-sd -t -c {CONFIGS[1]}"
    " && systemctl restart bacula-sd bacula-director"
)
RUN = """out=$(mktemp); printf 'run job=%s level=Full yes\\nwait\\nmessages\\n' "$1-backup" | \
bconsole | tee "$out"
grep -q 'Termination: *Backup OK' "$out"; rc=$?; rm -f "$out"; exit $rc"""


def installs(answers: Answers) -> bool:
    """Whether Director and Storage daemon are the wizard's own."""
    return answers.backup.director == "install"


def server(answers: Answers, facts: Facts, backup_host: Node) -> Iterator[Command]:
    """Packages, authority, certificates; configurations once there is a guest to name in them."""
    host = backup_host.short
    bacula = facts.of(host, BACULA)
    if installs(answers):
        yield from apt.install(
            facts,
            host,
            PACKAGES,
            "Bacula's Director with its catalogue, and its storage",
            3,
        )
    yield from _authority(answers, backup_host, bacula)
    all_signed = True
    any_request = False
    for client in guests(answers):
        instance = guest(answers, client)
        known = facts.of(client, BACULA)
        any_request = any_request or bool(known.public("request.pem"))
        if not _is_signed(bacula, known, instance):
            all_signed = False
            yield from _sign(host, known, instance)
    if all_signed or any_request:
        yield from _configurations(answers, facts, backup_host, bacula)


def _authority(answers: Answers, backup_host: Node, bacula: Bacula) -> Iterator[Command]:
    host = backup_host.short
    yield from put(
        host,
        TOOL,
        template("keys", "bacula"),
        "makes certificates and passwords here",
        now=bacula.texts.get(TOOL),
        mode="755",
        stage=1,
    )
    certificate = f"{backup_host.name}.pem"
    secret_files = {f"{backup_host.name}.key", "ca.key", "storage.password", "director.password"}
    is_complete = (
        bool(bacula.public("ca.pem"))
        and certificate in bacula.keys
        and secret_files <= set(bacula.made)
    )
    if not is_complete or not bacula.good_for(certificate, backup_host.ip):
        yield Command(
            host,
            (TOOL, "host", backup_host.name, str(backup_host.ip)),
            why=(
                "makes an authority for the backup's certificates, this host's own one, and "
                "the daemons' passwords"
            ),
            risk=(
                "what exists stays, but a certificate for another address is replaced; "
                "passwords are made here and leave this host encrypted only"
            ),
            undo=f"move {FOLDER} away, once no guest is backed up with what is in it",
            stage=1,
        )
    if bacula.volumes != "700 bacula":
        folder = f"{answers.backup.path}/bacula"
        yield Command(
            host,
            ("install", "-d", "-m", "700", "-o", "bacula", "-g", "bacula", folder),
            why="the folder for the volumes, which are not encrypted by themselves",
            undo=f"rmdir {folder}, if nothing is in it: what is in it are backups",
            stage=1,
        )


def _is_signed(server: Bacula, client: Bacula, instance: Instance) -> bool:
    """Whether the certificate here is of the guest's present key and address."""
    certificate = f"{instance.name}.pem"
    if not client.public("request.pem") or not server.public(f"{instance.name}.sealed"):
        return False
    is_of_key = server.keys.get(certificate) == client.keys.get("request.pem")
    return is_of_key and server.good_for(certificate, instance.ip)


def _sign(host: str, client: Bacula, instance: Instance) -> Iterator[Command]:
    request = pem(client.public("request.pem"), "CERTIFICATE REQUEST", instance.short)
    if request:
        yield Command(
            host,
            (TOOL, "guest", instance.name, str(instance.ip)),
            why=(
                f"signs {instance.short}'s certificate and makes the password between it and the "
                "Director, sealed for its key"
            ),
            stdin=request,
            undo=f"rm {FOLDER}/{instance.name}.*, once {instance.short} is not backed up any more",
            stage=2,
        )


def _texts(answers: Answers, facts: Facts, backup_host: Node) -> dict[str, str]:
    """The configurations by path."""
    datadirs = {}
    if answers.backup.database:
        datadirs = {host: _datadirs(facts.of(host, CLIENT)) for host in guests(answers)}
    texts = {
        f"{FOLDER}/storage.conf": bacula_files.storage(answers),
        f"{FOLDER}/director.conf": bacula_files.director(answers, backup_host, datadirs),
    }
    if not installs(answers):
        return texts | bacula_files.printed(answers, backup_host)
    director_path, storage_path, console_path = CONFIGS
    texts[director_path] = bacula_files.director_daemon(answers)
    texts[storage_path] = bacula_files.storage_daemon(answers, backup_host)
    texts[console_path] = bacula_files.console(answers)
    return texts


def _configurations(
    answers: Answers, facts: Facts, backup_host: Node, bacula: Bacula
) -> Iterator[Command]:
    host = backup_host.short
    written: list[Command] = []
    for path, text in _texts(answers, facts, backup_host).items():
        written += put_configuration(
            host, path, text, "clients, jobs, storage", now=bacula.texts.get(path), mode="640"
        )
    yield from written
    all_current = set(bacula.current) >= DAEMONS
    if installs(answers) and (written or not all_current):
        yield Command(
            host,
            ("sh", "-c", RESTART),
            why="the daemons check their configuration, then begin with it",
            risk="a backup that runs now is broken off",
            undo="systemctl restart bacula-sd bacula-director, once their former files are back",
            title="systemctl restart bacula-sd bacula-director",
            stage=4,
        )


def _datadirs(client: Client) -> tuple[str, ...]:
    """Where the database lies, or will lie when one is installed: the dump stands for that."""
    if client.datadirs or not client.crypt:
        return client.datadirs or (DATADIR,)
    return (DATADIR, f"{client.crypt}{DATADIR}")


def first_run(answers: Answers, facts: Facts, backup_host: Node) -> Iterator[Command]:
    """A full backup now of each guest whose last one is old or did not go well."""
    for host in guests(answers):
        if not fresh(answers, facts.of(host, CLIENT)):
            yield Command(
                backup_host.short,
                ("sh", "-c", RUN, "run-job", host),
                why=(
                    f"a full backup of {host}, the first or after a failed one; the Director "
                    "makes the next ones"
                ),
                risk="loads disk and network of the guest",
                undo="none needed: one more backup",
                kind=Kind.UNIT,
                title=f"bconsole: run job={host}-backup level=Full",
                stage=5,
                minutes=3,
            )
