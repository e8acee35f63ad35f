"""Hand the master's role of a node that is to be worked on to the other one, by a vote.

The node is marked neither drained nor offline (gnt-node(8), modify). Drained, it would be no
candidate for the master's role any more: Ganeti deletes its copy of the configuration and withdraws
its certificate and key (3.0.2, lib/cmdlib/node.py, LUNodeSetParams.Exec), and of two nodes the one
that goes on would be the only one that could ever lead, just while nothing else may happen to it.
Nothing is gained by it: no instance can be placed on one of two nodes alone. Offline, it would have
to be added again. What keeps others from it are the hold and the paused watcher.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti import pidfiles
from steps.recover.contenders import noted_elsewhere
from steps.recover.scene import Scene
from steps.recover.situations.words import LOOK_AGAIN
from steps.recover.steps.common import recovery_step
from steps.recover.steps.lead import cannot_vote, hand_over, leads, take_back
from steps.recover.steps.takeover import CONFD, DAEMON_UTIL
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Finding, Step


def unfit(case: Case, scene: Scene) -> Iterator[Finding]:
    """Why the other node could not lead."""
    host = scene.short(case.target)
    member = scene.config.node(case.target) if scene.config else None
    if member is None:
        yield Finding(host, "is no member of the cluster", mend=LOOK_AGAIN)
    elif not member.candidate:
        what = "is no candidate for the master's role"
        yield Finding(host, what, mend=f"gnt-node modify -C yes {case.target}")
    elif host not in scene.configs:
        yield Finding(host, "its copy of the configuration cannot be read", mend=LOOK_AGAIN)


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """The vote must be won, and the other node be fit to lead."""
    host = scene.short(case.target)
    if not leads(scene, host):
        yield from cannot_vote(scene, host)
        yield from unfit(case, scene)


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """The hand-over; then what a node lacks that never led before, and the note of a takeover."""
    host = scene.short(case.target)
    if not leads(scene, host):
        yield from hand_over(case, scene, host)
        return
    if scene.lacks(host, (CONFD,)):
        yield from pidfiles.forget(host, scene.left_on(host))
        yield Command(
            host,
            (DAEMON_UTIL, "start", CONFD),
            "answers for the master's configuration; it never ran on this node",
            undo=f"{DAEMON_UTIL} stop {CONFD}",
            ok=(0, 1),
        )
    yield from take_back(case, scene)


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """The other node leads, and all that a master runs does run there."""
    host = scene.short(case.target)
    if not leads(scene, host):
        yield Finding(host, f"{scene.master or 'nobody'} leads, not {host}", step=THIS_STEP)
    elif noted_elsewhere(scene):
        yield Finding("", "the note of a takeover names another master", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "handover",
        "The other node leads the cluster",
        "While a node is away somebody has to lead, and only a node that leads already goes on "
        "doing so: alone nobody wins a vote.",
        "gnt-cluster master-failover on the other node, if this one leads",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=3,
    )
