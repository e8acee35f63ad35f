"""A session on simulated hosts that show a scene, as the command line and the screen open it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from steps.health import CHECKUP
from tests.daily.scene import Scene
from tests.sim import SimHost
from wizard.answers import Answers
from wizard.model.step import Step
from wizard.run.session import Session
from wizard.state.store import Store


class Hosts:
    """A MakeHosts over a scene; a host that is missing there does not answer, one that is neither
    is not made.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.made: dict[str, Any] = {}

    def __call__(
        self, answers: Answers, store: Store, passwords: Mapping[str, Any]
    ) -> dict[str, Any]:
        self.made = {name: SimHost(name, texts) for name, texts in self.scene.raw.items()}
        for name, error in self.scene.missing.items():
            self.made[name] = SimHost(name, {}, down=error)
        return dict(self.made)


def session(
    folder: Path, hosts: Hosts, *, read_only: bool = False, steps: tuple[Step, ...] = ()
) -> Session:
    """An open session that knows the checks."""
    made = Session(Store(folder), steps, hosts, checkup=CHECKUP)
    made.open(read_only=read_only)
    return made
