"""Output of a long command, followed through one exec that tells regularly that it lives and can be
left.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from wizard.base.errors import ConnectionLost, Unreachable, WizardError
from wizard.base.exits import Exit
from wizard.base.plain import plain
from wizard.hosts.host import Host, OnOutput, Result

PATIENCE = 600.0
"""Seconds without reaching the host after which following ends; what was followed goes on there."""
PAUSE = 3.0
"""Seconds between two attempts to reach a host."""
BEAT = plain("\0")
"""What the remote side says every three seconds: no text has it, and it shows at once that the link
is broken.
"""

_SCRIPT = (
    '"$@" </dev/null & pid=$!; (trap "" PIPE; while sleep 3 >/dev/null 2>&1; do printf '
    '"\\000" 2>/dev/null || '
    '{ kill "$pid" 2>/dev/null; exit; }; done) & beat=$!; '
    'trap \'kill "$pid" "$beat" 2>/dev/null\' TERM HUP; '
    'wait "$pid"; rc=$?; kill "$beat" 2>/dev/null; exit "$rc"'
)


class LeftRunning(ConnectionLost):
    """The operator no longer wanted to wait: what was followed goes on, on its host."""

    code = Exit.INTERRUPTED


class Shown:
    """How much of a text that can be read again from its beginning was passed on, in lines and
    characters.

    Counting bytes is not possible once a text is decoded; line ends survive decoding, and the
    decoding of what follows a line end is always the same.
    """

    def __init__(self, on_output: OnOutput) -> None:
        self._on_output = on_output
        self.lines = self.column = self.chars = 0
        self._skip = 0

    def again(self, *, from_line: bool) -> None:
        """The text is read anew: from the line that was cut, or from its beginning."""
        self._skip = self.column if from_line else self.chars

    def take(self, text: str) -> None:
        """Pass on what was not passed on before."""
        dropped = min(self._skip, len(text))
        self._skip -= dropped
        text = text[dropped:]
        if not text:
            return
        self.lines += text.count("\n")
        self.column = (
            self.column + len(text) if "\n" not in text else len(text) - text.rindex("\n") - 1
        )
        self.chars += len(text)
        self._on_output(text)


def stream(host: Host, argv: Sequence[str], take: OnOutput, stop: threading.Event) -> Result:
    """Run a command that only reads and may last, passing its output to `take`.

    Raises LeftRunning within about a second of `stop`; then the command is ended on the host too.
    """

    def sift(text: str) -> None:
        if stop.is_set():
            raise LeftRunning("no longer followed; it goes on there", where=host.name)
        if text := text.replace(BEAT, ""):
            take(text)

    return host.run(("sh", "-c", _SCRIPT, "follow", *argv), on_output=sift)


def wait(stop: threading.Event, host: Host) -> None:
    """Pause between two attempts; raises LeftRunning when stopped meanwhile."""
    if stop.wait(PAUSE):
        raise LeftRunning("no longer followed; it goes on there", where=host.name)


def persist(
    host: Host, attempt: Callable[[], int | None], say: OnOutput, stop: threading.Event
) -> int:
    """Call `attempt` until it returns a number, however often the link breaks meanwhile.

    Any refusal, and a host that is not reached for PATIENCE seconds, end in ConnectionLost:
    whatever was followed goes on, so that its state is unknown and not "failed".
    """
    since: float | None = None
    while True:
        try:
            result = attempt()
            if result is not None:
                return result
            since = None
        except LeftRunning:
            raise
        except (ConnectionLost, Unreachable) as error:
            cut = isinstance(error, ConnectionLost)
            if since is None or cut:
                why = "connection lost" if cut else error.what
                say(f"{host.name}: {why}; the command goes on there, trying again\n")
                since = time.monotonic()
            if time.monotonic() - since >= PATIENCE:
                raise ConnectionLost(
                    f"not reached for {PATIENCE / 60:.0f} minutes while a command went on "
                    f"there ({error.what})",
                    where=host.name,
                    mend=(
                        "bring the host or the network back, then resume: the command is "
                        "found again"
                    ),
                ) from error
        except WizardError as error:
            raise ConnectionLost(
                error.what, where=error.where or host.name, mend=error.mend
            ) from error
        wait(stop, host)
