"""Pictures of the health screen at 80×24 as SVG: `python -m tests.daily.shoot DIRECTORY`. The hosts
are made up.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.daily.health_lab import Hosts
from tests.daily.scene import LOCKED, Scene
from tests.screens.test_health import shown
from tests.steps.health.test_checks import good

SCENES: dict[str, Callable[[Scene], object]] = {
    "26-health": lambda scene: None,
    "27-health-locked": lambda scene: scene.raw["inst1"].update(ciphers=LOCKED),
    "28-health-disk-pulled": lambda scene: scene.take("node2", "md", "raid/member-removed"),
    "29-health-node-down": lambda scene: scene.down("node1"),
}


async def film(folder: Path) -> None:
    """One picture a scene, when the look has ended."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, change in SCENES.items():
        scene = good()
        change(scene)
        with tempfile.TemporaryDirectory() as state:
            async with shown(Path(state), Hosts(scene)) as hand:
                await hand.sees("looks again in")
                await hand.pilot.pause(0.2)
                (folder / f"{name}.svg").write_text(
                    hand.app.export_screenshot(title="ganeti-wizard"), "utf-8"
                )
                print(name, flush=True)


if __name__ == "__main__":
    asyncio.run(film(Path(sys.argv[1])))
