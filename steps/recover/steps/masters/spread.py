"""Let every node know the one master, so that the vote about it can be won."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import GANETI
from steps.ganeti.orders import TOLD
from steps.recover.addresses import NODED
from steps.recover.contenders import holders, noted_elsewhere, overwritten, right
from steps.recover.facts.presence import PRESENCE
from steps.recover.scene import Scene
from steps.recover.steps.common import acting, recovery_step
from steps.recover.steps.jobs.aside import forgotten, set_aside
from steps.recover.steps.lead import take_back
from wizard.base.names import clause
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Finding, Kind, Step

TELL = 'set -e; gnt-cluster add-tags "$1"; gnt-cluster remove-tags "$1"'
COPY_BACK = (
    "stop Ganeti there, put the copy's config.data back (gnt-masterd:gnt-confd, mode 640), start it"
)


def astray(scene: Scene) -> list[str]:
    """The nodes of the cluster that take another one for the master."""
    hosts = []
    for host in scene.answering:
        stored = scene.read(host, GANETI)
        names = stored.ssconf.get("master_node", ()) if stored is not None else ()
        if [scene.short(name) for name in names] != [scene.master] and not scene.is_offline(host):
            hosts.append(host)
    return hosts


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """The master must be able to write, and reach who is to be told."""
    master = right(case, scene)
    if not acting(scene) or master != scene.master:
        yield Finding(master, "does not act as master", mend="ganeti-wizard recover diagnose")
        return
    reason = overwritten(scene, master)
    if reason:
        # Whatever it is told from now on, it could not keep.
        yield Finding(master, reason, mend=COPY_BACK)
    view = scene.read(master, PRESENCE)
    for host in astray(scene):
        address = str(scene.answers.node(host).ip)
        heard = view.heard.get(address) if view is not None else None
        unheard = heard is None or dict(heard.ports).get(NODED) != "open"
        if host != master and unheard:
            yield Finding(master, f"does not reach noded of {host}", mend="mend the link first")


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """The configuration to all; the address, if the other one had it."""
    master = scene.master
    lost = astray(scene)
    for host in lost:
        why = f"they were given to {host} as the master, which it is not"
        yield from set_aside(case, host, forgotten(scene, host), why)
    if lost:
        yield _tell(master, lost)
    if master not in holders(scene):
        yield Command(
            master,
            ("gnt-cluster", "activate-master-ip"),
            "nobody holds the cluster's address",
            undo="gnt-cluster deactivate-master-ip --yes",
            kind=Kind.UNIT,
            ok=(0, 1),
            stage=1,
        )
    if not lost:
        yield from take_back(case, scene)


def _tell(master: str, lost: list[str]) -> Command:
    """wconfd sends its short facts (ssconf), the master's name among them, only when they are other
    than it sent last (Ganeti 3.0 to 3.1, WConfd/ConfigWriter.hs, distSSConfAsyncTask): `gnt-cluster
    redist-conf` changes none of them, and a node that another master wrote to kept that one's name
    (seen on machines). The cluster's tags are among them.
    """
    why = clause(
        lost,
        "takes another node for the master, and would vote for it",
        "take another node for the master, and would vote for it",
    )
    return Command(
        master,
        ("sh", "-c", TELL, "tell-anew", TOLD),
        f"{why}; with each change of the cluster's tags all nodes are told anew",
        undo="none needed: they are told what is in force already",
        kind=Kind.UNIT,
        stage=1,
        title=f"gnt-cluster add-tags {TOLD}; gnt-cluster remove-tags {TOLD}",
        minutes=1,
    )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """All name the same master, which has the address."""
    for host in astray(scene):
        yield Finding(host, f"does not take {scene.master} for the master", step=THIS_STEP)
    if scene.master not in holders(scene):
        yield Finding(scene.master, "does not hold the cluster's address", step=THIS_STEP)
    if noted_elsewhere(scene):
        yield Finding("", "the note of a takeover names another master", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "spread",
        "Let every node know the master",
        "A node that was the second master goes on to name itself: of two votes one would be "
        "against the master, and its own watcher would start the daemons again.",
        "gnt-cluster add-tags and remove-tags on the master, which tell all nodes anew",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=1,
    )
