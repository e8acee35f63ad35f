"""The diagnosis on the screen: machines, situations, ways out; every key that it has."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from screens.table import TablePage
from tests.locked import LOOK, SEEN
from tests.play.accidents import ACCIDENTS
from tests.screens.recover.pages import Recovered
from tests.sim import SimHost
from tests.steps.recover.accident import Accident
from tests.steps.recover.test_situations import idle_dead, node_dead
from tests.steps.recover.world import World
from tests.waiting import pass_gate
from wizard.base.errors import Reach

pytestmark = pytest.mark.slow


async def test_a_dead_node_at_80_by_24(recovered: Recovered) -> None:
    async with recovered(World(node_dead())) as hand:
        await hand.until("recover [TO DO]")
        for told in (
            "node2 is silent; inst1.name.org ran there",
            "node: silent; looked for from node1, backup, this machine",
            "a)  wait",
            "b)  node-dead",
            "[!]  node2",
            "Power node2 on again if it merely stopped",
        ):
            assert told in hand.text, hand.text
        assert "F8 Go this way" in hand.text, "the cursor stands on the safest way out"
        await hand.press("up", "enter")
        await hand.sees("192.168.0.112: no ping, no ARP, port 22 silent, port 1811")
        await hand.press("end")
        await hand.sees("type the failover only if that is accepted")
        await hand.press("escape", "down", "down", "enter")
        await hand.sees("Pull the power cables of node2")
        await hand.press("escape", "ctrl+home")
        await hand.sees("F8 Look")


async def test_what_is_refused_says_why_and_until_when(recovered: Recovered) -> None:
    accident = node_dead().down("backup").elsewhere()
    async with recovered(World(accident)) as hand:
        await hand.until("recover [TO DO]")
        assert "NOT NOW" in hand.text
        await hand.press("ctrl+end")
        await hand.sees("because")
        await hand.sees("until")


async def test_nothing_is_the_matter(recovered: Recovered) -> None:
    async with recovered(World(Accident())) as hand:
        await hand.until("recover [OK]")
        await hand.sees("Nothing is the matter. F8 looks again.")


async def test_nobody_could_look(recovered: Recovered) -> None:
    accident = Accident()
    for host in ("node1", "node2", "backup", "inst1"):
        accident.down(host, Reach.TIMEOUT)
    async with recovered(World(accident)) as hand:
        await hand.until("recover [UNKNOWN]")
        await hand.sees("That says nothing about the cluster")


async def test_a_machine_that_is_back_is_seen_by_the_next_look(recovered: Recovered) -> None:
    world = World(idle_dead())
    async with recovered(world) as hand:
        await hand.until("recover [TO DO]")
        world.power_on("node1")
        world.later()
        await hand.press("f5")
        await hand.sees("no-master")
        assert "node1             node: answers" in hand.text


def answers_behind(gate: threading.Event, host: SimHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on a machine answers once the gate is open."""
    answered = host.run

    def slow(*args: Any, **more: Any) -> object:
        pass_gate(gate)
        return answered(*args, **more)

    monkeypatch.setattr(host, "run", slow)


async def test_a_slow_machine_blocks_no_key(
    recovered: Recovered, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, gate = World(node_dead()), threading.Event()
    async with recovered(world) as hand:
        await hand.until("recover [TO DO]")
        answers_behind(gate, world.hosts["node1"], monkeypatch)
        await hand.press("f5")
        await hand.until("recover [LOOKING]")
        await hand.press("ctrl+home", "down", "enter")
        await hand.sees("192.168.0.112: no ping")
        await hand.press("escape", "b")
        await hand.sees("the last action is still at work")
        gate.set()
        await hand.until("recover [TO DO]")


async def test_what_was_painted_before_it_was_measured_is_painted_anew(
    recovered: Recovered, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = TablePage.tell_whole

    def painted_at_once(page: TablePage[Any]) -> None:
        page.table.render_lines(page.table.size.region)
        told(page)

    monkeypatch.setattr(TablePage, "tell_whole", painted_at_once)
    async with recovered(World(node_dead())) as hand:
        await hand.until("recover [TO DO]")
        await hand.sees("[x]  node1      node: answers")


async def test_a_way_that_is_judged_says_that_it_looks(
    recovered: Recovered, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, gate = ACCIDENTS["node-back"](), threading.Event()
    async with recovered(world) as hand:
        await hand.until("recover [TO DO]")
        shown = hand.app.page.shown  # type: ignore[attr-defined]
        place = next(n for n, row in enumerate(shown) if row.opens and row.name == "rejoin")
        answers_behind(gate, world.hosts["node1"], monkeypatch)
        await hand.press("ctrl+home", *["down"] * place, "f8")
        await hand.until("recover [LOOKING]")
        gate.set()
        await hand.until("runbook · rejoin")


async def test_who_else_changes_a_machine_has_a_row(recovered: Recovered) -> None:
    accident = node_dead()
    accident.raw["node1"][LOOK] = SEEN
    async with recovered(World(accident)) as hand:
        await hand.until("recover [TO DO]")
        await hand.sees("node1      locked: bob@laptop, step raid")


async def test_evidence_and_timeline(recovered: Recovered) -> None:
    world = World(node_dead())
    async with recovered(world) as hand:
        await hand.until("recover [TO DO]")
        await hand.press("b")
        await hand.sees("The evidence is kept in")
        assert world.lines() == ["node1: bundle"]
        await hand.press("t")
        await hand.sees("disk 0 of inst1.name.org lost its other copy")
        await hand.press("escape", "f1")
        await hand.press("pagedown")
        await hand.sees("After an accident")
        await hand.press("escape", "escape")
        await hand.sees("Quit?")


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (132, 43)])
async def test_every_key_is_in_sight(recovered: Recovered, size: tuple[int, int]) -> None:
    async with recovered(World(node_dead()), size) as hand:
        await hand.until("recover [TO DO]")
        if size[0] >= 80:
            keys = hand.text.splitlines()[-1]
            for key in ("F8 Go this way", "Esc Back", "b Bundle", "t Timeline", "F1 Help"):
                assert key in keys, keys
