"""The report as text and JSON, and the verb's exit codes on simulated hosts."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from steps import build
from tests.daily.health_lab import Hosts, session
from tests.daily.scene import LOCKED, Scene
from tests.daily.wrong import WRONG
from tests.locked import LOOK, SEEN, WORDS
from tests.steps.health.test_checks import good
from wizard import cli
from wizard.answers import Answers
from wizard.base.errors import StateError
from wizard.base.exits import Exit, Plugin
from wizard.model.verdicts import Level, Report, Verdict
from wizard.run.session import Session
from wizard.state.store import Store
from wizard.verbs import daily
from wizard.verbs.health_report import HealthDocument, document, schema, summary, text


def run(scene: Scene, folder: Path, **given: object) -> Plugin:
    """The verb, with the session that the command line would open."""
    args = Namespace(**{"json": False, "schema": False, "verify": False, **given})

    @contextmanager
    def opened(*, read_only: bool = False) -> Iterator[Session]:
        assert read_only, "monitoring takes no lock"
        yield session(folder, Hosts(scene), read_only=True)

    return daily.health(args, opened)


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        (lambda s: None, Plugin.OK, "OK: cluster1.name.org"),
        (
            lambda s: s.take("node1", "md", "lvm/done"),
            Plugin.WARNING,
            "WARNING: cluster1.name.org: 1 warning",
        ),
        (
            lambda s: s.raw["inst1"].update(ciphers=LOCKED),
            Plugin.CRITICAL,
            "CRITICAL: cluster1.name.org: 1 critical",
        ),
        (lambda s: s.down("node1"), Plugin.CRITICAL, "node1: does not answer"),
        (
            lambda s: s.raw["node1"].update(md="array md0 x y z q\n"),
            Plugin.UNKNOWN,
            "UNKNOWN: cluster1.name.org",
        ),
    ],
)
def test_exit_codes_of_monitoring(
    change: object, code: Plugin, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = good()
    change(scene)  # type: ignore[operator]
    assert run(scene, tmp_path) is code
    first = capsys.readouterr().out.splitlines()[0]
    assert word in first and "|" not in first
    assert run(scene, tmp_path, json=True) is code
    made = HealthDocument.model_validate_json(capsys.readouterr().out)
    assert made.exit == code and made.cluster == "cluster1.name.org" and made.checks


def test_what_keeps_it_from_looking_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    @contextmanager
    def opened(*, read_only: bool = False) -> Iterator[Session]:
        raise StateError("cannot be read", where="/state", mend="correct its permissions")
        yield

    for as_json in (False, True):
        args = Namespace(json=as_json, schema=False, verify=False)
        assert daily.health(args, opened) is Plugin.UNKNOWN
        out = capsys.readouterr().out
        assert "/state: cannot be read" in out
        if as_json:
            assert json.loads(out)["exit"] == 3


def test_a_defect_of_its_own_is_unknown_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def opened(*, read_only: bool = False) -> Iterator[Session]:
        raise ZeroDivisionError("by nought")
        yield

    state = tmp_path / "s"
    for as_json in (False, True):
        args = Namespace(json=as_json, schema=False, verify=False, state=state, lab=False)
        assert daily.health(args, opened) is Plugin.UNKNOWN
        said = capsys.readouterr()
        assert "wizard/verbs/daily.py:" in said.out
        assert (
            "the wizard itself failed: ZeroDivisionError: by nought" in said.out
            and "report it" in said.out
        )
        assert ("Traceback" in said.err) != state.exists()
        (state / "log").mkdir(parents=True, exist_ok=True)
    assert "ZeroDivisionError" in (state / "log" / "crash.log").read_text()


def test_a_damaged_key_is_unknown_by_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path)
    store.open()
    store.save(Answers())
    store.close()
    (tmp_path / "id_ed25519").write_text("")
    assert cli.main(["--state", str(tmp_path), "health"]) == Plugin.UNKNOWN
    assert "the wizard's ssh key is damaged" in " ".join(capsys.readouterr().out.split())
    for verb in ("plan", "unlock"):
        assert cli.main(["--state", str(tmp_path), verb]) == Exit.STATE
        assert "move it and its .pub away" in capsys.readouterr().err


def test_the_schema_describes_what_is_printed() -> None:
    described = json.loads(schema())
    made = json.loads(document(good().report))
    assert set(described["required"]) == set(made) and described["additionalProperties"] is False
    check = described["$defs"]["CheckDocument"]
    assert all(set(one) == set(check["required"]) for one in made["checks"])
    assert all(field["description"] for field in described["properties"].values())


def test_a_step_that_mends_is_named_as_data() -> None:
    scene = good()
    change, *_ = WRONG["no data mirror"]
    change(scene)
    made = HealthDocument.model_validate_json(document(scene.report))
    assert made.version == 3
    raid = next(one for one in made.checks if one.step == "raid")
    assert raid.mend == "look at /proc/mdstat and at the disks; then run the step `raid`"
    described = json.loads(schema())["$defs"]["CheckDocument"]
    assert "step" in described["properties"] and "step" not in described["required"]


def test_who_else_changes_a_host_is_told_and_changes_no_level(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = good()
    scene.raw["node2"][LOOK] = SEEN
    assert run(scene, tmp_path) is Plugin.OK
    said = capsys.readouterr().out
    assert said.startswith("OK: cluster1.name.org")
    row = " ".join(said.split("\n[")[1].split())
    assert row == f"information]lock node2 {WORDS}"
    assert run(scene, tmp_path, json=True) is Plugin.OK
    made = HealthDocument.model_validate_json(capsys.readouterr().out)
    (lock,) = made.locks
    assert (lock.host, lock.who, lock.doing, lock.what) == (
        "node2",
        "bob@laptop",
        "step raid",
        WORDS,
    )
    taken = datetime.fromisoformat(made.time)
    assert (taken - datetime.fromisoformat(lock.since)).total_seconds() == 7200
    assert (taken - datetime.fromisoformat(lock.heard)).total_seconds() == 60
    described = json.loads(schema())
    assert "locks" in described["properties"] and "locks" not in described["required"]
    assert "since" not in described["$defs"]["LockDocument"]["required"]


def test_every_step_that_a_check_names_is_one_of_the_build() -> None:
    named = set()
    for change, *_ in WRONG.values():
        scene = good()
        change(scene)
        named |= {one.step for one in scene.report.verdicts if one.step}
    assert {"raid", "vault"} <= named <= {step.id for step in build()}


def test_unknown_is_worse_than_ok_and_better_than_a_warning() -> None:
    def level(*levels: Level) -> Level:
        return Report("c", tuple(Verdict("x", "", one, "w") for one in levels)).level

    assert level(Level.OK, Level.ABSENT) is Level.OK
    assert level(Level.OK, Level.UNKNOWN) is Level.UNKNOWN
    assert level(Level.UNKNOWN, Level.WARNING) is Level.WARNING
    assert level(Level.CRITICAL, Level.WARNING, Level.UNKNOWN) is Level.CRITICAL
    assert level() is Level.UNKNOWN


def test_text_is_for_people_without_colour() -> None:
    scene = good()
    scene.raw["inst1"]["ciphers"] = LOCKED
    lines = text(scene.report, 80).splitlines()
    assert lines[1].startswith(
        "[critical]"
    ) and "To mend it: ganeti-wizard unlock inst1" in "\n".join(lines)
    assert all(len(line) <= 80 for line in lines[1:]) and "\x1b" not in "".join(lines)
    assert "a/b" in summary(Report("c", (Verdict("x", "", Level.CRITICAL, "a|b"),)))
