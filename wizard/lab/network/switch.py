"""The cluster network of three machines, or of bonds and VLANs: Debian's vde_switch, a process of
ours with a unix socket.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from wizard.base.errors import LabError
from wizard.lab.base.host import find_tool, need_tools
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.progress import tail
from wizard.lab.base.spec import LabSpec, NodeSpec
from wizard.lab.network.ssh import ssh_command

TOOL = "vde_switch"
SWITCH_TOOLS = {TOOL: "vde2"}
START_S = 10.0


def _pid_file(paths: LabPaths) -> Path:
    return paths.root / "switch.pid"


def switch_pid(paths: LabPaths) -> int | None:
    """The running switch's process id, None when there is none (the pid file is checked against the
    process).
    """
    try:
        pid = int(_pid_file(paths).read_text(encoding="ascii"))
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    ours = words[0].rpartition(b"/")[2] == TOOL.encode() and os.fsencode(paths.switch) in words
    return pid if ours else None


def ensure_switch(paths: LabPaths, setup: Sequence[str] = ()) -> None:
    """Start the switch when it does not run, with those commands of its own (vde_switch(1)) carried
    out; raises LabError when vde2 is missing or the switch does not start.
    """
    if switch_pid(paths) is not None:
        return
    need_tools(SWITCH_TOOLS)
    stop_switch(paths)
    log = paths.root / "switch.log"
    commands = paths.root / "switch.rc"
    commands.write_text("".join(f"{command}\n" for command in setup), encoding="ascii")
    argv = [
        find_tool(TOOL) or TOOL,
        "-sock",
        str(paths.switch),
        "-daemon",
        "-pidfile",
        str(_pid_file(paths)),
        "-f",
        str(commands),
    ]
    with log.open("wb") as out:
        subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False)
    deadline = time.monotonic() + START_S
    while switch_pid(paths) is None or not (paths.switch / "ctl").exists():
        if time.monotonic() > deadline:
            raise LabError(
                f"the switch of the cluster network did not start\n{tail(log)}", where=TOOL
            )
        time.sleep(0.05)


def greet(spec: LabSpec, paths: LabPaths, node: NodeSpec) -> None:
    """Make a restored machine known to a new switch, and have it ask anew where the others are."""
    script = f"ip neigh flush all; ping -c 1 -W 1 {spec.router}"
    subprocess.run(
        [*ssh_command(paths, node), script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def stop_switch(paths: LabPaths) -> None:
    """End the switch when it runs."""
    pid = switch_pid(paths)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    _pid_file(paths).unlink(missing_ok=True)
    shutil.rmtree(paths.switch, ignore_errors=True)
