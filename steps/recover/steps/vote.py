"""Let the master's daemons ask for votes again, once every server answers."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti import pidfiles
from steps.recover.facts.daemons import RUNNING
from steps.recover.scene import Scene
from steps.recover.steps.common import acting, recovery_step
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Danger, Finding, Kind, Step

RESTART_AND_WAIT = f"""{pidfiles.RESTART}n=0
until timeout 20 gnt-job list >/dev/null 2>&1; do
  n=$((n + 1)); [ "$n" -lt 60 ] || exit 1; sleep 5
done"""
RESTARTED = "service ganeti stop; service ganeti start; wait until it takes jobs"


def unvoted(scene: Scene) -> list[str]:
    """The servers whose daemons of the master's role go around the vote."""
    hosts = []
    for host in scene.answering:
        running = scene.read(host, RUNNING)
        if running is not None and running.unvoted:
            hosts.append(host)
    return hosts


def all_well(scene: Scene) -> Iterator[Finding]:
    """A vote is won, and a move is safe, only while every server answers and belongs to the
    cluster.
    """
    for node in scene.nodes:
        if node.short not in scene.answering:
            yield Finding(node.short, "does not answer", mend="ganeti-wizard recover diagnose")
        elif scene.is_offline(node.short):
            yield Finding(node.short, "is marked offline", mend="the runbook `rejoin`")


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """Nobody could be asked."""
    if unvoted(scene):
        yield from all_well(scene)


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """The restart of Ganeti's daemons there: instances do not notice."""
    for host in unvoted(scene):
        yield Command(
            host,
            ("sh", "-c", RESTART_AND_WAIT, "restart"),
            "since the accident its daemons lead without a vote, which two could do at once",
            Danger.OUTAGE,
            risk="for a minute nothing can be managed; the instances run on",
            undo="none needed",
            kind=Kind.UNIT,
            title=RESTARTED,
            minutes=2,
        )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """The master leads by a vote."""
    for host in unvoted(scene):
        yield Finding(host, "its daemons go around the vote", step=THIS_STEP)
    if not acting(scene):
        yield Finding("", "no node acts as master", mend="ganeti-wizard recover diagnose")


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "vote",
        "Ask for votes again",
        "Daemons that were started without a vote would lead on, whatever the other node does.",
        f"on the master: {RESTARTED}",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=2,
    )
