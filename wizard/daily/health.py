"""The cluster's health as values: one verdict a check and host, a report of all, and how both are
gathered.

What is looked at and how it is judged is the steps' affair; it comes in as a `Checkup`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from wizard.base.errors import WizardError
from wizard.model.facts import Facts
from wizard.model.verdicts import Checkup, Level, Report, Verdict
from wizard.run.gather import gather
from wizard.run.others import lock_facts, locks

if TYPE_CHECKING:
    from wizard.answers import Answers
    from wizard.hosts.host import Host
    from wizard.run.session import Session

VERIFY_SECONDS = 900.0
"""How long `gnt-cluster verify` may take; a lab cluster needs one minute."""


def look(session: Session, checkup: Checkup, *, fresh: bool = False) -> Report:
    """Look at all hosts side by side and judge. A host that cannot be reached is a verdict, never
    an error.

    With `fresh`, Ganeti verifies the cluster first, which takes a minute and more and adds jobs to
    its queue.
    """
    begun = time.monotonic()
    answers = session.answers
    failed = _verify(session.hosts, answers, checkup) if fresh else ()
    facts = _gather(session.hosts, answers, checkup)
    verdicts = (*failed, *checkup.judge(answers, facts))
    now = time.time()
    held = tuple(locks(facts, session.store.folder, now))
    seconds = time.monotonic() - begun
    return Report(answers.hosts.cluster_name, verdicts, now, seconds, held)


def _gather(hosts: Mapping[str, Host], answers: Answers, checkup: Checkup) -> Facts:
    """What the checks are about, and in the same exec who holds the locks."""
    wanted = []
    for name, facts in checkup.facts(answers).items():
        if name in hosts:
            wanted.append((hosts[name], [*facts, *lock_facts(answers, name)]))
    return gather(wanted, answers)


def _verify(hosts: Mapping[str, Host], answers: Answers, checkup: Checkup) -> tuple[Verdict, ...]:
    command = checkup.verify(answers, _gather(hosts, answers, checkup))
    if command is None or command.host not in hosts:
        return (
            Verdict(
                "verify",
                "",
                Level.UNKNOWN,
                "no node that answers is the master: nothing was verified",
            ),
        )
    try:
        hosts[command.host].run(command.argv, timeout=VERIFY_SECONDS)
    except WizardError as error:
        return (
            Verdict(
                "verify",
                command.host,
                Level.UNKNOWN,
                f"not verified afresh: {error.what}",
                error.mend,
            ),
        )
    return ()
