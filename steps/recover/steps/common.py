"""What the steps after an accident share: whom they look at, what time it is, who is lost."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from steps.ganeti.facts.ganeti import Guest
from steps.recover.addresses import second_addresses
from steps.recover.clocks import told_by_the_look
from steps.recover.doctor import DOCTOR
from steps.recover.facts.presence import CARDS
from steps.recover.scene import Scene
from wizard.answers import Answers
from wizard.model.accident import Case
from wizard.model.facts import Facts
from wizard.model.recovery import HERE
from wizard.model.step import SUBMIT, Command, Danger, Finding, Kind, Step

T = TypeVar("T")
Judge = Callable[[Case, Scene], Iterable[Finding]]
Maker = Callable[[Case, Scene], Iterable[Command]]


def everybody(answers: Answers) -> Sequence[str]:
    """All that is looked at after an accident; of each the silence is told by the scene itself."""
    hosts = list(DOCTOR.facts(answers))
    if DOCTOR.here(answers):
        hosts.append(HERE)
    return hosts


def scene_of(answers: Answers, facts: Facts) -> Scene:
    """The scene at the time of these facts."""
    scene = Scene(answers, facts)
    return replace(scene, now=told_by_the_look(scene))


def lost_node(case: Case, scene: Scene) -> str:
    """The node that this accident is about, by short name: the claimed one, else the one that is
    away, else "".
    """
    if case.claim is not None:
        return scene.short(case.claim.node)
    away = [node.short for node in scene.nodes if node.short not in scene.answering]
    return away[0] if len(away) == 1 else ""


def acting(scene: Scene) -> bool:
    """Whether the master answers and its daemons run, so that jobs can be given."""
    return bool(scene.master) and scene.master in scene.leading


def start(scene: Scene, guest: Guest, why: str, danger: Danger = Danger.OUTAGE) -> Command:
    """Start an instance where Ganeti has it: only for one that runs nowhere, as Ganeti asks its
    primary alone (instance_operation.py, 152).
    """
    return Command(
        scene.master,
        ("gnt-instance", "startup", *SUBMIT, guest.name),
        why,
        danger,
        undo=f"gnt-instance shutdown {guest.name}",
        kind=Kind.JOB,
        ok=(0, 1),
        minutes=1,
    )


def has_on(guest: Guest, node: str) -> str:
    """A guard for the acting master, to which more may be added: it goes on while Ganeti has an
    instance on that node (full name), and ends else.

    A failover exchanges the primary before all else (instance_migration.py, 1107): given once more
    it would exchange it back.
    """
    asked = f"timeout 60 gnt-instance list --no-headers -o pnode {shlex.quote(guest.name)}"
    return f'[ "$({asked})" = {shlex.quote(node)} ] || {{ echo "it has moved"; exit 1; }}'


def quiet(scene: Scene, addresses: Sequence[str], near: Sequence[str] = ()) -> str:
    """A guard for the acting node: true while neither ping nor ARP hears any of these addresses.

    Those `near` are asked for by ARP alone: a ping might reach another machine that has the same
    address in another network. Without arping, or without a card to ask on, nothing is proved: it
    is false then.
    """
    bridge = shlex.quote(scene.answers.bridge.name)
    apart = shlex.quote(" ".join(second_addresses(scene.answers)))
    far = shlex.join(addresses)
    all_of_them = shlex.join([*addresses, *near])
    mac = "([0-9a-f]{2}:){5}[0-9a-f]{2}"
    return (
        f"command -v arping >/dev/null || exit 1; bridge={bridge}; apart={apart}; {CARDS}"
        f"for ip in {far}; do "
        'ping -c2 -W1 "$ip" >/dev/null 2>&1 && { echo "$ip answers ping"; exit 1; }; done; '
        f"for ip in {all_of_them}; do "
        'on=$(cards "$ip") || exit 1; for at in $on; do '
        f'arping -c2 -w2 -I "$at" "$ip" 2>/dev/null | grep -Eiq "{mac}" '
        '&& { echo "$ip answers ARP"; exit 1; }; done; done; true'
    )


def _nothing(case: Case, scene: Scene) -> Iterable[Finding]:
    return ()


def _on_the_scene(
    work: Callable[[Case, Scene], Iterable[T]], case: Case, answers: Answers, facts: Facts
) -> Iterable[T]:
    return work(case, scene_of(answers, facts))


def recovery_step(
    case: Case,
    identity: str,
    title: str,
    reason: str,
    now: str,
    *,
    plan: Maker,
    verify: Judge,
    blockers: Judge = _nothing,
    minutes: float = 1.0,
) -> Step:
    """A step whose blockers, plan and verification judge the scene; the silence of any host is a
    datum to it.
    """
    return Step(
        id=identity,
        title=title,
        reason=reason,
        then="",
        now=now,
        plan=partial(_on_the_scene, plan, case),
        verify=partial(_on_the_scene, verify, case),
        blockers=partial(_on_the_scene, blockers, case),
        hosts=everybody,
        may_miss=everybody,
        minutes=minutes,
    )
