"""The configuration texts of Bacula (its 9.6 manual, chapters Director, File daemon, Storage daemon
and TLS).

Bacula talks TLS with keys of its own only from 11 on; Debian 12 has 9.6, so certificates do it, on
both sides of each connection. No text here holds a password: each is included by @FILE from a file
made on the hosts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from steps.backup.hosts import short
from wizard.answers import Answers, Instance, Node

FOLDER = "/etc/bacula/ganeti-wizard"
TOOL = "/usr/local/sbin/gw-bacula-keys"
STORAGE = "gw-sd"
MARK = "# Written by ganeti-wizard"
MONTH = 35
"""Days that may lie between two full backups, which are made on first Sundays; the last but one
stays until the next has been made.
"""


def _tls(certificate: str, key: str, peer: str = "", require: str = "yes") -> str:
    lines = [
        "TLS Enable = yes",
        f"TLS Require = {require}",
        f"TLS CA Certificate File = {FOLDER}/ca.pem",
    ]
    lines += [f"TLS Certificate = {FOLDER}/{certificate}", f"TLS Key = {FOLDER}/{key}"]
    if peer:
        lines += ["TLS Verify Peer = yes", f'TLS Allowed CN = "{peer}"']
    return "".join(f"  {line}\n" for line in lines)


def _resource(kind: str, *lines: str, tls: str = "") -> str:
    return f"{kind} {{\n" + "".join(f"  {line}\n" for line in lines) + f"{tls}}}\n"


def file_daemon(answers: Answers, one: Instance, place: Node) -> str:
    """bacula-fd.conf of a guest: only the Director of that name may ask, and it shows the backup
    host's certificate.
    """
    own = _tls("guest.pem", "guest.key")
    return f"{MARK}.\n" + "".join(
        (
            _resource(
                "Director",
                f"Name = {answers.backup.director_name}",
                f"@{FOLDER}/director.password",
                tls=_tls("guest.pem", "guest.key", place.name),
            ),
            _resource(
                "FileDaemon",
                f"Name = {short(one)}-fd",
                "FDport = 9102",
                f"FDAddress = {one.ip}",
                "WorkingDirectory = /var/lib/bacula",
                "Pid Directory = /run/bacula",
                "Plugin Directory = /usr/lib/bacula",
                "Maximum Concurrent Jobs = 4",
                tls=own,
            ),
            _resource(
                "Messages",
                "Name = Standard",
                f"Director = {answers.backup.director_name} = all, !skipped, !restored",
            ),
        )
    )


def storage(answers: Answers, place: Node) -> str:
    """The Storage daemon's device: a file for each volume in the folder of the answers."""
    return f"{MARK}: include it in bacula-sd.conf by @{FOLDER}/storage.conf\n" + _resource(
        "Device",
        "Name = gw-files",
        "Media Type = gw-file",
        f"Archive Device = {answers.backup.path}/bacula",
        "LabelMedia = yes",
        "Random Access = yes",
        "AutomaticMount = yes",
        "RemovableMedia = no",
        "AlwaysOpen = no",
        "Maximum Concurrent Jobs = 4",
    )


def printed(answers: Answers, place: Node) -> dict[str, str]:
    """What a Storage daemon that is not the wizard's own must be told besides its device; text by
    path.

    Its other Directors and file daemons may go on without TLS: it is offered to them, not required.
    """
    name, tls, known = (
        answers.backup.director_name,
        f"{FOLDER}/storage-tls.conf",
        f"{FOLDER}/storage-director.conf",
    )
    lines = _tls(f"{place.name}.pem", f"{place.name}.key", require="no")
    head = (
        f"{MARK}: in bacula-sd.conf, inside Storage {{ }} and inside Director {{ }} of "
        f"{name}, write\n# @{tls}\n"
    )
    only = (
        f"{MARK}: include it in bacula-sd.conf by @{known}, only if that has no Director "
        f"{name} yet.\n"
        f"# If it has one, write that one's password into {FOLDER}/storage.password "
        'instead: Password = "..."\n'
    )
    director = _resource("Director", f"Name = {name}", f"@{FOLDER}/storage.password", f"@{tls}")
    return {tls: head + lines, known: only + director}


