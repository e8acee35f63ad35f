"""A lab on a leash: it goes when the program that wanted it is gone, killed outright or not."""

from __future__ import annotations

from pathlib import Path

from wizard.base.errors import LabError
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.processes import command_lines, end_processes, launch, option, wait_gone

PROGRAM = "wizard.lab.follow"


def put_on_leash(paths: LabPaths, pid: int) -> None:
    """Have the lab taken down as soon as that process has ended, and no other any more.

    Raises LabError when there is no such process.
    """
    if wait_gone(pid, 0):
        raise LabError(
            f"there is no process {pid}",
            where="--follow",
            mend="name one that runs, or leave it out",
        )
    let_loose(paths)
    launch(PROGRAM, ["--lab", str(paths.root), "--pid", str(pid)], paths.follow_log)


def let_loose(paths: LabPaths) -> None:
    """The lab stays, whatever ends."""
    end_processes(_followers(paths))


def _followers(paths: LabPaths) -> list[int]:
    pids = []
    for pid, words in command_lines():
        if PROGRAM in words and Path(option(words, "--lab")) == paths.root:
            pids.append(pid)
    return pids
