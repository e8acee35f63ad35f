"""A database's way through a backup and its restore test, with MariaDB's own programs on sockets of
their own.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from steps.backup import hosts
from tests.steps.archive.server import Maria, running

pytestmark = pytest.mark.mariadb


class Guest:
    """A folder that stands for a guest whose database is a real one; what the Director restores is
    copied there.
    """

    def __init__(self, folder: Path, maria: Maria) -> None:
        self.folder, self.maria, self.work = folder, maria, folder / "w"
        for name in ("bin", "etc", "state", "w"):
            (folder / name).mkdir()
        for name in ("mariadb", "mariadb-dump"):
            option = f"--defaults-extra-file={maria.option_file}"
            own = (
                f'case $1 in --no-defaults) exec /usr/bin/{name} "$@" ;; esac\nexec '
                f'/usr/bin/{name} {option} "$@"\n'
            )
            (folder / "bin" / name).write_text(f"#!/bin/sh\n{own}")
            (folder / "bin" / name).chmod(0o755)
        (folder / "lib").write_text(
            hosts.template("common").replace("PATH=", f"PATH={folder}/bin:", 1)
        )
        values = {
            "STATE": "state",
            "WORK": "w",
            "DUMP": "w/mysql.dump",
            "FOLDERS": "etc",
            "PASSWORD": "password",
        }
        conf = {name: f"{folder}/{path}" for name, path in values.items()} | {
            "KIND": "central",
            "DATABASE": "yes",
        }
        (folder / "conf").write_text("".join(f"{name}='{value}'\n" for name, value in conf.items()))
        (folder / "etc" / "hosts").write_text("x")

    def run(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        """One of our programs."""
        env = {
            "GW_LIB": f"{self.folder}/lib",
            "GW_CONF": f"{self.folder}/conf",
            "PATH": "/usr/bin:/bin",
        }
        argv = ["sh", "-c", hosts.template(name), name, *words]
        return subprocess.run(argv, env=env, capture_output=True, text=True, check=False)

    def back_up(self) -> None:
        """A dump, and all of it where the Director restores to."""
        done = self.run("create_mysql_dump")
        assert done.returncode == 0, done.stderr
        (self.folder / "state" / "backup.json").write_text('{"last_good": 4000000000}')
        there = Path(f"{self.work}/restore-test{self.folder}")
        shutil.copytree(self.folder / "etc", there / "etc")
        (there / "w").mkdir()
        for name in ("mysql.dump", "mysql.dump.rows"):
            shutil.move(self.work / name, there / "w" / name)

    def tested(self) -> dict[str, Any]:
        """The record of a restore test of that."""
        self.run("gw-restore-test", "compare")
        value: dict[str, Any] = json.loads(
            (self.folder / "state" / "restore-test.json").read_text()
        )
        return value


@pytest.fixture(scope="module")
def server(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maria]:
    with running(tmp_path_factory.mktemp("maria") / "server", template) as maria:
        yield maria


@pytest.fixture
def guest(server: Maria, tmp_path_factory: pytest.TempPathFactory) -> Guest:
    server.sql("DROP DATABASE IF EXISTS shop; CREATE DATABASE shop")
    return Guest(tmp_path_factory.mktemp("g"), server)


def test_large_rows_come_back(guest: Guest) -> None:
    guest.maria.sql("SET GLOBAL max_allowed_packet = 67108864")
    guest.maria.sql("CREATE TABLE shop.scans (id INT PRIMARY KEY, scan LONGBLOB)")
    for number, mib in ((1, 10), (2, 30)):
        guest.maria.sql(f"INSERT INTO shop.scans VALUES ({number}, REPEAT(x'00ff', {mib} << 19))")
    guest.back_up()
    told = guest.tested()
    assert told["ok"] is True and (told["tables"], told["rows"]) == (1, 2), told
