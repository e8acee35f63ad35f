"""Keep the evidence before anything changes: one archive of each server that answers."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.files import template
from steps.recover.facts.hold import HOLD, HOLDS, KEPT
from steps.recover.scene import Scene
from steps.recover.steps.common import recovery_step
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Danger, Finding, Step

FOLDER = "bundle"
"""In the accident's folder."""


def kept(case: Case, scene: Scene, host: str) -> bool:
    """Whether this server's evidence of this accident is on the operator's disk."""
    hold = scene.read(host, HOLDS)
    return hold is not None and case.accident in hold.kept


def evidence(host: str) -> Command:
    """The archive of one server; it reads only."""
    return Command(
        host,
        ("sh", "-c", template("recover/bundle.sh"), "bundle"),
        "what is known now of this server cannot be read any more once something is changed",
        Danger.READ,
        undo="none needed",
        keep=f"{FOLDER}/{host}.tar.gz",
        title="evidence: configuration, DRBD, volumes, mirrors, logs, as one archive",
        minutes=0.5,
    )


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """The archive of each server; then a mark there, which only a kept one gets."""
    for host in scene.answering:
        if kept(case, scene, host):
            continue
        yield evidence(host)
        yield Command(
            host,
            ("touch", f"{HOLD}/{KEPT}{case.accident}"),
            "says that the archive of this server is kept",
            undo="none needed: it ends with the hold",
        )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """The evidence of every server that answers is kept."""
    for host in scene.answering:
        if not kept(case, scene, host):
            yield Finding(host, "its evidence is not kept", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "bundle",
        "Keep the evidence",
        "Each step of a recovery overwrites what would tell what had happened. Whoever is asked "
        "for help needs the state from before the first change.",
        "one archive of each server in the accident's folder, mode 600; it reads only",
        plan=plan,
        verify=verify,
    )
