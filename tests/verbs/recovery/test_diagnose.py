"""`recover diagnose` on simulated hosts: its exit codes, its text in 80 columns, its JSON."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from steps import recovery
from steps.disks.facts.md import MD
from steps.recover.doctor import NODE_LANES
from tests.locked import LOOK, SEEN, WORDS
from tests.sim import SimHost
from tests.steps.recover.accident import Accident
from tests.steps.recover.test_situations import idle_dead, node_dead
from wizard import cli
from wizard.base.errors import Reach
from wizard.base.exits import Exit
from wizard.daily import diagnosis
from wizard.model.recovery import HERE
from wizard.run.session import Session
from wizard.state.store import Store
from wizard.verbs.recovery import entry as recover
from wizard.verbs.recovery.document import DiagnosisDocument

Ran = tuple[Exit, str]


class Look:
    """The verb on an accident's machines."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
        self.folder, self.monkeypatch, self.capsys = folder, monkeypatch, capsys
        self.hosts: dict[str, SimHost] = {}

    def __call__(self, accident: Accident, hung: str = "", **given: object) -> Ran:
        facts = accident.facts
        self.hosts = {name: SimHost(name, texts) for name, texts in facts.raw.items()}
        for name, error in facts.missing.items():
            self.hosts[name] = SimHost(name, down=error)
        if hung:
            self.hosts["node2"].hung = hung
        here = self.hosts.pop(HERE)
        self.monkeypatch.setattr(diagnosis, "LocalHost", lambda *_, **__: here)

        @contextmanager
        def opened(*, read_only: bool = False) -> Iterator[Session]:
            assert read_only, "a look takes no lock"
            session = Session(Store(self.folder), (), lambda *_: dict(self.hosts))
            session.open(read_only=True)
            session.answers = accident.answers
            yield session

        args = Namespace(
            **{"what": "diagnose", "json": False, "schema": False, "bundle": False, **given}
        )
        code = recover.run(args, opened, recovery())
        return code, self.capsys.readouterr().out


@pytest.fixture
def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Look:
    return Look(tmp_path / "state", monkeypatch, capsys)


def commands(text: str) -> list[str]:
    return [line for line in text.splitlines() if "# " in line or line.startswith("      $ ")]


def test_a_well_cluster(look: Look) -> None:
    code, text = look(Accident())
    assert code is Exit.OK
    assert "Nothing is the matter." in text
    assert not commands(text)


@pytest.mark.parametrize("accident", [node_dead, idle_dead])
def test_an_accident_in_80_columns(look: Look, accident: Any) -> None:
    code, text = look(accident())
    assert code is Exit.PENDING
    # A command stays on one line: it may be copied.
    assert all(len(line) <= 80 for line in text.splitlines() if line not in commands(text))
    assert text.index("Wait 10 minutes") < text.index("Only when")
    assert "Silent is not dead" in " ".join(text.split())


def test_nothing_but_looks_is_run(look: Look) -> None:
    for accident in (Accident(), node_dead()):
        look(accident)
        assert all(host.ran == [] for host in look.hosts.values())
        assert not look.folder.exists() or list(look.folder.iterdir()) == []


def test_no_machine_answers(look: Look) -> None:
    accident = Accident()
    for host in ("node1", "node2", "backup", "inst1"):
        accident.down(host)
    code, text = look(accident)
    assert code is Exit.UNREACHABLE
    assert "No machine let the wizard look" in text


def test_json_keeps_its_schema(look: Look) -> None:
    code, text = look(node_dead(), json=True)
    made = DiagnosisDocument.model_validate_json(text)
    assert made.exit == code == Exit.PENDING
    assert made.cluster == "cluster1.name.org"
    (situation,) = made.situations
    assert situation.runbooks[0].offered
    assert [one.presence.state for one in made.hosts if one.name == "node2"] == ["silent"]
    assert all(one.age is not None for one in made.hosts if one.facts)


def test_what_arrived_before_a_hang_counts(look: Look) -> None:
    code, text = look(Accident(), hung="md", json=True)
    made = DiagnosisDocument.model_validate_json(text)
    (node2,) = [host for host in made.hosts if host.name == "node2"]
    assert code is Exit.PENDING
    assert node2.presence.state == "answers in part"
    # And what is looked at after it in the same lane; the other lanes are not kept waiting.
    (lane,) = [facts for facts in NODE_LANES if facts[0] is MD]
    assert node2.lacking == [fact.name for fact in lane]
    assert [situation.id for situation in made.situations] == ["hung"]


def test_what_a_machine_says_moves_no_cursor(look: Look) -> None:
    accident = Accident().down("node2", Reach.REFUSED)
    accident.missing["node2"].what = "\x1b[2Jrefused\rall is well"
    _, text = look(accident)
    assert "\x1b" not in text
    assert "\r" not in text


def test_a_program_gets_whole_what_a_machine_says_and_a_terminal_no_command(look: Look) -> None:
    said = "\x9b2Jrefused \u202egnihton"
    accident = Accident().down("node2", Reach.REFUSED)
    accident.missing["node2"].what = said
    _, text = look(accident, json=True)
    assert text.isascii()
    made = DiagnosisDocument.model_validate_json(text)
    (node2,) = [host for host in made.hosts if host.name == "node2"]
    assert any(said in sign.what for sign in node2.presence.evidence)


def test_who_else_changes_a_machine_is_named(look: Look) -> None:
    accident = node_dead()
    accident.raw["node1"][LOOK] = SEEN
    code, text = look(accident)
    assert code is Exit.PENDING
    assert f"[node1] locked: {WORDS}" in " ".join(text.split())
    _, text = look(accident, json=True)
    (lock,) = DiagnosisDocument.model_validate_json(text).locks
    assert (lock.host, lock.who, lock.doing) == ("node1", "bob@laptop", "step raid")
    accident.raw["node1"][LOOK] = "words that are none"
    code, text = look(accident)
    assert code is Exit.PENDING
    assert "locked" not in text


def test_the_schema_needs_no_machine(capsys: Any) -> None:
    assert cli.main(["recover", "diagnose", "--schema"]) == Exit.OK
    assert json.loads(capsys.readouterr().out)["title"] == "ganeti-wizard recover diagnose"


def test_without_a_build_nobody_is_asked(tmp_path: Path, capsys: Any) -> None:
    assert cli.main(["--state", str(tmp_path / "none"), "recover", "diagnose"]) == Exit.STATE
    assert "no build was begun" in capsys.readouterr().err


def test_without_a_terminal_what_is_wanted_must_be_said(capsys: Any) -> None:
    assert cli.main(["recover"]) == Exit.TERMINAL
    assert "ganeti-wizard recover diagnose" in capsys.readouterr().err
