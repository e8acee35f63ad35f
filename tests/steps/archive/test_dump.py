"""The nightly dump after tables were archived: it carries their views, not their rows, and can be
loaded.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from steps.backup import hosts
from tests.steps.archive.bench import Bench
from tests.steps.archive.server import LIVE, OLD, ROWS, Maria, running

pytestmark = pytest.mark.mariadb
COUNTS = "; ".join(f"SELECT COUNT(*) FROM UTM5.{name}" for name in (*LIVE, *OLD))


def nightly(maria: Maria, folder: Path) -> tuple[str, list[str]]:
    """The dump that create_mysql_dump leaves, and the tables whose rows it counted."""
    (folder / "bin").mkdir(parents=True)
    for name in ("mariadb", "mariadb-dump"):
        program = folder / "bin" / name
        program.write_text(
            f'#!/bin/sh\nexec /usr/bin/{name} --defaults-extra-file={maria.option_file} "$@"\n'
        )
        program.chmod(0o755)
    common = hosts.template("common").replace("PATH=", f"PATH={folder}/bin:", 1)
    (folder / "lib").write_text(common)
    (folder / "conf").write_text(
        f"STATE={folder}/state WORK={folder} DUMP={folder}/mysql.dump FOLDERS= KIND=simple\n"
    )
    env = {"GW_LIB": f"{folder}/lib", "GW_CONF": f"{folder}/conf"}
    done = subprocess.run(
        ["sh", "-c", hosts.template("create_mysql_dump")], env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert {path.name for path in folder.iterdir()} == {
        "bin",
        "lib",
        "conf",
        "state",
        "mysql.dump",
        "mysql.dump.rows",
    }
    rows = (folder / "mysql.dump.rows").read_text().splitlines()
    return (folder / "mysql.dump").read_text(), [".".join(row.split("\t")[:2]) for row in rows]


def test_archived_rows_are_left_out_and_the_dump_can_be_loaded(
    filled: Bench, tmp_path: Path, template: Path
) -> None:
    maria = filled.maria
    before, counted = nightly(maria, tmp_path / "before")
    assert {f"UTM5.{name}" for name in (*LIVE, *OLD)} <= set(counted)
    filled.done()
    after, counted = nightly(maria, tmp_path / "after")
    assert len(after) < len(before)
    for name in OLD:
        assert f"INSERT INTO `{name}`" in before and f"INSERT INTO `{name}`" not in after
        assert f"CREATE TABLE IF NOT EXISTS `{name}`" in after
    assert {name for name in counted if name.startswith("UTM5")} == {"UTM5_archive.gw_ledger"} | {
        f"UTM5.{name}" for name in LIVE
    }
    whole = [f"{ROWS}"] * len((*LIVE, *OLD))
    assert maria.load("mysql", after.encode()).returncode == 0
    assert maria.sql(COUNTS).split() == whole, (
        "loaded over the server that it came from, the archive is whole"
    )
    with running(tmp_path / "other", template) as other:
        loaded = other.load("mysql", after.encode())
        assert loaded.returncode == 0, loaded.stderr
        assert other.sql(f"FLUSH PRIVILEGES; {COUNTS}").split() == [f"{ROWS}"] * len(LIVE) + [
            "0"
        ] * len(OLD)
