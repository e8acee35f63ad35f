"""What must be so before a table is moved: the server, the account, the tables themselves, room,
and both places.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.archive.copies import missing
from steps.archive.facts.archive import DATABASE, Database, Entry, Relation, Room
from steps.archive.facts.archive_places import PLACES
from steps.archive.names import OLD, wanted
from steps.archive.state import Place, standing
from steps.common.sizes import gib
from steps.common.versions import ATOMIC_RENAME, database_server
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import Finding

NEEDED = frozenset(
    (
        *(
            "SELECT",
            "INSERT",
            "UPDATE",
            "DELETE",
            "CREATE",
            "DROP",
            "ALTER",
            "CREATE VIEW",
            "SHOW VIEW",
        ),
        *("LOCK TABLES", "CREATE USER", "PROCESS", "SET USER"),
    )
)
"""Privileges on all schemas, by their names in information_schema; SET USER is for the views'
definer.
"""
STUCK_SECONDS = 3600
"""A transaction that is open for so long does not end by itself."""
NAME_LENGTH = 64 - len(OLD)


def server(answers: Answers, seen: Database) -> Iterator[Finding]:
    """A server that can be asked, renames as a whole, may be written to, and lets us."""
    host, one = answers.archive_host, answers.archive
    if seen.error:
        mend = (
            f"on {host}: systemctl start mariadb; mariadb -e 'SELECT 1' must answer root, "
            "or name an option file"
        )
        yield Finding(host, f"the database cannot be asked: {seen.error}", mend)
        return
    name, fits = database_server(seen.version)
    if not fits:
        oldest = ", ".join(
            f"{known} {'.'.join(map(str, since))}" for known, since in ATOMIC_RENAME.items()
        )
        what = (
            f"{name} {seen.version}: its RENAME TABLE was not proved to survive a crash as a whole"
        )
        yield Finding(host, what, f"use {oldest} or later")
    lacking = sorted(NEEDED - seen.may)
    if lacking or not seen.grants:
        what = f"{seen.account} lacks on all schemas: {', '.join(lacking) or 'GRANT OPTION'}"
        yield Finding(
            host, what, "work as the server's root (an option file may name another account)"
        )
    if seen.read_only:
        yield Finding(
            host, "the server is read-only", "work on the primary server; SET GLOBAL read_only = 0"
        )
    if one.database not in seen.schemas:
        what = f"there is no database {one.database}"
        yield Finding(host, what, f"name one of: {', '.join(sorted(seen.schemas))}")
    for number, seconds in sorted(seen.long.items()):
        if seconds > STUCK_SECONDS:
            what = f"connection {number} has had a transaction open for {seconds // 60} minutes"
            yield Finding(host, what, f"let it end (is it a dump?), or: mariadb -e 'KILL {number}'")


def selection(answers: Answers, seen: Database) -> Iterator[Finding]:
    """Something is meant, and what is meant by name exists."""
    host, one = answers.archive_host, answers.archive
    if not one.tables and not one.patterns and one.preset == "none":
        yield Finding(
            host, "no table is named", "fill in archive.tables, archive.patterns or archive.preset"
        )
    for name in one.tables:
        if seen.of(one.database, name) is None and name not in seen.ledger:
            yield Finding(
                host, f"there is no table {one.database}.{name}", "correct archive.tables"
            )
    if one.preset == "utm5" and seen.list_error:
        what = f"UTM5's list of archives cannot be read: {seen.list_error}"
        yield Finding(
            host, what, "UTM5 has it since 5.2.1-006; name the tables by archive.patterns instead"
        )


def table(answers: Answers, seen: Database, one: Relation) -> Iterator[Finding]:
    """A finished, plain InnoDB table that nothing is tied to."""
    host, full = answers.archive_host, f"{one.schema}.{one.name}"
    if one.kind != "BASE TABLE":
        yield Finding(host, f"{full} is no plain table ({one.kind.lower()})", "leave it out")
        return
    if one.engine != "InnoDB":
        mend = f"ALTER TABLE {full} ENGINE=InnoDB, or leave it out"
        yield Finding(host, f"{full} is of {one.engine}, which a crash can damage", mend)
    if one.hidden:
        what = (
            f"{full} has invisible columns ({', '.join(one.hidden)}), and a view cannot hide them"
        )
        yield Finding(host, what, "leave it out")
    if len(one.name) > NAME_LENGTH:
        yield Finding(
            host, f"{full} has a name of more than {NAME_LENGTH} characters", "leave it out"
        )
    for schema, child, parent_schema, parent in seen.references:
        if (one.schema, one.name) in ((schema, child), (parent_schema, parent)):
            what = f"a foreign key ties {schema}.{child} to {parent_schema}.{parent}"
            yield Finding(
                host, what, "a finished table needs none: drop the key, or leave the table out"
            )
    for schema, owner, trigger in seen.triggers:
        if (one.schema, one.name) == (schema, owner):
            what = (
                f"{full} has the trigger {trigger}, and with it cannot change its schema "
                "(error 1435)"
            )
            yield Finding(host, what, f"DROP TRIGGER {schema}.{trigger}, or leave the table out")
    age = seen.now - one.written
    if one.written and age < answers.archive.quiet_hours * 3600:
        what = f"{full} was written to {max(age, 0) // 60} minutes ago, so it is not finished"
        yield Finding(host, what, "leave it out, wait, or lower archive.quiet_hours")


def names(answers: Answers, seen: Database) -> Iterator[Finding]:
    """No name that stands for two things, and each table that is to move may be moved."""
    host, one = answers.archive_host, answers.archive
    for name in wanted(one, seen):
        here, home, away = (
            standing(one, seen, name),
            seen.of(one.database, name),
            seen.of(one.schema_name, name),
        )
        if here.place is Place.HOME and here.table is not None:
            yield from table(answers, seen, here.table)
        elif here.place is Place.STRANGE and away is None:
            what = f"{one.database}.{name} is a view of somebody else's, not a table"
            yield Finding(host, what, "leave it out, or restore the archive that it reads first")
        elif here.place is Place.STRANGE and home is not None:
            what = f"{one.schema_name}.{name} exists, and {one.database}.{name} is no view of it"
            yield Finding(
                host, what, "compare both, then rename or drop the one that is wrong, by hand"
            )


def room(answers: Answers, facts: Facts, seen: Database) -> Iterator[Finding]:
    """Two places that answer, with room for the copies that are still to be made; and room for one
    dump here.
    """
    host, one, places = (
        answers.archive_host,
        answers.archive,
        facts.of(answers.archive_host, PLACES),
    )
    standings = {name: standing(one, seen, name) for name in (*wanted(one, seen), *seen.ledger)}
    sizes = {name: here.table.bytes for name, here in standings.items() if here.table is not None}
    todo = {
        name: [place for _, place in missing(answers, seen.ledger.get(name, Entry(name)), places)]
        for name in sizes
    }
    if sizes and len(one.places) < 2:
        what = (
            "the nightly dump will no longer carry the rows, and there are not two places "
            "for copies of them"
        )
        yield Finding(
            host,
            what,
            "fill in archive.first and archive.second, each user@host:/path on another machine",
        )
    biggest = max((sizes[name] for name, lacking in todo.items() if lacking), default=0)
    yield from _waiting(answers, seen, biggest)
    for place in one.places:
        needed = sum(sizes[name] for name, lacking in todo.items() if place in lacking)
        at = places.get(place)
        if not needed or at is None:
            continue
        if at.error:
            mend = (
                f"as root on {host}: ssh {place.partition(':')[0]} must log in by key, its "
                "host key known"
            )
            yield Finding(host, f"{place} cannot be used: {at.error}", mend)
        elif at.free < needed:
            what = f"the copies may need {gib(needed)} at {place}, and {gib(at.free)} are free"
            yield Finding(host, what, "make room there, or name another place")


def _waiting(answers: Answers, seen: Database, biggest: int) -> Iterator[Finding]:
    """The folder where dumps wait: room for the biggest one, encrypted for whom it should be, and
    never in the clear what lies encrypted.
    """
    host, work = answers.archive_host, answers.archive.work
    here = seen.folders.get(work, Room())
    if biggest > here.free:
        what = (
            f"the biggest table may need {gib(biggest)} under {work} for its dump, and "
            f"{gib(here.free)} are free"
        )
        yield Finding(host, what, "make room; the dump goes away when both places have it")
    if biggest and seen.age_error:
        mend = (
            f"on {host}: apt-get install age; a recipient is what age-keygen prints as the "
            "public key"
        )
        yield Finding(host, f"the copies cannot be encrypted: {seen.age_error}", mend)
    if biggest and seen.encrypted and not here.encrypted:
        what = (
            f"{work} is not on an encrypted disk as the database is: archived rows could "
            "be read off the disk"
        )
        mend = (
            f"set archive.work to {seen.volume}/archive"
            if seen.volume
            else "set archive.work to a folder on one"
        )
        yield Finding(host, what, mend)


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """All of it."""
    seen = facts.of(answers.archive_host, DATABASE)
    found = list(server(answers, seen))
    yield from found
    if seen.error or answers.archive.database not in seen.schemas:
        return
    yield from selection(answers, seen)
    yield from names(answers, seen)
    yield from room(answers, facts, seen)
