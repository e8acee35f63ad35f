"""What one machine's clock says, and its moments by the clock of another one: what two machines
noted can be put in order by nothing else, since a clock may be hours off.
"""

from __future__ import annotations

from steps.recover.facts.presence import PRESENCE
from steps.recover.facts.pulse import PULSE
from steps.recover.scene import Scene
from steps.recover.views import here


def clock(scene: Scene, host: str) -> int:
    """A host's own clock; 0 when it was not told."""
    pulse = scene.read(host, PULSE)
    return pulse.now if pulse is not None else 0


def converted(scene: Scene, moment: int, place: str, host: str) -> int | None:
    """A moment that `place` noted, by the clock of `host` as both run now; None where one of the
    two did not tell its time. All are asked at about the same moment.
    """
    if place == host:
        return moment
    theirs = clock(scene, place)
    own = clock(scene, host)
    if not theirs or not own:
        return None
    return moment + own - theirs


def told_by_the_look(scene: Scene) -> int:
    """The time of a look by the look itself, which is all that a step knows of the time: by the
    clock of the machine that this runs on, or else by the latest of the servers'; 0 for none. Two
    looks of one run can be compared by it, whatever clock that is.
    """
    view = scene.read(here(scene), PRESENCE)
    if view is not None and view.ended:
        return view.ended
    clocks = [clock(scene, host) for host in scene.answering]
    return max(clocks, default=0)
