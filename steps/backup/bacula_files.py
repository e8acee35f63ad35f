"""The configuration texts of Bacula (its 9.6 manual, chapters Director, File daemon, Storage daemon
and TLS).

Bacula talks TLS with keys of its own only from 11 on; Debian 12 has 9.6, so certificates do it, on
both sides of each connection. No text here holds a password: each is included by @FILE from a file
made on the hosts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
        f"TLS Certificate = {FOLDER}/{certificate}",
        f"TLS Key = {FOLDER}/{key}",
    ]
    if peer:
        lines.append("TLS Verify Peer = yes")
        lines.append(f'TLS Allowed CN = "{peer}"')
    return "".join(f"  {line}\n" for line in lines)


def _host_tls(backup_host: Node, peer: str = "", require: str = "yes") -> str:
    """With the backup host's own certificate."""
    return _tls(f"{backup_host.name}.pem", f"{backup_host.name}.key", peer, require)


def _resource(kind: str, *lines: str, tls: str = "") -> str:
    body = "".join(f"  {line}\n" for line in lines)
    return f"{kind} {{\n{body}{tls}}}\n"


def file_daemon(answers: Answers, instance: Instance, backup_host: Node) -> str:
    """bacula-fd.conf of a guest: only the Director of that name may ask, and it shows the backup
    host's certificate.
    """
    director_name = answers.backup.director_name
    resources = (
        _resource(
            "Director",
            f"Name = {director_name}",
            f"@{FOLDER}/director.password",
            tls=_tls("guest.pem", "guest.key", backup_host.name),
        ),
        _resource(
            "FileDaemon",
            f"Name = {instance.short}-fd",
            "FDport = 9102",
            f"FDAddress = {instance.ip}",
            "WorkingDirectory = /var/lib/bacula",
            "Pid Directory = /run/bacula",
            "Plugin Directory = /usr/lib/bacula",
            "Maximum Concurrent Jobs = 4",
            tls=_tls("guest.pem", "guest.key"),
        ),
        _resource(
            "Messages",
            "Name = Standard",
            f"Director = {director_name} = all, !skipped, !restored",
        ),
    )
    return f"{MARK}.\n" + "".join(resources)


def storage(answers: Answers) -> str:
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


def printed(answers: Answers, backup_host: Node) -> dict[str, str]:
    """What a Storage daemon that is not the wizard's own must be told besides its device; text by
    path.

    Its other Directors and file daemons may go on without TLS: it is offered to them, not required.
    """
    name = answers.backup.director_name
    tls = f"{FOLDER}/storage-tls.conf"
    known = f"{FOLDER}/storage-director.conf"
    tls_head = (
        f"{MARK}: in bacula-sd.conf, inside Storage {{ }} and inside Director {{ }} of "
        f"{name}, write\n# @{tls}\n"
    )
    known_head = (
        f"{MARK}: include it in bacula-sd.conf by @{known}, only if that has no Director "
        f"{name} yet.\n"
        f"# If it has one, write that one's password into {FOLDER}/storage.password "
        'instead: Password = "..."\n'
    )
    resource = _resource("Director", f"Name = {name}", f"@{FOLDER}/storage.password", f"@{tls}")
    return {tls: tls_head + _host_tls(backup_host, require="no"), known: known_head + resource}


def storage_daemon(answers: Answers, backup_host: Node) -> str:
    """bacula-sd.conf where the wizard installed the daemon."""
    director_name = answers.backup.director_name
    resources = (
        _resource(
            "Storage",
            f"Name = {STORAGE}",
            "SDPort = 9103",
            "WorkingDirectory = /var/lib/bacula",
            "Pid Directory = /run/bacula",
            "Plugin Directory = /usr/lib/bacula",
            f"SDAddress = {backup_host.ip}",
            "Maximum Concurrent Jobs = 20",
            tls=_host_tls(backup_host),
        ),
        _resource(
            "Director",
            f"Name = {director_name}",
            f"@{FOLDER}/storage.password",
            tls=_host_tls(backup_host, peer=backup_host.name),
        ),
        _resource("Messages", "Name = Standard", f"Director = {director_name} = all"),
        f"@{FOLDER}/storage.conf\n",
    )
    return f"{MARK}.\n" + "".join(resources)


def director(answers: Answers, backup_host: Node, datadirs: Mapping[str, Sequence[str]]) -> str:
    """What the Director must know of the guests: clients, jobs with the article's run lines,
    storage, retention.

    `datadirs` are the folders of the databases of those hosts where one is to be dumped: the dump
    stands for them.
    """
    texts = [
        f"{MARK}: include it in bacula-dir.conf by @{FOLDER}/director.conf\n",
        _storage_and_schedule(answers, backup_host),
        _pools(answers),
    ]
    for instance in answers.instance.wanted:
        texts.append(_client(answers, instance, backup_host, datadirs.get(instance.short)))
    return "".join(texts)


