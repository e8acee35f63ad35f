"""What the backup programs make of a database: they look for it at each run, and dump it, miss it
or say that they may not.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from steps.backup.bacula_files import MARK
from steps.backup.facts.backup import CLIENT as CLIENT_FACT
from steps.backup.facts.bacula import FD_CONFIG
from steps.backup.restoretest import RESTORE
from tests.steps.backup.guest import CLIENT, DUMP, Guest
from wizard.answers import Answers

pytestmark = pytest.mark.slow


@pytest.fixture
def guest(tmp_path: Path) -> Guest:
    return Guest(tmp_path)


def test_a_database_that_came_later_is_dumped(guest: Guest) -> None:
    assert guest.run("gw-backup").returncode == 0
    assert (guest.record()["ok"], guest.record()["message"]) == (True, "backed up")
    assert "mysql.dump" not in guest.backed_up()
    guest.server()
    assert guest.run("gw-backup").returncode == 0, guest.record()
    assert (guest.record()["ok"], guest.record()["message"]) == (True, "backed up")
    assert f"--exclude /var/lib/mysql/* {guest.folder}/work/mysql.dump" in guest.backed_up()


def test_data_that_no_server_can_dump_makes_the_backup_fail(guest: Guest) -> None:
    (guest.folder / "mysql" / "mysql").mkdir(parents=True)
    guest.program("mariadb", "echo 'no socket' >&2; exit 1")
    assert guest.run("gw-backup").returncode == 1
    said = (
        "no dump: create_mysql_dump: the database does not answer (data in "
        f"{guest.folder}/mysql): no socket"
    )
    assert guest.record()["ok"] is False and said in guest.record()["message"]


def test_a_server_that_stands_still_makes_the_backup_fail(guest: Guest) -> None:
    guest.server()
    guest.program("mariadb", "echo 'no socket' >&2; exit 1")
    assert guest.run("gw-backup").returncode == 1
    assert "the database does not answer (mariadbd): no socket" in guest.record()["message"]


def test_a_dump_that_is_not_wanted_is_missed_aloud(guest: Guest) -> None:
    guest.settings(DATABASE="no")
    assert guest.run("gw-backup").returncode == 0 and guest.record()["message"] == "backed up"
    guest.server()
    assert guest.run("gw-backup").returncode == 0
    told = guest.record()
    assert (
        told["ok"] is True
        and "no dump of the database (mariadbd): backup.database is off" in told["message"]
    )


@pytest.mark.parametrize(
    ("server", "dumps", "ok"), [(False, True, True), (True, True, True), (True, False, False)]
)
def test_bacula_misses_a_dump_that_its_job_did_not_make(
    guest: Guest, server: bool, dumps: bool, ok: bool
) -> None:
    guest.settings(KIND="central")
    if server:
        guest.server()
    if dumps:
        assert guest.run("create_mysql_dump").returncode == 0
    assert guest.run("gw-bacula-note", "begin").returncode == 0, (
        "Bacula 9.6 runs ClientRunBeforeJob first"
    )
    assert guest.run("gw-bacula-note", "end", "12", "3456", "OK").returncode == 0
    told = guest.record()
    assert (
        told["ok"] is ok
        and ("the job made no dump of the database (mariadbd)" in told["message"]) is not ok
    )
    assert [path.name for path in (guest.folder / "work").iterdir()] == []


def test_the_mark_of_a_job_that_was_cut_off_does_not_count(guest: Guest) -> None:
    guest.settings(KIND="central")
    guest.server()
    mark = guest.folder / "state" / "dump.made"
    mark.touch()
    os.utime(mark, (time.time() - 13 * 3600,) * 2)
    assert guest.run("gw-bacula-note", "begin").returncode == 0 and not mark.exists()
    mark.touch()
    guest.program("mariadb-dump", "exit 1")
    assert guest.run("create_mysql_dump").returncode == 1 and not mark.exists()


def test_the_restore_test_wants_the_dump_of_a_new_database(guest: Guest) -> None:
    for server, said in ((False, "1 files are there"), (True, "holds no dump")):
        guest.restored()
        if server:
            guest.server()
        done = guest.run("gw-restore-test", "compare")
        assert done.returncode == int(server) and said in done.stdout, done


@pytest.mark.parametrize("older", [False, True], ids=["new record", "record of an earlier version"])
def test_a_restore_test_that_fails_keeps_the_time_of_the_last_good_one(
    guest: Guest, older: bool
) -> None:
    guest.restored()
    assert guest.run("gw-restore-test", "compare").returncode == 0
    good = guest.record("restore-test")
    assert good["ok"] is True and good["last_good"] == good["time"]
    if older:
        line = json.dumps({name: value for name, value in good.items() if name != "last_good"})
        (guest.folder / "state" / "restore-test.json").write_text(f"{line}\n")
    for _ in range(2):
        guest.program("gw-restic", "echo no route to host >&2; exit 1")
        assert guest.run("gw-restore-test").returncode == 1
        bad = guest.record("restore-test")
        assert (
            bad["ok"] is False
            and "no route to host" in bad["message"]
            and bad["last_good"] == good["time"]
        )


def _free(guest: Guest, kib: int) -> None:
    guest.program("df", f"printf 'Filesystem 1024-blocks Used Available\\n/dev/x 9 9 {kib}\\n'")


def test_without_room_the_director_is_not_asked(guest: Guest) -> None:
    guest.settings(KIND="central")
    (guest.folder / "state" / "backup.json").write_text('{"bytes": 1024, "last_good": 4000000000}')
    (guest.folder / "etc" / "large").write_bytes(bytes(4 << 20))
    _free(guest, 8192 + 5 * 1024)
    done = guest.run("gw-restore-test", "room")
    assert (
        done.returncode == 1
        and "the restored files need 5 MiB, 13 MiB are free"
        in guest.record("restore-test")["message"]
    )
    _free(guest, 8192 + 5 * 1024 + 1)
    assert guest.run("gw-restore-test", "room").returncode == 0
    guest.server()
    guest.program("mariadb", f"case $* in *CEIL*) echo 1000 ;; *) {CLIENT} ;; esac")
    assert guest.run("gw-restore-test", "room").returncode == 1, "the dump needs room too"
    guest.program("mariadb", "exit 1")
    assert guest.run("gw-restore-test", "room").returncode == 1
    assert "does not say how large it is" in guest.record("restore-test")["message"]


def test_the_last_job_of_bacula_tells_the_least_room(guest: Guest) -> None:
    guest.settings(KIND="central")
    (guest.folder / "state" / "backup.json").write_text(
        '{"bytes": 104857600, "last_good": 4000000000}'
    )
    _free(guest, 100 * 1024)
    assert guest.run("gw-restore-test", "room").returncode == 1
    assert (
        "the restored files need 125 MiB, 100 MiB are free"
        in guest.record("restore-test")["message"]
    )


def test_a_director_that_fails_leaves_a_record_and_nothing_else(guest: Guest) -> None:
    guest.settings(KIND="central")
    guest.restored()
    assert guest.run("gw-restore-test", "room").returncode == 0
    told, scratch = guest.record("restore-test"), guest.folder / "work" / "restore-test"
    assert (
        told["ok"] is False
        and "the Director has not restored the backup" in told["message"]
        and not scratch.exists()
    )
    assert guest.run("gw-restore-test", "compare").returncode == 1
    said = "nothing was restored into .*; how the Director's job ended: bconsole, list jobs"
    assert re.fullmatch(said, guest.record("restore-test")["message"])
    guest.restored()
    (guest.folder / "etc" / "hosts").write_text("x" * 9)
    assert guest.run("gw-restore-test", "compare").returncode == 1
    assert (
        "1 files came back with another length, the first is"
        in guest.record("restore-test")["message"]
    )
    assert not scratch.exists()


@pytest.mark.parametrize(
    ("said", "rc"),
    [("Termination:            Restore OK", 0), ("Termination: *** Restore Error ***", 3), ("", 3)],
)
def test_how_the_directors_job_ended(tmp_path: Path, said: str, rc: int) -> None:
    (tmp_path / "bconsole").write_text(f"#!/bin/sh\ncat >{tmp_path}/asked\necho '{said}'\n")
    (tmp_path / "bconsole").chmod(0o755)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = subprocess.run(
        ["sh", "-c", RESTORE, "restore", "inst1", "/x"], env=env, capture_output=True, text=True
    )
    assert (
        done.returncode == rc
        and "restorejob=inst1-restore where=/x" in (tmp_path / "asked").read_text()
    )


@pytest.mark.parametrize(
    ("counted", "restored", "said"),
    [
        ("1000\t1005\tmoving", 1000, ""),
        ("1000\t1005\tmoving", 1005, ""),
        ("1005\t1000\tmoving", 1002, ""),
        ("1000\t1005\tmoving", 0, "db.t has 0 rows, the dump was made of 1000 to 1005"),
        ("1005\t1000\tmoving", 999, "db.t has 999 rows, the dump was made of 1000 to 1005"),
        ("1000\t1005\tmoving", 1006, "db.t has 1006 rows, the dump was made of 1000 to 1005"),
        ("9\t9\tmoving", 8, "db.t has 8 rows, the dump was made of 9"),
        ("9\t10\tmoving", 10, ""),
        ("9\t9\tstill", 9, ""),
        ("9\t9\tstill", 10, "db.t has 10 rows, the dump was made of 9"),
    ],
)
def test_restored_rows_lie_between_those_that_were_counted(
    guest: Guest, counted: str, restored: int, said: str
) -> None:
    guest.server()
    guest.program("mariadbd", "exec sleep 60")
    guest.program(
        "mariadb",
        f"case $* in *CONCAT*) echo SQL ;; *-NB' '*) printf 'db\\tt\\t{restored}\\n' ;; esac",
    )
    for name in ("mariadb-install-db", "mariadb-admin"):
        guest.program(name, "exit 0")
    (guest.folder / "state" / "backup.json").write_text('{"last_good": 4000000000}')
    (guest.folder / "etc" / "hosts").write_text("x")
    scratch = Path(f"{guest.folder}/work/restore-test{guest.folder}")
    for path, text in (
        ("etc/hosts", "x"),
        ("work/mysql.dump", DUMP),
        ("work/mysql.dump.rows", f"db\tt\t{counted}\n"),
    ):
        (scratch / path).parent.mkdir(parents=True, exist_ok=True)
        (scratch / path).write_text(text)
    done = guest.run("gw-restore-test", "compare")
    assert (done.returncode, json.loads(done.stdout)["ok"]) == (int(bool(said)), not said), done
    assert said in done.stdout and json.loads(done.stdout)["moving"] == int("moving" in counted)
    assert "Director" not in done.stdout, "its job has no part in that"


def test_a_dump_leaves_that_of_another_alone(guest: Guest) -> None:
    guest.server()
    guest.settings(KIND="central", PATIENCE="1")
    (guest.folder / "work" / "mysql.dump").write_text("in use")
    (guest.folder / "work" / "mysql.dump.new").write_text("half")
    with (guest.folder / "state" / "backup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = guest.run("create_mysql_dump")
    said = "another backup, dump or restore test has been running for 1 seconds"
    assert done.returncode == 1 and said in done.stderr and said in guest.record()["message"]
    assert (guest.folder / "work" / "mysql.dump").read_text() == "in use"
    assert (guest.folder / "work" / "mysql.dump.new").read_text() == "half"
    assert guest.run("create_mysql_dump").returncode == 0


def test_a_backup_of_the_other_kind_touches_nothing(guest: Guest) -> None:
    guest.server()
    for kind, argv in (
        ("central", ("gw-backup",)),
        ("simple", ("gw-bacula-note", "end", "12", "3456", "OK")),
    ):
        guest.settings(KIND=kind)
        (guest.folder / "work" / "mysql.dump").write_text("in use")
        done = guest.run(*argv)
        assert done.returncode == 1 and "backs this machine up" in done.stderr
        assert not (guest.folder / "state" / "backup.json").exists()
        assert (guest.folder / "work" / "mysql.dump").read_text() == "in use"


@pytest.mark.parametrize(
    ("text", "runs", "ours"),
    [(f"{MARK}.\n", True, True), (f"{MARK}.\n", False, False), ("Director {", True, False)],
)
def test_only_our_own_file_daemon_is_told_apart(
    tmp_path: Path, text: str, runs: bool, ours: bool
) -> None:
    (tmp_path / "fd.conf").write_text(text)
    script = CLIENT_FACT.script_for(Answers(), "inst1").replace(
        FD_CONFIG, str(tmp_path / "fd.conf")
    )
    fakes = (
        f"systemctl() {{ {'true' if runs else 'false'}; }}; mariadb() {{ false; }}; "
        f"mysql() {{ false; }}\n"
    )
    done = subprocess.run(["sh", "-c", fakes + script], capture_output=True, text=True, check=False)
    assert CLIENT_FACT.parse(done.stdout).daemon is ours


def test_a_folder_that_was_backed_up_before_is_missed(guest: Guest) -> None:
    data = guest.folder / "data"
    guest.settings(FOLDERS=f"{guest.folder}/etc {data}")
    assert guest.run("gw-backup").returncode == 0
    told = guest.record()
    assert (told["ok"], told["missing"]) == (True, str(data)) and told[
        "message"
    ] == f"backed up; not here: {data}"
    data.mkdir()
    assert guest.run("gw-backup").returncode == 0 and guest.record()["missing"] == ""
    data.rmdir()
    assert guest.run("gw-backup").returncode == 1
    told = guest.record()
    assert (
        told["ok"] is False
        and told["message"] == f"{data} is gone, and the last good backup has it"
    )
    assert guest.run("gw-backup").returncode == 1, "until it is back, or no longer wanted"
    guest.settings(KIND="central", FOLDERS=f"{guest.folder}/etc {data}")
    assert guest.run("gw-bacula-note", "end", "12", "3456", "OK").returncode == 0
    assert guest.record()["ok"] is False and f"{data} is gone" in guest.record()["message"]
    guest.settings(FOLDERS=f"{guest.folder}/etc")
    assert guest.run("gw-backup").returncode == 0 and guest.record()["message"] == "backed up"
