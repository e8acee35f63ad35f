"""Which steps each runbook is made of. All but the one that cannot wait begin by keeping others and
the watcher away and the evidence, and end with the service.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import partial

from steps.recover import lastup, victims
from steps.recover.contenders import RIGHT
from steps.recover.doctor import DOCTOR
from steps.recover.steps import bundle, freeze, thaw
from steps.recover.storage.replacement import NEW_DISK
from wizard.model.accident import Case, Choice, Play, Recovery
from wizard.model.step import Step

FIRST = ("hold", "bundle", "freeze")
LAST = ("service", "thaw")


def _whole(names: tuple[str, ...], case: Case) -> tuple[Step, ...]:
    return _steps((*FIRST, *names, *LAST), case)


def _steps(names: tuple[str, ...], case: Case) -> tuple[Step, ...]:
    return assembled([f"steps.recover.steps.{name}" for name in names], case)


def assembled(modules: Sequence[str], case: Case) -> tuple[Step, ...]:
    """The steps of these modules, in order. What comes between the pause of the watcher and the
    service sees to it that the pause is still in force.
    """
    steps: list[Step] = []
    frozen = False
    for module in modules:
        made: Step = importlib.import_module(module).step(case)
        works = frozen and made.id not in LAST
        steps.append(freeze.again(case, made) if works else made)
        frozen = frozen or made.id == "freeze"
    return tuple(steps)


def _play(
    identity: str,
    title: str,
    *names: str,
    claims: bool = False,
    choices: tuple[Choice, ...] = (),
) -> Play:
    return Play(identity, title, partial(_whole, names), claims, choices)


PLAYS = (
    _play(
        "node-dead",
        "A dead node's instances run on the other one",
        "offline",
        "move",
        claims=True,
    ),
    _play(
        "node-offline",
        "A dead node that only stood by is marked offline",
        "offline",
        claims=True,
    ),
    _play(
        "takeover",
        "The survivor becomes master; all instances run on it already",
        "takeover",
        claims=True,
    ),
    _play(
        "master-dead",
        "The survivor becomes master and runs the dead master's instances",
        "takeover",
        "move",
        claims=True,
    ),
    _play(
        "alone",
        "A master that restarted alone leads without a vote, and runs what ran on the other one",
        "alone",
        "move",
        claims=True,
    ),
    _play(
        "first-back",
        "Both were down: the node that is back goes on alone, as master",
        "parted.lead",
        "takeover",
        "move",
        claims=True,
        choices=(lastup.CHOICE,),
    ),
    _play("rejoin", "A node that is back is taken in again", "readd", "connect"),
    _play(
        "reconnect",
        "The copies of the disks are connected again, from the newer one",
        "parted.flip",
        "connect",
    ),
    _play(
        "split-brain",
        "One side's data is thrown away, and the copies are connected again",
        "parted.part",
        "parted.snapshot",
        "parted.discard",
        "parted.flip",
        "connect",
        choices=(victims.CHOICE,),
    ),
    _play("home", "Master and instances go back home", "vote", "lead", "bring"),
    _play(
        "queue",
        "The job queue goes on, and what was given up is started",
        "jobs.unblock",
        "jobs.start",
    ),
    _play(
        "disk",
        "A server's mirrors get their other half again",
        # A name of the lost disk that md still holds must not meet a partition of the new one.
        "disk.drop",
        "disk.table",
        "disk.add",
        "disk.boot",
        choices=(NEW_DISK,),
    ),
    _play(
        "start-master",
        "The master's daemons are started again, by a vote",
        "masters.start",
    ),
    _play(
        "one-master",
        "One of two masters is left, and leads by a vote",
        "masters.stand_down",
        "masters.spread",
        "vote",
        choices=(RIGHT,),
    ),
    _play(
        "let-go",
        "Memory that dead connections keep is let go: instances end and start again",
        "jobs.start",
    ),
    _play("startup", "What runs nowhere is started", "jobs.start"),
    _play("service", "Volumes are opened and what they protect is started"),
    # No evidence is worth a second of two copies that both write; and nothing thaws afterwards,
    # as the watcher would connect what has diverged.
    Play(
        "twice",
        "The second copy of an instance is held still at once",
        partial(_steps, ("pause", *FIRST)),
    ),
)


def _thaw(case: Case) -> tuple[Step, ...]:
    return (thaw.step(case),)


RECOVERY = Recovery(
    doctor=DOCTOR,
    plays={play.id: play for play in PLAYS},
    thaw=_thaw,
    evidence=bundle.evidence,
)
