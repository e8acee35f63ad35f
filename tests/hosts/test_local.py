"""The machine that the wizard runs on: it behaves as a host over ssh does, without a terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.hosts.server import proc_bytes
from tests.waiting import until
from wizard.base.errors import ConnectionLost, LoginRefused
from wizard.hosts import local
from wizard.hosts.host import Host
from wizard.hosts.local import LocalHost


@pytest.fixture
def host() -> LocalHost:
    return LocalHost("node1", need_root=False)


def sh(script: str, *words: str) -> tuple[str, ...]:
    return ("sh", "-c", script, "test", *words)


def test_the_protocol_is_kept(host: LocalHost) -> None:
    as_host: Host = host
    assert as_host.is_self and as_host.shell()


def test_out_err_and_exit_code(host: LocalHost) -> None:
    result = host.run(sh("echo out; echo err >&2; exit 3"))
    assert (result.rc, result.out, result.err) == (3, "out\n", "err\n")
    assert host.run(sh("kill -KILL $$")).rc == 128 + signal.SIGKILL
    assert host.run(("no-such-program",)).rc == 127


def test_stdin_locale_path_and_folder(host: LocalHost) -> None:
    assert (
        host.run(("cat",), stdin=b"x" * 1_500_000).out == "x" * 1_500_000
        and host.run(("cat",)).out == ""
    )
    said = host.run(sh('echo "$LC_ALL $PWD"; env')).out
    assert said.startswith("C /\n") and "VIRTUAL_ENV" not in said


def test_there_is_no_terminal_to_ask_on(host: LocalHost) -> None:
    assert host.run(sh("exec </dev/tty")).rc != 0
    assert int(host.run(("ps", "-o", "sid=", "-p", str(os.getpid()))).out) != int(
        host.run(sh("ps -o sid= -p $$")).out
    )


def test_what_an_ended_command_said_is_read_however_late_that_is(
    host: LocalHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    def poll_late(process: subprocess.Popen[bytes]) -> int:
        """This thread gets no processor until the command is through."""
        return process.wait()

    monkeypatch.setattr(subprocess.Popen, "poll", poll_late)
    monkeypatch.setattr(local, "QUIET", 0.0)
    assert host.run(sh("echo said; echo warned >&2")).out == "said\n"


def test_output_comes_at_once_and_characters_whole(host: LocalHost) -> None:
    seen: list[str] = []
    host.run(sh("printf '\\303'; sleep 0.3; printf '\\274'; echo e >&2"), on_output=seen.append)
    assert sorted("".join(seen)) == sorted("üe\n")


def test_a_late_command_is_ended_and_unknown(host: LocalHost, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    with pytest.raises(ConnectionLost, match="no end after"):
        host.run(sh('echo $$ >"$1"; exec sleep 600', str(pid)), timeout=2)
    if pid.exists():  # on a slow machine it is ended before it begins
        until(lambda: proc_bytes(f"{pid.read_text().strip()}/cmdline") == b"", "its end")
    with pytest.raises(ConnectionLost, match="no end after"):
        host.run(sh("exec >&- 2>&-; sleep 600"), timeout=0.5)


def test_a_process_left_behind_does_not_hold_the_command(host: LocalHost) -> None:
    result = host.run(sh("sleep 600 & echo $!"))
    os.kill(int(result.out), signal.SIGTERM)


def test_close_gives_up_what_runs(host: LocalHost) -> None:
    def close(_: str) -> None:
        threading.Thread(target=host.close).start()

    with pytest.raises(ConnectionLost, match="given up"):
        host.run(sh("echo begun; exec sleep 600"), on_output=close)
    assert host.run(("echo", "again")).out == "again\n"


def test_many_threads(host: LocalHost) -> None:
    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(lambda n: host.run(sh(f"exit {n}")).rc, range(20))) == list(range(20))
    assert len(list(Path("/proc/self/fd").iterdir())) < 100


def test_who_is_not_root_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(LoginRefused, match="not root") as caught:
        LocalHost("node1").run(("true",))
    assert "sudo" in caught.value.mend


def test_ganeti_goes_first() -> None:
    script = (
        "import os, threading, time; from wizard.hosts.local import give_way\n"
        "other = threading.Thread(target=time.sleep, args=(5,), daemon=True); "
        "other.start(); give_way()\n"
        "print(os.getpriority(os.PRIO_PROCESS, 0), os.getpriority(os.PRIO_PROCESS, "
        "other.native_id))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    lowest = str(max(10, os.getpriority(os.PRIO_PROCESS, 0)))
    assert done.stdout.split() == [lowest, lowest]