def _storage_and_schedule(answers: Answers, backup_host: Node) -> str:
    storage = _resource(
        "Storage",
        "Name = gw-files",
        f"Address = {backup_host.ip}",
        "SDPort = 9103",
        f"@{FOLDER}/storage.password",
        "Device = gw-files",
        "Media Type = gw-file",
        tls=_host_tls(backup_host),
    )
    schedule = _resource(
        "Schedule",
        "Name = gw-daily",
        f"Run = Level=Full 1st sun at {answers.backup.at}",
        f"Run = Level=Differential 2nd-5th sun at {answers.backup.at}",
        f"Run = Level=Incremental mon-sat at {answers.backup.at}",
    )
    return storage + schedule


def _pools(answers: Answers) -> str:
    """Retention: an incremental backup is worth nothing without the differential and the full one
    that it rests on, so those stay longer.
    """
    backup = answers.backup
    wanted_days = backup.keep_daily + 7 * backup.keep_weekly + 31 * backup.keep_monthly
    full = _pool("gw-full", max(wanted_days, 2 * MONTH + backup.keep_daily))
    differential = _pool("gw-differential", backup.keep_daily + 7 * max(backup.keep_weekly, 5))
    return full + differential + _pool("gw-incremental", backup.keep_daily + 31)


def _pool(name: str, days: int) -> str:
    return _resource(
        "Pool",
        f"Name = {name}",
        "Pool Type = Backup",
        "Recycle = yes",
        "AutoPrune = yes",
        f"Volume Retention = {days} days",
        # A volume is given free as a whole: with one job in each, none waits for a younger one.
        "Maximum Volume Jobs = 1",
        f'Label Format = "{name}-${{JobId}}"',
        "Action On Purge = Truncate",
    )


def _client(
    answers: Answers, instance: Instance, backup_host: Node, datadirs: Sequence[str] | None
) -> str:
    client = _resource(
        "Client",
        f"Name = {instance.short}-fd",
        f"Address = {instance.ip}",
        "FDPort = 9102",
        "Catalog = MyCatalog",
        f"@{FOLDER}/{instance.name}.password",
        "File Retention = 60 days",
        f"Job Retention = {31 * max(answers.backup.keep_monthly, 2)} days",
        "AutoPrune = yes",
        tls=_host_tls(backup_host),
    )
    dump = f"{answers.backup.work}/mysql.dump"
    return (
        client
        + _fileset(answers, instance.short, dump, datadirs)
        + _jobs(instance.short, dump, datadirs is not None)
    )


def _fileset(answers: Answers, name: str, dump: str, datadirs: Sequence[str] | None) -> str:
    included = list(answers.backup.folders)
    excluded = [f"{answers.backup.work}/restore-test"]
    if datadirs is not None:
        included += [dump, f"{dump}.rows"]
        excluded += datadirs
    return (
        f"FileSet {{\n  Name = {name}-files\n  Include {{\n"
        "    Options {\n      signature = SHA256\n      compression = GZIP3\n"
        "      onefs = yes\n    }\n"
        f"{_files(included)}  }}\n"
        f"  Exclude {{\n{_files(excluded)}  }}\n}}\n"
    )


def _files(paths: Sequence[str]) -> str:
    return "".join(f'    File = "{path}"\n' for path in paths)


def _jobs(name: str, dump: str, database: bool) -> str:
    note = "/usr/local/sbin/gw-bacula-note"
    run: tuple[str, ...] = ()
    if database:
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
        *run,
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


def director_daemon(answers: Answers) -> str:
    """bacula-dir.conf where the wizard installed the Director; its console listens on this host
    alone.
    """
    resources = (
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
        _resource("Catalog", "Name = MyCatalog", 'dbname = "bacula"; dbuser = ""; dbpassword = ""'),
        _resource(
            "Messages",
            "Name = Standard",
            "console = all, !skipped, !saved",
            'append = "/var/log/bacula/bacula.log" = all, !skipped',
            "catalog = all",
        ),
        f"@{FOLDER}/director.conf\n",
    )
    return f"{MARK}.\n" + "".join(resources)


def console(answers: Answers) -> str:
    """bconsole.conf for the Director on the same host."""
    lines = (
        f"Name = {answers.backup.director_name}",
        "DIRport = 9101",
        "Address = 127.0.0.1",
        f"@{FOLDER}/director.password",
    )
    return f"{MARK}.\n" + _resource("Director", *lines)