def storage_daemon(answers: Answers, place: Node) -> str:
    """bacula-sd.conf where the wizard installed the daemon."""
    certificate = (f"{place.name}.pem", f"{place.name}.key")
    return f"{MARK}.\n" + "".join(
        (
            _resource(
                "Storage",
                f"Name = {STORAGE}",
                "SDPort = 9103",
                "WorkingDirectory = /var/lib/bacula",
                "Pid Directory = /run/bacula",
                "Plugin Directory = /usr/lib/bacula",
                f"SDAddress = {place.ip}",
                "Maximum Concurrent Jobs = 20",
                tls=_tls(*certificate),
            ),
            _resource(
                "Director",
                f"Name = {answers.backup.director_name}",
                f"@{FOLDER}/storage.password",
                tls=_tls(*certificate, place.name),
            ),
            _resource(
                "Messages", "Name = Standard", f"Director = {answers.backup.director_name} = all"
            ),
            f"@{FOLDER}/storage.conf\n",
        )
    )


def director(answers: Answers, place: Node, datadirs: Mapping[str, Sequence[str]]) -> str:
    """What the Director must know of the guests: clients, jobs with the article's run lines,
    storage, retention.

    `datadirs` are the folders of the databases of those hosts where one is to be dumped: the dump
    stands for them.
    """
    head = f"{MARK}: include it in bacula-dir.conf by @{FOLDER}/director.conf\n"
    backup, certificate = answers.backup, (f"{place.name}.pem", f"{place.name}.key")
    hour, minute = backup.at.split(":")
    days = backup.keep_daily + 7 * backup.keep_weekly + 31 * backup.keep_monthly
    common = (
        _resource(
            "Storage",
            "Name = gw-files",
            f"Address = {place.ip}",
            "SDPort = 9103",
            f"@{FOLDER}/storage.password",
            "Device = gw-files",
            "Media Type = gw-file",
            tls=_tls(*certificate),
        ),
        _resource(
            "Schedule",
            "Name = gw-daily",
            f"Run = Level=Full 1st sun at {hour}:{minute}",
            f"Run = Level=Differential 2nd-5th sun at {hour}:{minute}",
            f"Run = Level=Incremental mon-sat at {hour}:{minute}",
        ),
        _pool("gw-full", max(days, 2 * MONTH + backup.keep_daily)),
        _pool("gw-differential", backup.keep_daily + 7 * max(backup.keep_weekly, 5)),
        _pool("gw-incremental", backup.keep_daily + 31),
    )
    return (
        head
        + "".join(common)
        + "".join(
            _client(answers, one, place, datadirs.get(short(one)))
            for one in answers.instance.wanted
        )
    )


def _pool(name: str, days: int) -> str:
    return _resource(
        "Pool",
        f"Name = {name}",
        "Pool Type = Backup",
        "Recycle = yes",
        "AutoPrune = yes",
        f"Volume Retention = {days} days",
        "Maximum Volume Jobs = 1",
        f'Label Format = "{name}-${{JobId}}"',
        "Action On Purge = Truncate",
    )


