"""Programs that run on this machine with their output in a log, and that leave nothing behind when
interrupted.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from wizard.base.errors import LabError
from wizard.lab.base.host import find_tool
from wizard.lab.base.progress import tail

CANCEL_GRACE_S = 60
"""Seconds that an interrupted program gets to unmount and remove what it made before it is killed.
"""


DIES_WITH_US = ["setpriv", "--pdeathsig", "KILL", "--"]
"""Prefix (util-linux) that has the kernel end a program when this one is killed outright."""

OWN_NAMESPACES = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"]
"""Prefix (util-linux, root only) by which a program's mounts and all its children vanish with it.
"""


class Job:
    """A running program in a session of its own, so that Ctrl-C reaches us alone and we end it in
    order.

    Use as a context manager: leaving the block ends the program when it still runs. `apart` gives
    it namespaces of its own (as root only), for one that mounts file systems.
    """

    def __init__(
        self,
        argv: Sequence[str],
        log: Path,
        env: dict[str, str] | None = None,
        *,
        apart: bool = False,
    ) -> None:
        self.argv, self.log = list(argv), log
        prefix = DIES_WITH_US + (OWN_NAMESPACES if apart and os.geteuid() == 0 else [])
        with log.open("ab") as out:
            out.write(f"+ {' '.join(argv)}\n".encode())
            out.flush()
            self.process = subprocess.Popen(
                [*prefix, find_tool(argv[0]) or argv[0], *argv[1:]],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )

    def wait(self) -> None:
        """Wait for the end; raises LabError with the log's end when the program fails."""
        code = self.process.wait()
        if code != 0:
            raise LabError(
                f"{self.argv[0]} ended with {code}\n{tail(self.log)}",
                where="this machine",
                mend="the log's last lines say what is wrong",
            )

    def cancel(self) -> None:
        """End the program and all that it started."""
        if self.process.poll() is not None:
            return
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(CANCEL_GRACE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def __enter__(self) -> Job:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cancel()


def execute(argv: Sequence[str], log: Path, env: dict[str, str] | None = None) -> None:
    """Run a program to its end; raises LabError when it fails."""
    with Job(argv, log, env) as job:
        job.wait()
