"""The kit beside the copies: the answers and, where it came as one file, the program."""

from __future__ import annotations

import hashlib
import subprocess
import tomllib
from pathlib import Path

import pytest

from steps.backup.configbackup import TAKE
from steps.backup.facts.kit import ANSWERS, HELD, WIZARD
from tests.cases import case_path, load
from wizard.answers import Answers
from wizard.base import program
from wizard.model.facts import Facts
from wizard.model.review import look
from wizard.model.step import Command

CONTENT = b"PK the whole program"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program as one file."""
    path = tmp_path / "ganeti-wizard"
    path.write_bytes(CONTENT)
    monkeypatch.setattr(program, "one_file", lambda: path)
    monkeypatch.setattr(program, "digest", lambda: DIGEST)
    return path


def planned(kit: str) -> list[Command]:
    """What the step does where a machine's kit looks like this."""
    step, _, answers, facts = load(case_path("configbackup", "done"))
    for texts in facts.raw.values():
        texts["kit"] = kit
    return list(look(step, answers, Facts(facts.raw)).plan.commands)


def test_the_program_goes_to_every_server_and_to_the_backup_host(file: Path) -> None:
    commands = planned("answers: current\n")
    assert [command.host for command in commands] == ["backup1", "node1", "node2"]
    for command in commands:
        assert command.send == str(file)
        assert command.argv[-2:] == (WIZARD, DIGEST)
    assert planned("answers: current\nprogram: current\n") == []


def test_without_one_file_only_the_answers_go_there() -> None:
    commands = planned("")
    assert [command.host for command in commands] == ["backup1", "node1", "node2"]
    for command in commands:
        assert command.argv[-4:-2] == (ANSWERS, "600")
        assert tomllib.loads(command.stdin or "")["version"] == 1


def test_the_machine_compares(file: Path) -> None:
    script = HELD.script_for(Answers(), "node1")
    assert f"{DIGEST}  {WIZARD}" in script
    assert HELD.script_for(Answers(), "inst1") == ":"
    assert HELD.parse(" program: current\n").program
    assert not HELD.parse("anything else").answers


@pytest.mark.parametrize(("sent", "kept"), [(CONTENT, True), (CONTENT[:-1], False)])
def test_what_came_incomplete_is_not_taken(tmp_path: Path, sent: bytes, kept: bool) -> None:
    path = tmp_path / "kit" / "ganeti-wizard"
    argv = ["sh", "-c", TAKE, "take-program", str(path), DIGEST]
    result = subprocess.run(argv, input=sent, capture_output=True, check=False)
    assert (result.returncode == 0) is kept
    assert path.exists() is kept
    if kept:
        assert path.stat().st_mode & 0o777 == 0o755
