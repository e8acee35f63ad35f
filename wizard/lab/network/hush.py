"""The ssh port of a machine that hangs: silent, as long as it does.

QEMU's user network goes on while a machine's processors stand still, and takes every connection: a
sign of life that a machine which hangs does not give. So its port is taken from the network, and
held silent by a process of its own (`python -m wizard.lab.network.hush`).
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path

from wizard.base.errors import LabError
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.processes import command_lines, end_processes, launch, option
from wizard.lab.base.spec import NodeSpec
from wizard.lab.network.silence import hold_silent

PROGRAM = "wizard.lab.network.hush"
START_S = 10.0
"""Seconds until the port must be silent."""


def hush(paths: LabPaths, node: NodeSpec) -> None:
    """Hold a machine's ssh port silent; the port must be free. Raises LabError when it is not."""
    mark = _mark(paths, node.name)
    mark.unlink(missing_ok=True)
    words = ["--name", str(paths.node(node.name)), "--port", str(node.ssh_port)]
    launch(PROGRAM, [*words, "--mark", str(mark)], paths.node(node.name) / "hush.log")
    deadline = time.monotonic() + START_S
    while not mark.exists():
        if time.monotonic() > deadline:
            end_hush(paths, node.name)
            raise LabError("its ssh port does not become silent", where=node.name)
        time.sleep(0.02)


def hush_pids(paths: LabPaths, name: str) -> list[int]:
    """The processes that hold that machine's port silent."""
    pids = []
    for pid, words in command_lines():
        ours = option(words, "--name") == str(paths.node(name))
        if ours and option(words, "-m") == PROGRAM:
            pids.append(pid)
    return pids


def end_hush(paths: LabPaths, name: str) -> bool:
    """Let the port go; whether it was held."""
    pids = hush_pids(paths, name)
    end_processes(pids)
    _mark(paths, name).unlink(missing_ok=True)
    return bool(pids)


def _mark(paths: LabPaths, name: str) -> Path:
    return paths.node(name) / "hushed"


def main(argv: list[str] | None = None) -> int:
    """Be the silence, until somebody ends this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True, help="the machine's folder")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--mark", type=Path, required=True, help="made when the port is silent")
    given = parser.parse_args(argv)
    sockets = hold_silent(given.port)
    given.mark.touch()
    while sockets:
        signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main())
