"""Long commands as units, against a systemd that needs no PID 1; the lab runs the same against the
real one.
"""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import pytest

from tests.hosts.server import Server
from wizard.base.errors import ConnectionLost, Unreachable, WizardError
from wizard.hosts.host import Host
from wizard.hosts.local import LocalHost
from wizard.hosts.ssh import SshHost
from wizard.remote import stream
from wizard.remote import unit as units

COUNT = ("sh", "-c", "for i in 1 2 3 4; do echo $i; sleep 0.5; done; echo ümlaut; exit 3")
NEVER = threading.Event


def ended(host: Host, unit: str) -> units.UnitState:
    for _ in range(200):
        state = units.look(host, unit)
        if not state.running:
            return state
        time.sleep(0.05)
    raise AssertionError("still running")


def test_start_follow_and_forget(here: LocalHost, tmp_path: Path) -> None:
    assert units.look(here, "gw-a").kind == "absent"
    assert units.start(here, "gw-a", COUNT).running
    seen: list[str] = []
    assert units.follow(here, "gw-a", seen.append, NEVER()) == 3
    assert "".join(seen) == "1\n2\n3\n4\nümlaut\n"
    assert units.look(here, "gw-a") == units.UnitState("ended", 3)
    folder = tmp_path / "wizard" / "units"
    assert folder.stat().st_mode & 0o777 == 0o700 and folder.parent.stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())
    units.forget(here, "gw-a")
    assert list(folder.iterdir()) == [] and units.look(here, "gw-a").kind == "absent"


def test_output_comes_while_it_runs(here: LocalHost) -> None:
    units.start(here, "gw-slow", ("sh", "-c", "echo early; sleep 3; echo late"))
    times: dict[str, float] = {}
    begun = time.monotonic()
    units.follow(
        here, "gw-slow", lambda text: times.update({text: time.monotonic() - begun}), NEVER()
    )
    assert list(times) == ["early\n", "late\n"]
    assert times["late\n"] - times["early\n"] > 1


def test_a_unit_is_started_once(here: LocalHost, tmp_path: Path) -> None:
    argv = ("sh", "-c", 'echo x >>"$1"; sleep 1', "once", str(tmp_path / "count"))
    for _ in range(3):
        units.start(here, "gw-once", argv)
    ended(here, "gw-once")
    assert units.start(here, "gw-once", argv) == units.UnitState("ended", 0)
    assert (tmp_path / "count").read_text() == "x\n"


def test_arguments_and_environment(here: LocalHost) -> None:
    words = ("a b", "$HOME", "${HOME}", "%n", "it's", "", "$$")
    units.start(
        here, "gw-args", ("sh", "-c", 'printf "%s|" "$@"; echo "$LC_ALL $HOME $PWD"', "x", *words)
    )
    seen: list[str] = []
    assert units.follow(here, "gw-args", seen.append, NEVER()) == 0
    assert "".join(seen) == "|".join(words) + "|C /root /\n"


def test_a_unit_has_no_stdin_and_an_unknown_program_is_127(here: LocalHost) -> None:
    units.start(here, "gw-cat", ("cat",))
    assert units.follow(here, "gw-cat", lambda _: None, NEVER()) == 0
    units.start(here, "gw-none", ("no-such-program",))
    assert units.follow(here, "gw-none", lambda _: None, NEVER()) == 127


def test_a_killed_unit_has_vanished_and_is_not_repeated(here: LocalHost, tmp_path: Path) -> None:
    units.start(here, "gw-dead", ("sleep", "60"))
    here.run(("sh", "-c", f"kill -KILL -$(cat {tmp_path}/bin/gw-dead)"))
    assert ended(here, "gw-dead").kind == "vanished"
    assert units.start(here, "gw-dead", ("sleep", "60")).kind == "vanished"
    with pytest.raises(ConnectionLost, match="gone without an exit code"):
        units.follow(here, "gw-dead", lambda _: None, NEVER())


def test_stop_reaches_the_whole_command_and_records_its_end(
    here: LocalHost, tmp_path: Path
) -> None:
    argv = ("sh", "-c", "sh -c 'sleep 61'; true")
    units.start(here, "gw-stop", argv)
    time.sleep(0.5)
    assert units.stop(here, "gw-stop") == units.UnitState("ended", 128 + signal.SIGTERM)
    assert here.run(("pgrep", "-f", "sleep 6[1]")).rc == 1


