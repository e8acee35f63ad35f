"""The snippets of daily life, run by a real shell on this machine: what they print is what the
parsers read.
"""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

from steps.health.facts.ciphers import CIPHERS
from steps.health.facts.daily import BYPASS, FILESYSTEMS, FOLDER, MACHINE, RECORDS
from tests.waiting import LAST_RESORT, until
from wizard.model.facts import Fact


def run(fact: Fact[object], **places: Path) -> str:
    """The output of a snippet, run as a gathering runs it, with some paths moved."""
    script = fact.script
    assert isinstance(script, str)
    for old, new in places.items():
        script = script.replace({"folder": FOLDER, "default": "/etc/default/ganeti"}[old], str(new))
    text = f"export LC_ALL=C\n(\n{script}\n) </dev/null 2>/dev/null\n"
    return subprocess.run(
        ["sh", "-s"], input=text, capture_output=True, text=True, check=False, timeout=LAST_RESORT
    ).stdout


def test_file_systems(tmp_path: Path) -> None:
    found = FILESYSTEMS.parse(run(FILESYSTEMS))
    assert found and all(
        0 <= one.used <= 100 and one.size >= one.free and one.mount.startswith("/") for one in found
    )


def test_records(tmp_path: Path) -> None:
    (tmp_path / "backup.json").write_text(
        json.dumps({"time": 1795363000, "ok": True, "message": "rows: 5"})
    )
    (tmp_path / "restore-test.json").write_text('{"time": "soon"}')
    before = int(time.time())
    found = RECORDS.parse(run(RECORDS, folder=tmp_path))
    assert before <= found.now <= time.time()
    assert found.found["backup"].good == 1795363000 and found.found["backup"].message == "rows: 5"
    assert found.damaged == ("restore-test",) and "config-backup" not in found.found


def test_ways_around_the_vote(tmp_path: Path) -> None:
    default, daemon = tmp_path / "default", tmp_path / "ganeti-luxid"
    default.write_text(
        'NODED_ARGS=""\n#LUXID_ARGS="--no-voting"\nWCONFD_ARGS="--no-voting --yes-do-it"\n'
    )
    daemon.write_text("#!/bin/sh\nread line\n")
    daemon.chmod(0o755)
    with subprocess.Popen(
        [str(daemon), "--no-voting", "--yes-do-it"], stdin=subprocess.PIPE
    ) as process:
        until(Path("/proc", str(process.pid), "cmdline").read_bytes, "the daemon")
        found = BYPASS.parse(run(BYPASS, default=default))
        process.communicate(b"\n")
    assert found.settings == ('WCONFD_ARGS="--no-voting --yes-do-it"',) and found.daemons == (
        "ganeti-luxid",
    )
    assert BYPASS.parse(run(BYPASS, default=tmp_path / "none")).settings == ()


def test_machine_and_ciphers_run_everywhere() -> None:
    MACHINE.parse(run(MACHINE))
    assert "== luks" in run(CIPHERS)
    CIPHERS.parse(run(CIPHERS))
