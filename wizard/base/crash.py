"""An error that nobody foresaw: where it was, and its trace for the report."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from pathlib import Path

from wizard.base.errors import WizardError
from wizard.base.secrets import mask
from wizard.base.stdio import complain

HERE = Path(__file__).parents[2]
OWN = ("wizard", "steps", "screens")
"""This program's own folders; installed, libraries lie beside them."""


def foreseen(
    error: Exception,
    folder: Path,
    *,
    first: str = "",
    otherwise: Callable[[str], object] = complain,
) -> WizardError:
    """The error for the operator. Its trace, without secrets, goes into the state directory's log.

    Where that cannot be written, `otherwise` gets the trace; it must come out on standard error in
    the end. No directory is made for it: what only looks leaves nothing behind in a wrong place.
    `first` is what the operator does before reporting it. Never raises.
    """
    path = folder / "log" / "crash.log"
    trace = mask("".join(traceback.format_exception(error)))
    try:
        how = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_NOFOLLOW
        with os.fdopen(os.open(path, how, 0o600), "a", encoding="utf-8") as file:
            file.write(f"{trace}\n")
        report = f"report it with the end of {path}"
    except OSError:
        otherwise(trace)
        report = "report it with what standard error says"
    return WizardError(
        mask(f"the wizard itself failed: {type(error).__name__}: {error}"),
        where=_place(error),
        mend=f"{first}; then {report}" if first else report,
    )


def _place(error: Exception) -> str:
    """The last line of this program's own that the error came through."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(HERE) and path.relative_to(HERE).parts[0] in OWN:
            return f"{path.relative_to(HERE)}:{frame.lineno}"
    return ""
