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
    evidence = [reason for reason, _ in (*moves, *restarts, *stale)]
    if not evidence:
        return
    yield Situation(
        "home",
        "the cluster is well, and not everything is at home",
        Confidence.CERTAIN,
        tuple(evidence),
        (_stay(stale), _bring_home(scene, moves, restarts)),
    )


def _bring_home(scene: Scene, moves: list[Move], restarts: list[Move]) -> Runbook:
    """What the runbook does, in words; where nothing moves, nothing stops."""
    title = "Bring it home, with a short stop each"
    if not moves:
        title = "Let the daemons vote, and the note name the master; the instances run on"
    words = carried_out("home")
    # First the daemons that run without a vote: a master-failover asks for one.
    for _, word in (*restarts, *moves):
        words.append(word)
    words += _forget_the_note(scene)
    return Runbook("home", title, tuple(words), by_hand=False)


def _well(scene: Scene) -> bool:
    """Whether all servers answer and belong to one cluster, which one of them leads."""
    if len(scene.answering) != len(scene.nodes):
        return False
    if not scene.master or not _undisputed(scene):
        return False
    members = scene.config.nodes if scene.config else ()
    # A node that is marked offline is away for Ganeti, though it answers.
    return not any(member.offline for member in members)


def _undisputed(scene: Scene) -> bool:
    """Whether the master alone acts as master, and is the only one that the configurations name."""
    only = [scene.master]
    return scene.leading == only and scene.named == only


def _stay(stale: list[Move]) -> Runbook:
    """The safest way out: nothing is done now."""
    text = "Move it in a quiet hour."
    if stale:
        text += " But put the note right: until then it forbids to go on without the other node."
    return Runbook("stay", "Leave it: it runs", (by_hand(text),))


def _stale_notes(scene: Scene) -> Iterator[Move]:
    """A note of a takeover whose master gave the role back by hand: the next accident would take
    what leads for an earlier life.
    """
    noted = noted_elsewhere(scene)
    if not noted or not _undisputed(scene):
        return
    what = f"the note of a takeover names {noted}, and {scene.master} leads"
    for host in scene.facts.hosts:
        if scene.takeover in scene.takeovers(host):
            evidence = scene.evidence(LINEAGE, host, what)
            yield evidence, _forget_on(host)


def _forget_on(host: str) -> Word:
    """The command that removes the note of a takeover from a server."""
    return on(host, f"rm {TAKEOVER}")


def _forget_the_note(scene: Scene) -> Iterator[Word]:
    """By hand nobody writes a new note: the one that will not be true any more goes."""
    if not scene.takeover.master:
        return
    # Once the first server leads again, a note that names another one is wrong.
    away = scene.master != scene.answers.first.short
    will_be_stale = away and not noted_elsewhere(scene)
    is_stale = bool(list(_stale_notes(scene)))
    if not will_be_stale and not is_stale:
        return
    yield by_hand("As soon as the master is where it belongs, the note of the takeover goes:")
    for host in scene.facts.hosts:
        noted = [note.master for note in scene.takeovers(host)]
        if any(noted):
            yield _forget_on(host)


def _master(scene: Scene) -> Iterator[Move]:
    """The first server of the answers is the master's home."""
    wanted = scene.answers.first.short
    if scene.master == wanted:
        return
    evidence = scene.evidence(LINEAGE, scene.master, "is the master")
    # It is typed on the node that is to become master (gnt-cluster(8)).
    yield evidence, on(wanted, orders.VOTED, Danger.OUTAGE)


def _guests(scene: Scene) -> Iterator[Move]:
    """The instances away from home; one without a second copy cannot be moved by a failover."""
    homes = {}
    for wanted_guest in scene.answers.guests:
        homes[wanted_guest.name] = wanted_guest.primary
    for guest in scene.guests:
        wanted = homes.get(guest.name)
        if wanted is None or scene.primary(guest) == wanted:
            continue
        if scene.mirrored(guest):
            yield _move(scene, guest, wanted)


def _move(scene: Scene, guest: Guest, wanted: str) -> Move:
    now = scene.primary(guest)
    what = f"{guest.name} is on {now}, and its home is {wanted}"
    evidence = scene.evidence(LINEAGE, scene.believed, what)
    command = instance(scene.master, "failover -f", guest.name, Danger.OUTAGE)
    return evidence, command


def _unvoted(scene: Scene) -> Iterator[Move]:
    """Daemons that an accident's runbook started without asking the other servers."""
    for host in scene.answering:
        running = scene.read(host, RUNNING)
        if running is None or not running.unvoted:
            continue
        daemons = ", ".join(running.unvoted)
        what = f"{daemons} runs without a vote since an accident"
        evidence = scene.evidence(RUNNING, host, what)
        yield evidence, on(host, orders.RESTART)
