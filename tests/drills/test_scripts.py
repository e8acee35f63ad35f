"""Every command line of the drills is one that the program takes: hours go by until the last."""

from __future__ import annotations

from pathlib import Path

import pytest

from steps import recovery
from tests.acceptance.lab import Lab
from tests.drills import scripts
from tests.drills.drill import Drill
from wizard import cli


class Taken:
    """In place of machines: notes the command lines that were given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lines: list[tuple[str, ...]] = []
        monkeypatch.setattr(Lab, "ssh", lambda *words, **options: "")
        monkeypatch.setattr(Lab, "wizard", lambda lab, *words: self.lines.append(words))
        monkeypatch.setattr(Drill, "wait_for_entries", lambda drill, number: None)
        monkeypatch.setattr(Drill, "wizard", lambda drill, *words, **codes: self._built(words))
        monkeypatch.setattr(scripts, "wait_up", lambda lab: None)

    def _built(self, words: tuple[str, ...]) -> str:
        self.lines.append(("--lab", *words))
        return ""


@pytest.mark.parametrize("name", list(scripts.SCRIPTS))
def test_the_program_takes_every_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = Taken(monkeypatch)
    scripts.SCRIPTS[name](Drill(name, Lab(tmp_path, 2501)))
    known = {*recovery().plays, "wait"}
    for line in taken.lines:
        given = cli.parser().parse_args(line)
        assert getattr(given, "runbook", "wait") in known
    assert taken.lines
