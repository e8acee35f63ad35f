"""What must hold before anything is done that only a dead machine allows."""

from __future__ import annotations

from collections.abc import Iterator

from steps.recover.presence import presence
from steps.recover.scene import Scene
from steps.recover.situations.refusal import refusal
from steps.recover.situations.takeover import to_be_run
from steps.recover.steps.common import lost_node
from wizard.model.accident import CLAIM_SECONDS, Case
from wizard.model.recovery import Standing
from wizard.model.step import Finding


def claimed(case: Case, scene: Scene) -> Iterator[Finding]:
    """Why nobody may act as if the node were dead; nothing when somebody said it, and nothing
    speaks against it.
    """
    claim = case.claim
    lost = lost_node(case, scene)
    name = "NODE"
    if lost:
        name = scene.answers.node(lost).name
    again = f"--dead {name} --fenced HOW, once its power is off"
    if claim is None:
        yield Finding(lost, "nobody has said that it is without power", mend=again)
        return
    if not lost:
        yield Finding("", f"{claim.node} is no server of this cluster", mend=again)
        return
    if claim.expired(scene.now):
        minutes = CLAIM_SECONDS // 60
        what = f"that it is without power was said more than {minutes} minutes ago"
        yield Finding(lost, what, mend=f"say it again: {again}")
    there = presence(scene, lost)
    if there.state is not Standing.SILENT:
        signs = "; ".join(sign.what for sign in there.signs) or there.state.value
        what = f"it was said to be dead, and: {signs}"
        yield Finding(lost, what, mend="look again: ganeti-wizard recover diagnose")


def objections(case: Case, scene: Scene, survivor: str) -> Iterator[Finding]:
    """`claimed`, and what else forbids that a survivor takes over what the lost node did."""
    yield from claimed(case, scene)
    lost = lost_node(case, scene)
    if not lost:
        return
    ran = to_be_run(scene, lost)
    refused = refusal(scene, survivor, lost, ran, alone=case.claim is not None)
    if refused.why:
        yield Finding(survivor, refused.why, mend=f"until {refused.lifted}")
