"""Hold every server that answers: one person, one accident at a time.

Unlike the lock of a wizard that runs (`wizard/remote/host_lock.py`) it survives the program: an
accident that was begun is held until somebody thaws it, or the server reboots.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from steps.recover.facts.hold import HOLD, HOLDS
from steps.recover.scene import Scene
from steps.recover.steps.common import recovery_step
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Finding, Step

TAKE = """set -e; umask 077; new=$(mktemp -d /run/gw-hold.XXXXXX); trap 'rm -rf "$new"' EXIT
cat >"$new/owner"; mv -T "$new" "$1\""""
"""A rename of a folder over another one fails unless that one is empty (rename(2))."""


def owner(scene: Scene, host: str) -> str | None:
    """Who holds a node, "" for nobody; None where that could not be read."""
    hold = scene.read(host, HOLDS)
    return hold.owner if hold is not None else None


def held(case: Case, scene: Scene, host: str) -> bool:
    """Whether this very program holds a node."""
    return owner(scene, host) == case.owner


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """Somebody else is at work, or nobody answers."""
    if not scene.answering:
        yield Finding("", "no server answers", mend="power one on, or mend the way to it")
    for host in scene.answering:
        holder = owner(scene, host)
        if holder not in (None, "", case.owner):
            yield Finding(
                host,
                f"{holder} works on a recovery here",
                mend=f"ask there; if nobody does any more: rm -r {HOLD} on {host}",
            )


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """The hold of each server that answers and is not held."""
    text = json.dumps({"owner": case.owner, "accident": case.accident, "since": case.opened})
    for host in scene.answering:
        if not held(case, scene, host):
            yield Command(
                host,
                ("sh", "-c", TAKE, "hold", HOLD),
                "keeps a second person from working on the same accident with this program",
                undo=f"rm -r {HOLD}",
                stdin=f"{text}\n",
                title=f"take the hold {HOLD}",
            )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """Every server that answers is held."""
    for host in scene.answering:
        if not held(case, scene, host):
            yield Finding(host, "is not held", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "hold",
        "Hold the servers that answer",
        "Two who mend one accident at the same time make a second one.",
        f"mkdir {HOLD}, with the owner's name in it, on every server that answers",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=0.2,
    )
