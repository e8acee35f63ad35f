"""The step screen: consent, refusal, stale plans, failures, stopping, and what blocks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Button, Input

from screens import page
from screens.overview import OverviewScreen
from tests.hand import Hand
from tests.screens.conftest import Start
from tests.screens.toys import BRIDGE, LVM, PARTITION, Machines
from tests.waiting import pass_gate
from wizard.answers import Answers
from wizard.base.errors import ConnectionLost
from wizard.hosts.host import Host, Result
from wizard.model.events import Gathering
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Kind
from wizard.remote import unit

pytestmark = pytest.mark.slow


async def open_plan(hand: Hand, step: str) -> None:
    """From the overview, whose cursor is on the step, to its plan."""
    await hand.press("enter")
    await hand.until(f"{step} · Why [TO DO]")
    await hand.press("f8")
    await hand.until("Ask [TO DO]")
    await hand.press("f8")
    await hand.until("Plan [TO DO]")


async def run_to_gate(hand: Hand, machines: Machines, program: str, *hosts: str) -> threading.Event:
    """From a plan into its run, until a program stands before a gate on each host and all that was
    told of it is on the screen; returns the gate.
    """
    gate = machines.gates[program] = threading.Event()
    await hand.press("f8")
    await hand.until("Run [RUNNING]")
    waiting = {(host, program) for host in hosts or ("node1", "node2")}
    await hand.holds(lambda: waiting <= machines.at_gate, f"{program} on all hosts")
    hand.app.drain()
    await hand.settle()
    return gate


async def test_destruction_wants_each_word_typed_right(start: Start, machines: Machines) -> None:
    async with start() as hand:
        await hand.login()
        await open_plan(hand, "partition")
        assert "DESTROYS" in hand.text
        await hand.press("f8")
        await hand.sees("Confirm destruction")
        assert isinstance(hand.app.focused, Button) and hand.app.focused.id == "refuse"
        accept = hand.app.screen.query_one("#accept", Button)
        assert accept.disabled
        await hand.press("tab")
        assert isinstance(hand.app.focused, Input)
        for serial in ("QM011", "QM012", "QM021", "qm022"):
            await hand.press(*serial, "enter")
        assert accept.disabled and "differs" in hand.text
        await hand.press("escape")
        assert not any(argv[0] == "sfdisk" for argv in machines.made["node1"].ran)
        await hand.press("f8")
        await hand.sees("Confirm destruction")
        await hand.press("enter")
        assert hand.title.endswith("Plan [TO DO]"), "Enter on the first focus is Cancel"
        await hand.press("f8", "tab")
        for serial in ("QM011", "QM012", "QM021", "QM022"):
            await hand.press(*serial, "enter")
        assert hand.app.focused is hand.app.screen.query_one("#accept", Button)
        await hand.press("enter")
        await hand.until("partition · Verify [DONE]")
        consent = next(r for r in hand.app.session.journal.records if r["kind"] == "consent")
        assert consent["typed"] == ["QM011", "QM012", "QM021", "QM022"]


async def test_a_stale_plan_is_not_run_and_the_difference_is_shown(
    start: Start, machines: Machines
) -> None:
    async with start(steps=(LVM,)) as hand:
        await hand.login()
        await open_plan(hand, "lvm")
        machines.hoist("node2", "lvm")
        await hand.press("f8")
        await hand.until("Plan [STALE]")
        assert "- node2: pvcreate /dev/md1" in hand.text
        assert not any(argv[0] == "pvcreate" for argv in machines.made["node1"].ran)
        await hand.press("f8")
        await hand.until("lvm · Verify [DONE]")


async def test_one_hosts_failure_stands_beside_the_others_success(
    start: Start, machines: Machines
) -> None:
    async with start(steps=(LVM,)) as hand:
        await hand.login()
        await open_plan(hand, "lvm")
        machines.answers["node2", "vgcreate"] = Result(5, "", "xenvg already exists\n", 0.1)
        await hand.press("f8")
        await hand.until("lvm · Run [FAILED]")
        await hand.sees("node2: FAILED, exit code 5")
        assert "node1: ok" in hand.text and "xenvg already exists" in hand.text
        await hand.press("f8")
        await hand.until("Plan [TO DO]")
        await hand.press("f8")
        await hand.until("Verify [DONE]")


async def test_a_lost_connection_is_unknown_not_failed(start: Start, machines: Machines) -> None:
    async with start(steps=(LVM,)) as hand:
        await hand.login()
        await open_plan(hand, "lvm")
        machines.answers["node1", "vgcreate"] = ConnectionLost("the link broke", where="node1")
        await hand.press("f8")
        await hand.sees("node1: STATE UNKNOWN")


async def test_f9_stops_after_the_running_command(start: Start, machines: Machines) -> None:
    async with start(steps=(LVM,)) as hand:
        await hand.login()
        await open_plan(hand, "lvm")
        gate = await run_to_gate(hand, machines, "pvcreate")
        await hand.press("escape")
        assert hand.title.endswith("Run [RUNNING]"), "Esc does not leave a running step"
        await hand.press("f5")
        await hand.sees("RUNNING: the hosts are looked at when it ends")
        await hand.press("f9")
        await hand.until("[STOPPING]")
        gate.set()
        await hand.until("Run [FAILED]")
        assert not any(
            argv[0] == "vgcreate" for host in machines.made.values() for argv in host.ran
        )


async def test_an_answer_to_a_key_stays_until_it_was_read(
    start: Start, machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = "RUNNING: the hosts are looked at when it ends"
    async with start(steps=(LVM,)) as hand:
        await hand.login()
        await open_plan(hand, "lvm")
        gate = await run_to_gate(hand, machines, "pvcreate")
        await hand.press("f5")
        hand.app.page.tell_meanwhile("node1: the link is back")
        await hand.sees(refusal)
        assert "the link is back" not in hand.text
        monkeypatch.setattr(page, "ANSWER", 0.01)
        await hand.press("f5")
        hand.app.page.tell_meanwhile("node1: the link is back")
        await hand.sees("the link is back")
        assert refusal not in hand.text
        gate.set()
        await hand.until("Verify [DONE]")


async def test_what_blocks_is_named_with_its_mend(start: Start, machines: Machines) -> None:
    machines.hoist("node2", "full")
    async with start(steps=(LVM,)) as hand:
        await hand.login()
        await hand.press("enter")
        await hand.until("lvm · Why [BLOCKED]")
        await hand.press("3")
        await hand.sees("12 MiB free")
        assert "To mend it: remove what is not needed there" in hand.text
        machines.hoist("node2", "full", down=True)
        await hand.press("f8")
        await hand.until("Plan [TO DO]")


async def test_from_verify_what_is_still_to_do_is_reached_by_f8(start: Start) -> None:
    async with start(steps=(LVM,)) as hand:
        await hand.login()
        await open_plan(hand, "lvm")
        await hand.press("5")
        await hand.until("lvm · Verify [TO DO]")
        await hand.press("f8")
        await hand.until("lvm · Plan [TO DO]")


async def test_a_needed_step_comes_first(start: Start) -> None:
    async with start(steps=(PARTITION, LVM)) as hand:
        await hand.login()
        await hand.press("down", "enter")
        await hand.until("lvm · Why [BLOCKED]")
        await hand.press("3")
        assert "needs first: A second partition on each disk" in hand.text
        await hand.press("f8")
        await hand.until("1/2 partition · Why [TO DO]")


async def test_the_step_that_a_blocker_names_is_opened(start: Start) -> None:
    blocked = replace(
        BRIDGE,
        needs=(),
        blockers=lambda answers, facts: [Finding("node1", "no volume group", step="lvm")],
    )
    async with start(steps=(LVM, blocked)) as hand:
        await hand.login()
        await hand.press("down", "enter")
        await hand.until("bridge · Why [BLOCKED]")
        assert "opens `lvm`" in hand.text
        await hand.press("3")
        await hand.sees("To mend it: run the step `lvm`")
        await hand.press("f8")
        await hand.until("1/2 lvm · Why [TO DO]")


async def test_an_outage_is_asked_with_the_focus_on_cancel(
    start: Start, machines: Machines
) -> None:
    async with start(steps=(BRIDGE,)) as hand:
        await hand.login()
        await open_plan(hand, "bridge")
        await hand.press("f8")
        await hand.sees("interrupts service: the network is away")
        assert isinstance(hand.app.focused, Button) and hand.app.focused.id == "refuse"
        await hand.press("enter")
        assert hand.title.endswith("Plan [TO DO]")
        await hand.press("f8", "tab", "enter")
        await hand.until("bridge · Verify [DONE]")
        assert ("set-flag", "bridge", "eth0") in machines.made["node2"].ran


async def test_a_done_step_opens_on_verify_and_leads_on(start: Start, machines: Machines) -> None:
    for node in ("node1", "node2"):
        machines.hoist(node, "lvm")
    async with start(steps=(LVM, BRIDGE)) as hand:
        await hand.login()
        await hand.until("overview · 1/2 done [TO DO]")
        await hand.press("up", "enter")
        await hand.until("lvm · Verify [DONE]")
        assert hand.app.session.progress["lvm"].verified
        await hand.press("f8")
        await hand.until("2/2 bridge · Why [TO DO]")


async def test_an_unforeseen_error_is_told_and_kept(start: Start, tmp_path: Path) -> None:
    def broken(answers: Answers, facts: Facts) -> Iterator[Command]:
        raise ValueError("a bug")

    async with start(steps=(replace(LVM, plan=broken),)) as hand:
        await hand.login()
        await hand.sees("the wizard itself failed: ValueError: a bug")
        assert "To mend it: the hosts are as the last command left" in hand.text
        assert "ValueError: a bug" in (tmp_path / "state" / "log" / "crash.log").read_text()


async def test_a_step_without_hosts_has_a_run_part_too(start: Start) -> None:
    async with start(steps=(replace(LVM, hosts=lambda answers: []),)) as hand:
        await hand.login()
        await hand.press("up", "enter")
        await hand.until("Verify [DONE]")
        await hand.press("4")
        await hand.until("lvm · Run")
        assert "Nothing was run yet" in hand.text and hand.app.focused is not None
        await hand.press("5")
        await hand.until("lvm · Verify")


async def test_hosts_that_an_answer_names_get_their_panels(
    start: Start, machines: Machines
) -> None:
    def hosts(answers: Answers) -> list[str]:
        return {"xenvg": [], "datavg": ["node2"]}.get(answers.lvm.vg, ["node2", "node1"])

    async with start(steps=(replace(LVM, hosts=hosts),)) as hand:
        await hand.login()
        await hand.press("up", "enter")
        await hand.until("Verify [DONE]")
        await hand.press("2", *["backspace"] * 5, *"datavg", "f8")
        await hand.until("Plan [TO DO]")
        gate = await run_to_gate(hand, machines, "pvcreate", "node2")
        await hand.sees("node2: RUNNING")
        gate.set()
        await hand.until("Verify [DONE]")
        await hand.press("2", *["backspace"] * 6, *"morevg", "f8")
        await hand.until("Plan [TO DO]")
        await hand.press("4")
        await hand.sees("node1: idle")
        assert "vgcreate: all well" in hand.text, "what a host has told already stays"


async def test_what_is_told_while_a_page_opens_is_not_its(start: Start) -> None:
    async with start() as hand:
        await hand.login()
        overview = hand.app.page
        assert isinstance(overview, OverviewScreen)
        step = hand.app.session.steps[0]
        hand.app.push_screen(overview.page_of(step))
        hand.app.mailbox.put(Gathering(step.id))
        hand.app.drain()
        await hand.until("Why [TO DO]")


async def test_a_unit_whose_link_was_lost_is_followed_again_by_itself(
    start: Start, machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, ended = threading.Event(), threading.Event()

    def look(host: Host, name: str) -> unit.UnitState:
        return unit.UnitState("ended", 0) if ended.is_set() else unit.UnitState("running")

    def follow(host: Host, name: str, sink: object, stop: threading.Event) -> int:
        if not lost.is_set():
            lost.set()
            raise ConnectionLost("not reached for ten minutes", where=host.name)
        pass_gate(ended)
        return 0

    for name, fake in (
        ("look", look),
        ("start", lambda *a: look(*a[:2])),
        ("follow", follow),
        ("forget", print),
    ):
        monkeypatch.setattr(unit, name, fake)
    one = Command("node1", ("mdadm", "--create"), "why", kind=Kind.UNIT)
    async with start(steps=(replace(LVM, section=None, plan=lambda a, f: [one]),)) as hand:
        await hand.login()
        await hand.press("enter")
        await hand.until("Why [TO DO]")
        await hand.press("f8", "f8")
        await hand.sees("from before: mdadm --create")
        assert lost.is_set() and hand.title.endswith("Run [RUNNING]")
        ended.set()
        await hand.until("Plan [TO DO]")
