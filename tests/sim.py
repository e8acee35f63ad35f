"""A made-up host for fast tests and screenshots: answers fact scripts from recorded texts. Never
proof of a step.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from wizard.base.errors import ConnectionLost, WizardError
from wizard.hosts.host import OnOutput, Result

_MARK = re.compile(r"^echo '(@@gw-[0-9a-f]+) ([^']+)'$", re.M)
Answer = Result | WizardError | str


@dataclass
class SimHost:
    """`texts` holds the raw output per fact; `on_run` is called with each command and may change
    `texts`.

    What `on_run` returns decides the outcome: a Result, an error to raise, a text (success with
    that output) or None (success). `delay` is in seconds, per command.
    """

    name: str
    texts: dict[str, str] = field(default_factory=dict)
    on_run: Callable[[SimHost, tuple[str, ...], bytes | None], Answer | None] | None = None
    is_self: bool = False
    delay: float = 0.0
    down: WizardError | None = None
    hung: str = ""
    """The fact that never ends: what comes before it is said, then the link breaks."""
    lock: Callable[[tuple[str, ...]], Result] = lambda argv: Result(0, "free  - - -\n", "", 0.0)
    """What becomes of the script of `wizard.remote.host_lock`; it is no command of a plan."""
    ran: list[tuple[str, ...]] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes | None = None,
        timeout: float | None = None,
        on_output: OnOutput | None = None,
    ) -> Result:
        """Answer a fact script from `texts`, or hand the command to `on_run`."""
        if self.down is not None:
            raise self.down
        if tuple(argv[3:4]) == ("host-lock",):
            return self.lock(tuple(argv))
        if tuple(argv) == ("sh", "-s") and stdin is not None:
            return self._look(stdin.decode(), on_output)
        self.ran.append(tuple(argv))
        begun = time.monotonic()
        if self.delay and self.closed.wait(self.delay):
            self.closed.clear()
            raise ConnectionLost("the connection was closed, state unknown", where=self.name)
        answer = self.on_run(self, tuple(argv), stdin) if self.on_run else None
        if isinstance(answer, WizardError):
            raise answer
        made = Result(0, answer if isinstance(answer, str) else "", "", time.monotonic() - begun)
        result = answer if isinstance(answer, Result) else made
        if on_output is not None and result.out + result.err:
            on_output(result.out + result.err)
        return result

    def _look(self, script: str, on_output: OnOutput | None) -> Result:
        text = self._facts(script)
        if on_output is not None:
            on_output(text)
        if self.hung and f" {self.hung}\n" in text:
            raise ConnectionLost("no end after 45.0 s", where=self.name, mend="look again")
        return Result(0, text, "", 0.0)

    def _facts(self, script: str) -> str:
        text = ""
        for mark, name in _MARK.findall(script):
            text += f"{mark} {name}\n"
            if name == self.hung:
                break
            text += f"{self.texts.get(name, '')}\n{mark}\n"
        return text

    def close(self) -> None:
        """Cut a running command."""
        if self.delay:
            self.closed.set()

    def shell(self) -> tuple[str, ...]:
        """A harmless stand-in for a shell."""
        return ("true",)
