"""One node is silent and the other one goes on: when it may take over, and how it is done."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from steps.ganeti import orders
from steps.ganeti.facts.ganeti import Guest
from steps.platform.facts.xen import HYPERVISOR
from steps.recover.copies import Freshness, age, bound_to, minor_of, without_storage
from steps.recover.facts.drbdstates import DRBD_STATES
from steps.recover.facts.history import HISTORY
from steps.recover.moments import moment
from steps.recover.presence import presence
from steps.recover.scene import Disk, Scene
from steps.recover.situations.refusal import refusal
from steps.recover.situations.words import (
    carried_out,
    freeze,
    instance,
    open_volumes,
    thaw,
    wait,
)
from wizard.base.names import clause, together
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation
from wizard.model.step import Danger

IDENTITIES = {
    # (it was the master, instances ran on it)
    (True, True): "master-dead",
    (True, False): "master-idle-dead",
    (False, True): "node-dead",
    (False, False): "idle-dead",
}
"""Situations 5, 4, 2 and 3, in this order."""
RUNBOOKS = {
    (True, True): "master-dead",
    (True, False): "takeover",
    (False, True): "node-dead",
    (False, False): "node-offline",
}
"""What is done in each of them, once the node is known to be dead."""


@dataclass(frozen=True)
class Loss:
    """One silent node as the survivor's configuration has it: what is lost with it."""

    survivor: str
    lost: str
    was_master: bool
    ran: list[Guest]
    """The instances that should run there, and that the survivor has a copy of."""
    bound: list[Guest]
    """Those that should run there and can run nowhere else: their disks are there alone."""
    halved: list[Guest]
    """Those of which the survivor's copy is no whole data: they hold up nobody else."""
    idle: list[Guest]
    """Those that should run on a node that answers, and run nowhere that was seen."""

    @property
    def to_run(self) -> bool:
        """Whether any instance has to be started, here or from its copy."""
        return bool(self.ran or self.idle)

    @property
    def left(self) -> list[Guest]:
        """The instances that the silent node alone brings back."""
        return [*self.bound, *self.halved]


def take_over(scene: Scene, survivor: str, lost: str) -> Situation:
    """What is lost with a silent node, and how the survivor goes on without it.

    Waiting comes first: what merely stopped comes back by itself, and nothing is lost.
    """
    ran = to_be_run(scene, lost)
    left = [guest for guest in stranded(scene, lost) if guest not in ran]
    loss = Loss(
        survivor,
        lost,
        was_master=scene.master == lost,
        ran=ran,
        bound=[guest for guest in left if not scene.mirrored(guest)],
        halved=[guest for guest in left if scene.mirrored(guest)],
        idle=_idle(scene, lost),
    )
    ways = [_wait_first(scene, loss)]
    if loss.to_run or loss.was_master or not scene.goes_on_without(lost):
        ways.append(_go_on_alone(scene, loss))
    return Situation(
        IDENTITIES[loss.was_master, loss.to_run],
        _title(loss, several=_others_vote(scene)),
        Confidence.LIKELY,
        (*presence(scene, lost).signs, *_copies_of(scene, loss)),
        tuple(ways),
    )


def _idle(scene: Scene, lost: str) -> list[Guest]:
    """The instances at home on a node that answers, with a copy on the silent one, which run
    nowhere though each hypervisor that could be asked says what runs.
    """
    guests = []
    for guest in not_started(scene, lost):
        home = scene.read(scene.primary(guest), HYPERVISOR)
        if home is not None and not home.silent:
            guests.append(guest)
    return guests


def not_started(scene: Scene, lost: str) -> list[Guest]:
    """The instances that Ganeti has on a node that answers, that have a copy on the silent one, and
    that were seen running nowhere.
    """
    guests = []
    for guest in scene.guests:
        should_run = guest.state == "up"
        at_home = scene.primary(guest) in scene.answering
        if not should_run or not at_home or scene.runs_on(guest):
            continue
        # What has no copy on the silent node stopped for another reason.
        minors = [disk.minor_on(lost) for disk in scene.disks_of(guest)]
        shared = any(minor is not None for minor in minors)
        # Nor can one be started of which the silent node alone has the whole data.
        if shared and not bound_to(scene, guest, lost):
            guests.append(guest)
    return guests


def stranded(scene: Scene, lost: str) -> list[Guest]:
    """The instances that should run on a silent node."""
    return [guest for guest in scene.guests if scene.primary(guest) == lost and guest.state == "up"]


def to_be_run(scene: Scene, lost: str) -> list[Guest]:
    """Those of them that are to run from their copies elsewhere. Where there are none but such as
    the silent node alone has the data of, these: they are refused by name. Once the others went on
    without that node, these are left as well, and hold up no runbook that has run the others.
    """
    mirrored = [guest for guest in stranded(scene, lost) if scene.mirrored(guest)]
    if not others_to_save(scene, lost) and not _went_on(scene, lost):
        return mirrored
    return [guest for guest in mirrored if not bound_to(scene, guest, lost)]


def others_to_save(scene: Scene, lost: str) -> bool:
    """Whether there is something to go on with, whatever becomes of the instances that a silent
    node alone has the data of: others, be they at home here and stand still, or the master's role,
    without which nothing is restored.

    Nothing is gone on with beside one that runs here on the silent node's disk: the watcher of a
    new master would attach the disk again that DRBD gave up here (Ganeti 3.0.2, backend.py, 5600).
    """
    if any(_runs_over_the_network(scene, guest) for guest in scene.guests):
        return False
    if scene.master == lost or not scene.leading or _idle(scene, lost):
        return True
    return any(not bound_to(scene, guest, lost) for guest in stranded(scene, lost))


