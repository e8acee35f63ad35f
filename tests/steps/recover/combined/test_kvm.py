"""An instance of KVM that runs on two nodes: held still by a signal, since no `xl` is there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from steps.recover import holding
from steps.recover.facts.paused import PAUSED
from steps.recover.steps import pause
from tests.steps.recover.accident import NOW, Accident
from tests.waiting import until
from wizard.model.accident import Case

NAME = "inst1.name.org"
CASE = Case("twice", "20261122T160850Z-twice", "me", NOW)


def kvm_twice() -> Accident:
    accident = Accident()
    for host in ("node1", "node2"):
        accident.raw[host]["hypervisor"] = f"type: \ncapabilities: \nkvm: yes\nguest: {NAME}\n"
    return accident


def test_what_is_to_be_typed_is_no_word_of_xens() -> None:
    (first, *_) = kvm_twice().situation("twice").runbooks[0].words
    assert first.host == "node1"
    assert first.text == f'kill -STOP "$(cat /run/ganeti/kvm-hypervisor/pid/{NAME})"'


def test_the_program_does_the_same_and_sees_when_it_is_done() -> None:
    accident = kvm_twice()
    step = pause.step(CASE)
    (command,) = step.plan(accident.answers, accident.facts)
    assert (command.host, command.argv[-2:]) == ("node1", ("STOP", NAME))
    assert "kill -CONT" in str(command.undo)
    accident.raw["node1"]["paused-instances"] = f"{NAME}\n"
    assert list(step.plan(accident.answers, accident.facts)) == []
    assert list(step.verify(accident.answers, accident.facts)) == []


class Machine:
    """A process that counts as an instance's, and a folder that Ganeti would name it in."""

    def __init__(self, root: Path, process: subprocess.Popen[bytes]) -> None:
        self.root = root
        self.process = process

    def sh(self, script: str, *words: str) -> str:
        moved = script.replace(holding.ROOT, str(self.root))
        done = subprocess.run(
            ["sh", "-c", moved, "x", *words], capture_output=True, text=True, check=False
        )
        return done.stdout if done.returncode == 0 else f"failed: {done.stderr}"

    @property
    def paused(self) -> tuple[str, ...]:
        return PAUSED.parse(self.sh(PAUSED.script_for(Accident().answers, "node1")))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    (tmp_path / "pid").mkdir()
    sleeps = "import time; time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", sleeps, "-name", NAME]) as process:
        (tmp_path / "pid" / NAME).write_text(f"{process.pid}\n")
        yield Machine(tmp_path, process)
        process.kill()


def test_a_signal_holds_it_still_and_the_look_sees_that(machine: Machine) -> None:
    assert machine.paused == ()
    assert machine.sh(holding.SIGNAL, "STOP", NAME) == ""
    until(lambda: machine.paused == (NAME,), "it is held still")
    assert machine.sh(holding.SIGNAL, "CONT", NAME) == ""
    until(lambda: machine.paused == (), "it goes on")
    assert machine.sh(holding.SIGNAL, "KILL", NAME) == ""
    assert machine.process.wait() != 0


def test_another_process_of_that_number_is_left_alone(machine: Machine) -> None:
    (machine.root / "pid" / "inst2.name.org").write_text(f"{machine.process.pid}\n")
    assert machine.sh(holding.SIGNAL, "KILL", "inst2.name.org").startswith("failed")
    assert machine.process.poll() is None
