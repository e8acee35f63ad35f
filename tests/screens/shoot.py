"""Pictures of every screen at 80×24 as SVG: `python -m tests.screens.shoot DIRECTORY`. The hosts
are made up.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.pilot import Pilot

from screens.app import WizardApp
from tests.screens.toys import STEPS, Machines, session
from wizard.base.errors import HostKeyUnknown, LoginRefused
from wizard.hosts.host import Result


class Camera:
    """Drives one app and takes its pictures."""

    def __init__(self, app: WizardApp, pilot: Pilot[int], folder: Path) -> None:
        self.app, self.pilot, self.folder = app, pilot, folder

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, text: str) -> None:
        """Wait for a word in the title."""
        for _ in range(600):
            if text in getattr(self.app.page, "title_text", ""):
                await self.pilot.pause(0.1)
                return
            await asyncio.sleep(0.05)
        raise TimeoutError(f"no {text!r} in the title")

    async def shot(self, name: str) -> None:
        """Take a picture."""
        await self.pilot.pause(0.1)
        (self.folder / f"{name}.svg").write_text(
            self.app.export_screenshot(title="ganeti-wizard"), "utf-8"
        )
        print(name, flush=True)


Scene = Callable[[Camera, Machines], Awaitable[None]]


async def login(camera: Camera, machines: Machines) -> None:
    """Hosts, a refused login, an unknown key, the form of a server, help, quit."""
    await camera.shot("01-hosts")
    await camera.press("f4")
    await camera.shot("02-edit-server")
    await camera.press("escape")
    machines.down["node1"] = HostKeyUnknown(
        "node1", "SHA256:Qm3c0Uu4Z0p4xZcGmLq7c2T5yLr0aJb9gk1uY2nVfHs", "line"
    )
    machines.down["node2"] = HostKeyUnknown(
        "node2", "SHA256:0pV1nYw8sT3kq7Rb2Zc5uX9eLm4aHd6fJg1iKo3Pl5Q", "line"
    )
    await camera.press("f8")
    await camera.pilot.pause(1)
    await camera.shot("03-host-key")
    machines.down.clear()
    machines.down["node2"] = LoginRefused(
        "node2 accepts neither the key nor the password",
        where="node2",
        mend="type its root password, then F8",
    )
    await camera.press("tab", "enter")
    await camera.until("[FAILED]")
    await camera.shot("04-login-refused")
    await camera.press("f1")
    await camera.shot("05-help")


async def steps(camera: Camera, machines: Machines) -> None:
    """Inventory, overview, and one step after the other through all parts."""
    await camera.press("f8")
    await camera.until("inventory [SEEN]")
    await camera.shot("06-inventory")
    await camera.press("f8")
    await camera.until("overview · 0/4 done [TO DO]")
    await camera.shot("07-overview")
    await camera.press("f8")
    await camera.until("Why [TO DO]")
    await camera.shot("08-step-why")
    await camera.press("f8")
    await camera.shot("09-step-ask-disks")
    await camera.press("down", "down", "space")
    await camera.shot("10-disk-in-use")
    await camera.press("escape", "f8")
    await camera.until("Plan [TO DO]")
    await camera.shot("11-step-plan")
    await camera.press("enter")
    await camera.shot("12-command")
    await camera.press("escape", "f8")
    await camera.press("tab", *"QM011", "enter", *"QM01")
    await camera.shot("13-confirm-destruction")
    await camera.press("2", "enter", *"QM021", "enter", *"QM022", "enter", "enter")
    await camera.until("Verify [DONE]")
    await camera.shot("14-step-verify")
    await camera.press("f3")
    await camera.shot("15-log")
    await camera.press("escape")
    await second_step(camera, machines)


async def second_step(camera: Camera, machines: Machines) -> None:
    """A run, a failure beside a success, what blocks, an outage, quitting meanwhile."""
    machines.hoist("node2", "full")
    await camera.press("f8")
    await camera.until("lvm · Why [BLOCKED]")
    await camera.press("f8", "f8")
    await camera.shot("16-blocked")
    machines.hoist("node2", "full", down=True)
    await camera.press("f5")
    await camera.until("Plan [TO DO]")
    machines.gates["vgcreate"] = threading.Event()
    machines.answers["node2", "vgcreate"] = Result(
        5, "", "  A volume group called xenvg already exists.\n", 0.2
    )
    await camera.press("f8")
    await camera.until("Run [RUNNING]")
    await camera.pilot.pause(1.5)
    await camera.shot("17-running")
    await camera.press("ctrl+q")
    await camera.shot("18-quit")
    await camera.press("escape")
    machines.gates.pop("vgcreate").set()
    await camera.until("Run [FAILED]")
    await camera.shot("19-failed")
    await camera.press("ctrl+p")
    await camera.pilot.pause(0.5)
    await camera.shot("20-palette")
    await camera.press("escape", "f8", "f8")
    await camera.until("Verify [DONE]")
    await camera.press("f8")
    await camera.until("bridge · Why")
    await camera.press("f8")
    await camera.until("Ask [TO DO]")
    await camera.shot("21-ask-choice")
    await camera.press("f8")
    await camera.until("Plan [TO DO]")
    await camera.press("f8")
    await camera.shot("22-confirm-outage")
    await camera.press("escape")
    await camera.press("escape")
    await camera.pilot.pause(0.3)
    await camera.shot("23-overview-later")


async def resume(camera: Camera, machines: Machines) -> None:
    """What the next start shows."""
    await camera.shot("24-resume")


async def small(camera: Camera, machines: Machines) -> None:
    """A terminal that is too small."""
    await camera.shot("25-too-small")


async def film(folder: Path) -> None:
    """All scenes; each is a process's worth of one build."""
    folder.mkdir(parents=True, exist_ok=True)
    scenes: list[tuple[Scene, tuple[int, int], str]] = [
        (login, (80, 24), "a"),
        (steps, (80, 24), "b"),
        (resume, (80, 24), "b"),
        (small, (58, 18), "c"),
    ]
    with tempfile.TemporaryDirectory() as state:
        for scene, size, build in scenes:
            machines = Machines()
            made = session(Path(state) / build, machines, STEPS)
            app = WizardApp(made)
            async with app.run_test(size=size) as pilot:
                await pilot.pause(0.2)
                await scene(Camera(app, pilot, folder), machines)
            made.close()


if __name__ == "__main__":
    asyncio.run(film(Path(sys.argv[1])))
