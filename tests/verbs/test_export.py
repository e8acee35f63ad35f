"""`ganeti-wizard export` on simulated nodes: what it plans, and that a look changes nothing that is
kept.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cases import STEPS
from tests.sim import SimHost
from wizard import cli
from wizard.base.exits import Exit
from wizard.hosts import access

CASES = STEPS / "ganeti" / "export"


def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, case: str, *argv: str) -> int:
    facts = json.loads((CASES / f"{case}.json").read_text())["facts"]
    monkeypatch.setattr(
        access,
        "make_hosts",
        lambda *_: {name: SimHost(name, texts) for name, texts in facts.items()},
    )
    answers = tmp_path / "build.toml"
    answers.write_text("version = 1\n")
    return cli.main(
        ["--state", str(tmp_path / "state"), "export", *argv, "--answers", str(answers)]
    )


@pytest.mark.parametrize(
    ("case", "code", "words"),
    [
        (
            "synthetic-never-exported",
            Exit.PENDING,
            "gnt-backup export --submit --print-jobid -n node1.name.org inst1.name.org",
        ),
        ("synthetic-just-exported", Exit.OK, "0 commands planned"),
        ("synthetic-no-room-for-the-dumps", Exit.BLOCKED, "12 MiB are free"),
    ],
)
def test_what_it_plans(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    case: str,
    code: Exit,
    words: str,
) -> None:
    assert run(monkeypatch, tmp_path, case, "plan") == code
    assert words in capsys.readouterr().out
    assert not (tmp_path / "state" / "answers.json").exists()


def test_without_a_build_no_host_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--state", str(tmp_path / "typo"), "export", "plan"]) == Exit.STATE
    assert "no build was begun" in capsys.readouterr().err and not (tmp_path / "typo").exists()


def test_what_is_missing_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, tmp_path, "synthetic-export-without-a-disk", "verify") == Exit.PENDING
    assert "not done yet: gnt-backup export" in capsys.readouterr().out
