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
from wizard.lab.base.host import find_tool
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.pids import running_pid
from wizard.lab.base.progress import tail
from wizard.lab.base.spec import LabSpec
from wizard.lab.network.cables import ROUTER_NAME, router_command
from wizard.lab.network.gates import end_gates, gate, gate_pids, router_gate

START_S = 10.0


def ensure_router(spec: LabSpec, paths: LabPaths) -> None:
    """Start the router and its gate when one of them does not run; raises LabError with QEMU's
    words when it fails.

    The switch must run already.
    """
    if running_pid(paths, ROUTER_NAME) is not None and gate_pids(paths, ROUTER_NAME):
        return
    stop_router(paths)
    paths.node(ROUTER_NAME).mkdir(exist_ok=True)
    with (
        gate(paths, ROUTER_NAME, router_gate(spec)) as descriptors,
        paths.qemu_log(ROUTER_NAME).open("wb") as log,
    ):
        argv = router_command(spec, paths, descriptors)
        process = subprocess.Popen(
            [find_tool(argv[0]) or argv[0], *argv[1:]],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=descriptors,
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
    """End the router and its gate when they run, and remove what they left."""
    pid = running_pid(paths, ROUTER_NAME)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    end_gates(paths, ROUTER_NAME)
    shutil.rmtree(paths.node(ROUTER_NAME), ignore_errors=True)