def _client(answers: Answers, one: Instance, place: Node, datadirs: Sequence[str] | None) -> str:
    name, backup = short(one), answers.backup
    dump = f"{backup.work}/mysql.dump"
    files = [*backup.folders, *((dump, f"{dump}.rows") if datadirs is not None else ())]
    include = "".join(f'    File = "{path}"\n' for path in files)
    client = _resource(
        "Client",
        f"Name = {name}-fd",
        f"Address = {one.ip}",
        "FDPort = 9102",
        "Catalog = MyCatalog",
        f"@{FOLDER}/{one.name}.password",
        "File Retention = 60 days",
        f"Job Retention = {31 * max(backup.keep_monthly, 2)} days",
        "AutoPrune = yes",
        tls=_tls(f"{place.name}.pem", f"{place.name}.key"),
    )
    options = (
        "    Options {\n      signature = SHA256\n      compression = GZIP3\n      onefs = "
        "yes\n    }\n"
    )
    without = [f"{backup.work}/restore-test", *(datadirs or ())]
    left_out = "  Exclude {\n" + "".join(f'    File = "{path}"\n' for path in without) + "  }\n"
    fileset = (
        f"FileSet {{\n  Name = {name}-files\n  Include {{\n{options}{include}  }}\n{left_out}}}\n"
    )
    return client + fileset + _jobs(name, dump, datadirs is not None)


def _jobs(name: str, dump: str, database: bool) -> str:
    note = "/usr/local/sbin/gw-bacula-note"
    run = (
        'ClientRunBeforeJob = "/usr/local/bin/create_mysql_dump"',
        f'ClientRunAfterJob = "/bin/rm -f {dump}"',
    )
    backup = _resource(
        "Job",
        f"Name = {name}-backup",
        "Type = Backup",
        "Level = Incremental",
        f"Client = {name}-fd",
        f"FileSet = {name}-files",
        "Schedule = gw-daily",
        "Storage = gw-files",
        "Messages = Standard",
        "Pool = gw-incremental",
        "Full Backup Pool = gw-full",
        "Differential Backup Pool = gw-differential",
        "Priority = 10",
        f'Write Bootstrap = "/var/lib/bacula/{name}.bsr"',
        *_script("Before", f"{note} begin", "RunsOnFailure = no"),
        *(run if database else ()),
        *_script("After", f"{note} end %i %b %e", "RunsOnFailure = yes"),
    )
    restore = _resource(
        "Job",
        f"Name = {name}-restore",
        "Type = Restore",
        f"Client = {name}-fd",
        f"FileSet = {name}-files",
        "Storage = gw-files",
        "Pool = gw-incremental",
        "Messages = Standard",
        "Where = /var/tmp/bacula-restores",
    )
    return backup + restore


def _script(when: str, command: str, failure: str) -> tuple[str, ...]:
    return (
        "RunScript {",
        f"  RunsWhen = {when}",
        "  RunsOnClient = yes",
        "  RunsOnSuccess = yes",
        f"  {failure}",
        "  FailJobOnError = no",
        f'  Command = "{command}"',
        "}",
    )


def director_daemon(answers: Answers, place: Node) -> str:
    """bacula-dir.conf where the wizard installed the Director; its console listens on this host
    alone.
    """
    return f"{MARK}.\n" + "".join(
        (
            _resource(
                "Director",
                f"Name = {answers.backup.director_name}",
                "DIRport = 9101",
                "DirAddress = 127.0.0.1",
                "QueryFile = /etc/bacula/scripts/query.sql",
                "WorkingDirectory = /var/lib/bacula",
                "PidDirectory = /run/bacula",
                "Maximum Concurrent Jobs = 4",
                f"@{FOLDER}/director.password",
                "Messages = Standard",
            ),
            _resource(
                "Catalog", "Name = MyCatalog", 'dbname = "bacula"; dbuser = ""; dbpassword = ""'
            ),
            _resource(
                "Messages",
                "Name = Standard",
                "console = all, !skipped, !saved",
                'append = "/var/log/bacula/bacula.log" = all, !skipped',
                "catalog = all",
            ),
            f"@{FOLDER}/director.conf\n",
        )
    )


def console(answers: Answers) -> str:
    """bconsole.conf for the Director on the same host."""
    lines = (
        f"Name = {answers.backup.director_name}",
        "DIRport = 9101",
        "Address = 127.0.0.1",
        f"@{FOLDER}/director.password",
    )
    return f"{MARK}.\n" + _resource("Director", *lines)