def test_what_runs_is_not_forgotten(here: LocalHost) -> None:
    units.start(here, "gw-keep", ("sleep", "30"))
    with pytest.raises(ConnectionLost, match="still runs"):
        units.forget(here, "gw-keep")
    units.stop(here, "gw-keep")
    units.forget(here, "gw-keep")


def test_a_refused_start_leaves_nothing(here: LocalHost, tmp_path: Path) -> None:
    (tmp_path / "bin" / "refuse").touch()
    with pytest.raises(WizardError, match="could not be started: Failed to start transient"):
        units.start(here, "gw-no", ("true",))
    assert units.look(here, "gw-no").kind == "absent"


def test_a_systemd_that_does_not_answer_is_not_a_vanished_unit(
    here: LocalHost, tmp_path: Path
) -> None:
    units.start(here, "gw-down", ("sleep", "30"))
    (tmp_path / "bin" / "down").touch()
    with pytest.raises(Unreachable, match="systemd does not answer"):
        units.look(here, "gw-down")
    (tmp_path / "bin" / "down").unlink()
    units.stop(here, "gw-down")


def test_following_can_be_left_and_taken_up_again(here: LocalHost) -> None:
    units.start(here, "gw-left", ("sh", "-c", "echo one; sleep 5; echo two"))
    stop = threading.Event()
    threading.Timer(1, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(stream.LeftRunning, match="goes on there"):
        units.follow(here, "gw-left", lambda _: None, stop)
    assert time.monotonic() - begun < 4.5
    assert units.look(here, "gw-left").running
    seen: list[str] = []
    assert units.follow(here, "gw-left", seen.append, NEVER()) == 0
    assert "".join(seen) == "one\ntwo\n"


@pytest.mark.sshd
def test_a_cut_connection_does_not_cut_the_output(server: Server, there: SshHost) -> None:
    script = (
        "for i in $(seq 30); do printf 'line %d ' $i; sleep 0.1; echo ümlaut; sleep 0.1; "
        "done; exit 5"
    )
    units.start(there, "gw-cut", ("sh", "-c", script))
    for seconds in (1.0, 2.5, 4.0):
        threading.Timer(seconds, server.cut).start()
    seen: list[str] = []
    assert units.follow(there, "gw-cut", seen.append, NEVER()) == 5
    said = [piece for piece in seen if "connection lost; the command goes on" in piece]
    text = "".join(piece for piece in seen if piece not in said)
    assert said and text == "".join(f"line {n} ümlaut\n" for n in range(1, 31))


@pytest.mark.sshd
def test_a_long_log_is_passed_on_whole(there: SshHost) -> None:
    units.start(there, "gw-long", ("seq", "300000"))
    seen: list[str] = []
    assert units.follow(there, "gw-long", seen.append, NEVER()) == 0
    assert "".join(seen) == "".join(f"{n}\n" for n in range(1, 300001))


@pytest.mark.sshd
def test_a_host_that_stays_away_is_given_up(
    there: SshHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "PATIENCE", 1.0)
    units.start(there, "gw-away", ("sleep", "4"))
    there.close()
    port, there.port = there.port, 1
    with pytest.raises(ConnectionLost, match="a command went on there"):
        units.follow(there, "gw-away", lambda _: None, NEVER())
    there.port = port
    assert units.follow(there, "gw-away", lambda _: None, NEVER()) == 0


@pytest.mark.sshd
def test_nothing_stays_behind_on_the_host_when_the_follower_dies(
    server: Server, there: SshHost
) -> None:
    units.start(there, "gw-tail", ("sleep", "20"))
    stop = threading.Event()
    threading.Timer(1, stop.set).start()
    with pytest.raises(stream.LeftRunning):
        units.follow(there, "gw-tail", lambda _: None, stop)
    pattern = units.DIRECTORY + "/gw-tail[.]log"
    for _ in range(100):
        if there.run(("pgrep", "-f", f"tail .*{pattern}")).rc == 1:
            break
        time.sleep(0.1)
    else:
        raise AssertionError("a tail was left behind")
    units.stop(there, "gw-tail")
