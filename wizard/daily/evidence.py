"""The evidence alone: the archive of each server that answers, for somebody who is asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from wizard.base.errors import WizardError
from wizard.daily.accident import begin
from wizard.daily.recovering import Recovering
from wizard.model.events import notes
from wizard.remote import keep


def keep_all(run: Recovering, hosts: Sequence[str]) -> tuple[Path, list[WizardError]]:
    """Keep the archives of these servers; the folder, and what went wrong. Raises StateError when
    nothing can be written.
    """
    build = run.build
    accident = begin(build.store, run.play.id, run.clock())
    errors = []
    for host in hosts:
        command = run.recovery.evidence(build.answers, host)
        path = accident.store.folder / command.keep
        try:
            rc = keep.run(build.hosts[host], command.argv, None, path, notes(run.emit, host))
        except WizardError as error:
            errors.append(error)
            continue
        if rc != 0:
            errors.append(WizardError(f"the evidence ended with {rc}", where=host))
    return accident.store.folder, errors
