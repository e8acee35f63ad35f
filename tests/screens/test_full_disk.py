"""An error that nobody foresaw, on a disk that is full: the page says so and lives on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.screens.conftest import Start
from tests.screens.toys import LVM
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import Command

pytestmark = pytest.mark.slow


async def test_a_trace_that_cannot_be_kept_leaves_the_page_alive(
    start: Start, tmp_path: Path
) -> None:
    broken = [True]

    def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
        if broken:
            raise ValueError("a bug")
        yield from LVM.plan(answers, facts)

    async with start(steps=(replace(LVM, plan=plan),)) as hand:
        log = tmp_path / "state" / "log" / "crash.log"
        log.symlink_to("/dev/full")
        await hand.login()
        await hand.sees("the wizard itself failed: ValueError: a bug")
        assert "To mend it: the hosts are as the last command left" in hand.text
        assert not hand.app.page.busy
        broken.clear()
        await hand.press("escape", "f5")
        await hand.until("overview · 0/1 done [TO DO]")
    (trace,) = hand.app.unsaved
    assert "ValueError: a bug" in trace
