"""The look after an accident: all machines side by side, each within a bound, and this one too.

What is looked at and how it is judged is the steps' affair; it comes in as a `Doctor`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from wizard.daily.rollcall import RollCall
from wizard.hosts.local import LocalHost
from wizard.model.events import Emit, ignore
from wizard.model.recovery import HERE, Doctor
from wizard.run.others import lock_facts
from wizard.run.within import Wanted, gather_within

if TYPE_CHECKING:
    from wizard.answers import Answers
    from wizard.hosts.host import Host
    from wizard.model.facts import Facts

SECONDS = 45.0
"""How long a machine may say nothing new; what arrived until then counts. An instance that boots
on a busy server needs more than 20 s from its first greeting by ssh to its first word.
"""


def with_here(answers: Answers, hosts: Mapping[str, Host], doctor: Doctor) -> dict[str, Host]:
    """The hosts, and this machine as one more place to look from."""
    everywhere = dict(hosts)
    if doctor.here(answers):
        everywhere[HERE] = LocalHost(HERE, need_root=False)
    return everywhere


def look_around(
    answers: Answers, hosts: Mapping[str, Host], doctor: Doctor, emit: Emit = ignore
) -> tuple[Facts, Mapping[str, float]]:
    """Look at all that the doctor wants to see; with when each answer was complete. Who answers is
    told at once.
    """
    wanted = []
    for name, lanes in {**doctor.facts(answers), HERE: doctor.here(answers)}.items():
        if lanes and name in hosts:
            first = [*lanes[0], *lock_facts(answers, name)]
            wanted.append(Wanted(hosts[name], [first, *lanes[1:]], SECONDS))
    rollcall = RollCall([one.host.name for one in wanted], emit)
    return gather_within(wanted, answers, rollcall.heard)