def _went_on(scene: Scene, lost: str) -> bool:
    """Whether the others were saved already, and nothing runs on the silent node's disk."""
    if any(_runs_over_the_network(scene, guest) for guest in scene.guests):
        return False
    return scene.goes_on_without(lost)


def _runs_over_the_network(scene: Scene, guest: Guest) -> bool:
    """Whether an instance is on a node that answers and has lost the storage of a disk there."""
    host = scene.primary(guest)
    return any(without_storage(scene, disk, host) for disk in scene.disks_of(guest))


def _title(loss: Loss, *, several: bool) -> str:
    role = "the master " if loss.was_master else ""
    effect = "no instance ran there"
    if loss.ran:
        names = [guest.name for guest in loss.ran]
        effect = f"{', '.join(names)} ran there"
    told = [effect] if loss.ran or not (loss.left or loss.idle) else []
    if loss.idle:
        names = [guest.name for guest in loss.idle]
        told.append(clause(names, "runs nowhere", "run nowhere"))
    for guests, lacks in ((loss.bound, "no copy"), (loss.halved, "no whole copy")):
        if guests:
            names = [guest.name for guest in guests]
            told.append(f"{clause(names, 'ran there and has', 'ran there and have')} {lacks}")
            told[-1] += " elsewhere" if several else f" on {loss.survivor}"
    effect = "; ".join(told)
    return f"{role}{loss.lost} is silent; {effect}"


def _wait_first(scene: Scene, loss: Loss) -> Runbook:
    text = orders.merely_stopped(loss.lost)
    if loss.left:
        names = together([guest.name for guest in loss.left])
        text += f" Only that brings {names} back."
    elif not loss.ran:
        serving = dict.fromkeys(host for guest in scene.guests for host in scene.runs_on(guest))
        if serving:
            text += f" The service runs on {together(list(serving))}."
    if loss.was_master and not loss.ran and not _others_vote(scene):
        # The vote counts every node, an offline one too.
        text += f" Do not reboot {loss.survivor}, and do not restart Ganeti there:"
        text += " alone it wins no vote."
    return wait(text)


def _others_vote(scene: Scene) -> bool:
    """Whether those that are left may win a vote: of two, one alone cannot."""
    return len(scene.nodes) > 2


def _going_on(scene: Scene, loss: Loss) -> str:
    if _others_vote(scene):
        return f"go on without {loss.lost}"
    return f"go on with {loss.survivor} alone"


def _go_on_alone(scene: Scene, loss: Loss) -> Runbook:
    survivor = loss.survivor
    to_run = [*loss.ran, *loss.idle]
    refused = refusal(scene, survivor, loss.lost, to_run)
    after_a_claim = refusal(scene, survivor, loss.lost, to_run, alone=True)
    identity = RUNBOOKS[loss.was_master, loss.to_run]
    words = [
        orders.power_off(loss.lost),
        *carried_out(identity, scene.answers.node(loss.lost).name),
        *freeze([survivor]),
    ]
    words += orders.go_on_alone(
        survivor,
        scene.answers.node(loss.lost).name,
        [shlex.quote(guest.name) for guest in loss.ran],
        was_master=loss.was_master,
        voted=_others_vote(scene),
    )
    for guest in loss.idle:
        words.append(instance(survivor, "startup", guest.name, Danger.OUTAGE))
    words += open_volumes(scene.answers, to_run)
    words += thaw([survivor])
    return Runbook(
        identity,
        f"Only when {loss.lost} is without power: {_going_on(scene, loss)}",
        tuple(words),
        refused=refused.why,
        lifted=refused.lifted,
        by_hand=False,
        claimable=bool(refused.why) and not after_a_claim.why,
    )


def _copies_of(scene: Scene, loss: Loss) -> Iterator[Evidence]:
    """How the survivor's copies of what ran elsewhere stand."""
    for guest in loss.ran:
        for disk in scene.disks_of(guest):
            for host, _ in disk.minors:
                if host == loss.lost:
                    continue
                minor = minor_of(scene, disk, host)
                if minor is not None:
                    what = f"{disk.label}: {minor.states}"
                    yield scene.evidence(DRBD_STATES, host, what)
                yield _freshness(scene, loss, disk, host)


def _freshness(scene: Scene, loss: Loss, disk: Disk, host: str) -> Evidence:
    known = age(scene, disk, host, loss.lost)
    what = f"{disk.label}: the copy on {host} is {known.freshness.value}"
    if known.freshness is Freshness.FRESH:
        # Signs of life come once an hour: what was written between the last one and the crash,
        # while the link was gone already, would show nowhere.
        what += f": no sign of {loss.lost} is later than its last feeding"
        what += f" (the latest is {known.sign}, {moment(known.life)})"
    elif known.freshness is Freshness.STALE:
        minutes = known.behind // 60
        what += f" by {minutes} min:"
        what += f" {known.sign} is later than its last feeding"
    elif known.freshness is Freshness.UNKNOWN:
        # DRBD calls any consistent copy UpToDate that was attached without its peer.
        what += ": UpToDate is no proof of it; type the failover only if that is accepted"
    return Evidence(HISTORY.name, host, what, known.fed)
