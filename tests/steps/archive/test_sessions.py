"""A table is archived and comes back the same whatever locale and server settings are."""

from __future__ import annotations

import gzip
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from steps.archive.facts.queries import is_on
from tests.cases import case_path, load
from tests.hosts.server import Server
from tests.steps.archive.bench import Bench, carry_out, wrong
from tests.steps.archive.server import CHEAP, OLD, ROWS, running
from tests.steps.archive.test_move_lock import transaction
from wizard.model.facts import Facts
from wizard.model.review import State, look

pytestmark = pytest.mark.mariadb
TABLE = OLD[0]
READS = "SELECT COUNT(*) INTO @n FROM UTM5.users;"
ODD_COLUMNS = ("größe", "中", "a`b", "sp ace", "q\"uo'te", "back\\slash", "select", "*")
SETTINGS = {
    "autocommit": "0",
    "max_statement_time": "0.000001",
    "sql_mode": "'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,ONLY_FULL_GROUP_BY'",
    "time_zone": "'-11:00'",
}
"""Settings of a whole server, each of which an administrator or an application may want."""


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def test_names_that_are_not_latin_survive_in_a_locale_that_is(
    filled: Bench, tmp_path: Path
) -> None:
    """Commands run on hosts with LC_ALL=C, in which the client is a Latin-1 one."""
    maria = filled.maria
    columns = ", ".join(
        f"ADD {quoted(name)} INT DEFAULT {at}" for at, name in enumerate(ODD_COLUMNS)
    )
    maria.sql(f"SET NAMES utf8mb4; ALTER TABLE UTM5.{TABLE} {columns}")
    maria.sql("SET NAMES utf8mb4; CREATE TABLE UTM5.`ü中` (a INT)")
    maria.restart()
    before = maria.dump("UTM5")
    filled.answers = filled.answering(patterns=[], tables=[TABLE])
    filled.done()
    shown = maria.dump("UTM5", TABLE).decode()
    assert all(f" AS {quoted(name)}" in shown for name in ODD_COLUMNS), shown
    (copy,) = (tmp_path / "one").iterdir()
    text = gzip.decompress(copy.read_bytes()).decode()
    assert all(quoted(name) in text for name in ODD_COLUMNS)
    filled.done("unarchive")
    assert maria.dump("UTM5") == before


def test_an_option_file_that_wants_another_character_set_changes_nothing(
    filled: Bench, tmp_path: Path
) -> None:
    maria = filled.maria
    maria.sql(f"SET NAMES utf8mb4; ALTER TABLE UTM5.{TABLE} ADD `größe` INT")
    maria.sql(f"SET NAMES utf8mb4; UPDATE UTM5.{TABLE} SET note = '中'")
    maria.restart()
    before = maria.dump("UTM5")
    with maria.option_file.open("a") as file:
        file.write("default-character-set=latin1\n")
    filled.answers = filled.answering(patterns=[], tables=[TABLE])
    filled.done()
    (copy,) = (tmp_path / "one").iterdir()
    assert gzip.decompress(copy.read_bytes()).decode().count("'中'") == ROWS
    filled.done("unarchive")
    maria.option_file.write_text(maria.option_file.read_text().replace("default-ch", "#"))
    assert maria.dump("UTM5") == before


OF_THE_PROGRAMS = """
[mysqldump]
no-data
no-create-info
insert-ignore
replace
where=id<5
tz-utc=0
[mariadb-dump]
force
skip-opt
skip-set-charset
[mysql]
vertical
force
show-warnings
delimiter=//
[mariadb-client]
table
"""


def test_an_option_file_that_wants_other_dumps_and_answers_changes_nothing(
    filled: Bench, tmp_path: Path
) -> None:
    """Its copies would have no rows and could not be loaded, its move would wait without an end."""
    maria = filled.maria
    before = maria.dump("UTM5")
    own = maria.option_file.read_text()
    maria.option_file.write_text(own + OF_THE_PROGRAMS)
    filled.answers = filled.answering(patterns=[], tables=[TABLE])
    filled.done()
    (copy,) = (tmp_path / "one").iterdir()
    filled.done("unarchive")
    maria.option_file.write_text(own)
    assert maria.dump("UTM5") == before
    maria.sql("CREATE DATABASE again")
    loaded = maria.load("again", gzip.decompress(copy.read_bytes()))
    assert loaded.returncode == 0, loaded.stderr
    assert maria.dump("again", TABLE) == maria.dump("UTM5", TABLE)


def test_a_client_that_warns_is_heard_out(filled: Bench) -> None:
    filled.maria.warn_clients()
    filled.answers = filled.answering(patterns=[], tables=[TABLE])
    filled.done()
    filled.done("unarchive")


def test_settings_of_the_server_change_nothing(filled: Bench) -> None:
    maria = filled.maria
    before = maria.dump("UTM5")
    for variable, value in SETTINGS.items():
        maria.sql(f"SET GLOBAL {variable} = {value}")
    filled.answers = filled.answering(patterns=[], tables=[TABLE])
    filled.done()
    assert filled.review().state is State.DONE and not wrong(filled)
    filled.done("unarchive")
    for variable in SETTINGS:
        maria.sql(f"SET SESSION max_statement_time = 0; SET GLOBAL {variable} = DEFAULT")
    assert maria.dump("UTM5") == before


