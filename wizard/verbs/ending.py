"""How a command line ends: with an exit code and words, whatever happened."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from wizard.base import stdio
from wizard.base.errors import WizardError
from wizard.base.exits import Exit


def ended(work: Callable[[], int], folder: Callable[[], Path]) -> int:
    """The exit code of some work; what ends it is said on standard error.

    No traceback reaches the operator: that of an error which nobody foresaw is kept in `log/` of
    the state directory, `folder`, where there is one.
    """
    try:
        return int(work())
    except WizardError as error:
        stdio.complain(f"ganeti-wizard: {error}")
        return int(error.code)
    except KeyboardInterrupt:
        stdio.complain(
            "ganeti-wizard: interrupted; what runs on the hosts as a unit or a job goes on"
        )
        return int(Exit.INTERRUPTED)
    except Exception as error:
        from wizard.base.crash import foreseen

        told = foreseen(error, _log_place(folder))
        stdio.complain(f"ganeti-wizard: {told}")
        return int(told.code)


def _log_place(folder: Callable[[], Path]) -> Path:
    """The state directory, or a place where nothing can be kept: the trace is printed then."""
    try:
        return folder()
    except WizardError:
        return Path(os.devnull)
