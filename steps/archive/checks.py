"""What must be so before a table is moved: the server, the account, the tables themselves, room,
and both places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from steps.archive.copies import missing
from steps.archive.facts.archive import DATABASE
from steps.archive.facts.archive_places import PLACES
from steps.archive.facts.database import LEDGER, Database, Relation, Room
from steps.archive.fit import table
from steps.archive.names import strange, wanted
from steps.archive.state import Place, standing
from steps.common.sizes import gib
from steps.common.versions import ATOMIC_RENAME, database_server
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import Finding

NEEDED = frozenset(
    {
        "SELECT",
        "INSERT",
        "UPDATE",
        "DELETE",
        "CREATE",
        "DROP",
        "ALTER",
        "CREATE VIEW",
        "SHOW VIEW",
        "LOCK TABLES",
        "CREATE USER",
        "PROCESS",
        "SET USER",
    }
)
"""Privileges on all schemas, by their names in information_schema; SET USER is for the views'
definer.
"""
STUCK_SECONDS = 3600
"""A transaction that is open for so long does not end by itself."""


def server(answers: Answers, database: Database) -> Iterator[Finding]:
    """A server that can be asked, renames as a whole, may be written to, and lets us."""
    host = answers.archive_host
    if database.error:
        yield Finding(
            host,
            what=f"the database cannot be asked: {database.error}",
            mend=(
                f"on {host}: systemctl start mariadb; mariadb -e 'SELECT 1' must answer root, "
                "or name an option file"
            ),
        )
        return
    yield from _version(host, database)
    yield from _account(host, database)
    if database.read_only:
        yield Finding(
            host,
            what="the server is read-only",
            mend="work on the primary server; SET GLOBAL read_only = 0",
        )
    yield from _together(host, database)
    yield from _settings(answers, database)
    for name in database.strangers:
        yield Finding(
            host,
            what=f"the ledger has an entry {name!r} that the wizard did not make",
            mend=f"find out who wrote to {answers.archive.schema_name}.{LEDGER}; delete that row",
        )
    if answers.archive.database not in database.schemas:
        yield Finding(
            host,
            what=f"there is no database {answers.archive.database}",
            mend=f"name one of: {', '.join(sorted(database.schemas))}",
        )
    for number, seconds in sorted(database.long.items()):
        if seconds > STUCK_SECONDS:
            yield Finding(
                host,
                what=f"connection {number} has had a transaction open for {seconds // 60} minutes",
                mend=f"let it end (is it a dump?), or: mariadb -e 'KILL {number}'",
            )


def _together(host: str, database: Database) -> Iterator[Finding]:
    """Servers that hold the tables together with others, whose writes no lock here keeps out."""
    if database.replica:
        yield Finding(
            host,
            what="the server is a replica, or was left set up as one: it would move tables that "
            "its primary goes on to write to, and replication would stop",
            mend="work on the primary server; what is done there, replication does here. Where it "
            "is a replica no more: STOP SLAVE; RESET SLAVE ALL",
        )
    if database.galera:
        yield Finding(
            host,
            what="the server is one of a Galera cluster, in which LOCK TABLES keeps nobody out "
            "on the other servers (MariaDB Knowledge Base, Galera Cluster Known Limitations)",
            mend="tables of such a cluster are not archived by this step",
        )


def _settings(answers: Answers, database: Database) -> Iterator[Finding]:
    """Settings of the server under which copies would be cut, or names would not be ours."""
    host = answers.archive_host
    if database.most_rows >= 0:
        yield Finding(
            host,
            what=(
                f"the server gives {database.most_rows} rows to a query and drops the others "
                "(sql_select_limit): copies of tables would be cut, and so are your dumps"
            ),
            mend="SET GLOBAL sql_select_limit = DEFAULT, and take it out of the server's settings",
        )
    archive = answers.archive
    named = [archive.database, archive.schema_name, *archive.tables]
    named += [re.sub("%.", "", pattern) for pattern in archive.patterns]
    capitals = [name for name in named if name != name.lower()]
    if database.lowercase and capitals:
        yield Finding(
            host,
            what=(
                "the server keeps names in small letters (lower_case_table_names=1), and these "
                f"have capitals: {', '.join(dict.fromkeys(capitals))}"
            ),
            mend=(
                "write archive.database, archive.target, archive.tables and archive.patterns in "
                "small letters"
            ),
        )


def _version(host: str, database: Database) -> Iterator[Finding]:
    name, fits = database_server(database.version)
    if fits:
        return
    oldest = []
    for server_name, since in ATOMIC_RENAME.items():
        oldest.append(f"{server_name} {'.'.join(map(str, since))}")
    yield Finding(
        host,
        what=(
            f"{name} {database.version}: its RENAME TABLE was not proved to survive a crash as a "
            "whole"
        ),
        mend=f"use {', '.join(oldest)} or later",
    )


def _account(host: str, database: Database) -> Iterator[Finding]:
    lacking = sorted(NEEDED - database.may)
    if lacking or not database.grants:
        rights = ", ".join(lacking) or "GRANT OPTION"
        yield Finding(
            host,
            what=f"{database.account} lacks on all schemas: {rights}",
            mend="work as the server's root (an option file may name another account)",
        )


def selection(answers: Answers, database: Database) -> Iterator[Finding]:
    """Something is meant, and what is meant by name exists."""
    host = answers.archive_host
    archive = answers.archive
    if not archive.tables and not archive.patterns and archive.preset == "none":
        yield Finding(
            host,
            what="no table is named",
            mend="fill in archive.tables, archive.patterns or archive.preset",
        )
    for name in archive.tables:
        if database.of(archive.database, name) is None and name not in database.ledger:
            yield Finding(
                host,
                what=f"there is no table {archive.database}.{name}",
                mend="correct archive.tables",
            )
    for name in strange(archive, database):
        yield Finding(
            host,
            what=(
                f"UTM5's list means the table {name!r}: only names of letters, digits and _ $ - "
                "are archived, since the name becomes that of a file on other machines"
            ),
            mend="rename the table, or take it out of that list",
        )
    if archive.preset == "utm5" and database.list_error:
        yield Finding(
            host,
            what=f"UTM5's list of archives cannot be read: {database.list_error}",
            mend="UTM5 has it since 5.2.1-006; name the tables by archive.patterns instead",
        )


def names(answers: Answers, database: Database) -> Iterator[Finding]:
    """No name that stands for two things, and each table that is to move may be moved."""
    host = answers.archive_host
    archive = answers.archive
    for name in wanted(archive, database):
        now = standing(archive, database, name)
        home = database.of(archive.database, name)
        away = database.of(archive.schema_name, name)
        if now.place is Place.HOME and now.table is not None:
            yield from table(answers, database, now.table)
        elif now.place is Place.STRANGE and away is None:
            yield Finding(
                host,
                what=f"{archive.database}.{name} is a view of somebody else's, not a table",
                mend="leave it out, or restore the archive that it reads first",
            )
        elif now.place is Place.STRANGE and home is not None:
            yield Finding(
                host,
                what=(
                    f"{archive.schema_name}.{name} exists, and {archive.database}.{name} is no "
                    "view of it"
                ),
                mend="compare both, then rename or drop the one that is wrong, by hand",
            )


def room(answers: Answers, facts: Facts, database: Database) -> Iterator[Finding]:
    """Two places that answer, with room for the copies that are still to be made; and room for one
    dump here.
    """
    host = answers.archive_host
    archive = answers.archive
    places = facts.of(host, PLACES)
    biggest = 0
    needed = dict.fromkeys(archive.places, 0)
    tables = _tables(answers, database)
    for relation in tables:
        lacking = missing(answers, database.entry(relation.name), places)
        if lacking:
            biggest = max(biggest, relation.bytes)
        for _, place in lacking:
            needed[place] += relation.bytes
    if tables and len(archive.places) < 2:
        yield Finding(
            host,
            what=(
                "the nightly dump will no longer carry the rows, and there are not two places "
                "for copies of them"
            ),
            mend=(
                "fill in archive.first and archive.second, each user@host:/path on another machine"
            ),
        )
    yield from _waiting(answers, database, biggest)
    for place, size in needed.items():
        there = places.get(place)
        if not size or there is None:
            continue
        if there.error:
            login = place.partition(":")[0]
            yield Finding(
                host,
                what=f"{place} cannot be used: {there.error}",
                mend=f"as root on {host}: ssh {login} must log in by key, its host key known",
            )
        elif there.free < size:
            yield Finding(
                host,
                what=f"the copies may need {gib(size)} at {place}, and {gib(there.free)} are free",
                mend="make room there, or name another place",
            )


def _tables(answers: Answers, database: Database) -> list[Relation]:
    """The tables that are meant or in the ledger, wherever their rows are."""
    archive = answers.archive
    tables = []
    for name in dict.fromkeys((*wanted(archive, database), *database.ledger)):
        relation = standing(archive, database, name).table
        if relation is not None:
            tables.append(relation)
    return tables


def _waiting(answers: Answers, database: Database, biggest: int) -> Iterator[Finding]:
    """The folder where dumps wait: room for the biggest one, in bytes, encrypted for whom it should
    be, and never in the clear what lies encrypted.
    """
    host = answers.archive_host
    work = answers.archive.work
    folder = database.folders.get(work, Room())
    if biggest > folder.free:
        yield Finding(
            host,
            what=(
                f"the biggest table may need {gib(biggest)} under {work} for its dump, and "
                f"{gib(folder.free)} are free"
            ),
            mend="make room; the dump goes away when both places have it",
        )
    if biggest and database.age_error:
        yield Finding(
            host,
            what=f"the copies cannot be encrypted: {database.age_error}",
            mend=(
                f"on {host}: apt-get install age; a recipient is what age-keygen prints as the "
                "public key"
            ),
        )
    if biggest and database.encrypted and not folder.encrypted:
        better = f"{database.volume}/archive" if database.volume else "a folder on one"
        yield Finding(
            host,
            what=(
                f"{work} is not on an encrypted disk as the database is: archived rows could "
                "be read off the disk"
            ),
            mend=f"set archive.work to {better}",
        )


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """All of it."""
    database = facts.of(answers.archive_host, DATABASE)
    yield from server(answers, database)
    if database.error or answers.archive.database not in database.schemas:
        return
    yield from selection(answers, database)
    yield from names(answers, database)
    yield from room(answers, facts, database)
