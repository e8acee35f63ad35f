"""Every command line of the drills is one that the program takes: hours go by until the last."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from steps import recovery
from tests.acceptance.lab import Lab
from tests.drills import drill as frame
from tests.drills.command import Done
from tests.drills.diagnosis import STARTING, Look
from tests.drills.drill import Drill
from tests.drills.scripts import SCRIPTS, carried, planned, state
from tests.drills.seat import Seat
from wizard import cli
from wizard.lab.answers import answers_toml
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.spec import make_spec
from wizard.verbs.recovery import adopt


class Whatever(tuple[str, ...]):
    """All situations at once, but that a server still starts."""

    def __contains__(self, name: object) -> bool:
        return name != STARTING


class Easy(Look):
    """A look that has whatever a script waits for, and then finds nothing the matter."""

    @property
    def well(self) -> bool:
        return True

    @property
    def situations(self) -> tuple[str, ...]:
        return Whatever()

    def runbooks(self, name: str = "") -> Iterator[dict[str, Any]]:
        yield {"id": name or "wait", "offered": True}


class Taken:
    """In place of machines: notes the command lines that were given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, says: str = "") -> None:
        self.says = says
        self.lines: list[tuple[str, ...]] = []
        monkeypatch.setattr(Lab, "ssh", lambda *words, **options: "")
        monkeypatch.setattr(Drill, "run", lambda drill, words, **options: self.take(words))
        monkeypatch.setattr(Drill, "until", lambda *words: None)
        monkeypatch.setattr(Drill, "wait_for_entries", lambda *words: None)
        monkeypatch.setattr(Look, "read", lambda text: Easy({"exit": 0}))
        monkeypatch.setattr(frame, "guest", lambda *words: "")
        monkeypatch.setattr(planned, "_off", lambda status, node: True)
        monkeypatch.setattr(carried, "carried", lambda *words: Seat("passphrase"))
        monkeypatch.setattr("time.sleep", lambda seconds: None)

    def take(self, words: tuple[str, ...]) -> Done:
        """Note a line; it ends well."""
        self.lines.append(words)
        return Done(words, 0, ((0.0, self.says),), 0.0)


def test_the_program_takes_every_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {*recovery().plays, "wait"}
    parser = cli.parser()
    for name, script in SCRIPTS.items():
        taken = Taken(monkeypatch)
        script(Drill(name, Lab(tmp_path, 2501)))
        assert taken.lines, name
        for line in taken.lines:
            given = parser.parse_args(line)
            assert getattr(given, "runbook", "wait") in known, (name, line)


def test_a_lost_state_is_adopted_by_theway_in_that_the_lab_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    print_ = "SHA256:2ShUB/nPBY0zGbbMPcbvMmdBNYjXJLqPmUdV1FqY0xI"
    told = answers_toml(make_spec(backup=True), LabPaths(tmp_path))
    Taken(monkeypatch, says=told)
    monkeypatch.setattr(Lab, "ssh", lambda *words, **options: f"{print_}\n")
    words = state.way_in(Drill("adopt", Lab(tmp_path, 2501)))
    args = cli.parser().parse_args(["recover", "adopt", *words])
    assert args.accept_host_key == [print_]
    (way,) = adopt._ways(args).values()
    node = tomllib.loads(told)["nodes"][0]
    assert way.model_dump(exclude_defaults=True) == {
        "host": "127.0.0.1",
        "port": node["ssh"]["port"],
        "key": str(LabPaths(tmp_path).key),
    }


def test_every_drill_has_its_number_or_says_what_it_is() -> None:
    for script in SCRIPTS.values():
        assert script.__doc__