def test_rows_that_a_dump_would_leave_out_are_refused_before_anything_is_done(
    filled: Bench,
) -> None:
    maria = filled.maria
    maria.sql("SET GLOBAL sql_select_limit = 100")
    filled.answers = filled.answering(patterns=[], tables=[TABLE])
    (said,) = map(str, filled.review().blockers)
    assert "gives 100 rows to a query" in said and "sql_select_limit = DEFAULT" in said
    assert maria.dump("UTM5", TABLE).count(b"sitzung") == 100, "so a dump is cut indeed"
    maria.sql("SET GLOBAL sql_select_limit = DEFAULT")
    assert not filled.review().blockers


def test_a_replica_is_refused_before_anything_is_done(filled: Bench) -> None:
    maria = filled.maria
    filled.answers = filled.answering(patterns=[], tables=[TABLE])
    maria.sql(
        "SET GLOBAL server_id = 2; CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = 1, "
        "MASTER_USER = 'nobody', MASTER_CONNECT_RETRY = 60; START SLAVE"
    )
    review = filled.review()
    assert not review.plan and "the server is a replica" in str(review.blockers[0])
    maria.sql("STOP SLAVE")
    (said,) = map(str, filled.review().blockers)
    assert "was left set up as one" in said and "RESET SLAVE ALL" in said
    maria.sql("RESET SLAVE ALL")
    assert not filled.review().blockers


@pytest.mark.parametrize(
    ("value", "read_only"),
    [
        *(("0", "0"), ("1", "1"), ("'OFF'", "0")),
        *(("'ON'", "1"), ("'NO_LOCK'", "1"), ("'NO_LOCK_NO_ADMIN'", "1")),
    ],
)
def test_a_switch_is_read_whatever_words_the_server_has_for_it(
    filled: Bench, value: str, read_only: str
) -> None:
    """read_only has four values since MariaDB 12.0.1 (MDEV-36425)."""
    assert filled.maria.sql(f"SELECT {is_on(value)}") == f"{read_only}\n"


def test_what_a_place_s_shell_says_first_is_no_digest(
    filled: Bench, places: Server, tmp_path: Path
) -> None:
    """sshd has the login shell run the command, and bash reads .bashrc then (bash(1))."""
    shell = tmp_path / "shell"
    shell.write_text(
        '#!/bin/sh\necho "Welcome to the backup server"\nexec sh -c "$SSH_ORIGINAL_COMMAND"\n'
    )
    shell.chmod(0o755)
    own = places.authorized.read_text()
    try:
        places.authorized.write_text(f'command="{shell}" {own}')
        filled.answers = filled.answering(patterns=[], tables=[TABLE])
        filled.done()
    finally:
        places.authorized.write_text(own)


def test_a_server_of_a_galera_cluster_is_refused() -> None:
    step, case, answers, _ = load(case_path("archive", "fresh"))
    case["facts"]["inst1"]["archive"] += '["galera"]\n'
    (said,) = map(str, look(step, answers, Facts(case["facts"])).blockers)
    assert "Galera cluster" in said and "not archived by this step" in said


@pytest.mark.parametrize("zone", ["-11:00", "+11:00"])
def test_a_long_transaction_is_known_in_every_time_zone(filled: Bench, zone: str) -> None:
    maria = filled.maria
    maria.sql(f"SET GLOBAL time_zone = '{zone}'")
    with transaction(maria, READS):
        review = filled.review()
        seconds = [*review.facts.of("inst1", filled.steps["archive"].facts[0]).long.values()]
        assert len(seconds) == 1 and 0 <= seconds[0] < 1800, seconds
        assert not review.blockers
    move = carry_out(filled, "archive", "rename-table")
    program = move[2].replace("INTERVAL 30", "INTERVAL -5")
    with transaction(maria, READS):
        waits = subprocess.Popen(
            (*move[:2], program, *move[3:]),
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "LC_ALL": "C"},
        )
        assert waits.stdout
        try:
            assert "waiting for 1 long" in waits.stdout.readline()
        finally:
            waits.kill()
            waits.wait()


@pytest.fixture
def small(template: Path, places: Server, tmp_path: Path, engine_here: str) -> Iterator[Bench]:
    """A server that keeps names in small letters."""
    options = (*CHEAP, "--lower-case-table-names=1")
    with running(tmp_path / "maria", template, options) as server:
        server.fill(20)
        server.restart()
        yield Bench(server, places, tmp_path, engine_here)


def test_a_server_that_keeps_names_in_small_letters(small: Bench) -> None:
    maria = small.maria
    before = maria.dump("utm5")
    small.answers = small.answering(database="utm5", patterns=[], tables=[TABLE])
    small.done()
    assert maria.relations()[f"utm5_archive.{TABLE}"] == "T"
    small.done("unarchive")
    assert maria.dump("utm5") == before
    for named in (
        {},
        {"database": "utm5", "target": "Archive"},
        {"database": "utm5", "tables": [TABLE.upper()]},
        {"database": "utm5", "patterns": ["DHS_sessions_log_%Y%m"]},
    ):
        small.answers = small.answering(**{"patterns": [], "tables": [TABLE], **named})
        review = small.review()
        assert "in small letters" in str(review.blockers[0]), named
        assert not review.plan
