"""All is well again, and the cluster does not stand as its answers have it: the way home."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti import orders
from steps.ganeti.facts.ganeti import Guest
from steps.recover.contenders import noted_elsewhere
from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.lineage import LINEAGE, TAKEOVER
from steps.recover.scene import Scene
from steps.recover.situations.words import by_hand, carried_out, instance, on
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation, Word
from wizard.model.step import Danger

Move = tuple[Evidence, Word]
"""What is not at home, and the command that brings it there."""


def home(scene: Scene) -> Iterator[Situation]:
    """Situation 28: all is well, and something is not where the answers have it."""
    if not _well(scene):
        return
    moves = [*_master(scene), *_guests(scene)]
    restarts = list(_unvoted(scene))
    stale = list(_stale_notes(scene))
    if not moves and not restarts and not stale:
        return
    evidence = [reason for reason, _ in (*moves, *restarts, *stale)]
    words = carried_out("home")
    # First the daemons that run without a vote: a master-failover asks for one.
    for _, word in (*restarts, *moves):
        words.append(word)
    words += _forget_the_note(scene)
    title = "the cluster is well, and not everything is at home"
    back = "Bring it home, with a short stop each"
    if not moves:
        back = "Let the daemons vote, and the note name the master; the instances run on"
    yield Situation(
        "home",
        title,
        Confidence.CERTAIN,
        tuple(evidence),
        (_stay(stale), Runbook("home", back, tuple(words), by_hand=False)),
    )


def _well(scene: Scene) -> bool:
    """Whether all servers answer and belong to one cluster, which one of them leads."""
    one = [scene.master] if scene.master else []
    members = scene.config.nodes if scene.config else ()
    whole = len(scene.answering) == len(scene.nodes) and scene.leading == scene.named == one
    return whole and bool(one) and not any(member.offline for member in members)


def _stay(stale: list[Move]) -> Runbook:
    text = "Move it in a quiet hour."
    if stale:
        text += " But put the note right: until then it forbids to go on without the other node."
    return Runbook("stay", "Leave it: it runs", (by_hand(text),))


def _stale_notes(scene: Scene) -> Iterator[Move]:
    """A note of a takeover whose master gave the role back by hand: the next accident would take
    what leads for an earlier life.
    """
    noted = noted_elsewhere(scene)
    if not noted or scene.leading != [scene.master] or scene.named != [scene.master]:
        return
    for host in scene.facts.hosts:
        if scene.takeover in scene.takeovers(host):
            what = f"the note of a takeover names {noted}, and {scene.master} leads"
            yield scene.evidence(LINEAGE, host, what), on(host, f"rm {TAKEOVER}")


def _forget_the_note(scene: Scene) -> Iterator[Word]:
    """By hand nobody writes a new note: the one that will not be true any more goes."""
    leaves = scene.master != scene.answers.first.short and not noted_elsewhere(scene)
    stale = list(_stale_notes(scene))
    if not scene.takeover.master or not (leaves or stale):
        return
    yield by_hand("As soon as the master is where it belongs, the note of the takeover goes:")
    for host in scene.facts.hosts:
        if any(note.master for note in scene.takeovers(host)):
            yield on(host, f"rm {TAKEOVER}")


def _master(scene: Scene) -> Iterator[Move]:
    wanted = scene.answers.first.short
    if scene.master != wanted:
        evidence = scene.evidence(LINEAGE, scene.master, "is the master")
        # It is typed on the node that is to become master (gnt-cluster(8)).
        yield evidence, on(wanted, orders.VOTED, Danger.OUTAGE)


def _guests(scene: Scene) -> Iterator[Move]:
    homes = {}
    for wanted_guest in scene.answers.guests:
        homes[wanted_guest.name] = wanted_guest.primary
    for guest in scene.guests:
        wanted = homes.get(guest.name)
        if wanted is not None and scene.primary(guest) != wanted and scene.mirrored(guest):
            yield _move(scene, guest, wanted)


def _move(scene: Scene, guest: Guest, wanted: str) -> Move:
    what = f"{guest.name} is on {scene.primary(guest)}, and its home is {wanted}"
    evidence = scene.evidence(LINEAGE, scene.believed, what)
    return evidence, instance(scene.master, "failover -f", guest.name, Danger.OUTAGE)


def _unvoted(scene: Scene) -> Iterator[Move]:
    for host in scene.answering:
        running = scene.read(host, RUNNING)
        if running is not None and running.unvoted:
            daemons = ", ".join(running.unvoted)
            what = f"{daemons} runs without a vote since an accident"
            evidence = scene.evidence(RUNNING, host, what)
            yield evidence, on(host, "service ganeti restart")
