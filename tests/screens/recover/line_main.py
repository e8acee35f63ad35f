"""Line mode after an accident, in a process of its own: `line_main STATE [prompts]`.

node2 is dead and ran the instance; machines are simulated, and the time is that of the recorded
facts.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

from screens.line import recover as line_recover
from screens.line.app import recover as run
from steps import recovery
from tests.steps.recover.accident import NOW
from tests.steps.recover.test_situations import node_dead
from tests.steps.recover.world import World
from wizard.daily import diagnosis, recovering
from wizard.daily.recovering import Recovering
from wizard.model.recovery import HERE
from wizard.run.session import Session
from wizard.state.store import Store


def main() -> int:
    """Lead through it; returns the exit code."""
    state, *flags = sys.argv[1:]
    world = World(node_dead())
    hosts: dict[str, Any] = dict(world.hosts)
    here = hosts.pop(HERE)
    diagnosis.LocalHost = lambda *_, **__: here  # type: ignore[assignment, misc]
    recovering.APART = 0
    made = partial(Recovering, clock=lambda: float(NOW))
    line_recover.Recovering = made  # type: ignore[assignment, misc]
    build = Session(Store(Path(state)), (), lambda *_: dict(hosts), recovery=recovery)
    build.open(read_only=True)
    build.answers = world.accident.answers
    try:
        return run(build, plain="prompts" not in flags)
    finally:
        build.close()


if __name__ == "__main__":
    sys.exit(main())
