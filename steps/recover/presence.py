"""Whether a machine is there: a value with its evidence, never a boolean and never one probe alone.

Any sign of life counts, from whatever place. Silence counts only where somebody looked.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.recover.facts.presence import Heard, Heeded
from steps.recover.life import signs_of_life
from steps.recover.scene import Scene
from steps.recover.views import (
    addresses_of,
    hears_nobody_else,
    here,
    outside,
    places,
    views,
)
from wizard.base.names import counted
from wizard.model.recovery import Evidence, Presence, Standing


def presence(scene: Scene, host: str) -> Presence:
    """How one machine stands towards those who looked."""
    if host in scene.facts.raw:
        return _answering(scene, host)
    signs = list(signs_of_life(scene, host))
    looked = dict(views(scene, host))
    readings = _readings(scene, host, looked)
    near = []
    begun = []
    ended = []
    for place, view in looked.items():
        begun.append(view.begun)
        ended.append(view.ended)
        if view.arp:
            near.append(place)
    # Where only the login was tried, that was just now.
    now = scene.now if readings else 0
    silences = _silences(scene, host, looked)
    return Presence(
        _standing(signs, readings),
        (*signs, *silences),
        vantages=tuple(readings),
        near=tuple(near),
        readings=min(readings.values(), default=0),
        since=min(begun, default=now),
        until=max(ended, default=now),
    )


def _answering(scene: Scene, host: str) -> Presence:
    """It let the wizard in; a look that was cut off (a hung disk, say) makes it partial."""
    signs = [scene.evidence("ssh", host, "answers the wizard")]
    state = Standing.ANSWERS
    cut = scene.facts.cut.get(host)
    if cut is not None:
        state = Standing.PARTIAL
        signs.append(scene.evidence("ssh", host, cut.what))
    return Presence(
        state,
        tuple(signs),
        vantages=(here(scene),),
        readings=1,
    )


def _readings(scene: Scene, host: str, looked: dict[str, Heeded]) -> dict[str, int]:
    """How often each place looked for it."""
    readings = {}
    for place, view in looked.items():
        readings[place] = view.readings
    error = scene.facts.missing.get(host)
    place = here(scene)
    told = dict(places(scene, host))
    # A place whose own readings do not count, since it hears nobody, is none to log in from either.
    left_out = place in told and place not in looked
    # Outside of the servers' network nothing but the login can be tried: beside places that looked
    # several times it is none of its own.
    left_out = left_out or bool(readings and outside(scene.answers))
    if error is not None and error.reach.unanswered and not left_out:
        # The login that failed is one reading from where the program runs.
        readings.setdefault(place, 1)
    return readings


def _standing(signs: list[Evidence], readings: dict[str, int]) -> Standing:
    if signs:
        return Standing.ALIVE
    if readings:
        return Standing.SILENT
    return Standing.UNSEEN


def _silences(scene: Scene, host: str, looked: dict[str, Heeded]) -> Iterator[Evidence]:
    """Where nothing was heard, and how often it was asked."""
    error = scene.facts.missing.get(host)
    if error is not None and not error.reach.answered:
        yield Evidence("ssh", here(scene), error.what, scene.now)
    for place, view in looked.items():
        for address in addresses_of(scene, host):
            heard = view.heard.get(address.ip)
            if heard is not None and not heard.signs:
                asked = ", ".join(_asked_in_vain(view, heard))
                what = f"{address.ip}: {asked}; {counted(view.readings, 'reading')}"
                if hears_nobody_else(scene, place, view, host):
                    what += "; it hears no other machine either, and may itself be cut off"
                yield Evidence("presence", place, what, view.ended)


def _asked_in_vain(view: Heeded, heard: Heard) -> Iterator[str]:
    yield "no ping"
    if view.arp:
        yield "no ARP"
    for port, state in heard.ports:
        yield f"port {port} {state}"
