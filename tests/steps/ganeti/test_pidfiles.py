"""PID files of killed daemons, in a real shell."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from steps.ganeti import orders
from steps.ganeti.pidfiles import FORGET, RESTART

NOBODY = 65534
OWN = '[ ! -O "$1" ]'
"""Whether a PID file is not root's: only root can make one that is not its own."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def written(folder: Path, daemon: str, text: str) -> Path:
    """The PID file of a daemon of another user's."""
    path = folder / f"{daemon}.pid"
    path.write_text(text)
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)
    return path


def forget(folder: Path) -> str:
    script = FORGET.replace("/run/ganeti", str(folder))
    if os.geteuid():
        script = script.replace(OWN, "true")
    argv = ["sh", "-c", script]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("text", ["4194305\n", "", "no number\n", "../1\n"])
def test_what_a_killed_daemon_left_goes(folder: Path, text: str) -> None:
    path = written(folder, "ganeti-luxid", text)
    assert forget(folder) == f"removed {path}\n"
    assert not path.exists()


def test_the_number_of_somebody_else_s_process_keeps_nothing(folder: Path) -> None:
    path = written(folder, "ganeti-wconfd", f"{os.getpid()}\n")
    forget(folder)
    assert not path.exists()


@contextmanager
def running(folder: Path, name: str) -> Iterator[int]:
    """A daemon of that name; its process id."""
    program = folder / name
    program.write_text("#!/bin/sh\nread word\n")
    program.chmod(0o755)
    with subprocess.Popen([program], stdin=subprocess.PIPE) as daemon:
        yield daemon.pid
        daemon.communicate(b"\n")


def test_a_daemon_that_runs_keeps_its_file(folder: Path) -> None:
    with running(folder, "ganeti-luxid") as pid:
        path = written(folder, "ganeti-luxid", f"{pid}\n")
        assert forget(folder) == ""
        assert path.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's files are told from others")
def test_a_file_of_root_s_is_no_matter(folder: Path) -> None:
    path = folder / "ganeti-noded.pid"
    path.write_text("4194305\n")
    assert forget(folder) == ""
    assert path.exists()


def test_a_restart_removes_what_the_stop_killed(folder: Path) -> None:
    """As start-stop-daemon(8) does: what does not end in time is killed, and its file stays."""
    path = folder / "ganeti-luxid.pid"
    service = folder / "service"
    service.write_text(
        f"#!/bin/sh\n[ $2 = stop ] && echo 4194305 >{path} && chown {NOBODY} {path} 2>/dev/null\n"
        f"[ $2 = stop ] || {{ [ ! -e {path} ] && echo started; }}\n"
    )
    service.chmod(0o755)
    script = RESTART.replace("/run/ganeti", str(folder))
    if os.geteuid():
        script = script.replace(OWN, "true")
    argv = ["sh", "-c", script]
    env = {"PATH": f"{folder}:/usr/bin:/bin"}
    done = subprocess.run(argv, capture_output=True, text=True, env=env, check=True)
    assert done.stdout == f"removed {path}\nstarted\n"


def by_hand(folder: Path, script: str) -> None:
    words = script.replace("-user root", f"-user {os.geteuid()}")
    words = words.replace("/run/ganeti", str(folder))
    env = {"PATH": f"{folder}:/usr/bin:/bin"}
    subprocess.run(["sh", "-c", words], capture_output=True, check=True, env=env)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file of somebody else's")
def test_by_hand_after_a_stop_all_but_root_s_go(folder: Path) -> None:
    left = written(folder, "ganeti-luxid", "4194305\n")
    kept = folder / "ganeti-noded.pid"
    kept.write_text("4194305\n")
    by_hand(folder, orders.FORGET)
    assert not left.exists()
    assert kept.exists()


def test_by_hand_nothing_goes_while_one_of_them_runs(folder: Path) -> None:
    with running(folder, "ganeti-wconfd") as pid:
        kept = written(folder, "ganeti-wconfd", f"{pid}\n")
        by_hand(folder, orders.FORGET_ENDED)
        assert kept.exists()


def test_by_hand_what_both_left_goes(folder: Path) -> None:
    left = [written(folder, daemon, "4194305\n") for daemon in ("ganeti-luxid", "ganeti-wconfd")]
    other = written(folder, "ganeti-confd", "4194305\n")
    # Another test's daemon may run just now.
    nobody = folder / "pgrep"
    nobody.write_text("#!/bin/sh\nexit 1\n")
    nobody.chmod(0o755)
    by_hand(folder, orders.FORGET_ENDED)
    assert [path.exists() for path in left] == [False, False]
    assert other.exists()
