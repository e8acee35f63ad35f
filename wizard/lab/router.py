"""The instances' way out of a lab with a backup host: a QEMU that has no machine, only its user
network.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time

from wizard.base.errors import LabError
from wizard.lab.command import ROUTER_NAME, router_command
from wizard.lab.host import find_tool
from wizard.lab.paths import LabPaths
from wizard.lab.pids import running_pid
from wizard.lab.progress import tail
from wizard.lab.spec import LabSpec

START_S = 10.0


def ensure_router(spec: LabSpec, paths: LabPaths) -> None:
    """Start the router when it does not run; raises LabError with QEMU's words when it does not
    start.

    The switch must run already.
    """
    if running_pid(paths, ROUTER_NAME) is not None:
        return
    paths.node(ROUTER_NAME).mkdir(exist_ok=True)
    argv = router_command(spec, paths)
    argv[0] = find_tool(argv[0]) or argv[0]
    with paths.qemu_log(ROUTER_NAME).open("wb") as log:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    deadline = time.monotonic() + START_S
    while running_pid(paths, ROUTER_NAME) != process.pid:
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise LabError(
                f"the router did not start\n{tail(paths.qemu_log(ROUTER_NAME))}", where=ROUTER_NAME
            )
        time.sleep(0.05)


def stop_router(paths: LabPaths) -> None:
    """End the router when it runs, and remove what it left."""
    pid = running_pid(paths, ROUTER_NAME)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    shutil.rmtree(paths.node(ROUTER_NAME), ignore_errors=True)
