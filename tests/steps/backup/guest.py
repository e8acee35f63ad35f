"""A folder that stands for a guest whose backup programs are run."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from steps.backup.hosts import template

SUMMARY = '{"message_type":"summary","snapshot_id":"abcd1234","total_bytes_processed":12}'
DUMP = "-- Dump completed on 2026-11-23\n"
CLIENT = """case $* in
    *UNIX_TIMESTAMP*) echo 1795368538 ;;
    *CEIL*) echo 1 ;;
    *ENGINE*) echo 0 ;;
    *datadir*) echo /var/lib/mysql ;;
esac
"""


class Guest:
    """A folder that stands for a guest: its programs come before the real ones, and it has no
    database at first.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("bin", "etc", "state", "work"):
            (folder / name).mkdir()
        search = f"PATH={folder}/bin:/usr/bin:/bin #"
        (folder / "lib").write_text(template("common").replace("PATH=", search, 1))
        (folder / "password").write_text("x\n")
        self.program("pgrep", "exit 1")
        for name in ("create_mysql_dump", "gw-bacula-note"):
            self.program(name, template(name).removeprefix("#!/bin/sh\n"))
        self.program(
            "gw-restic",
            f"echo \"$@\" >>{folder}/restic; case $1 in backup) echo '{SUMMARY}' ;; esac",
        )
        self.settings()

    def settings(self, **values: str) -> None:
        """backup.conf, with what differs from the usual."""
        paths = {
            "STATE": "state",
            "WORK": "work",
            "DUMP": "work/mysql.dump",
            "PASSWORD": "password",
        }
        # Other tests' servers run on this machine too.
        paths |= {"MYSQL_DATA": "mysql", "FOLDERS": "etc", "FSTAB": "fstab", "PROC": "proc"}
        conf = {name: f"{self.folder}/{path}" for name, path in paths.items()}
        conf |= {"KIND": "simple", "DATABASE": "yes", "KEEP": "--keep-daily 7", **values}
        (self.folder / "fstab").touch()
        (self.folder / "conf").write_text(
            "".join(f"{name}='{value}'\n" for name, value in conf.items())
        )

    def program(self, name: str, text: str) -> None:
        """A program of this guest."""
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def server(self) -> None:
        """A database server that can be dumped."""
        self.program("mariadbd", "exit 0")
        self.program("mariadb", CLIENT)
        self.program("mariadb-dump", "echo '-- Dump completed on 2026-11-23'")

    def run(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one of the programs."""
        env = {
            "GW_LIB": f"{self.folder}/lib",
            "GW_CONF": f"{self.folder}/conf",
            "PATH": "/usr/bin:/bin",
        }
        argv = ["sh", "-c", template(name), name, *words]
        return subprocess.run(argv, env=env, capture_output=True, text=True, check=False)

    def record(self, name: str = "backup") -> dict[str, Any]:
        """How the last run of something ended."""
        value: dict[str, Any] = json.loads((self.folder / "state" / f"{name}.json").read_text())
        return value

    def restored(self) -> None:
        """A good backup, and what the Director restored from it."""
        (self.folder / "state" / "backup.json").write_text('{"last_good": 4000000000}')
        there = Path(f"{self.folder}/work/restore-test{self.folder}/etc")
        there.mkdir(parents=True)
        for folder in (there, self.folder / "etc"):
            (folder / "hosts").write_text("x")

    def backed_up(self) -> str:
        """The last command line of `restic backup`."""
        lines = (self.folder / "restic").read_text().splitlines()
        return next(line for line in reversed(lines) if line.startswith("backup "))
