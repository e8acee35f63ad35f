"""Give the master's role back to the server that the answers have for it."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti import pidfiles
from steps.recover.contenders import noted_elsewhere
from steps.recover.scene import Scene
from steps.recover.steps.common import acting, recovery_step
from steps.recover.steps.jobs.aside import forgotten, set_aside, unknown_queue
from steps.recover.steps.takeover import note
from steps.recover.steps.vote import all_well, unvoted
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Danger, Finding, Kind, Step


def leads(scene: Scene, host: str) -> bool:
    """Whether a server leads, by its configuration and by its daemons."""
    return scene.master == host and acting(scene)


def at_home(scene: Scene) -> bool:
    """Whether the wanted server leads."""
    return leads(scene, scene.answers.first.short)


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """The other one leads, by a vote, and all answer."""
    if not at_home(scene):
        yield from cannot_vote(scene, scene.answers.first.short)
        yield from _no_candidate(scene, scene.answers.first.name)


def _no_candidate(scene: Scene, name: str) -> Iterator[Finding]:
    """A node that `gnt-cluster master-failover` does not let lead: one that was drained, say."""
    member = scene.config.node(name) if scene.config else None
    if member is not None and not member.candidate:
        first = f"gnt-node modify -D no {name}; " if member.drained else ""
        mend = f"{first}gnt-node modify -C yes {name}"
        yield Finding(scene.short(name), "is no candidate for the master's role", mend=mend)


def cannot_vote(scene: Scene, wanted: str) -> Iterator[Finding]:
    """Why the master's role cannot be handed to the wanted server by a vote."""
    yield from all_well(scene)
    if not acting(scene):
        yield Finding("", "no node acts as master", mend="ganeti-wizard recover diagnose")
    for host in unvoted(scene):
        yield Finding(host, "its daemons go around the vote", step="vote")
    yield from unknown_queue(scene, wanted)


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """The hand-over, where it is not at home; then what tells of the master."""
    if at_home(scene):
        yield from take_back(case, scene)
    else:
        yield from hand_over(case, scene, scene.answers.first.short)


def hand_over(case: Case, scene: Scene, host: str) -> Iterator[Command]:
    """What the master has in memory reaches the disks first, as Ganeti's own tests do it."""
    why = "they are queued there since an earlier life, and it would run them as soon as it leads"
    yield from set_aside(case, host, forgotten(scene, host), why)
    yield from pidfiles.forget(host, scene.left_on(host))
    yield Command(
        scene.master,
        ("gnt-debug", "wconfd", "flushconfig"),
        "the configuration is on every node's disk before its master changes",
        undo="none needed",
        ok=(0, 1),
    )
    yield Command(
        host,
        ("gnt-cluster", "master-failover"),
        "typed on the node that is to lead; all nodes vote",
        Danger.OUTAGE,
        risk="for two minutes nothing can be managed; the instances run on",
        undo=f"gnt-cluster master-failover on {scene.master}",
        kind=Kind.UNIT,
        ok=(0, 1),
        turning=True,
        stage=1,
        minutes=2,
    )


def take_back(case: Case, scene: Scene) -> Iterator[Command]:
    """A note that names the other server would forbid the next takeover: it is replaced."""
    former = noted_elsewhere(scene)
    if former:
        yield from note(case, scene, scene.answering, master=scene.master, former=former)


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """It leads."""
    if not at_home(scene):
        wanted = scene.answers.first.short
        yield Finding(wanted, f"{scene.master or 'nobody'} leads, not {wanted}", step=THIS_STEP)
    elif noted_elsewhere(scene):
        yield Finding("", "the note of a takeover names another master", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "lead",
        "Bring the master's role home",
        "Notes, card and habits name one server as master; the next accident is met better when "
        "they are right.",
        "gnt-cluster master-failover, on the server that is to lead",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=3,
    )
