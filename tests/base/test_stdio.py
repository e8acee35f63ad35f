"""Standard streams that are closed, full or read no longer: the work goes on, and its exit code is
its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.run.toy import TOY
from tests.sim import SimHost
from tests.waiting import LAST_RESORT
from wizard.base.exits import Exit, Plugin
from wizard.model.events import Event, Started
from wizard.run.session import Session
from wizard.state.store import Store
from wizard.verbs import headless

pytestmark = pytest.mark.slow


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """Two servers where nothing listens."""
    lines = ["version = 1"]
    for number in (1, 2):
        lines += [
            f"[[nodes]]\nname='n{number}.test.invalid'\nip='10.0.0.{number}'\n"
            f"ssh={{host='127.0.0.{number}',port=2}}"
        ]
    path = tmp_path / "a.toml"
    path.write_text("\n".join(lines))
    return path


def unread(*argv: str, **env: str) -> tuple[int, str]:
    """Exit code and standard error of a run whose standard output nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return into(writer, *argv, **env)
    finally:
        os.close(writer)


def into(stdout: int, *argv: str, **env: str) -> tuple[int, str]:
    """The same with standard output as given."""
    command = [sys.executable, "-m", "wizard", *argv]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **env},
        timeout=LAST_RESORT,
    )
    return done.returncode, done.stderr


def test_a_reader_that_goes_away_cuts_no_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = os.pipe()

    def on_run(host: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> None:
        host.texts["flag"] = "up"

    def leave(event: Event) -> None:
        headless.tell(event)
        if isinstance(event, Started):
            gone.add(event.command.host)
            if len(gone) == 1:
                os.close(reader)

    gone: set[str] = set()
    hosts = {name: SimHost(name, {"flag": "down"}, on_run) for name in ("node1", "node2")}
    session = Session(Store(tmp_path), (TOY,), lambda *_: dict(hosts), emit=leave)
    session.open()
    session.connect()
    with os.fdopen(writer, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert headless.apply(session, (TOY,), ()) is Exit.OK
        monkeypatch.undo()
    kinds = [(record["kind"], record.get("host")) for record in session.store.journal().records]
    assert {("end", "node1"), ("end", "node2")} <= set(kinds) and kinds[-1][0] == "verified"
    session.close()


def test_the_exit_code_is_the_works_own_where_nobody_reads(tmp_path: Path, answers: Path) -> None:
    state = ("--state", str(tmp_path / "s"))
    for verb, code in (
        ("plan", Exit.UNREACHABLE),
        ("verify", Exit.UNREACHABLE),
        ("health", Plugin.CRITICAL),
    ):
        assert unread(*state, verb, "--answers", str(answers)) == (code, "")
    assert unread("answers", "schema") == unread("--help") == (0, "")


def test_a_full_disk_behind_standard_output(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        code, told = into(full.fileno(), "--state", str(tmp_path), "status")
        assert "Traceback" not in told and "No space left on device" in told and code != Exit.FAILED
        code, told = into(full.fileno(), "answers", "schema")
        assert code == Exit.STATE and "standard output: cannot write: No space left" in told


def test_closed_streams_are_no_traceback(tmp_path: Path, answers: Path) -> None:
    def closed(ends: str, *argv: str) -> tuple[int, str]:
        script = f'exec "$@" {ends}'
        command = [
            "sh",
            "-c",
            script,
            "sh",
            sys.executable,
            "-m",
            "wizard",
            "--state",
            str(tmp_path / "s"),
            *argv,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LAST_RESORT)
        return done.returncode, done.stdout + done.stderr

    for argv in ((), ("--line",)):
        code, told = closed("<&-", *argv)
        assert code == Exit.TERMINAL and "needs a terminal" in told
    assert closed(">&-", "health", "--answers", str(answers)) == (Plugin.CRITICAL, "")
    assert closed("<&- >&- 2>&-", "plan", "--answers", str(answers)) == (Exit.UNREACHABLE, "")


def test_letters_that_the_terminal_does_not_know_stop_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "wizard", "apply", "--help"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        timeout=LAST_RESORT,
    )
    assert done.returncode == 0 and b"SHA256:\\u2026" in done.stdout
