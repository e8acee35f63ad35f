"""Situation 19: a mirror has lost a half."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.sizes import gib_up
from steps.disks.facts.md import MD, Array, Md
from steps.disks.wording import identified
from steps.ganeti.ways import way
from steps.recover.facts.history import HISTORY
from steps.recover.facts.media import MEDIA
from steps.recover.refusals import Refusal
from steps.recover.scene import Scene
from steps.recover.situations.words import by_hand, on
from steps.recover.storage.mirrors import Mirrors, mirrors, read_errors
from steps.recover.storage.newhalf import candidates
from steps.recover.storage.olddata import forgotten, old_data
from steps.recover.storage.replacement import CHOICE, offered
from wizard.model.accident import Option
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation, Word
from wizard.model.step import Danger


def mirror(scene: Scene) -> Iterator[Situation]:
    """One situation a server."""
    for host in scene.answering:
        md = scene.read(host, MD)
        lost = _lost(md) if md is not None else []
        if not lost:
            continue
        evidence = [scene.evidence(MD, host, _what_is_left(array)) for array in lost]
        now = mirrors(scene, host)
        if now is not None:
            evidence += _disks(scene, now)
        yield Situation(
            "disk",
            f"a mirror of {host} has lost a half",
            Confidence.CERTAIN,
            tuple(evidence),
            (_look_first(host), _replace_the_disk(scene, host, now)),
        )


def _lost(md: Md) -> list[Array]:
    """One that is rebuilt heals by itself."""
    lost = []
    for array in md.arrays:
        if array.active and array.degraded and array.action != "recover":
            lost.append(array)
    return lost


def _what_is_left(array: Array) -> str:
    left = [member.path for member in array.members if not member.faulty]
    lost = f"{array.path} has lost {array.degraded} of {array.raid_disks} halves"
    return f"{lost}; left: {', '.join(left) or 'nothing'}"


def _disks(scene: Scene, now: Mirrors) -> Iterator[Evidence]:
    """Which disk holds what is left, and what there is to be said of each other one."""
    if now.good is None:
        return
    what = f"{identified(now.good)} holds what is left: the only copy on this server"
    yield scene.evidence(MD, now.host, what)
    media = scene.read(now.host, MEDIA)
    for untold in forgotten(scene, now.host):
        yield scene.evidence(HISTORY, now.host, untold)
    for disk, refused in candidates(scene, now):
        errors = media.of(disk.name) if media else 0
        what = f"{identified(disk)}: {refused or 'may take the place of the lost half'}"
        if errors:
            what += f"; {errors} of its reads failed since the boot"
        yield scene.evidence("disks", now.host, what)


def _look_first(host: str) -> Runbook:
    words = (
        on(host, "lsblk -o NAME,SIZE,SERIAL,WWN,MODEL,MOUNTPOINTS", Danger.READ),
        on(host, "cat /proc/mdstat", Danger.READ),
        by_hand(
            "Note the serial number of the disk that is left, and compare it with the label "
            "of what you pull before you pull."
        ),
    )
    return Runbook("look", "See which disk is which, by its serial number", words)


def _replace_the_disk(scene: Scene, host: str, now: Mirrors | None) -> Runbook:
    known = list(offered(scene, now)) if now is not None and now.good is not None else []
    refused = _refusal(scene, host, now, known)
    return Runbook(
        "disk",
        "Give the mirrors their other half again",
        tuple(_words(host, now, known)),
        refused=refused.why,
        lifted=refused.lifted,
        by_hand=False,
    )


def _refusal(scene: Scene, host: str, now: Mirrors | None, known: list[Option]) -> Refusal:
    if now is None:
        return Refusal(f"the disks of {host} could not be read", "a whole look at them")
    if not now.degraded:
        return Refusal("it is no mirror of two halves", "nothing: it is mended by hand")
    if now.good is None:
        names = " and ".join(identified(disk) for disk in now.survivors()) or "no disk"
        return Refusal(
            f"what is left lies on {names}: no disk can be given up",
            "one disk holds a good half of every mirror",
        )
    older = old_data(scene, host)
    if older.why:
        return older
    errors = read_errors(scene, now)
    if errors:
        return Refusal(errors, "no read error of it; its instances may go to the other server")
    if not known:
        end = max(part.start + part.size for part in now.good.parts)
        return Refusal(
            f"no disk of {host} may take the place of the lost half",
            f"an empty disk of {gib_up(end)} or more is in {host}",
        )
    return Refusal()


def _words(host: str, now: Mirrors | None, known: list[Option]) -> Iterator[Word]:
    for option in known:
        command = f"{way('disk')} --choose {CHOICE}={option.value}"
        yield by_hand(f"{option.words}:")
        yield Word(command, danger=Danger.DESTROY, command=True)
    good = now.good.path if now and now.good else "GOOD"
    yield by_hand(
        "Or by hand, NEW being the new disk, by its serial number, and ARRAY each mirror:"
    )
    yield on(host, "mdadm ARRAY --fail PARTITION --remove PARTITION")
    table = f"sfdisk -d {good} | grep -v -e ^label-id -e ^last-lba | sed 's/, *uuid=[^,]*//'"
    yield on(host, f"{table} | sfdisk NEW", Danger.DESTROY)
    yield on(host, "mdadm ARRAY --add PARTITION", Danger.DESTROY)
    yield on(host, "cat /proc/mdstat", Danger.READ)
    yield on(host, "grub-install NEW")
