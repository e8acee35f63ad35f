"""The live screen on simulated hosts: levels, mends, a host that goes away, and an interface that
is never blocked.
"""

from __future__ import annotations

import re
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from screens.app import WizardApp
from screens.health import HealthScreen
from screens.step.screen import StepScreen
from steps import build
from tests.daily.health_lab import Hosts, session
from tests.daily.scene import LOCKED
from tests.hand import Hand
from tests.locked import LOOK, SEEN, WORDS
from tests.steps.health.test_checks import good
from tests.waiting import pass_gate
from wizard.base.errors import Unreachable
from wizard.model.step import Step
from wizard.model.verdicts import Level, Report, Verdict

pytestmark = pytest.mark.slow


@asynccontextmanager
async def shown(
    folder: Path,
    hosts: Hosts,
    *,
    every: float = 60.0,
    size: tuple[int, int] = (80, 24),
    steps: tuple[Step, ...] = (),
) -> AsyncIterator[Hand]:
    """The app with the health screen on top."""
    made = session(folder, hosts, steps=steps)
    app = WizardApp(made)
    try:
        async with app.run_test(size=size) as pilot:
            made.connect()
            app.push_screen(HealthScreen(every))
            hand = Hand(app, pilot)
            await hand.settle()
            yield hand
    finally:
        made.close()


async def test_good_then_locked_then_a_node_away(tmp_path: Path) -> None:
    hosts = Hosts(good())
    async with shown(tmp_path, hosts) as hand:
        await hand.until("health [OK]")
        await hand.sees("every mirror has all its halves")
        await hand.sees("looks again in")
        # Only from here on: a slow machine that is always due never says when it looks again.
        page = hand.app.page
        assert isinstance(page, HealthScreen)
        page.every = 0.2
        hosts.made["inst1"].texts["ciphers"] = LOCKED
        await hand.until("health [CRITICAL]")
        await hand.sees("[!] CRITICAL")
        await hand.sees("To mend it: ganeti-wizard unlock inst1")
        hosts.made["node1"].down = Unreachable(
            "node1 cannot be reached", where="node1", mend="check that it is on"
        )
        await hand.sees("does not answer: node1 cannot be reached")
        hosts.made["node1"].down = None
        hosts.made["inst1"].texts["ciphers"] = hosts.scene.raw["inst1"]["ciphers"].replace(
            "luks,noauto", "luks"
        )
        await hand.press("p")
        await hand.sees("paused")


async def test_a_slow_host_blocks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts, gate = Hosts(good()), threading.Event()
    async with shown(tmp_path, hosts) as hand:
        await hand.until("health [OK]")
        inner = hosts.made["node2"].run

        def slow(*args: object, **more: object) -> object:
            pass_gate(gate)
            return inner(*args, **more)

        monkeypatch.setattr(hosts.made["node2"], "run", slow)
        await hand.press("f5")
        await hand.sees("looking since")
        await hand.press("down", "down", "w", "f5", "f8")
        assert not gate.is_set() and "health [OK]" in hand.title, "the last result stays"
        await hand.press("v")
        await hand.sees("a look is under way")
        gate.set()
        await hand.sees("looks again in")


async def test_verify_afresh_runs_on_the_master_only(tmp_path: Path) -> None:
    hosts = Hosts(good())

    def verifies(host: str) -> int:
        return sum("gnt-cluster verify" in argv[2] for argv in hosts.made[host].ran)

    async with shown(tmp_path, hosts) as hand:
        await hand.until("health [OK]")
        await hand.press("v")
        await hand.holds(lambda: verifies("node1"), "verify on the master")
        await hand.sees("looks again in")
        assert verifies("node1") == 1
        assert verifies("node2") == verifies("inst1") == 0


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (132, 43)])
async def test_every_size_and_the_keys(tmp_path: Path, size: tuple[int, int]) -> None:
    async with shown(tmp_path, Hosts(good()), size=size) as hand:
        await hand.until("health [OK]")
        await hand.press("f1")
        await hand.sees("v            Verify")
        await hand.press("escape", "escape")
        assert "health" not in hand.title


def _many(word: str, count: int) -> str:
    return " ".join(f"{word}{number}" for number in range(count))


async def test_a_long_verdict_is_told_with_its_mend(tmp_path: Path) -> None:
    long = Verdict(
        "volume", "inst1", Level.CRITICAL, _many("service", 28), "ganeti-wizard unlock inst1"
    )
    endless = Verdict("raid", "node1", Level.WARNING, _many("array", 300), "replace the disk")
    async with shown(tmp_path, Hosts(good())) as hand:
        await hand.until("health [OK]")
        page = hand.app.page
        assert isinstance(page, HealthScreen)
        page._seen(Report("c", (long, endless)))
        await hand.sees("To mend it: ganeti-wizard unlock inst1")
        await hand.press("down", "enter")
        await hand.sees("raid, node1")
        assert "[!] warning: array0" in hand.text and "replace the disk" not in hand.text
        await hand.press("end")
        await hand.sees("To mend it: replace the disk")
        await hand.press("home")
        await hand.sees("[!] warning: array0")
        await hand.press("enter")
        assert hand.app.screen is page


async def test_f8_opens_the_step_that_mends_what_is_under_the_cursor(tmp_path: Path) -> None:
    by_step = Verdict("raid", "node2", Level.CRITICAL, "a mirror is gone", step="raid")
    by_hand = Verdict("space", "node1", Level.WARNING, "/ is full", "remove what is not needed")
    async with shown(tmp_path, Hosts(good()), steps=build()) as hand:
        await hand.until("health [OK]")
        page = hand.app.page
        assert isinstance(page, HealthScreen)
        page.action_pause()
        page._seen(Report("c", (by_hand, by_step)))
        await hand.sees("To mend it: run the step `raid`")
        assert "F8 Mend" in hand.text and "F8 Look" not in hand.text
        await hand.press("down")
        await hand.sees("To mend it: remove what is not needed")
        assert "F8 Look" in hand.text and "F8 Mend" not in hand.text
        await hand.press("up", "f8")
        await hand.until("raid")
        assert isinstance(hand.app.page, StepScreen) and hand.app.page.step.id == "raid"
        await hand.press("escape")
        await hand.until("health")
        assert hand.app.screen is page


async def test_all_keys_are_in_sight(tmp_path: Path) -> None:
    async with shown(tmp_path, Hosts(good())) as hand:
        await hand.until("health [OK]")
        keys = hand.text.splitlines()[-1]
        for key in (
            "F8 Look",
            "Esc Back",
            "v Verify",
            "p Pause",
            "w Order",
            "^Q Quit",
            "F1 Help",
            "F2 Shell",
            "F3 Log",
        ):
            assert key in keys, keys


async def test_the_palette_opens_it(tmp_path: Path) -> None:
    async with shown(tmp_path, Hosts(good())) as hand:
        await hand.until("health [OK]")
        await hand.press("escape", "ctrl+p")
        await hand.press(*"health")
        await hand.sees("how the cluster is")
        await hand.press("down", "enter")
        await hand.until("health [OK]")


async def test_who_else_changes_a_host_is_a_row_below_what_is_not_well(tmp_path: Path) -> None:
    scene = good()
    scene.raw["node2"][LOOK] = SEEN
    async with shown(tmp_path, Hosts(scene)) as hand:
        await hand.until("health [OK]")
        await hand.sees("bob@laptop changes node2")
        assert "[i] information" in hand.text
        await hand.press("enter")
        await hand.sees("lock, node2")
        told = " ".join(re.sub(r"[^ -~]+", " ", hand.text).split())
        assert WORDS[:60] in told
