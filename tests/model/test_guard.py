"""A guard is tested in the same shell line as its command, which it keeps from beginning."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.run.toy import FLAG, TOY
from wizard.answers import Answers
from wizard.base.errors import Unreachable
from wizard.model.facts import Facts
from wizard.model.plan import TURNING, Plan, by_hand
from wizard.model.review import State, look
from wizard.model.step import REFUSED, Command, Kind, Step

WORDS = "it's $HOME; $(end)"


def guarded(guard: str, path: Path, **more: object) -> Command:
    script = 'printf %s "$1" >"$2"; cat >>"$2"'
    argv = ("sh", "-c", script, "work", WORDS, str(path))
    return Command("node1", argv, "why", guard=guard, **more)  # type: ignore[arg-type]


def run(argv: tuple[str, ...], text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, input=text, capture_output=True, text=True, check=False)


def test_a_guard_that_agrees_leaves_the_command_its_input_and_output(tmp_path: Path) -> None:
    path = tmp_path / "made"
    done = run(guarded("cat; echo said; true # why", path).guarded, "input")
    assert done.returncode == 0
    assert path.read_text() == f"{WORDS}input"
    assert done.stdout == ""
    assert done.stderr == "said\n"


@pytest.mark.parametrize("guard", ["false", "exit 3", "false # why"])
def test_a_guard_that_refuses_lets_nothing_begin(tmp_path: Path, guard: str) -> None:
    path = tmp_path / "made"
    command = guarded(guard, path)
    assert run(command.guarded).returncode == REFUSED
    assert run(("sh", "-c", by_hand(command))).returncode == REFUSED
    assert not path.exists()


def test_a_script_says_where_there_is_no_way_back(tmp_path: Path) -> None:
    harmless = Command("node1", ("true",), "before")
    plan = Plan((harmless, guarded("true", tmp_path / "made", turning=True)))
    script = plan.script("node1")
    assert script.index("before") < script.index(TURNING) < script.index("work")
    assert run(("sh", "-c", script)).returncode == 0
    assert (tmp_path / "made").read_text() == WORDS


def test_a_guard_is_part_of_what_is_agreed_to(tmp_path: Path) -> None:
    one = guarded("true", tmp_path / "made")
    other = guarded("false", tmp_path / "made")
    assert Plan((one,)).digest != Plan((other,)).digest
    assert one.key != other.key
    assert one.kind is Kind.EXEC


def test_the_silence_of_some_hosts_is_a_datum() -> None:
    error = Unreachable("silent", where="node2")
    facts = Facts({"node1": {FLAG.name: "up"}}, {"node2": error})
    assert look(TOY, Answers(), facts).state is State.UNSEEN
    spared = Step(
        "toy", "", "", "", "", TOY.plan, TOY.verify, facts=(FLAG,), may_miss=lambda _: ("node2",)
    )
    review = look(spared, Answers(), facts)
    assert review.state is State.DONE
    assert review.unseen == {}
    assert review.state_of("node2") is State.DONE
