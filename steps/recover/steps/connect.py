"""Connect the copies of the instances' disks, where the kernel's own rules allow it."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import Guest
from steps.recover.copies import gate, minor_of
from steps.recover.scene import Disk, Scene
from steps.recover.situations.apart import is_left_alone, is_parted
from steps.recover.situations.words import GATE_LIFTED
from steps.recover.steps.common import acting, recovery_step
from wizard.model.accident import Case
from wizard.model.step import SUBMIT, THIS_STEP, Command, Danger, Finding, Kind, Step

FOLLOW = r"""lost=0
while :; do
  left=
  for minor do
    line=$(grep "^ *$minor: " /proc/drbd)
    case $line in
      *'cs:Connected '*'ds:UpToDate/UpToDate '*) ;;
      *'cs:PausedSync'*' '[A-C]' '??p*|*'cs:PausedSync'*' '[A-C]' '???u*)
        left="$left $minor (paused by somebody: drbdsetup resume-sync)"; lost=$((lost + 1)) ;;
      *'cs:Connected '*|*'cs:Sync'*|*'cs:PausedSync'*|*'cs:WFBitMap'*|*'cs:WFSyncUUID'*)
        left="$left $minor"; lost=0 ;;
      *) left="$left $minor"; lost=$((lost + 1)) ;;
    esac
  done
  [ -n "$left" ] || exit 0
  [ "$lost" -lt 24 ] || { echo "no copying goes on:$left"; exit 1; }
  grep -A3 '^ *[0-9]*: ' /proc/drbd | grep -o "sync'ed:.*" | head -n 1
  sleep 5
done"""


def apart(scene: Scene) -> list[Guest]:
    """The instances of which some disk is not replicated though both its nodes could."""
    guests = []
    for guest in scene.guests:
        if any(_is_apart(scene, disk) for disk in scene.disks_of(guest)):
            guests.append(guest)
    return guests


def _is_apart(scene: Scene, disk: Disk) -> bool:
    members = [host for host, _ in disk.minors]
    return not any(scene.is_offline(host) for host in members) and is_parted(scene, disk)


def _left_alone(scene: Scene) -> list[Guest]:
    """The instances whose disks are connected, and inactive for Ganeti."""
    return [guest for guest in scene.guests if is_left_alone(scene, guest)]


def syncing(scene: Scene, host: str) -> list[int]:
    """The minors of a node of which one side is made the same as the other."""
    numbers = []
    for disk in scene.disks:
        minor = minor_of(scene, disk, host)
        if minor is not None and minor.synchronises:
            numbers.append(minor.number)
    return numbers


def _objections(scene: Scene, guest: Guest) -> Iterator[Finding]:
    for objection in gate(scene, guest):
        yield Finding(scene.primary(guest), objection, mend=f"until {GATE_LIFTED}")


def _ready(scene: Scene) -> list[Guest]:
    """Those that may be connected: what forbids it of one instance costs no other its copy."""
    return [guest for guest in apart(scene) if not list(gate(scene, guest))]


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """An acting master; and for every disk the right source, foretold before anything connects."""
    guests = apart(scene)
    if (guests or _left_alone(scene)) and not acting(scene):
        yield Finding("", "no node acts as master", mend="ganeti-wizard recover diagnose")
    if _ready(scene) or _left_alone(scene) or any(syncing(scene, host) for host in scene.answering):
        return
    for guest in guests:
        yield from _objections(scene, guest)


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """The connection of each instance's disks, then their way to the same state."""
    ready = _ready(scene)
    for guest in ready:
        why = f"both copies of {guest.name} answer, and the right one is the source"
        yield _activate(scene, guest, why, "none: what is copied over is older")
    connected = _left_alone(scene)
    for guest in connected:
        why = f"the copies of {guest.name} are the same, and Ganeti looks after them from then on"
        yield _activate(scene, guest, why, "none needed: they are active already")
    if ready or connected:
        return
    for host in scene.answering:
        numbers = [str(number) for number in syncing(scene, host)]
        if numbers:
            yield Command(
                host,
                ("sh", "-c", FOLLOW, "follow", *numbers),
                "until both copies are the same, only one of them is whole",
                Danger.READ,
                undo="none needed",
                kind=Kind.UNIT,
                title=f"wait until the minors {', '.join(numbers)} are UpToDate on both sides",
                minutes=10,
            )
            return


def _activate(scene: Scene, guest: Guest, why: str, undo: str) -> Command:
    return Command(
        scene.master,
        ("gnt-instance", "activate-disks", *SUBMIT, guest.name),
        why,
        undo=undo,
        kind=Kind.JOB,
        ok=(0, 1),
        minutes=2,
    )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """Every disk whose nodes both answer is Connected, UpToDate on both sides, and active."""
    for guest in _left_alone(scene):
        yield Finding("", f"Ganeti leaves the disks of {guest.name} alone", step=THIS_STEP)
    for guest in apart(scene):
        objections = list(_objections(scene, guest))
        yield from objections
        if not objections:
            yield Finding("", f"the copies of {guest.name} are not connected", step=THIS_STEP)
    for host in scene.answering:
        for number in syncing(scene, host):
            yield Finding(host, f"DRBD's minor {number} is not the same on both sides yet")


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "connect",
        "Connect the copies",
        "Two copies protect the data only while they are connected. Which one is the source is "
        "foretold from DRBD's own identifiers, as Ganeti does not wait for their agreement.",
        "gnt-instance activate-disks INSTANCE, then until all are UpToDate/UpToDate",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=10,
    )
