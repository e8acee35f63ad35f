"""The README's pictures, 80×24, as SVG: `make screenshots`, or `python -m tests.play.shoot FOLDER`.

Real steps on recorded facts; the server names, addresses and serials are those of the recordings.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from screens.app import WizardApp
from tests.hand import Hand
from tests.play.accidents import ACCIDENTS, after
from tests.play.opened import Beginning, at, opened, showing

USED_DISK = "partition/synthetic-used-disk-typed"


@asynccontextmanager
async def playing(beginning: Beginning, **seconds: float) -> AsyncIterator[Hand]:
    """The wizard at its overview; `seconds` is how long a command lasts, by host."""
    with tempfile.TemporaryDirectory() as state:
        session, machines = opened(Path(state), beginning)
        app = WizardApp(session)
        async with app.run_test(size=(80, 24)) as pilot:
            hand = Hand(app, pilot)
            await hand.login()
            for host, lasts in seconds.items():
                machines.made[host].seconds = lasts
            await hand.until("[TO DO]")
            yield hand
            for host in seconds:
                machines.made[host].go_on()
            await pilot.app.workers.wait_for_complete()
        session.close()


def shot(hand: Hand, folder: Path, name: str) -> None:
    """Take a picture."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = hand.app.export_screenshot(title="ganeti-wizard")
    (folder / f"{name}.svg").write_text(picture, "utf-8")
    print(name, flush=True)


async def overview(folder: Path) -> None:
    """A build half done."""
    async with playing(at("drbd")) as hand:
        shot(hand, folder, "overview")


async def plan(folder: Path) -> None:
    """Disks that hold something: the plan, and the words to be typed."""
    async with playing(showing(USED_DISK)) as hand:
        await hand.press("f8")
        await hand.until("Why [TO DO]")
        await hand.press("3")
        await hand.until("Plan [TO DO]")
        shot(hand, folder, "plan")
        await hand.press("f8")
        await hand.sees("Confirm destruction")
        await hand.press("tab", *"BLANK1A", "enter", *"BLANK2")
        shot(hand, folder, "destruction")
        await hand.press("escape")


async def running(folder: Path) -> None:
    """A step at work on both servers, one of them further than the other."""
    async with playing(at("lvm"), node1=0.1, node2=600.0) as hand:
        await hand.press("f8")
        await hand.until("Why [TO DO]")
        await hand.press("3")
        await hand.until("Plan [TO DO]")
        await hand.press("f8")
        await hand.until("Run [RUNNING]")
        await hand.sees("2 of 4 commands")
        shot(hand, folder, "running")


@asynccontextmanager
async def recovering(accident: str) -> AsyncIterator[Hand]:
    """The wizard at its diagnosis after an accident."""
    with (
        tempfile.TemporaryDirectory() as state,
        after(Path(state), ACCIDENTS[accident]()) as session,
    ):
        app = WizardApp(session, after_accident=True)
        async with app.run_test(size=(80, 24)) as pilot:
            hand = Hand(app, pilot)
            await hand.until("recover [TO DO]")
            yield hand


async def dead(folder: Path) -> None:
    """A dead node: what is the matter with the ways out, and what is asked before one is gone."""
    async with recovering("node-dead") as hand:
        shot(hand, folder, "diagnosis")
        await hand.press("down", "f8")
        await hand.sees("Is it dead?")
        shot(hand, folder, "claim")


async def film(folder: Path) -> None:
    """All pictures."""
    for scene in (overview, plan, running, dead):
        await scene(folder)


if __name__ == "__main__":
    asyncio.run(film(Path(sys.argv[1])))
