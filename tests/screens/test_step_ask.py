"""The Ask part of a step: choices, wrong answers, and what becomes of a changed form."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Button

from tests.screens.conftest import Start
from tests.screens.test_step import open_plan
from tests.screens.toys import INSTANCE, PARTITION, Machines
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import Choice

pytestmark = pytest.mark.slow


async def test_a_disk_in_use_is_taken_only_by_its_typed_serial(start: Start) -> None:
    async with start() as hand:
        await hand.login()
        await hand.press("enter")
        await hand.until("Why [TO DO]")
        await hand.press("f8", "down", "down", "space")
        await hand.sees("Take a disk in use")
        await hand.press("escape")
        assert "[ ] sdc" in hand.text
        await hand.press("space")
        await hand.sees("Take a disk in use")
        await hand.press("tab", *"WD-177", "enter", "enter")
        await hand.sees("[x] sdc")
        await hand.press("f8")
        await hand.until("Plan [TO DO]")
        assert hand.app.session.answers.partition.erase == ["WD-177"]
        assert hand.app.session.answers.partition.disks["node1"] == ["QM011", "QM012", "WD-177"]


async def test_a_word_typed_for_one_host_takes_no_disk_of_another(start: Start) -> None:
    def choices(answers: Answers, facts: Facts) -> dict[str, dict[str, tuple[Choice, ...]]]:
        return {
            "disks": {
                h: (Choice("sdb", "sdb 8 GiB", "it holds ext4", f"{h}:sdb"),) for h in facts.hosts
            }
        }

    step = replace(PARTITION, choices=choices, suggest=lambda a, f: {})
    async with start(steps=(step,)) as hand:
        await hand.login()
        await hand.press("enter")
        await hand.until("Why [TO DO]")
        await hand.press("f8", "space")
        await hand.sees("Type node1:sdb")
        await hand.press("tab", *"node1:sdb", "enter", "enter")
        await hand.sees("[x] sdb")
        await hand.press("tab", "space")
        await hand.sees("Type node2:sdb")
        await hand.press("escape", "f8")
        await hand.until("Plan [TO DO]")
        partition = hand.app.session.answers.partition
        assert (partition.disks, partition.erase) == ({"node1": ["sdb"]}, ["node1:sdb"])


async def test_a_chosen_disk_that_is_not_seen_stays_chosen_and_none_is_an_answer(
    start: Start,
) -> None:
    async with start(steps=(PARTITION,)) as hand:
        await hand.login()
        build = hand.app.session
        # The look of the overview is over: it keeps answers, too.
        await hand.sees("Next: ")
        disks = {"node1": ["QM011", "GONE"], "node2": ["QM021", "QM022"]}
        build.decide(Answers.model_validate({"partition": {"disks": disks}}))
        await open_plan(hand, "partition")
        assert build.answers.partition.disks == disks
        await hand.press("2")
        await hand.sees("[x] GONE: not seen now")
        await hand.press("down", "down", "down", "space", "up", "up", "up", "space", "f8")
        await hand.until("Plan [TO DO]")
        assert build.answers.partition.disks == {**disks, "node1": []}


async def test_a_wrong_answer_is_shown_at_its_field(start: Start, machines: Machines) -> None:
    machines.hoist("node1", "partition")
    machines.hoist("node2", "partition")
    async with start() as hand:
        await hand.login()
        await hand.until("overview · 1/4 done [TO DO]")
        await hand.press("enter")
        await hand.until("lvm · Why [TO DO]")
        await hand.press("f8", *"bad name", "f8")
        await hand.until("Ask [WRONG]")
        assert "! should be at most 127 letters, digits and _ . + -" in hand.text
        await hand.press(*["backspace"] * 9, *"datavg", "f8")
        await hand.until("Plan [TO DO]")
        assert "vgcreate datavg /dev/md1" in hand.text


async def test_instances_are_edited_added_and_dropped(start: Start) -> None:
    async with start(steps=(INSTANCE,)) as hand:
        await hand.login()
        await hand.press("enter")
        await hand.until("Why [TO DO]")
        await hand.press("f8")
        await hand.sees("inst1.name.org  192.168.0.114  node2  node1")
        await hand.press("enter", *["backspace"] * 14, *"inst9.name.org")
        hand.app.screen.query_one("#keep", Button).press()
        await hand.sees("inst9.name.org")
        await hand.press("a", "tab", *"x", "escape", "f8")
        await hand.until("Plan [TO DO]")
        assert [one.name for one in hand.app.session.answers.instance.wanted] == ["inst9.name.org"]
        assert "gnt-instance add -n node2:node1 inst9.name.org" in hand.text
        await hand.press("2")
        await hand.press("d")
        assert "inst9.name.org" not in hand.text


async def test_a_changed_form_is_taken_or_dropped_only_when_told(start: Start) -> None:
    async with start() as hand:
        await hand.login()
        await hand.press("enter")
        await hand.until("Why [TO DO]")
        await hand.press("f8", "space")
        await hand.sees("[ ] sda")
        await hand.press("f5")
        await hand.until("Ask [TO DO]")
        assert "[ ] sda" in hand.text, "a look leaves a changed form as it is"
        await hand.press("escape")
        await hand.sees("Drop the changes?")
        await hand.press("enter")
        assert "Ask" in hand.title, "Enter on the first focus is Stay"
        await hand.press("3")
        await hand.until("Plan [TO DO]")
        assert hand.app.session.answers.partition.disks["node1"] == ["QM012"]
        await hand.press("escape")
        await hand.sees("Volume group on the data mirror")
