"""Nothing is moved that was written to after its count, however late: transactions of others
against a real server.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from steps.archive import archive
from tests.steps.archive.bench import HOST, Bench, carry_out, moves
from tests.steps.archive.server import OLD, ROWS, Maria
from tests.waiting import until
from wizard.hosts.host import Result
from wizard.model.review import State

pytestmark = pytest.mark.mariadb
TABLE = OLD[0]
INSERT = f"INSERT INTO UTM5.{TABLE} (account, recv_date, `bytes in`, note) VALUES (1, 1, 1, '');"
WAITS = (
    "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE = 'Waiting for table "
    "metadata lock'"
)

LONG = (
    "SELECT COUNT(*) FROM information_schema.INNODB_TRX "
    "WHERE trx_started < NOW() - INTERVAL 1 SECOND"
)


@pytest.fixture
def filled(filled: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """One table is meant, and a transaction is long after a second."""
    short = archive.RENAME.replace("INTERVAL 30 SECOND", "INTERVAL 1 SECOND").replace(
        "sleep 10", "sleep 1"
    )
    monkeypatch.setattr(archive, "RENAME", short)
    filled.answers = filled.answering(patterns=[], tables=[TABLE], quiet_hours=0)
    return filled


@contextmanager
def transaction(maria: Maria, text: str) -> Iterator[subprocess.Popen[str]]:
    """A connection that has given these statements and stays open; it takes more through its
    standard input.
    """
    client = subprocess.Popen(
        (*maria.client(), "-N", "-n", "UTM5"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert client.stdin and client.stdout
    try:
        say(client, f"START TRANSACTION; {text} SELECT 'open';")
        assert client.stdout.readline() == "open\n"
        yield client
        client.stdin.close()
        assert client.wait() == 0
    finally:
        # Left open by a test that fails, it would keep its locks, and who waits for them, for ever.
        client.kill()
        client.wait()
        client.stdout.close()


def say(client: subprocess.Popen[str], text: str) -> None:
    """Give a connection one more line."""
    assert client.stdin
    client.stdin.write(f"{text}\n")
    client.stdin.flush()


def waited(maria: Maria) -> None:
    """Return when somebody waits for a lock on a table."""
    until(lambda: maria.sql(WAITS) != "0\n", "somebody who waits for the table")


def without_long(move: tuple[str, ...]) -> tuple[str, ...]:
    """The move as it is when no transaction of the test is a long one."""
    return tuple(word.replace("INTERVAL 1 SECOND", "INTERVAL 600 SECOND") for word in move)


def stopped(bench: Bench, result: Result) -> None:
    """The move refused because of the new row; the next run counts and copies it: all is well."""
    assert result.rc == 3 and "it was written to since it was counted" in result.out, result
    assert bench.maria.relations()[f"UTM5.{TABLE}"] == "T"
    assert "count-rows" in moves(bench) and "dump-table" in moves(bench)
    bench.done()
    assert bench.maria.sql(f"SELECT COUNT(*) FROM UTM5_archive.{TABLE}") == f"{ROWS + 1}\n"
    assert bench.review().state is State.DONE, bench.review().problems


def test_the_transaction_that_is_waited_for_is_the_one_that_writes(filled: Bench) -> None:
    move = carry_out(filled, "archive", "rename-table")
    heard: list[str] = []
    with ThreadPoolExecutor() as pool, transaction(filled.maria, INSERT) as other:
        until(lambda: filled.maria.sql(LONG) == "1\n", "a transaction that counts as long")
        running = pool.submit(filled.engine.hosts[HOST].run, move, on_output=heard.append)
        until(lambda: running.done() or "waiting for 1 long" in "".join(heard), "its wait")
        assert "waiting for 1 long transactions" in "".join(heard), running.result()
        say(other, "COMMIT;")
        result = running.result()
    stopped(filled, result)


def test_a_short_transaction_commits_while_the_move_waits_for_the_table(filled: Bench) -> None:
    move = without_long(carry_out(filled, "archive", "rename-table"))
    with ThreadPoolExecutor() as pool, transaction(filled.maria, INSERT) as other:
        running = pool.submit(filled.engine.hosts[HOST].run, move)
        waited(filled.maria)
        say(other, "COMMIT;")
        result = running.result()
    stopped(filled, result)


def test_who_writes_between_the_check_and_the_rename_comes_after_it(
    filled: Bench, tmp_path: Path
) -> None:
    """A stand-in for the client lets somebody write right before the rename is given, after the
    last check.
    """
    maria, said = filled.maria, tmp_path / "said"
    move = carry_out(filled, "archive", "rename-table")
    client = tmp_path / "bin" / "mariadb"
    real = f"/usr/bin/mariadb --defaults-extra-file={maria.option_file} -N"
    client.write_text(
        f"""#!/bin/bash
case "$*" in *'RENAME TABLE'*)
  {real} -e "{INSERT.replace("`", chr(92) + "`")}" >{said} 2>&1 </dev/null &
  while [ "$({real} -e "{WAITS}")" = 0 ] && kill -0 $! 2>/dev/null; do sleep 0.02; done;;
esac
exec /usr/bin/mariadb "$@"
"""
    )
    client.chmod(0o755)
    result = filled.engine.hosts[HOST].run(move)
    client.unlink()
    assert result.rc == 0 and result.out.endswith("moved\n"), result
    until(said.read_text, "the writer's end")
    assert "ERROR" in said.read_text(), "the row went in before the move"
    assert maria.sql(f"SELECT COUNT(*) FROM UTM5_archive.{TABLE}") == f"{ROWS}\n"
    filled.done()


def test_a_move_that_gives_up_lets_go_of_the_table(filled: Bench) -> None:
    move = without_long(carry_out(filled, "archive", "rename-table"))
    brief = tuple(
        word.replace("-lt 20", "-lt 2").replace("lock_wait_timeout = 5", "lock_wait_timeout = 1")
        for word in move
    )
    with transaction(filled.maria, f"SELECT MAX(id) INTO @id FROM UTM5.{TABLE};"):
        result = filled.engine.hosts[HOST].run(brief)
        assert result.rc == 5 and result.out.endswith("all the time; nothing was moved\n"), result
        filled.maria.sql(f"SET lock_wait_timeout = 0; {INSERT}")
    assert filled.maria.relations()[f"UTM5.{TABLE}"] == "T"
