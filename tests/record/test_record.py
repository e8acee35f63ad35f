"""Recording from this machine, directly and through a real sshd, into a scratch folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cases import all_facts, plain
from tests.hosts.server import SSHD, USER, serving
from tests.locked import LOOK, SEEN
from tests.record import __main__ as recorder
from tests.record import case
from tests.run.toy import TOY
from wizard.answers import Answers
from wizard.hosts.connect import own_key
from wizard.model.facts import Facts
from wizard.model.review import look
from wizard.state.store import Store


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the cases go."""
    monkeypatch.setattr(case, "STEPS", tmp_path / "cases")
    return tmp_path / "cases"


def run(monkeypatch: pytest.MonkeyPatch, *argv: str) -> int:
    """The command line."""
    monkeypatch.setattr("sys.argv", ["record", *argv])
    return recorder.main()


def test_a_fact_of_this_machine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "node1=local", "--fact", "filesystems", "--name", "here") == 0
    (path,) = folder.rglob("*.json")
    assert path == folder / "health" / "facts" / "filesystems" / "here.json"
    made = json.loads(path.read_text())
    assert made["parsed"] and plain(all_facts()["filesystems"].parse(made["raw"])) == made["parsed"]


def test_an_older_case_is_not_overwritten(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for code in (0, 1):
        assert run(monkeypatch, "node1=local", "--fact", "clock", "--name", "here") == code
    assert "nothing was recorded" in capsys.readouterr().err


def test_a_step_wants_all_its_hosts(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "node1=local", "--step", "raid", "--name", "here") == 1
    assert "name node2 too" in capsys.readouterr().err and not folder.exists()


@pytest.mark.sshd
def test_a_step_through_ssh(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if SSHD is None:
        pytest.fail("no sshd on this machine: apt-get install openssh-server")
    with serving(tmp_path / "server") as server:
        state = tmp_path / "state"
        key = own_key(state).with_name("id_ed25519.pub").read_text()
        server.authorized.write_text(server.authorized.read_text() + key)
        (state / "known_hosts").write_text(server.known.own.read_text())
        there = f"{USER}@{server.address}:{server.port}"
        options = ["--state", str(state), "--step", "partition", "--name", "here"]
        assert run(monkeypatch, f"node1={there}", "node2=local", *options) == 0
    made = json.loads((folder / "disks" / "partition" / "here.json").read_text())
    assert set(made["facts"]) == {"node1", "node2"}
    review = look(
        recorder.by_id("partition"),
        Answers.model_validate(made["answers"]),
        Facts(made["facts"]),
    )
    assert [finding.what for finding in review.blockers] == made["blockers"]
    assert Store(state).answers_path.exists() is False


def test_a_case_holds_what_its_step_is_judged_by_alone() -> None:
    raw = {"node1": {"flag": "up", LOOK: SEEN}}
    made = case.of_step(look(TOY, Answers(), Facts(raw)), {})
    assert made["facts"] == {"node1": {"flag": "up"}}
