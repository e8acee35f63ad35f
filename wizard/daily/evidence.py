"""The evidence alone: the archive of each server that answers, for somebody who is asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.base.errors import WizardError
from wizard.daily.accident import begin
from wizard.daily.recovering import Recovering
from wizard.model.accident import Play, Recovery
from wizard.model.events import Emit, notes
from wizard.remote import keep

if TYPE_CHECKING:
    from wizard.run.session import Session


def keep_evidence(
    build: Session, recovery: Recovery, hosts: Sequence[str], emit: Emit
) -> tuple[Path, list[WizardError]]:
    """`keep_all` where no runbook is gone, in a folder of its own."""
    play = Play("evidence", "Keep the evidence", lambda case: ())
    return keep_all(Recovering(build, recovery, play, emit=emit), hosts)


def keep_all(run: Recovering, hosts: Sequence[str]) -> tuple[Path, list[WizardError]]:
    """Keep the archives of these servers; the folder, and what went wrong. Raises StateError when
    nothing can be written.
    """
    build = run.build
    accident = begin(build.store, run.play.id, run.clock())
    errors = []
    for host in hosts:
        command = run.recovery.evidence(host)
        path = accident.store.folder / command.keep
        try:
            rc = keep.run(build.hosts[host], command.argv, None, path, notes(run.emit, host))
        except WizardError as error:
            errors.append(error)
            continue
        if rc != 0:
            errors.append(WizardError(f"the evidence ended with {rc}", where=host))
    return accident.store.folder, errors
