"""Machines as processes: a pid file is believed only when the process is that machine."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waiting import until
from wizard.base.errors import LabError
from wizard.lab.api import Lab
from wizard.lab.base.job import Job, execute
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.pids import running_pid
from wizard.lab.base.progress import Progress, last_line, tail
from wizard.lab.base.spec import LabSpec, make_spec, save_spec
from wizard.lab.machine.power import power_off, running
from wizard.lab.network.switch import switch_pid
from wizard.lab.up import lab_lock, up


@pytest.fixture
def impostor(paths: LabPaths) -> Iterator[subprocess.Popen[bytes]]:
    """A process named like QEMU with node1's pid file on its command line."""
    paths.node("node1").mkdir()
    process = subprocess.Popen(
        [
            "qemu-system-x86_64",
            "-c",
            "import signal; signal.pause()",
            "-pidfile",
            str(paths.pid("node1")),
        ],
        executable=sys.executable,
    )
    try:
        until(Path(f"/proc/{process.pid}/cmdline").read_bytes, "the program")
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_machine_that_runs(
    paths: LabPaths, spec: LabSpec, impostor: "subprocess.Popen[bytes]"
) -> None:
    paths.pid("node1").write_text(f"{impostor.pid}\n")
    assert running_pid(paths, "node1") == impostor.pid
    assert running(spec, paths) == ["node1"]


def test_a_dead_one_is_off_even_while_its_pid_lingers(
    paths: LabPaths, impostor: "subprocess.Popen[bytes]"
) -> None:
    paths.pid("node1").write_text(f"{impostor.pid}\n")
    impostor.kill()
    os.waitid(os.P_PID, impostor.pid, os.WEXITED | os.WNOWAIT)
    assert running_pid(paths, "node1") is None


def test_another_program_with_that_number_is_not_the_machine(paths: LabPaths) -> None:
    paths.node("node1").mkdir()
    paths.pid("node1").write_text(f"{os.getpid()}\n")
    assert running_pid(paths, "node1") is None
    assert not power_off(paths, "node1"), "and it is left alone"


def test_another_lab_s_machine_is_not_ours(
    paths: LabPaths, tmp_path: Path, impostor: "subprocess.Popen[bytes]"
) -> None:
    other = LabPaths(tmp_path / "other")
    other.node("node1").mkdir(parents=True)
    other.pid("node1").write_text(f"{impostor.pid}\n")
    assert running_pid(other, "node1") is None


@pytest.mark.parametrize("text", ["", "nonsense", "999999999", "-1", "0"])
def test_a_damaged_pid_file_means_off(paths: LabPaths, text: str) -> None:
    paths.node("node1").mkdir()
    paths.pid("node1").write_text(text)
    (paths.root / "switch.pid").write_text(text)
    assert running_pid(paths, "node1") is None
    assert switch_pid(paths) is None


def test_up_refuses_a_lab_that_is_up(
    paths: LabPaths, spec: LabSpec, impostor: "subprocess.Popen[bytes]"
) -> None:
    paths.pid("node1").write_text(f"{impostor.pid}\n")
    save_spec(paths.spec, spec)
    with pytest.raises(LabError, match="already up here: node1") as caught:
        up(spec, paths, Progress(lambda line: None))
    assert "lab status" in caught.value.mend
    assert impostor.poll() is None, "and leaves it running"


def test_up_refuses_other_settings(paths: LabPaths, spec: LabSpec) -> None:
    save_spec(paths.spec, spec)
    with pytest.raises(
        LabError, match=r"other settings exists here \(different: label, disk_gib\)"
    ):
        up(make_spec(label="gpt", disk_gib=30), paths, Progress(lambda line: None))


def test_two_commands_do_not_change_one_lab_at_once(paths: LabPaths) -> None:
    with lab_lock(paths), pytest.raises(LabError, match="another command"), lab_lock(paths):
        pass


def test_the_lab_s_disks_and_keys_are_nobody_else_s(tmp_path: Path) -> None:
    paths = LabPaths(tmp_path / "labs" / "lab")
    with lab_lock(paths):
        assert paths.root.stat().st_mode & 0o777 == 0o700


def test_without_a_lab_every_verb_says_how_to_get_one(paths: LabPaths) -> None:
    for call in (
        Lab().status,
        Lab().snapshots,
        Lab().answers,
        Lab().down,
        lambda: Lab().kill("node1"),
    ):
        with pytest.raises(LabError, match="there is no lab here") as caught:
            call()
        assert caught.value.mend == "ganeti-wizard lab up"


def test_destroy_clears_away_the_remains_of_an_interrupted_up(paths: LabPaths) -> None:
    paths.node("node7").mkdir()
    paths.disk("node7", 1).write_bytes(b"")
    paths.key.write_text("key")
    Lab().destroy()
    assert [path.name for path in paths.root.iterdir()] == ["lock"]


def test_destroy_works_on_a_lab_of_another_version(paths: LabPaths, spec: LabSpec) -> None:
    save_spec(paths.spec, spec)
    paths.spec.write_text(
        paths.spec.read_text().replace('"image_version": 1', '"image_version": 99')
    )
    paths.node("node1").mkdir()
    Lab().destroy()
    assert not paths.spec.exists() and not paths.node("node1").exists()


def test_a_failing_program_shows_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(LabError) as caught:
        execute(["sh", "-c", "seq 50; echo 'no space left' >&2; exit 3"], log)
    assert "sh ended with 3" in caught.value.what and "| no space left" in caught.value.what
    assert "| 12\n" not in caught.value.what and f"whole log: {log}" in caught.value.what


def test_an_interrupted_program_is_ended_with_its_children(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    ready = tmp_path / "ready"
    script = f"trap 'echo cleaned > {mark}; exit 1' TERM; : > {ready}; sleep 60 & wait"
    with pytest.raises(KeyboardInterrupt), Job(["sh", "-c", script], tmp_path / "log") as job:
        until(ready.exists, "the program's trap")
        raise KeyboardInterrupt
    assert job.process.poll() is not None
    assert mark.read_text() == "cleaned\n"


def test_progress_tells_begin_end_and_failure() -> None:
    lines: list[str] = []
    progress = Progress(lines.append)
    with progress.phase("one"):
        pass
    with pytest.raises(LabError), progress.phase("two"):
        raise LabError("broken")
    with pytest.raises(KeyboardInterrupt), progress.phase("three"):
        raise KeyboardInterrupt
    heads = [line.split(" after")[0].split(" (")[0] for line in lines]
    assert heads == [
        "-- one",
        "ok one",
        "-- two",
        "!! two: failed",
        "-- three",
        "!! three: interrupted",
    ]


def test_a_log_s_end_is_readable(tmp_path: Path) -> None:
    log = tmp_path / "serial.log"
    log.write_bytes(
        b"\x1b[0;32mStarting\xff\r\n\r\n[\x1b[0;32m  OK  \x1b[0m] Started "
        b"\x1b[0;1;39mssh\x1b[0m\x1b[K\r\n"
    )
    assert last_line(log) == "[  OK  ] Started ssh"
    assert "\x1b" not in tail(log)
    assert "no log" in tail(tmp_path / "missing")
