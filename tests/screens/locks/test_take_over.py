"""Somebody else has the hosts locked: who it is, and how the lock is taken over, by keys."""

from __future__ import annotations

import re

import pytest

from tests.locked import LOOK, SEEN, Locked
from tests.screens.conftest import Start
from tests.screens.test_step import open_plan
from tests.screens.toys import LVM, Machines

pytestmark = pytest.mark.slow


async def test_a_lock_is_taken_over_by_typing_whose_it_is(start: Start, machines: Machines) -> None:
    async with start(steps=(LVM,)) as hand:
        await hand.login()
        await open_plan(hand, "lvm")
        locked = Locked()
        machines.made["node1"].lock = locked
        await hand.press("f8")
        await hand.sees("Somebody else works there")
        words = re.sub(r"[^ -~]+", " ", hand.text)
        shown = " ".join(words.split())
        assert "bob@laptop changes this host (step raid) for 2 h 0 min" in shown
        await hand.press("escape")
        assert hand.title.endswith("Plan [BLOCKED]")
        assert not any(argv[0] == "pvcreate" for argv in machines.made["node1"].ran)
        await hand.press("f8")
        await hand.sees("Somebody else works there")
        accept = hand.app.screen.query_one("#accept")
        await hand.press("tab", *"bob@desk")
        assert accept.disabled
        await hand.press(*["backspace"] * 4, *"laptop", "enter", "enter")
        await hand.until("lvm · Verify [DONE]")
        assert len(locked.overs) == 1


async def test_who_has_it_is_told_before_anything_is_tried(
    start: Start, machines: Machines
) -> None:
    async with start(steps=(LVM,)) as hand:
        await hand.login()
        machines.made["node1"].texts[LOOK] = SEEN
        await hand.press("f5")
        await hand.sees("bob@laptop changes node1 (step raid)")
        await open_plan(hand, "lvm")
        words = re.sub(r"[^ -~]+", " ", hand.text)
        shown = " ".join(words.split())
        assert "node1 is locked: bob@laptop changes this host (step raid) for 2 h 0 min" in shown
        assert "pvcreate /dev/md1" in hand.text
