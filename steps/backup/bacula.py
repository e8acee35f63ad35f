"""Central backup of the guests: Bacula's file daemon with TLS, Director and Storage on the backup
host (row 17).
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.backup import backup, bacula_files, gone
from steps.backup import place as backup_place
from steps.backup.bacula_files import FOLDER, MARK, TOOL
from steps.backup.bacula_foreign import director_of, directors, includes, replace
from steps.backup.facts.backup import CLIENT, Client
from steps.backup.facts.backupplace import PLACE
from steps.backup.facts.bacula import BACULA, CONFIGS, FD_CONFIG, Bacula
from steps.backup.folders import DATADIR, nowhere, unreached
from steps.backup.hosts import (
    ETC,
    guest,
    guests,
    no_host,
    programs,
    put,
    settings,
    taking_part,
    template,
)
from steps.common import apt
from steps.network.facts.names import CLOCK
from wizard.answers import Answers, Node
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Kind, Step, not_done

CLIENT_PACKAGES = ("bacula-fd", "openssl")
SERVER_PACKAGES = (
    "bacula-director-sqlite3",
    "bacula-director",
    "bacula-sd",
    "bacula-console",
    "openssl",
)
PROGRAMS = {"/usr/local/sbin/gw-bacula-note": ("gw-bacula-note", "755")}
MAX_SKEW = 120
"""Seconds that the clocks of a guest and the backup host may differ; looking at them takes some of
it itself.
"""
REQUEST = """set -e; umask 077; mkdir -p "$1"; cd "$1"; rm -f request.pem guest.key
openssl req -newkey rsa:3072 -nodes -keyout guest.key -out request.pem.new -subj "/CN=$2" 2>/dev/null
mv -f request.pem.new request.pem"""  # noqa: E501
OPEN = """set -e; umask 077; cd "$1"
openssl cms -decrypt -binary -inform PEM -in sealed -inkey guest.key -recip guest.pem -out director.password.new
mv -f director.password.new director.password"""  # noqa: E501
RUN = """out=$(mktemp); printf 'run job=%s level=Full yes\\nwait\\nmessages\\n' "$1-backup" | bconsole | tee "$out"
grep -q 'Termination: *Backup OK' "$out"; rc=$?; rm -f "$out"; exit $rc"""  # noqa: E501


def chosen(answers: Answers) -> bool:
    """Whether this is the kind of backup that the answers want, and a host is named for it."""
    return answers.backup.kind == "central" and answers.backup_host is not None


def installs(answers: Answers) -> bool:
    """Whether Director and Storage daemon are the wizard's own."""
    return answers.backup.director == "install"


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """No host; somebody else's Director that the wizard would overwrite; locked volumes; clocks
    that differ.
    """
    if answers.backup.kind != "central":
        return
    yield from no_host(answers)
    place = answers.backup_host
    if place is None:
        return
    yield from gone.volumes(answers, facts, place)
    for host in guests(answers):
        yield from backup_place.blockers(answers, facts, host)
        yield from apt.blockers(facts, host, CLIENT_PACKAGES)
        yield from backup.locked(facts, host)
        yield from backup.readable(answers, facts, host)
        yield from _clock(facts, host, place)
        yield from _guest(answers, facts, host)
    seen = facts.of(place.short, BACULA)
    if installs(answers):
        yield from apt.blockers(facts, place.short, SERVER_PACKAGES)
        yield from _foreign(seen, place)
    elif CONFIGS[0] not in seen.texts:
        what = "there is no Director here, and the answers want resources for one that is"
        yield Finding(place.short, what, "choose backup.director = install")
    else:
        yield from _other_name(answers, seen, place)


