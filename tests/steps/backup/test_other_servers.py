"""Servers that are set up otherwise than Debian's, clients that warn, and disks with little room: a
dump is loaded by a server that can, or the record says why there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.steps.archive.server import CHEAP, running
from tests.steps.backup.guest import Guest as Folder
from tests.steps.backup.test_mariadb import Guest

pytestmark = pytest.mark.mariadb
COLUMNS = ", ".join(f"c{number} CHAR(250) CHARACTER SET latin1" for number in range(60))
WIDE = f"CREATE TABLE wide (id INT, {COLUMNS}); INSERT INTO wide (id) VALUES (1)"
OTHERS = {
    "small letters": (
        "--lower-case-table-names=1",
        "CREATE TABLE wide (Id INT); CREATE TABLE Log (Id INT); INSERT INTO Wide VALUES (1); "
        "CREATE TRIGGER Notes BEFORE INSERT ON Wide FOR EACH ROW INSERT INTO LOG VALUES (1)",
    ),
    "large pages": ("--innodb-page-size=65536", WIDE),
    # As tables are that a server made before MariaDB 10.2.26 and its like counted their columns.
    "a table that no server makes any more": ("--innodb-strict-mode=0", WIDE),
}


@pytest.fixture
def guest(template: Path, tmp_path: Path) -> Iterator[Guest]:
    with running(tmp_path / "maria", template) as server:
        (tmp_path / "guest").mkdir()
        server.sql("CREATE DATABASE shop; CREATE TABLE shop.t (id INT)")
        yield Guest(tmp_path / "guest", server)


@pytest.mark.parametrize("name", OTHERS)
def test_a_dump_is_tried_on_a_server_of_its_own_kind(
    name: str, template: Path, tmp_path: Path
) -> None:
    option, sql = OTHERS[name]
    # The page size is settled when the data are made.
    data = None if "page" in option else template
    with running(tmp_path / "maria", data, (*CHEAP, option)) as server:
        (tmp_path / "guest").mkdir()
        guest = Guest(tmp_path / "guest", server)
        server.sql(f"CREATE DATABASE shop; USE shop; {sql}")
        guest.back_up()
        told = guest.tested()
    assert told["ok"] is True and told["rows"] == 1, told


def test_a_folder_among_the_databases_is_named_with_what_to_do(guest: Guest) -> None:
    """Such as somebody's copy of one; SHOW DATABASES calls it #mysql50#shop.old."""
    (guest.maria.data / "shop.old").mkdir()
    done = guest.run("create_mysql_dump")
    assert done.returncode == 1 and "ignore_db_dirs = shop.old" in done.stderr.splitlines()[-1]


def test_a_client_that_warns_dumps_all_the_same(guest: Guest) -> None:
    guest.maria.warn_clients()
    guest.back_up()
    assert guest.tested()["tables"] == 1


def test_a_dump_leaves_room_on_its_disk(guest: Guest) -> None:
    """Binary values take twice their room in it, and the disk may be the live database's."""
    guest.maria.sql(
        "CREATE TABLE shop.scans (scan LONGBLOB); "
        "USE shop; INSERT INTO scans SELECT REPEAT(x'00ff', 500000) FROM seq_1_to_10"
    )
    df = guest.folder / "bin" / "df"
    df.write_text("#!/bin/sh\nprintf 'Filesystem 1024-blocks Used Available\\n/dev/x 9 9 20480\\n'")
    df.chmod(0o755)
    done = guest.run("create_mysql_dump")
    said = "it would take more than 18 MiB, and a tenth of what is free stays free"
    assert done.returncode == 1 and said in done.stderr.splitlines()[-1], done.stderr
    assert list(guest.work.iterdir()) == []


def test_databases_that_are_in_no_dump_are_told(tmp_path: Path) -> None:
    guest = Folder(tmp_path)
    guest.server()
    names = ("init", "mariadbd", "postgres", "postgres", "mariadbd", "redis-cli")
    for number, name in enumerate(names):
        (tmp_path / "proc" / f"{number}").mkdir(parents=True)
        (tmp_path / "proc" / f"{number}" / "comm").write_text(f"{name}\n")
    assert guest.run("gw-backup").returncode == 0
    told = "backed up; in no dump: postgres, 1 more of MariaDB or MySQL"
    assert guest.record()["message"] == told


@pytest.mark.parametrize(
    ("mounts", "told"),
    [
        ("/dev/xvda1 / ext4\n/dev/xvdc {etc}/data xfs\n", " {etc}/data"),
        ("tmpfs {etc}/t tmpfs\nnas:/x {etc}/nas nfs4\n/dev/xvdc {etc}x ext4\n", ""),
        ("/dev/xvdc {etc}/named ext4\n/dev/xvdd {etc}/named/in ext4\n", " {etc}/named/in"),
        ("/dev/xvdc {etc} ext4\n/dev/mapper/secure {etc}/bound ext4\n", ""),
    ],
    ids=["a disk of its own", "of no disk, or beside it", "one that is named", "the volume's"],
)
def test_a_file_system_that_no_backup_goes_into_is_told(
    tmp_path: Path, mounts: str, told: str
) -> None:
    guest = Folder(tmp_path)
    etc = tmp_path / "etc"
    (tmp_path / "mounts").write_text(mounts.format(etc=etc))
    (tmp_path / "protected").write_text(f"MOUNT=\nBINDS={etc}/bound\n")
    guest.program("mountpoint", "exit 0")
    guest.settings(
        FOLDERS=f"{etc} {etc}/named",
        MOUNTS=f"{tmp_path}/mounts",
        PROTECTED=f"{tmp_path}/protected",
    )
    (etc / "named").mkdir()
    assert guest.run("gw-backup").returncode == 0
    said = f"; not in it, being file systems of their own:{told.format(etc=etc)}" if told else ""
    assert guest.record()["message"] == f"backed up{said}"
