"""Who answers is told while the look goes on."""

from __future__ import annotations

from wizard.base.errors import Unreachable
from wizard.daily.rollcall import RollCall
from wizard.model.events import Event, Note


def test_each_word_tells_all_that_is_known_by_then() -> None:
    told: list[Event] = []
    call = RollCall(["node1", "node2", "inst1"], told.append)
    call.heard("node1", None)
    call.heard("node2", Unreachable("no answer", where="node2"))
    call.heard("inst1", None)
    texts = []
    for event in told:
        assert isinstance(event, Note)
        texts.append(event.text.partition(" s ")[2])
    assert texts == [
        "node1 answered; not heard yet: inst1, node2",
        "node1 answered; not reached: node2; not heard yet: inst1",
        "inst1, node1 answered; not reached: node2",
    ]
