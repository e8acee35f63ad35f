"""Two nodes were down and one is back: was it the last one up, and what is lost if it was not."""

from __future__ import annotations

from steps.ganeti.facts.ganeti import Guest
from steps.recover.copies import age, copy_on
from steps.recover.moments import moment
from steps.recover.scene import Disk, Scene
from wizard.answers import Answers
from wizard.model.accident import Choice, Option
from wizard.model.facts import Facts

OLDER = "older"
"""The id of the choice; its value is the node whose older copies are gone on with."""


def was_last(scene: Scene, disk: Disk, host: str) -> bool:
    """Whether a copy went on after its peer was gone."""
    copy = copy_on(scene, disk, host)
    return copy is not None and copy.generation.outlived


def last_up(scene: Scene, host: str) -> bool:
    """Whether every disk that counts says that this node was the last one up. If not, its peer may
    hold newer data, and to start here would make the two diverge.
    """
    return not older(scene, host)


def older(scene: Scene, host: str) -> list[Guest]:
    """The instances that should run and of which the copy on this node may be the older one."""
    guests = []
    for guest in scene.guests:
        if guest.state != "up":
            continue
        last = [was_last(scene, disk, host) for disk in scene.disks_of(guest)]
        if not all(last):
            guests.append(guest)
    return guests


def window(scene: Scene, guest: Guest, host: str, peer: str) -> str:
    """From when until when the peer may have written what this copy lacks."""
    ages = [age(scene, disk, host, peer) for disk in scene.disks_of(guest)]
    fed = min((known.fed for known in ages), default=0)
    life = max((known.life for known in ages), default=0)
    since = "a time that nobody knows"
    if fed:
        since = moment(fed)
    until = "it went down"
    if life:
        until = f"its last sign of life, {moment(life)}, and longer"
    return f"what {peer} wrote of {guest.name} from {since} until {until}"


def _options(answers: Answers, facts: Facts) -> tuple[Option, ...]:
    """The one node that answers, with what is given up there; none while both answer."""
    scene = Scene(answers, facts)
    if len(scene.answering) != 1 or len(scene.nodes) != 2:
        return ()
    (host,) = scene.answering
    peer = next(node.short for node in scene.nodes if node.short != host)
    lost = [window(scene, guest, host, peer) for guest in older(scene, host)]
    if not lost:
        return ()
    given_up = "; ".join(lost)
    words = f"its older copies are gone on with; given up is {given_up}"
    return (Option(host, words),)


CHOICE = Choice(
    OLDER,
    "The other node may hold newer data: power it on first. Go on from older copies all the same?",
    _options,
)
