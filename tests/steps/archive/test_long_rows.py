"""Rows that are longer than MariaDB's programs take by themselves survive the copy, and its load as
the help says.
"""

from __future__ import annotations

import gzip
from importlib import resources
from pathlib import Path

import pytest

from steps.archive.mends import LOAD
from tests.steps.archive.bench import Bench
from tests.steps.archive.server import OLD, running

pytestmark = pytest.mark.mariadb
TABLE = OLD[0]
MORE = "SET GLOBAL max_allowed_packet = 1073741824"
SUM = f"SELECT id, LENGTH(file), MD5(file) FROM {{}}.{TABLE} WHERE file IS NOT NULL ORDER BY id"


@pytest.mark.parametrize("size", [10_000_000, 26_000_000])
def test_a_long_row_is_copied_and_loaded(
    bench: Bench, tmp_path: Path, template: Path, size: int
) -> None:
    """Of 10 MB the load is the hard part, since a server takes 16 MiB by itself; of 26 MB the dump
    too.
    """
    maria = bench.maria
    maria.fill(5)
    maria.sql(MORE)
    random = (
        f"UPDATE UTM5.{TABLE} SET file = REPEAT(UNHEX(SHA2(RAND(), 512)), {size} DIV 64) "
        "WHERE id = 3"
    )
    maria.sql(f"ALTER TABLE UTM5.{TABLE} ADD file LONGBLOB; {random}")
    maria.restart()
    bench.answers = bench.answering(patterns=[], tables=[TABLE])
    bench.done()
    row = maria.sql(SUM.format("UTM5"))
    assert row.split()[1] == str(size // 64 * 64)
    (copy,) = (tmp_path / "two").iterdir()
    text = gzip.decompress(copy.read_bytes())
    page = (resources.files("assets") / "help" / "archive.md").read_text(encoding="utf-8")
    assert page.count(f"| {LOAD} UTM5_archive`") == 2 and f"mariadb -e '{MORE}'" in page
    with running(tmp_path / "other", template) as other:
        other.sql("CREATE DATABASE UTM5_archive")
        option = LOAD.split()[1:]
        refused = other.load("UTM5_archive", text, *option)
        assert b"max_allowed_packet" in refused.stderr or b"gone away" in refused.stderr, refused
        other.sql(f"DROP TABLE UTM5_archive.{TABLE}; {MORE}")
        loaded = other.load("UTM5_archive", text, *option)
        assert loaded.returncode == 0, loaded.stderr
        assert other.sql(SUM.format("UTM5_archive")) == row
