"""Coming back: a command that still runs is followed, one's own reboot is announced."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from steps import build
from tests.screens.conftest import Start
from tests.screens.test_step import open_plan, run_to_gate
from tests.screens.toys import FLAGS, LVM, STEPS, Machines, session
from tests.waiting import pass_gate
from wizard.answers import Answers
from wizard.base.errors import ConnectionLost, Unreachable, WizardError
from wizard.hosts import access
from wizard.hosts.host import Host
from wizard.model.facts import Facts
from wizard.model.review import Review
from wizard.model.step import Command, Danger, Kind, Step
from wizard.remote import unit as units
from wizard.state.store import Store

pytestmark = pytest.mark.slow


@pytest.fixture
def unit(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """A unit that runs on the host until the event is set."""
    ended = threading.Event()

    def look(host: Host, name: str) -> units.UnitState:
        return units.UnitState("ended", 0) if ended.is_set() else units.UnitState("running")

    def follow(host: Host, name: str, sink: Callable[[str], None], stop: threading.Event) -> int:
        sink("resync = 12 %\n")
        pass_gate(ended)
        return 0

    monkeypatch.setattr(units, "look", look)
    monkeypatch.setattr(units, "follow", follow)
    monkeypatch.setattr(units, "forget", lambda host, name: None)
    return ended


async def test_a_command_that_still_runs_is_followed(
    start: Start, machines: Machines, unit: threading.Event, tmp_path: Path
) -> None:
    before = session(tmp_path / "state", machines, (LVM,))
    line = "mdadm --create /dev/md1"
    before.journal.add(
        "start", step="lvm", host="node2", key="k", line=line, kind_of="unit", unit="gw-lvm-k-0"
    )
    before.close()
    async with start(steps=(LVM,)) as hand:
        assert "outcome unknown" in hand.text and "in flight on node2: mdadm --create" in hand.text
        await hand.press("f8")
        await hand.until("overview · 0/1 done")
        await hand.sees("[>] running")
        await hand.press("f8")
        await hand.until("lvm · Run [RUNNING]")
        await hand.sees("node2: RUNNING")
        await hand.sees("resync = 12 %")
        assert "node1: idle" in hand.text
        unit.set()
        await hand.until("lvm · Plan [TO DO]")
        assert hand.app.session.journal.records[-1]["found"] == "ended with 0"


def _reboots(answers: Answers, facts: Facts) -> Iterator[Command]:
    for number, host in enumerate(facts.hosts):
        yield Command(
            host,
            ("reboot",),
            "into Xen",
            Danger.OUTAGE,
            "it is away",
            kind=Kind.REBOOT,
            stage=number,
        )


REBOOT = Step(
    id="lvm",
    title="Reboot",
    reason="r",
    then="t",
    now="n",
    plan=_reboots,
    verify=lambda a, f: (),
    facts=(FLAGS,),
)


async def test_a_reboot_that_goes_on_comes_before_all_that_it_hides(
    start: Start, machines: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The login came just before the hosts went down: then no step can be looked at."""
    reboots = replace(REBOOT, id="reboot")
    steps = (LVM, reboots)
    before = session(tmp_path / "state", machines, steps)
    before.journal.add("verified", step="lvm")
    for node in ("node1", "node2"):
        flight = {"step": "reboot", "host": node, "key": "k"}
        line = "systemctl reboot"
        before.journal.add("start", **flight, line=line, kind_of="reboot", unit="u")
        before.journal.add("boot", **flight, boot="11111111")
    before.close()
    log_in_all = access.log_in_all

    def just_in_time(hosts: Iterable[Host], store: Store) -> dict[str, WizardError]:
        errors = log_in_all(hosts, store)
        for host in machines.made.values():
            host.down = Unreachable("no answer", where=host.name)
        return errors

    monkeypatch.setattr(access, "log_in_all", just_in_time)
    async with start(steps=steps) as hand:
        await hand.press("f8")
        await hand.until("overview · 0/2 done [TO DO]")
        await hand.sees("Still at work: Reboot")
        await hand.press("f8")
        await hand.until("reboot · Run [RUNNING]")
        for host in machines.made.values():
            host.down = None
        await hand.until("reboot · Plan [")


async def test_the_reboot_of_its_own_host_is_announced(start: Start, machines: Machines) -> None:
    machines.self_on = "node1"
    async with start(steps=(REBOOT,)) as hand:
        await hand.login()
        await hand.press("enter")
        await hand.until("Why [TO DO]")
        await hand.press("f8")
        await hand.until("Plan [TO DO]")
        assert "awaited with a new boot id" in hand.text
        await hand.press("f8")
        await hand.sees("node1 is the machine that this wizard runs on")
        assert "it ends with the reboot" in hand.text and "--state" in hand.text


async def test_leaving_does_not_wait_for_another_look(start: Start, machines: Machines) -> None:
    async with start(steps=(LVM,)) as hand:
        await hand.login()
        await open_plan(hand, "lvm")
        gate = await run_to_gate(hand, machines, "pvcreate")
        for node in ("node1", "node2"):
            machines.answers[node, "pvcreate"] = ConnectionLost("cut", where=node)
        looks: list[str] = []
        review = hand.app.session.engine.review

        def counted(step: Step, answers: Answers) -> Review:
            looks.append(step.id)
            return review(step, answers)

        hand.app.session.engine.review = counted  # type: ignore[method-assign]
        await hand.press("ctrl+q", "tab", "enter")
        gate.set()
    assert not looks
    assert not any(argv[0] == "vgcreate" for host in machines.made.values() for argv in host.ran)


@pytest.mark.parametrize("size", [(60, 20), (80, 24)])
async def test_a_build_of_many_steps_leaves_the_buttons_in_sight(
    start: Start, machines: Machines, tmp_path: Path, size: tuple[int, int]
) -> None:
    steps = build()
    before = session(tmp_path / "state", machines, steps)
    for step in steps:
        before.journal.add("verified", step=step.id, hosts=["node1"], digest="d")
    before.close()
    async with start(steps=steps, size=size) as hand:
        assert any("Go on" in row and "Hosts and login" in row for row in hand.text.splitlines())
        assert f"{len(steps)} {steps[-1].title}" in hand.text and steps[0].title not in hand.text
        assert "not begun" not in hand.text
        claims = hand.app.screen.query_one("#claims")
        assert claims.show_vertical_scrollbar and claims.region.bottom < hand.app.focused.region.y  # type: ignore[union-attr]
        await hand.press("shift+tab", "end")
        await hand.sees(steps[0].title)
        await hand.press("tab", "tab", "enter")
        await hand.until("hosts")


async def test_one_step_that_is_not_begun_is_one(
    start: Start, machines: Machines, tmp_path: Path
) -> None:
    before = session(tmp_path / "state", machines, STEPS[:2])
    before.journal.add("verified", step="partition", hosts=["node1"], digest="d")
    before.close()
    async with start(steps=STEPS[:2]) as hand:
        assert "1 step is not begun" in hand.text
