"""Two state directories on the same hosts: one works, the other is refused, and nothing is run."""

from __future__ import annotations

import threading

import pytest

from tests.run.holding.room import NAMES, Room, killed, notes, run
from tests.run.toy import LONG, TOY
from wizard.base.errors import ConnectionLost
from wizard.base.exits import Exit
from wizard.hosts.host import Result
from wizard.model.events import Event, Output
from wizard.remote import host_lock
from wizard.remote.host_lock import Held
from wizard.run.outcome import End


def test_the_second_is_refused_by_name_and_runs_nothing(room: Room) -> None:
    ann = room.session("ann")
    assert run(ann) is End.DONE
    assert room.holders == ["ann", "ann"]
    done = list(room.ran)
    bob = room.session("bob")
    review = bob.review(TOY)
    bob.hosts["node1"].texts["flag"] = "down"  # type: ignore[attr-defined]
    review = bob.review(TOY)
    with pytest.raises(Held) as refused:
        bob.run(review)
    assert refused.value.code is Exit.STATE and refused.value.where == "node1"
    assert refused.value.holder.folder.endswith("/ann")
    assert room.ran == done and not bob.journal.records
    ann.close()
    assert room.holders == ["", ""]
    assert run(bob) is End.DONE


def test_who_is_refused_at_the_second_server_gives_the_first_one_back(room: Room) -> None:
    ann = room.session("ann")
    assert run(ann) is End.DONE
    room.reboot("node1")
    bob = room.session("bob")
    bob.hosts["node2"].texts["flag"] = "down"  # type: ignore[attr-defined]
    with pytest.raises(Held, match="node2"):
        run(bob)
    assert room.holders == ["", "ann"]


def test_both_at_once_and_one_of_them_works(room: Room) -> None:
    inside = threading.Event()
    go = threading.Event()

    def before(name: str) -> None:
        inside.set()
        assert go.wait(60)

    room.before = before
    ann = room.session("ann")
    bob = room.session("bob")
    review = bob.review(TOY)
    thread = threading.Thread(target=run, args=(ann,))
    thread.start()
    assert inside.wait(60)
    with pytest.raises(Held):
        bob.run(review)
    go.set()
    thread.join()
    assert len(room.ran) == 2


def test_a_look_takes_no_lock(room: Room) -> None:
    ann = room.session("ann")
    ann.review(TOY)
    assert room.holders == ["", ""] and not (room.folder / "lock-node1").exists()
    assert not (room.folder / "ann" / "owner-id").exists()


def test_the_same_directory_goes_on_after_a_kill_without_a_question(room: Room) -> None:
    ann = room.session("ann")
    room.before = lambda name: Result(1, "", "", 0.0)
    assert run(ann) is End.FAILED
    killed(ann)
    room.before = lambda name: None
    assert room.holders == ["ann", "ann"]
    again = room.session("ann")
    assert run(again) is End.DONE
    again.close()
    assert room.holders == ["", ""]


def test_what_was_left_at_work_keeps_its_lock(room: Room) -> None:
    ann = room.session("ann", LONG)
    room.before = lambda name: ConnectionLost("cut", where=name)
    assert run(ann) is End.FAILED
    ann.close()
    assert room.holders == ["ann", "ann"]
    room.before = lambda name: None
    again = room.session("ann")
    assert run(again) is End.DONE


def test_one_that_is_gone_for_long_is_told_and_no_longer_counts(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = room.session("ann")
    room.before = lambda name: Result(1, "", "", 0.0)
    run(ann)
    killed(ann)
    room.before = lambda name: None
    for name in NAMES:
        room.silence(name)
    monkeypatch.setattr(host_lock, "STALE", 1)
    bob = room.session("bob")
    assert run(bob) is End.DONE
    assert any("left behind, and free by now" in note for note in notes(bob))
    kept = [record for record in bob.journal.records if record["kind"] == "taken_over"]
    assert [record["host"] for record in kept] == ["node1", "node2"]


def test_a_lock_is_taken_over_from_him_who_is_named(room: Room) -> None:
    ann = room.session("ann")
    room.before = lambda name: Result(1, "", "", 0.0)
    run(ann)
    room.before = lambda name: None
    bob = room.session("bob")
    assert bob.hold is not None
    bob.hold.take_over = "somebody@else"
    with pytest.raises(Held) as refused:
        run(bob)
    bob.hold.take_over = refused.value.holder.who
    assert run(bob) is End.DONE
    assert room.holders == ["bob", "bob"]
    # It was said once: who takes it back is not robbed again by the next step.
    assert bob.hold.take_over == ""
    assert any("taken over" in note for note in notes(bob))


def test_who_lost_the_lock_begins_no_further_command(room: Room) -> None:
    ann = room.session("ann")

    def robbed() -> None:
        for name in NAMES:
            owner = room.folder / f"lock-{name}" / "owner"
            owner.write_text(owner.read_text().replace(owner.read_text()[:32], "b" * 32))

    review = ann.review(TOY)
    assert ann.hold is not None
    ann.hold.anew = robbed
    assert ann.run(review).end is End.FAILED
    assert room.ran == []
    events: list[Event] = ann.events  # type: ignore[attr-defined]
    assert any(isinstance(event, Output) and "changes this host" in event.text for event in events)
    ann.close()
    # What is somebody else's by now is not given back.
    assert all(room.holders)
