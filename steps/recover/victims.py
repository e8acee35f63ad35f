"""A split brain, as it is decided: of which instance, on which node the data is thrown away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from steps.ganeti.facts.ganeti import Guest
from steps.recover.copies import copy_on, foreseen, minor_of
from steps.recover.facts.drbdstates import DRBD_STATES
from steps.recover.forecast import Outcome
from steps.recover.refusals import Refusal
from steps.recover.scene import Disk, Scene
from wizard.answers import Answers
from wizard.model.accident import Choice, Option
from wizard.model.facts import Facts

VICTIM = "victim"
"""The id of the choice; its values are NODE/INSTANCE, both as Ganeti's commands take them."""
DIVERGED = (
    Outcome.DIVERGED,
    Outcome.DIVERGED_MANUAL,
    Outcome.UNRELATED,
    # DRBD would settle this one by itself, by who connects first: as good as a split brain.
    Outcome.BY_CHANCE,
)


@dataclass(frozen=True)
class Side:
    """One way to decide: what `victim` has of an instance is overwritten by what `survivor` has."""

    guest: Guest
    victim: str
    survivor: str

    @property
    def word(self) -> str:
        """What is chosen, and typed to agree to it."""
        return f"{self.victim}/{self.guest.name}"


def diverged(scene: Scene, guest: Guest) -> bool:
    """Whether a person has to decide about any disk of it: both sides wrote to one, or one side is
    ahead with one disk and the other side with another, so that no node has the newest of all.
    """
    sources = set()
    for disk in scene.disks_of(guest):
        forecast = foreseen(scene, disk)
        if forecast is not None and forecast.outcome in DIVERGED:
            return True
        if forecast is not None and forecast.source:
            sources.add(forecast.source)
    return len(sources) > 1


def sides(scene: Scene, guest: Guest) -> Iterator[Side]:
    """Both ways to decide about an instance, possible or not."""
    holders: list[str] = []
    for disk in scene.disks_of(guest):
        for host, _ in disk.minors:
            if host and host not in holders:
                holders.append(host)
    if len(holders) == 2:
        yield Side(guest, holders[0], holders[1])
        yield Side(guest, holders[1], holders[0])


def possible(scene: Scene) -> Iterator[Side]:
    """Every way that nothing speaks against."""
    for guest in scene.guests:
        if diverged(scene, guest):
            for side in sides(scene, guest):
                if not refusal(scene, side).why:
                    yield side


def chosen(values: Mapping[str, str], scene: Scene) -> Side | None:
    """What somebody decided in this run, whether it is possible or not; None for nothing."""
    for guest in scene.guests:
        for side in sides(scene, guest):
            if side.word == values.get(VICTIM):
                return side
    return None


def refusal(scene: Scene, side: Side) -> Refusal:
    """Why nothing may be thrown away like this."""
    for disk in scene.disks_of(side.guest):
        forecast = foreseen(scene, disk)
        if forecast is None:
            return Refusal(
                f"{disk.label}: the identifiers of both copies could not be read",
                "both nodes show the identifiers of each disk",
            )
        if forecast.outcome is Outcome.UNRELATED:
            return Refusal(
                f"{disk.label}: {forecast}: it may be another disk's copy",
                "both copies are of one disk",
            )
        if not _whole(scene, disk, side.survivor):
            return Refusal(
                f"{disk.label} on {side.survivor} is not whole, and would be what is kept",
                f"it is UpToDate on {side.survivor}",
            )
    return Refusal()


def _whole(scene: Scene, disk: Disk, host: str) -> bool:
    copy = copy_on(scene, disk, host)
    minor = minor_of(scene, disk, host)
    if copy is None or not copy.complete or not copy.generation.up_to_date:
        return False
    return minor is None or minor.disk == "UpToDate"


def undecided(scene: Scene, side: Side) -> list[Disk]:
    """The disks that would not come from the survivor yet: all that is to be overwritten."""
    disks = []
    for disk in scene.disks_of(side.guest):
        forecast = foreseen(scene, disk)
        if forecast is None or not forecast.allows(side.survivor):
            disks.append(disk)
    return disks


def _options(answers: Answers, facts: Facts) -> tuple[Option, ...]:
    scene = Scene(answers, facts)
    options = []
    for side in possible(scene):
        lost = f"what {side.victim} alone has of {side.guest.name} is thrown away"
        counted = changed_kib(scene, side.guest, side.victim)
        if counted:
            lost += f" (up to {counted} KiB differ by its count)"
        options.append(Option(side.word, f"{lost}; {side.survivor}'s copy is kept"))
    return tuple(options)


def changed_kib(scene: Scene, guest: Guest, host: str) -> int:
    """What a node counts as changed there since the copies parted; 0 for nothing or unknown."""
    states = scene.read(host, DRBD_STATES)
    total = 0
    for disk in scene.disks_of(guest):
        number = disk.minor_on(host)
        if states is not None and number is not None:
            total += states.oos.get(number, 0)
    return total


CHOICE = Choice(VICTIM, "Whose data is thrown away, NODE/INSTANCE?", _options)
