"""The labs of other folders that run on this machine: found by their processes, whatever became of
the folders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wizard.lab.base.paths import LAB_ENV, LabPaths
from wizard.lab.base.processes import command_lines, option
from wizard.lab.machine.command import IDENTITY_KEY
from wizard.lab.network.cables import ROUTER_NAME
from wizard.lab.network.gates import gate_folder
from wizard.lab.network.switch import TOOL


@dataclass
class OtherLab:
    """A lab in another folder: its machines that run, and the ids of all its processes."""

    folder: Path
    machines: list[str] = field(default_factory=list)
    pids: list[int] = field(default_factory=list)

    def describe(self) -> str:
        """Where it is, what runs of it, and the command that ends it.

        Without its folder no command of ours knows it: its processes are named.
        """
        running = ", ".join(sorted(self.machines)) or "no machine, but its networks"
        end = f"{LAB_ENV}={self.folder} ganeti-wizard lab down"
        if not LabPaths(self.folder).spec.exists():
            end = f"kill {' '.join(str(pid) for pid in sorted(self.pids))}"
        return f"another lab: {self.folder}: {running}; to end it: {end}"


def other_labs(own: LabPaths) -> list[OtherLab]:
    """The labs that run here besides the one of that folder."""
    labs: dict[Path, OtherLab] = {}
    for pid, words in command_lines():
        member = member_of(words)
        if member is None or member.parent == own.root:
            continue
        lab = labs.setdefault(member.parent, OtherLab(member.parent))
        lab.pids.append(pid)
        if _is_machine(words):
            lab.machines.append(member.name)
    return sorted(labs.values(), key=lambda lab: lab.folder)


def member_of(words: Sequence[str]) -> Path | None:
    """The folder, inside the lab's, to which a command line belongs: a machine's, the router's, the
    switch's; None for a program that is of no lab.
    """
    if Path(words[0]).name == TOOL and option(words, "-sock"):
        return Path(option(words, "-sock"))
    if _is_machine(words) or option(words, "-name") == ROUTER_NAME:
        pid_file = option(words, "-pidfile")
        return Path(pid_file).parent if pid_file else None
    return gate_folder(words)


def _is_machine(words: Sequence[str]) -> bool:
    return option(words, "-fw_cfg").startswith(f"name={IDENTITY_KEY},")
