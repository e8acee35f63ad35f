"""Long commands as units, against a systemd that needs no PID 1; the lab runs the same against the
real one.
"""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.server import Server, proc_bytes
from tests.waiting import until
from wizard.base.errors import ConnectionLost, Unreachable, WizardError
from wizard.hosts.host import Host, Result
from wizard.hosts.local import LocalHost
from wizard.hosts.ssh import SshHost
from wizard.remote import stream
from wizard.remote import unit as units

COUNT = ("sh", "-c", "for i in 1 2 3 4; do echo $i; sleep 0.1; done; echo ümlaut; exit 3")
NEVER = threading.Event


def held(folder: Path, before: str, after: str) -> tuple[tuple[str, ...], Path]:
    """A command of two parts, and the file that must be there before the second begins."""
    gate = folder / "gate"
    script = f'{before}; until [ -e "$1" ]; do sleep 0.05; done; {after}'
    return ("sh", "-c", script, "held", str(gate)), gate


def ended(host: Host, unit: str) -> units.UnitState:
    until(lambda: not units.look(host, unit).running, f"the end of {unit}")
    return units.look(host, unit)


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


def test_output_comes_while_it_runs(here: LocalHost, tmp_path: Path) -> None:
    """Its end waits for somebody who has read its beginning."""
    argv, gate = held(tmp_path, "echo early", "echo late")
    units.start(here, "gw-slow", argv)
    seen: list[str] = []

    def read(text: str) -> None:
        seen.append(text)
        gate.touch()

    assert units.follow(here, "gw-slow", read, NEVER()) == 0
    assert seen == ["early\n", "late\n"]


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
    units.start(here, "gw-dead", ("sleep", "600"))
    here.run(("sh", "-c", f"kill -KILL -$(cat {tmp_path}/bin/gw-dead)"))
    assert ended(here, "gw-dead").kind == "vanished"
    assert units.start(here, "gw-dead", ("sleep", "600")).kind == "vanished"
    with pytest.raises(ConnectionLost, match="gone without an exit code"):
        units.follow(here, "gw-dead", lambda _: None, NEVER())


def test_stop_reaches_the_whole_command_and_records_its_end(
    here: LocalHost, tmp_path: Path
) -> None:
    child = tmp_path / "child"
    inner = """sh -c 'echo $$ >"$1"; exec sleep 600' inner "$1"; true"""
    argv = ("sh", "-c", inner, "outer", str(child))
    units.start(here, "gw-stop", argv)
    until(lambda: child.exists() and child.read_text().endswith("\n"), "the command's child")
    assert units.stop(here, "gw-stop") == units.UnitState("ended", 128 + signal.SIGTERM)
    assert proc_bytes(f"{child.read_text().strip()}/cmdline") == b""


def test_one_that_somebody_restarts_ends_and_is_not_repeated(
    here: LocalHost, tmp_path: Path
) -> None:
    """needrestart restarts any unit with a process that has a replaced library open."""
    count = tmp_path / "count"
    argv = ("sh", "-c", 'echo x >>"$1"; exec sleep 600', "once", str(count))
    units.start(here, "gw-again", argv)
    until(lambda: count.exists() and count.read_text() == "x\n", "the first beginning")
    here.run(("systemctl", "stop", "gw-again.service"))
    assert ended(here, "gw-again") == units.UnitState("ended", 128 + signal.SIGTERM)
    again = here.run(("sh", str(tmp_path / "wizard" / "units" / "gw-again.sh")), timeout=60)
    assert again.rc == 1
    assert count.read_text() == "x\n"
    assert units.look(here, "gw-again") == units.UnitState("ended", 128 + signal.SIGTERM)
    units.forget(here, "gw-again")
    units.start(here, "gw-again", ("true",))
    assert ended(here, "gw-again") == units.UnitState("ended", 0)


def test_needrestart_keeps_still_after_a_run_of_apt_of_ours(here: LocalHost) -> None:
    units.start(here, "gw-apt", ("sh", "-c", 'echo "${NEEDRESTART_SUSPEND:-no}"'))
    seen: list[str] = []
    assert units.follow(here, "gw-apt", seen.append, NEVER()) == 0
    assert seen == ["yes\n"]


