"""A real MariaDB server of the tests' own: its own folder and socket, no network; it can be killed
and comes back.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.waiting import LAST_RESORT, until

SEARCH = "/usr/sbin:/usr/bin:/sbin:/bin:" + os.environ.get("PATH", "")
MARIADBD = shutil.which("mariadbd", path=SEARCH)
USER = getpass.getuser()
PATTERN = "dhs_sessions_log_%Y%m"
LIVE = ("users", "dhs_sessions_log_210001")
ROWS = 300
"""So many rows the fixture `filled_template` puts into each table."""
CHEAP = (
    "--innodb-log-file-size=16M",
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-flush-method=nosync",
    "--skip-innodb-doublewrite",
)
"""No waiting for a disk: what was committed survives the server's death (the kernel has it), not
the machine's.
"""
OLD = ("dhs_sessions_log_202001", "dhs_sessions_log_202002")
_CREATE = """CREATE TABLE {name} (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  account INT NOT NULL,
  recv_date INT NOT NULL,
  `bytes in` BIGINT NOT NULL,
  note VARCHAR(80) CHARACTER SET utf8mb4 NOT NULL,
  raw VARBINARY(20),
  KEY (account)
) ENGINE=InnoDB;
INSERT INTO {name} (account, recv_date, `bytes in`, note, raw)
  SELECT
    seq % 997,
    1577836800 + seq,
    seq * 4096,
    CONCAT('sitzung ü ', MD5(CONCAT('{name}', seq))),
    UNHEX(MD5(seq + 1))
  FROM seq_1_to_{rows};
"""


class Maria:
    """One server below a folder, its data a copy of `template` where given; `options` are more of
    mariadbd's.

    `option_file` is what its clients are told by --defaults-extra-file.
    """

    def __init__(
        self, folder: Path, template: Path | None = None, options: Sequence[str] = CHEAP
    ) -> None:
        folder.mkdir(parents=True)
        self.options = tuple(options)
        self.folder, self.socket, self.data = folder, folder / "s", folder / "data"
        self.option_file = folder / "client.cnf"
        self.option_file.write_text(f"[client]\nsocket={self.socket}\nuser={USER}\n")
        self.process: subprocess.Popen[bytes] | None = None
        if template is None:
            self._run(
                "mariadb-install-db",
                "--no-defaults",
                f"--datadir={self.data}",
                f"--user={USER}",
                "--auth-root-authentication-method=socket",
                f"--auth-root-socket-user={USER}",
                "--skip-test-db",
                f"--tmpdir={self.folder}",
                *self.options,
            )
        else:
            shutil.copytree(template, self.data)

    @staticmethod
    def _run(*argv: str, text: str | None = None, ok: bool = True) -> str:
        env = {**os.environ, "PATH": SEARCH}
        done = subprocess.run(
            argv, input=text, capture_output=True, text=True, env=env, check=False
        )
        assert done.returncode == 0 or not ok, (argv, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout

    def start(self) -> Maria:
        """Start it, or start it again after a crash; returns when it answers."""
        assert MARIADBD
        argv = (
            *(
                MARIADBD,
                "--no-defaults",
                f"--datadir={self.data}",
                f"--socket={self.socket}",
                "--skip-networking",
            ),
            *(f"--user={USER}", f"--pid-file={self.folder}/pid", "--innodb-buffer-pool-size=64M"),
            # A server that starts removes all temporary tables that it finds there.
            f"--tmpdir={self.folder}",
            *self.options,
        )
        # What a killed one left would be taken for that of the new one.
        self.socket.unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(self._answers, "an answer of mariadbd")
        return self

    def _answers(self) -> bool:
        assert self.process
        assert self.process.poll() is None, (self.folder / "log").read_text()[-3000:]
        # Without its socket no client, which is a program, need be started to ask it.
        return self.socket.exists() and self.sql("SELECT 1", ok=False) == "1\n"

    def kill(self) -> None:
        """As a crash: SIGKILL."""
        assert self.process
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def restart(self) -> None:
        """End it properly and start it: it forgets when tables were written to."""
        self.stop()
        self.start()

    def stop(self) -> None:
        """End it properly; one that does not end within the last resort's time is killed."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(LAST_RESORT)
            except subprocess.TimeoutExpired:
                self.kill()
                raise

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self.process
        return self.process.pid

    def client(self, program: str = "mariadb") -> tuple[str, ...]:
        """The beginning of a call of one of its clients."""
        return (program, f"--defaults-extra-file={self.option_file}")

    def warn_clients(self) -> None:
        """Its clients find an option file that everybody may write to: they pass over it, and say
        so on standard error.
        """
        open_to_all = self.folder / "50-own.cnf"
        open_to_all.write_text("[client]\n")
        open_to_all.chmod(0o666)
        with self.option_file.open("a") as file:
            file.write(f"!include {open_to_all}\n")

    def sql(self, text: str, *, ok: bool = True, login: Sequence[str] = ()) -> str:
        """Run statements; returns the rows, tab-separated, without headings."""
        return self._run(*self.client(), *login, "-N", "-B", text=text, ok=ok)

    def dump(self, *names: str) -> bytes:
        """What a nightly dump carries."""
        argv = (*self.client("mariadb-dump"), "--single-transaction", "--skip-comments", *names)
        return subprocess.run(
            argv, capture_output=True, check=True, env={**os.environ, "PATH": SEARCH}
        ).stdout

    def load(self, schema: str, text: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
        """Restore a dump."""
        argv = (*self.client(), *options, schema)
        return subprocess.run(
            argv, input=text, capture_output=True, check=False, env={**os.environ, "PATH": SEARCH}
        )

    def fill(self, rows: int) -> None:
        """A database UTM5 of four tables with so many rows each, and an account that may work on it
        alone.
        """
        tables = "".join(_CREATE.format(name=name, rows=rows) for name in (*LIVE, *OLD))
        self.sql(f"CREATE DATABASE UTM5; USE UTM5; {tables}")
        self.sql(
            "CREATE USER billing@localhost IDENTIFIED BY 'x'; GRANT ALL ON UTM5.* TO "
            "billing@localhost"
        )

    def relations(self) -> dict[str, str]:
        """Tables and views of both schemas, T or V."""
        rows = self.sql(
            "SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME), IF(TABLE_TYPE = 'VIEW', 'V', 'T') "
            "FROM information_schema.TABLES WHERE TABLE_SCHEMA LIKE 'UTM5%' ORDER BY 1"
        )
        return dict(row.split("\t") for row in rows.splitlines())  # type: ignore[misc]


@contextlib.contextmanager
def running(
    folder: Path, template: Path | None = None, options: Sequence[str] = CHEAP
) -> Iterator[Maria]:
    """A server for the time of a block. What it would still write at its end is of no use: it is
    killed, whatever its connections wait for.
    """
    server = Maria(folder, template, options)
    try:
        yield server.start()
    finally:
        if server.process is not None:
            server.kill()