def _guest(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    """Its file daemon serves another Director; or its database is to be dumped and does not say
    where it lies.
    """
    other = director_of(
        facts.of(host, BACULA).texts.get(FD_CONFIG, ""), guest(answers, host).name, host
    )
    if other:
        what = f"its file daemon serves the Director {other}, whose backups would end"
        yield Finding(
            host,
            what,
            f"when they may: take {other} out of {FD_CONFIG}; else choose backup.kind = simple",
        )
    if backup.dumps(answers, facts, host) and not facts.of(host, CLIENT).datadirs:
        what = "the database does not answer, so it is not known which folder its dump stands for"
        yield Finding(
            host, what, "ganeti-wizard unlock when its volume is locked; systemctl start mariadb"
        )


def _foreign(seen: Bacula, place: Node) -> Iterator[Finding]:
    """A Director or a Storage daemon that somebody else set up, and that others may need."""
    director, storage = (seen.texts.get(path, "") for path in CONFIGS[:2])
    what = ""
    if MARK not in director and seen.clients > 1:
        what = f"a Director with {seen.clients} clients works here"
    elif other := director_of(director, place.name, place.short):
        what = f"the Director {other} works here"
    elif includes(director):
        what = "a Director works here whose clients are in other files"
    elif other := director_of(storage, place.name, place.short):
        what = f"a Storage daemon of the Director {other} works here"
    if what:
        mend = "choose backup.director = print: then only resources are written beside it"
        yield Finding(place.short, f"{what}; its configuration would be replaced", mend)


def _other_name(answers: Answers, seen: Bacula, place: Node) -> Iterator[Finding]:
    """A Director that the instances would turn away, since the answers give it another name."""
    wanted, names = answers.backup.director_name, directors(seen.texts[CONFIGS[0]])
    if names and wanted not in names:
        what = f"the Director here is {names[0]}, and the instances would admit {wanted} alone"
        yield Finding(place.short, what, f"set backup.director_name to {names[0]}")


def _clock(facts: Facts, host: str, place: Node) -> Iterator[Finding]:
    """A guest whose clock is behind refuses certificates that were made just now."""
    skew = facts.of(host, CLOCK) - facts.of(place.short, CLOCK)
    if abs(skew) > MAX_SKEW:
        what = (
            f"its clock is {abs(skew)} s {'ahead of' if skew > 0 else 'behind'} "
            f"{place.short}'s; TLS needs it right"
        )
        yield Finding(
            host,
            what,
            "see that systemd-timesyncd or chrony runs on both: timedatectl; or date --set there",
        )


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Packages and keys; certificates; configurations; then a first full backup. Three rounds,
    since each host must see what the other has made.
    """
    place = answers.backup_host
    if not chosen(answers) or place is None:
        return
    ready = list(_server(answers, facts, place))
    yield from ready
    for host in guests(answers):
        yield from _client(answers, facts, host, place)
    if not ready and all(
        not list(_client(answers, facts, host, place)) for host in guests(answers)
    ):
        yield from _first(answers, facts, place)


def _server(answers: Answers, facts: Facts, place: Node) -> Iterator[Command]:
    host, seen = place.short, facts.of(place.short, BACULA)
    if installs(answers):
        yield from apt.install(
            facts, host, SERVER_PACKAGES, "Bacula's Director with its catalogue, and its storage", 3
        )
    text = template("keys", "bacula")
    yield from put(
        host,
        TOOL,
        seen.texts.get(TOOL),
        text,
        "makes certificates and passwords here",
        mode="755",
        stage=1,
    )
    whole = f"{place.name}.key", "ca.key", "storage.password", "director.password"
    own = f"{place.name}.pem"
    there = seen.public("ca.pem") and own in seen.keys and set(whole) <= set(seen.made)
    if not there or not seen.good_for(own, place.ip):
        yield Command(
            host,
            (TOOL, "host", place.name, str(place.ip)),
            "makes an authority for the backup's certificates, this host's own one, and "
            "the daemons' passwords",
            risk="what exists stays, but a certificate for another address is replaced; "
            "passwords are made here and "
            "leave this host encrypted only",
            undo=f"rm -r {FOLDER}",
            stage=1,
        )
    if seen.volumes != "700 bacula":
        path = f"{answers.backup.path}/bacula"
        argv = ("install", "-d", "-m", "700", "-o", "bacula", "-g", "bacula", path)
        yield Command(
            host, argv, "the folder for the volumes, which are not encrypted by themselves", stage=1
        )
    signed = True
    for client in guests(answers):
        one, request = guest(answers, client), facts.of(client, BACULA)
        fits = seen.keys.get(f"{one.name}.pem") == request.keys.get("request.pem")
        fits = fits and seen.good_for(f"{one.name}.pem", one.ip)
        if fits and seen.public(f"{one.name}.sealed") and request.public("request.pem"):
            continue
        signed = False
        if request.public("request.pem"):
            yield Command(
                host,
                (TOOL, "guest", one.name, str(one.ip)),
                f"signs {client}'s certificate and makes the password between it and the "
                "Director, sealed for its key",
                stdin=request.public("request.pem"),
                undo=f"rm {FOLDER}/{one.name}.*",
                stage=2,
            )
    if signed or any(facts.of(client, BACULA).public("request.pem") for client in guests(answers)):
        yield from _configurations(answers, facts, place, seen)


def _configurations(answers: Answers, facts: Facts, place: Node, seen: Bacula) -> Iterator[Command]:
    dumped = guests(answers) if answers.backup.database else []
    datadirs = {host: _datadirs(facts.of(host, CLIENT)) for host in dumped}
    texts = {
        f"{FOLDER}/storage.conf": bacula_files.storage(answers, place),
        f"{FOLDER}/director.conf": bacula_files.director(answers, place, datadirs),
    }
    if installs(answers):
        own = (
            bacula_files.director_daemon(answers, place),
            bacula_files.storage_daemon(answers, place),
            bacula_files.console(answers),
        )
        texts |= dict(zip(CONFIGS, own, strict=True))
    else:
        texts |= bacula_files.printed(answers, place)
    changed = False
    for path, text in texts.items():
        for command in replace(
            place.short, path, seen.texts.get(path), text, "clients, jobs, storage", "640"
        ):
            changed = True
            yield command
    if installs(answers) and (changed or not {"bacula-director", "bacula-sd"} <= set(seen.current)):
        script = (
            f"chgrp bacula {' '.join(CONFIGS)} && systemctl enable -q bacula-sd bacula-director"
        )
        script += (
            " && bacula-dir -t -c /etc/bacula/bacula-dir.conf && bacula-sd -t -c "
            "/etc/bacula/bacula-sd.conf"
        )
        yield Command(
            place.short,
            ("sh", "-c", f"{script} && systemctl restart bacula-sd bacula-director"),
            "the daemons check their configuration, then begin with it",
            risk="a backup that runs now is broken off",
            undo="systemctl disable --now bacula-director bacula-sd",
            title="systemctl restart bacula-sd bacula-director",
            stage=4,
        )


def _datadirs(seen: Client) -> tuple[str, ...]:
    """Where the database lies, or will lie when one is installed: the dump stands for that."""
    return seen.datadirs or tuple(f"{root}{DATADIR}" for root in dict.fromkeys(("", seen.crypt)))


def _client(answers: Answers, facts: Facts, host: str, place: Node) -> Iterator[Command]:
    seen, there, one = facts.of(host, BACULA), facts.of(place.short, BACULA), guest(answers, host)
    files, conf = facts.of(host, CLIENT).texts, f"{ETC}/backup.conf"
    yield from apt.install(
        facts, host, CLIENT_PACKAGES, "Bacula's file daemon, and openssl for its certificate"
    )
    yield from programs(files, host, PROGRAMS)
    why = "what is backed up and where the dump goes; holds no secret"
    text = settings(answers, host, place)
    yield from put(host, conf, files.get(conf), text, why, mode="600")
    if facts.of(host, CLIENT).timers:
        timers = facts.of(host, CLIENT).timers
        why = "the simple backup of an earlier choice ends; its repository stays"
        yield Command(
            host,
            ("systemctl", "disable", "--now", *timers),
            why,
            undo=f"systemctl enable --now {timers[0]}",
        )
    if not seen.public("request.pem") or seen.keys.get("request.pem") != seen.keys.get("guest.key"):
        yield Command(
            host,
            ("sh", "-c", REQUEST, "request", FOLDER, one.name),
            f"{host}'s own key, which stays there, and a request for a certificate",
            undo=f"rm -r {FOLDER}",
            title=f"openssl req -newkey rsa:3072 -subj /CN={one.name}",
            stage=1,
        )
        return
    certificate, sealed = there.public(f"{one.name}.pem"), there.public(f"{one.name}.sealed")
    if not (certificate and sealed) or there.keys.get(f"{one.name}.pem") != seen.keys.get(
        "request.pem"
    ):
        return
    texts = {"ca.pem": there.public("ca.pem"), "guest.pem": certificate, "sealed": sealed}
    changed = False
    for name, text in texts.items():
        path = f"{FOLDER}/{name}"
        why = "made on the backup host; the sealed one opens with this guest's key alone"
        for command in put(host, path, seen.texts.get(path), text, why, mode="600", stage=3):
            changed = True
            yield command
    if changed or not seen.opened or "director.password" not in seen.made:
        argv = ("sh", "-c", OPEN, "open", FOLDER)
        why = "opens the password between Director and file daemon"
        yield Command(
            host,
            argv,
            why,
            undo=f"rm {FOLDER}/director.password",
            title="openssl cms -decrypt",
            stage=3,
        )
        changed = True
    yield from _daemon(answers, host, place, seen, changed)


def _daemon(
    answers: Answers, host: str, place: Node, seen: Bacula, changed: bool
) -> Iterator[Command]:
    text = bacula_files.file_daemon(answers, guest(answers, host), place)
    for command in replace(
        host, FD_CONFIG, seen.texts.get(FD_CONFIG), text, "only our Director, only TLS", "600"
    ):
        changed = True
        yield command
    if changed or "bacula-fd" not in seen.current:
        yield Command(
            host,
            (
                "sh",
                "-c",
                f"bacula-fd -t -c {FD_CONFIG} && systemctl enable -q bacula-fd && "
                "systemctl restart bacula-fd",
            ),
            "the file daemon checks its configuration, then begins with it",
            undo="systemctl disable --now bacula-fd",
            title="systemctl restart bacula-fd",
            stage=4,
        )


def _first(answers: Answers, facts: Facts, place: Node) -> Iterator[Command]:
    for host in guests(answers) if installs(answers) else ():
        if not backup.fresh(answers, facts.of(host, CLIENT)):
            yield Command(
                place.short,
                ("sh", "-c", RUN, "run-job", host),
                f"a full backup of {host}, the first or after a failed one; the Director "
                "makes the next ones",
                risk="loads disk and network of the guest",
                undo="bconsole: delete job",
                kind=Kind.UNIT,
                title=f"bconsole: run job={host}-backup level=Full",
                stage=5,
                minutes=3,
            )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Nothing left to do, and the last backup of each guest went well."""
    if not chosen(answers):
        return
    yield from not_done(plan(answers, facts))
    yield from nowhere(answers, facts)
    for host in guests(answers):
        yield from unreached(answers, facts, host)
        for one in backup.unwell(host, facts.of(host, CLIENT)):
            mend = (
                one.mend
                if installs(answers)
                else (
                    f"include {FOLDER}/director.conf and storage*.conf as their first "
                    "lines say, then run its job"
                )
            )
            yield Finding(
                host, one.what, mend.replace("journalctl -u gw-backup", "bconsole: messages")
            )


STEP = Step(
    id="bacula",
    title="Central backup",
    reason=(
        "Where many machines are backed up, one Director knows all of them, and a guest that is "
        "broken into cannot remove its own backups."
    ),
    then=(
        'ClientRunBeforeJob = "/usr/local/bin/create_mysql_dump"; '
        'ClientRunAfterJob = "/bin/rm -f /var/lib/bacula/mysql.dump"'
    ),
    now=(
        "the same two lines in a job; file daemon, Director and Storage talk TLS with "
        "certificates made here"
    ),
    plan=plan,
    verify=verify,
    facts=(CLIENT, PLACE, BACULA, CLOCK, *apt.FACTS),
    needs=("instance", "backup"),
    blockers=blockers,
    hosts=lambda answers: taking_part(answers, "central"),
    minutes=6,
)