def test_what_runs_is_not_forgotten(here: LocalHost) -> None:
    units.start(here, "gw-keep", ("sleep", "600"))
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
    units.start(here, "gw-down", ("sleep", "600"))
    (tmp_path / "bin" / "down").touch()
    with pytest.raises(Unreachable, match="systemd does not answer"):
        units.look(here, "gw-down")
    (tmp_path / "bin" / "down").unlink()
    units.stop(here, "gw-down")


def test_following_can_be_left_and_taken_up_again(here: LocalHost, tmp_path: Path) -> None:
    """It is left before its end, which comes only afterwards."""
    argv, gate = held(tmp_path, "echo one", "echo two")
    units.start(here, "gw-left", argv)
    stop = threading.Event()
    with pytest.raises(stream.LeftRunning, match="goes on there"):
        units.follow(here, "gw-left", lambda _: stop.set(), stop)
    assert units.look(here, "gw-left").running
    gate.touch()
    seen: list[str] = []
    assert units.follow(here, "gw-left", seen.append, NEVER()) == 0
    assert "".join(seen) == "one\ntwo\n"


@pytest.mark.sshd
def test_a_cut_connection_does_not_cut_the_output(
    server: Server, there: SshHost, tmp_path: Path
) -> None:
    """It is cut in the middle of a line, three times; the command waits for the follower in each
    of these lines.
    """
    cuts = {5, 12, 20}
    script = (
        "for i in $(seq 30); do printf 'line %d ' $i; case $i in 5|12|20) "
        'until [ -e "$1/$i" ]; do sleep 0.05; done;; esac; echo ümlaut; done; exit 5'
    )
    units.start(there, "gw-cut", ("sh", "-c", script, "x", str(tmp_path)))
    seen: list[str] = []

    def read(text: str) -> None:
        seen.append(text)
        whole = "".join(seen)
        for number in sorted(cuts):
            if whole.endswith(f"line {number} "):
                cuts.remove(number)
                server.cut()
                (tmp_path / str(number)).touch()

    assert units.follow(there, "gw-cut", read, NEVER()) == 5
    assert not cuts
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
    there: SshHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "PATIENCE", 1.0)
    argv, gate = held(tmp_path, "true", "true")
    units.start(there, "gw-away", argv)
    there.close()
    port, there.port = there.port, 1
    with pytest.raises(ConnectionLost, match="a command went on there"):
        units.follow(there, "gw-away", lambda _: None, NEVER())
    there.port = port
    gate.touch()
    monkeypatch.setattr(stream, "PATIENCE", 600.0)
    assert units.follow(there, "gw-away", lambda _: None, NEVER()) == 0


@pytest.mark.sshd
def test_nothing_stays_behind_on_the_host_when_the_follower_dies(
    server: Server, there: SshHost
) -> None:
    units.start(there, "gw-tail", ("sh", "-c", "echo begun; exec sleep 600"))
    stop = threading.Event()
    with pytest.raises(stream.LeftRunning):
        units.follow(there, "gw-tail", lambda _: stop.set(), stop)
    argv = ("pgrep", "-f", f"tail .*{units.DIRECTORY}/gw-tail[.]log")
    until(lambda: there.run(argv).rc == 1, "the end of the tail on the host")
    units.stop(there, "gw-tail")


class Cut(LocalHost):
    """A host whose link breaks in the middle of a command's input."""

    def run(self, argv: Any, *, stdin: bytes | None = None, **more: Any) -> Result:
        return super().run(argv, stdin=stdin and stdin[: len(stdin) // 2], **more)


def test_what_arrives_in_part_is_not_begun(path: str, here: LocalHost, tmp_path: Path) -> None:
    """Half a script may be a whole command: `rm -rf /srv/old` of a longer path, for one."""
    cut = Cut("node1", path=path, need_root=False)
    with pytest.raises(WizardError, match="arrived in part"):
        units.start(cut, "gw-cut", ("touch", str(tmp_path / "done"), *map(str, range(500))))
    assert units.look(here, "gw-cut").kind == "absent"
    assert not list((tmp_path / "wizard" / "units").iterdir())
    assert units.start(here, "gw-cut", COUNT).running
    assert ended(here, "gw-cut").rc == 3
