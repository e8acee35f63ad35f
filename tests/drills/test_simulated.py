"""Whole drills on simulated machines: what the operator types, what the real verb makes of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.lab import Lab
from tests.drills import drill as frame
from tests.drills.command import Done
from tests.drills.drill import Drill
from tests.drills.operator import full, recover
from tests.drills.scripts import disks, masters, parted, power
from tests.steps.recover.storage.test_masters import two_masters
from tests.steps.recover.storage.world import StorageWorld
from tests.steps.recover.test_situations import idle_dead, node_dead
from tests.steps.recover.world import World
from tests.verbs.recovery.test_disk import NEW, failed
from tests.verbs.recovery.test_split_brain import diverged, home
from tests.verbs.recovery.verb import Verb
from wizard import cli
from wizard.base.errors import WizardError

pytestmark = pytest.mark.slow

GIVEN = ("dead", "fenced", "confirm", "choose", "accident", "json", "schema", "bundle")
"""Options of `recover` that its namespace has."""


class Rack:
    """Machines that a drill is played on; time goes by while the operator sleeps."""

    def __init__(self, world: World, verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = world
        self.verb = verb
        monkeypatch.setattr(Drill, "run", lambda drill, words, **how: self.run(drill, words, how))
        monkeypatch.setattr(Drill, "wait_for_entries", lambda *words: None)
        monkeypatch.setattr(Drill, "until", lambda *words: None)
        monkeypatch.setattr(Lab, "ssh", lambda *words, **options: "")
        monkeypatch.setattr(frame, "guest", lambda *words: "")
        monkeypatch.setattr("time.sleep", lambda seconds: world.later())

    def run(self, drill: Drill, words: tuple[str, ...], how: dict[str, Any]) -> Done:
        """A hand's work, or the real verb; an exit code that is no wanted one fails."""
        args = cli.parser().parse_args(words)
        if args.verb == "lab":
            if args.lab_verb == "boot":
                for node in args.nodes:
                    self.world.power_on(node)
            return Done(words, 0, (), 0.0)
        rc, text = self.recover(args)
        assert rc in how["ok"], (words, rc, text)
        done = Done(words, rc, tuple((0.0, f"{line}\n") for line in text.splitlines()), 0.0)
        drill.done.append(done)
        return done

    def recover(self, args: Any) -> tuple[int, str]:
        """`recover`: its exit code, and what it says on both streams."""
        # What the drill itself said before is not the verb's.
        self.verb.capsys.readouterr()
        given = {name: getattr(args, name) for name in GIVEN if hasattr(args, name)}
        try:
            code = self.verb(self.world, args.what, getattr(args, "runbook", ""), **given)
        except WizardError as error:
            return int(error.code), f"{self.verb.text}ganeti-wizard: {error}\n"
        return int(code), self.verb.text


@pytest.mark.parametrize(
    ("accident", "script"), [(node_dead, power.node_dead), (idle_dead, power.takeover)]
)
def test_from_the_accident_home(
    accident: Callable[[], Any],
    script: Callable[[Drill], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    world = World(accident())
    Rack(world, Verb(tmp_path / "state", monkeypatch, capsys), monkeypatch)
    drill = Drill("simulated", Lab(tmp_path, 2501))
    script(drill)
    assert drill.wrong == []
    assert world.master == "node1"
    assert sum("--readd" in line for line in world.lines()) == 1
    typed = [row for row in drill.rows if row[0] == "words that were asked for"]
    assert len(typed) == (script is power.node_dead)
    assert ("waiting is the first way", "yes") in drill.rows


@pytest.mark.parametrize("survivor", ["node1", "node2"])
def test_which_side_is_given_up_is_read_off_the_refusal(
    survivor: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    world = diverged()
    Rack(world, Verb(tmp_path / "state", monkeypatch, capsys), monkeypatch)
    drill = Drill("simulated", Lab(tmp_path, 2501))
    parted.keep(drill, survivor=survivor)
    assert drill.wrong == []
    assert home(world) == survivor
    asked = [label for label, _ in drill.rows if "asked for" in label]
    assert asked == ["decision that was asked for", "words that were asked for"]
    victim = "node1" if survivor == "node2" else "node2"
    assert {host for host, line in world.ran if "invalidate" in line} == {victim}


def test_who_is_master_and_which_disk_is_new_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = StorageWorld(two_masters())
    Rack(world, Verb(tmp_path / "masters", monkeypatch, capsys), monkeypatch)
    drill = Drill("simulated", Lab(tmp_path, 2501))
    pick = {"right": masters._first}
    recover(drill, "one-master", confirm=(full("node1"),), pick=pick)
    assert {host for host, line in world.ran if "stop-master" in line} == {"node2"}
    world = failed(pulled=True)
    Rack(world, Verb(tmp_path / "disks", monkeypatch, capsys), monkeypatch)
    recover(drill, "disk", confirm=(NEW,), pick={"new-disk": disks._is(NEW)})
    assert any("copy-table" in line for line in world.lines())
