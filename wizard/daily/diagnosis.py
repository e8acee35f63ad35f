"""The look after an accident: all machines side by side, each within a bound, and this one too.

What is looked at and how it is judged is the steps' affair; it comes in as a `Doctor`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from wizard.hosts.guest import is_guest
from wizard.hosts.local import LocalHost
from wizard.model.recovery import HERE, Diagnosis, Doctor
from wizard.run.within import Wanted, gather_within

if TYPE_CHECKING:
    from wizard.answers import Answers
    from wizard.hosts.host import Host

SECONDS = 45.0
"""How long a server may take; what arrived until then counts."""
GUEST_SECONDS = 20.0
"""How long an instance may take: it is reached through the servers, one after the other."""


def diagnose(answers: Answers, hosts: Mapping[str, Host], doctor: Doctor) -> Diagnosis:
    """Look and judge. It changes nothing on any host, and raises for none."""
    taken = time.time()
    begun = time.monotonic()
    wanted = []
    for name, lanes in doctor.facts(answers).items():
        if name in hosts:
            seconds = GUEST_SECONDS if is_guest(hosts[name]) else SECONDS
            wanted.append(Wanted(hosts[name], lanes, seconds))
    here = doctor.here(answers)
    if here:
        wanted.append(Wanted(LocalHost(HERE, need_root=False), here, SECONDS))
    facts, arrived = gather_within(wanted, answers)
    findings = doctor.judge(answers, facts, arrived, time.time())
    return Diagnosis(
        cluster=answers.hosts.cluster_name,
        taken=taken,
        seconds=time.monotonic() - begun,
        findings=findings,
    )
