"""How locks are kept over reboots and silent hosts, confirmed before a command, and given back."""

from __future__ import annotations

import threading

import pytest

from tests.run.holding.room import NAMES, Room, run
from tests.run.toy import LONG, TOY
from wizard.answers import Answers
from wizard.base.errors import ConnectionLost, Unreachable
from wizard.hosts.host import Result
from wizard.model.events import Note
from wizard.remote.host_lock import Held
from wizard.run import hold
from wizard.run.outcome import End


def test_a_reboot_in_between_is_nothing_to_the_holder(room: Room) -> None:
    ann = room.session("ann")
    room.before = lambda name: Result(1, "", "", 0.0)
    run(ann)
    room.before = lambda name: None
    room.reboot("node1")
    assert run(ann) is End.DONE
    assert room.holders == ["ann", "ann"]


def test_a_server_that_is_silent_is_asked_once(room: Room) -> None:
    silent = Unreachable("no route to host", where="node2", mend="power")
    room.down["node2"] = silent
    ann = room.session("ann")
    keeper = ann.hold
    assert keeper is not None
    asked: list[str] = []
    keeper.emit = lambda event: asked.append(event.host) if isinstance(event, Note) else None
    for _ in range(2):
        keeper.begin("step toy", ann.hosts, ["node1"], ["node1"])
    assert asked == ["node2"] and keeper.held == {"node1"}
    ann.hosts["node2"].down = None  # type: ignore[attr-defined]
    keeper.begin("step toy", ann.hosts, ["node1"], ["node1", "node2"])
    assert keeper.held == {"node1", "node2"}


def test_a_lock_that_cannot_be_confirmed_runs_nothing_and_leaves_no_riddle(room: Room) -> None:
    ann = room.session("ann")
    review = ann.review(TOY)
    assert ann.hold is not None

    def lose() -> None:
        room.lost = True

    ann.hold.anew = lose
    outcome = ann.run(review)
    assert outcome.end is End.FAILED and outcome.lost is None
    assert room.ran == [] and not ann.in_flight
    room.lost = False


def test_signs_of_life_are_given_and_end(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "BEAT", 0.01)
    ann = room.session("ann")
    assert run(ann) is End.DONE
    beat = room.folder / "lock-node1" / "beat"
    heard = threading.Event()
    keeper = ann.hold
    assert keeper is not None
    was = keeper._beat

    def again(name: str) -> None:
        was(name)
        heard.set()

    keeper._beat = again  # type: ignore[method-assign]
    beat.unlink()
    heard.clear()
    assert heard.wait(60)
    thread = keeper._keeper
    ann.close()
    assert thread is not None and not thread.is_alive()
    assert room.holders == ["", ""]


def test_one_that_is_left_open_gives_its_locks_back(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hold, "BEAT", 0.01)
    monkeypatch.setattr(hold, "IDLE", 0.0)
    ann = room.session("ann")
    assert run(ann) is End.DONE
    given = threading.Event()
    keeper = ann.hold
    assert keeper is not None
    was = keeper._give_back

    def back(names: list[str]) -> None:
        was(names)
        given.set()

    keeper._give_back = back  # type: ignore[method-assign, assignment]
    assert given.wait(60)
    ann.close()
    assert room.holders == ["", ""]


def test_one_that_is_left_open_keeps_what_is_at_work(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hold, "BEAT", 0.01)
    monkeypatch.setattr(hold, "IDLE", 0.0)
    ann = room.session("ann", LONG)
    room.before = lambda name: ConnectionLost("cut", where=name)
    assert run(ann) is End.FAILED and ann.in_flight
    keeper = ann.hold
    assert keeper is not None
    heard = threading.Event()
    was = keeper._beat

    def again(name: str) -> None:
        was(name)
        heard.set()

    keeper._beat = again  # type: ignore[method-assign]
    assert heard.wait(60)
    assert room.holders == ["ann", "ann"]
    ann.close()
    assert room.holders == ["ann", "ann"]


def test_the_backup_host_is_locked_for_what_is_done_there_alone() -> None:
    answers = Answers.model_validate(
        {"backup": {"host": {"name": "backup.name.org", "ip": "192.168.0.120"}}}
    )
    nodes = {node.short for node in answers.nodes}
    assert hold.lockable(answers, ["node1"]) == nodes
    assert hold.lockable(answers, ["backup", "inst1"]) == {*nodes, "backup"}


def test_a_command_in_a_guest_is_held_by_its_servers(room: Room) -> None:
    ann = room.session("ann")
    keeper = ann.hold
    assert keeper is not None
    servers = {name: ann.hosts[name] for name in NAMES}
    keeper.begin("step vault", servers, ["inst1"], NAMES)
    keeper.confirm("inst1")
    bob = room.session("bob")
    assert bob.hold is not None
    bob.hold.take_over = f"{keeper.owner.who}"
    bob.hold.begin("step vault", servers, ["inst1"], NAMES)
    with pytest.raises(Held):
        keeper.confirm("inst1")
