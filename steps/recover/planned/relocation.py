"""Instances on their way to another node: what the steps that move some of them have in common.

A move exchanges Ganeti's primary, and the same command once more exchanges it back. So each is
given only while the facts have the instance on the node that it is to leave, and the host asks
Ganeti once more in the command's own shell line.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from functools import partial

from steps.ganeti.facts.ganeti import Guest
from steps.ganeti.under_way import follow
from steps.health.facts.ciphers import CIPHERS
from steps.recover.copies import gate
from steps.recover.planned.live import stops
from steps.recover.planned.obstacles import (
    Pair,
    cluster_is_ill,
    no_room,
    obstacles,
    under_way,
)
from steps.recover.scene import Scene
from steps.recover.situations.words import GATE_LIFTED, LOOK_AGAIN
from steps.recover.steps.common import recovery_step
from wizard.answers import Instance
from wizard.model.accident import Case
from wizard.model.step import SUBMIT, THIS_STEP, Command, Danger, Finding, Kind, Prompt, Step

Pairs = Callable[[Case, Scene], list[Pair]]
"""The instances that are not where a step wants them, each with where it wants it."""
Concerned = Callable[[Case, Scene], list[Guest]]
"""The instances that a step is about, wherever they are."""
STOPPED = (
    "it is shut down here and started there: nobody reaches it until it has booted, one to three "
    "minutes as a rule, and its encrypted volume is locked until its passphrase is given"
)


def answers_for(scene: Scene, guest: Guest) -> Instance | None:
    """What the answers have for an instance."""
    for wanted in scene.answers.guests:
        if wanted.name == guest.name:
            return wanted
    return None


def not_running(scene: Scene, guests: list[Guest]) -> list[Guest]:
    """Those that should run and run nowhere, though their node answers: a move that was cut off."""
    idle = []
    for guest in guests:
        home = scene.primary(guest)
        if guest.state == "up" and home in scene.answering and not scene.runs_on(guest):
            idle.append(guest)
    return idle


def locks(scene: Scene, guest: Guest) -> Iterator[tuple[str, Prompt]]:
    """The device of each encrypted volume that a stop of this instance locks, and the passphrase
    that opens it again; the device is "" where the instance could not be looked at.
    """
    wanted = answers_for(scene, guest)
    if wanted is None:
        return
    label = f"Passphrase of {wanted.short}'s encrypted volume"
    prompt = Prompt(f"vault-{wanted.short}", label)
    ciphers = scene.read(wanted.short, CIPHERS)
    if ciphers is None and scene.answers.encrypted_on(wanted.short) is not None:
        yield "", prompt
    for cipher in ciphers or ():
        if not cipher.swap:
            yield cipher.source, prompt


def blockers(pairs: Pairs, concerned: Concerned, case: Case, scene: Scene) -> Iterator[Finding]:
    """Nothing while all are where they should be, and run."""
    wanted = [pair for pair in pairs(case, scene) if under_way(scene, pair[0]) is None]
    waiting = _to_be_started(pairs, concerned, case, scene)
    if wanted or waiting:
        yield from cluster_is_ill(scene)
    for guest, target in wanted:
        yield from obstacles(scene, guest, target)
    yield from no_room(scene, wanted)
    for guest in waiting:
        for objection in gate(scene, guest):
            yield Finding(scene.primary(guest), objection, mend=f"until {GATE_LIFTED}")


def _to_be_started(pairs: Pairs, concerned: Concerned, case: Case, scene: Scene) -> list[Guest]:
    """Those that are where they should be and do not run; the others are said to be stopped."""
    away = [guest.uuid for guest, _ in pairs(case, scene)]
    there = [guest for guest in concerned(case, scene) if guest.uuid not in away]
    idle = not_running(scene, there)
    return [guest for guest in idle if under_way(scene, guest) is None]


def plan(pairs: Pairs, concerned: Concerned, case: Case, scene: Scene) -> Iterator[Command]:
    """First what is under way is followed, and passphrases are tried; then one move after the
    other.
    """
    for guest in concerned(case, scene):
        job = under_way(scene, guest)
        if job is not None:
            why = f"it moves {guest.name} already: it is followed, not given twice"
            yield follow(scene.master, job.id, why)
    for guest in _to_be_started(pairs, concerned, case, scene):
        yield _start(scene, guest)
    for guest, target in pairs(case, scene):
        if under_way(scene, guest) is None:
            yield from _move(case, scene, guest, target)


def _start(scene: Scene, guest: Guest) -> Command:
    return Command(
        scene.master,
        ("gnt-instance", "startup", *SUBMIT, guest.name),
        f"Ganeti has it on {scene.primary(guest)} already, and it does not run",
        Danger.OUTAGE,
        undo=f"gnt-instance shutdown {guest.name}",
        kind=Kind.JOB,
        ok=(0, 1),
        minutes=1,
    )


def _move(case: Case, scene: Scene, guest: Guest, target: str) -> Iterator[Command]:
    source = scene.primary(guest)
    reason = stops(case, scene, source, target)
    if guest.state != "up":
        yield _failover(scene, guest, f"{guest.name} is stopped: only its home changes", "")
    elif reason:
        yield from _try_passphrase(scene, guest)
        yield _failover(scene, guest, f"it has to be stopped: {reason}", STOPPED)
    else:
        yield _migrate(scene, guest, target)


def _try_passphrase(scene: Scene, guest: Guest) -> Iterator[Command]:
    """A wrong one is better known while the volume is still open."""
    wanted = answers_for(scene, guest)
    volumes = list(locks(scene, guest))
    for source, prompt in volumes:
        # Of several, nobody knows which one this passphrase is for.
        if wanted is None or not source or len(volumes) > 1:
            continue
        yield Command(
            wanted.short,
            ("cryptsetup", "open", "--test-passphrase", "--tries", "1", "--", source),
            "a stop locks the volume: that the passphrase opens it is tried before that",
            Danger.READ,
            undo="none needed",
            prompts=(prompt,),
            title=f"try the passphrase of {source}",
            minutes=0.2,
        )


def _failover(scene: Scene, guest: Guest, why: str, risk: str) -> Command:
    return Command(
        scene.master,
        ("gnt-instance", "failover", "-f", *SUBMIT, guest.name),
        f"{why}; {risk}" if risk else why,
        Danger.OUTAGE if risk else Danger.CHANGE,
        risk=risk,
        undo="the same command once more",
        kind=Kind.JOB,
        ok=(0, 1),
        guard=still_there(scene, guest),
        turning=bool(risk),
        stage=1,
        minutes=2,
    )


def _migrate(scene: Scene, guest: Guest, target: str) -> Command:
    return Command(
        scene.master,
        ("gnt-instance", "migrate", "-f", *SUBMIT, guest.name),
        f"it goes on to run while its memory is copied to {target}; its volume stays open",
        Danger.OUTAGE,
        risk="it stands still for a moment at the end; if it fails, it goes on where it is",
        undo="the same command once more",
        kind=Kind.JOB,
        ok=(0, 1),
        guard=still_there(scene, guest),
        stage=1,
        minutes=5,
    )


def still_there(scene: Scene, guest: Guest) -> str:
    """A guard for the master: true while Ganeti has the instance on the node that it is to leave,
    and this node's side of each running disk is connected and whole.
    """
    config = scene.config
    source = config.node_name(guest.primary) if config else ""
    name = shlex.quote(guest.name)
    asked = f"timeout 60 gnt-instance list --no-headers -o pnode {name}"
    guard = f'[ "$({asked})" = {shlex.quote(source)} ] || {{ echo "it has moved"; exit 1; }}'
    minors = []
    for disk in scene.disks_of(guest) if guest.state == "up" else ():
        minor = disk.minor_on(scene.master)
        if minor is not None:
            minors.append(str(minor))
    if minors:
        whole = '"^ *$minor: cs:Connected .* ds:UpToDate/UpToDate "'
        guard += (
            f"; for minor in {' '.join(minors)}; do grep -q {whole} /proc/drbd || "
            '{ echo "minor $minor is not whole"; exit 1; }; done'
        )
    return guard


def verify(pairs: Pairs, concerned: Concerned, case: Case, scene: Scene) -> Iterator[Finding]:
    """Each is where it should be, and runs there and nowhere else."""
    for guest, target in pairs(case, scene):
        yield Finding(target, f"{guest.name} is not here yet", step=THIS_STEP)
    for guest in concerned(case, scene):
        expected = [scene.primary(guest)] if guest.state == "up" else []
        running = scene.runs_on(guest)
        if running != expected:
            where = " and ".join(running) or "nowhere"
            yield Finding(scene.primary(guest), f"{guest.name} runs {where}", mend=LOOK_AGAIN)


def relocation_step(
    case: Case,
    identity: str,
    title: str,
    reason: str,
    *,
    pairs: Pairs,
    concerned: Concerned,
) -> Step:
    """A step that brings each of these instances to its node."""
    return recovery_step(
        case,
        identity,
        title,
        reason,
        "gnt-instance migrate where it can run on, else gnt-instance failover, one after the other",
        plan=partial(plan, pairs, concerned),
        verify=partial(verify, pairs, concerned),
        blockers=partial(blockers, pairs, concerned),
        minutes=4,
    )
