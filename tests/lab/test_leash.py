"""A lab that ends with the program that wanted it, and the labs of other folders."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waiting import LAST_RESORT, until
from wizard.base.errors import LabError
from wizard.lab.api import Lab
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.pids import running_pid
from wizard.lab.base.qemu import TCG
from wizard.lab.base.spec import LabSpec, make_spec, save_spec
from wizard.lab.leash import _followers, let_loose, put_on_leash
from wizard.lab.machine.command import machine_command
from wizard.lab.network.cables import router_command
from wizard.lab.network.switch import ensure_switch, stop_switch, switch_pid
from wizard.lab.others import member_of, other_labs
from wizard.lab.up import lab_lock

pytestmark = pytest.mark.slow

IMPOSTOR = "import signal; signal.pause()"


@pytest.fixture
def machine(paths: LabPaths, spec: LabSpec) -> Iterator[subprocess.Popen[bytes]]:
    """A process that passes for node1, with node1's words on its command line."""
    save_spec(paths.spec, spec)
    paths.node("node1").mkdir()
    words = machine_command(spec, paths, spec.nodes[0], TCG, (3, 4))[1:]
    argv = ["qemu-system-x86_64", "-c", IMPOSTOR, *words]
    with subprocess.Popen(argv, executable=sys.executable) as process:
        try:
            paths.pid("node1").write_text(f"{process.pid}\n")
            until(lambda: running_pid(paths, "node1") is not None, "node1")
            yield process
        finally:
            process.kill()


@pytest.fixture
def program() -> Iterator[subprocess.Popen[bytes]]:
    """A program that wants a lab."""
    with subprocess.Popen([sys.executable, "-c", IMPOSTOR]) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_killed_program_takes_its_lab_along(
    paths: LabPaths, machine: subprocess.Popen[bytes], program: subprocess.Popen[bytes]
) -> None:
    put_on_leash(paths, program.pid)
    assert machine.poll() is None
    program.send_signal(signal.SIGKILL)
    program.wait()
    assert machine.wait(LAST_RESORT) == -signal.SIGKILL
    until(lambda: not _followers(paths), "the leash's end")
    assert f"process {program.pid} is gone" in paths.follow_log.read_text()
    assert paths.spec.exists(), "the disks stay"


def test_also_when_it_dies_while_the_lab_comes_up(
    paths: LabPaths, machine: subprocess.Popen[bytes], program: subprocess.Popen[bytes]
) -> None:
    with lab_lock(paths):
        put_on_leash(paths, program.pid)
        program.kill()
        program.wait()
        assert machine.wait(LAST_RESORT) == -signal.SIGKILL
        until(lambda: "another command" in paths.follow_log.read_text(), "its wait")
        assert _followers(paths)
    until(lambda: not _followers(paths), "the leash's end")


def test_let_loose_it_stays(
    paths: LabPaths, machine: subprocess.Popen[bytes], program: subprocess.Popen[bytes]
) -> None:
    put_on_leash(paths, program.pid)
    let_loose(paths)
    assert not _followers(paths)
    program.kill()
    program.wait()
    assert machine.poll() is None


def test_a_program_that_is_gone_already_is_told(
    paths: LabPaths, program: subprocess.Popen[bytes]
) -> None:
    program.kill()
    program.wait()
    with pytest.raises(LabError, match=f"no process {program.pid}"):
        put_on_leash(paths, program.pid)


def test_a_lab_of_another_folder_is_listed_with_its_end(
    paths: LabPaths, tmp_path: Path, machine: subprocess.Popen[bytes]
) -> None:
    (line,) = (line for line in Lab(tmp_path / "here").others() if str(paths.root) in line)
    assert line.startswith(f"another lab: {paths.root}: node1; ")
    assert line.endswith(f"GANETI_WIZARD_LAB={paths.root} ganeti-wizard lab down")
    assert not [lab for lab in other_labs(paths) if lab.folder == paths.root], "our own is no other"
    paths.spec.unlink()
    (line,) = (line for line in Lab(tmp_path / "here").others() if str(paths.root) in line)
    assert line.endswith(f"to end it: kill {machine.pid}"), "its folder is gone"


def test_a_switch_alone_is_a_lab_s_remains(paths: LabPaths, tmp_path: Path) -> None:
    try:
        ensure_switch(paths)
        (lab,) = (
            lab for lab in other_labs(LabPaths(tmp_path / "here")) if lab.folder == paths.root
        )
        assert lab.pids == [switch_pid(paths)] and lab.machines == []
    finally:
        stop_switch(paths)


def test_whose_a_command_line_is(paths: LabPaths) -> None:
    spec = make_spec(backup=True)
    assert member_of(router_command(spec, paths, (3, 4))) == paths.node("router")
    for module in ("wizard.lab.network.gate", "wizard.lab.gate"):
        words = ["python", "-P", "-m", module, "--name", "/lab/node1"]
        assert member_of(words) == Path("/lab/node1"), "also one that another version started"
    for other in (
        ["grep", "wizard.lab.network.gate"],
        ["qemu-system-x86_64", "-name", "mine"],
        ["vde_switch"],
    ):
        assert member_of(other) is None
    assert os.getpid() not in [pid for lab in other_labs(paths) for pid in lab.pids]
