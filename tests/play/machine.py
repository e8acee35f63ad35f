"""A machine of the play: what it says to looks, and to the wizard's ways of running a command."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.sim import Answer, SimHost
from wizard.hosts.host import Result
from wizard.remote import reboot, unit

SAID = "(played: nothing was run, the next look shows what was recorded after it)\n"
PRINTED = {
    "mdadm": "mdadm: array /dev/md1 started.\n",
    "pvcreate": '  Physical volume "/dev/md1" successfully created.\n',
    "vgcreate": '  Volume group "xenvg" successfully created\n',
}
"""What some programs print when all is well, for pictures that look like the real thing."""
JOB = 7
"""Every Ganeti job of the play has this number."""


@dataclass
class Machine(SimHost):
    """A simulated host whose facts are asked for anew at each look."""

    look: Callable[[str], dict[str, str]] = lambda name: {}
    seconds: float = 0.0
    """How long a command seems to last."""
    boots: int = 1
    units: dict[str, str] = field(default_factory=dict)
    """Unit → the program that it runs."""

    def __post_init__(self) -> None:
        self.on_run = answer

    def _facts(self, script: str) -> str:
        self.texts = self.look(self.name)
        return super()._facts(script)

    def shell(self) -> tuple[str, ...]:
        """No shell: there is no machine."""
        return ("echo", f"{self.name} is played: there is no machine to open a shell on.")

    @property
    def boot_id(self) -> str:
        """Another one after each reboot."""
        return f"00000000-0000-4000-8000-{self.boots:012d}"

    def lasts(self) -> None:
        """Wait as a command would; closing the connection ends it."""
        if self.closed.wait(self.seconds):
            self.closed.clear()

    def go_on(self) -> None:
        """End the command that lasts, and let no further one last."""
        self.seconds = 0.0
        self.closed.set()


def answer(host: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> Answer | None:
    """What the machine answers to a command of a plan, or to the wizard's own scripts."""
    assert isinstance(host, Machine)
    own = _own_script(host, argv, stdin)
    if own is not None:
        return own
    host.lasts()
    if "--print-jobid" in argv:
        return f"{JOB}\n"
    if any("sha256sum" in word and "base64" in word for word in argv):
        return _kept()
    return PRINTED.get(argv[0], SAID)


def _own_script(host: Machine, argv: tuple[str, ...], stdin: bytes | None) -> str | None:
    """The answer to how the wizard logs in, reboots, and follows units and jobs; None otherwise."""
    text = " ".join(argv)
    if "machine-id" in text:
        return host.name
    if argv == ("cat", reboot.BOOT_ID):
        return host.boot_id
    if reboot.BOOT_ID in text:
        return f"{host.boot_id}\nrunning\n"
    if argv[:2] == ("gnt-job", "list"):
        return "success\n"
    if argv[0] == "cat" and unit.DIRECTORY in text:
        return SAID
    if argv[:2] == ("sh", "-c") and len(argv) > 4:
        if argv[3] == "start" and stdin is not None:
            host.units[argv[5]] = _program(stdin.decode())
        return _named_script(host, argv[3], argv[4:])
    return None


def _program(script: str) -> str:
    """The program that a unit runs: its script starts it in the background."""
    return next(line.split()[0] for line in script.splitlines() if line.endswith(" &"))


def _named_script(host: Machine, name: str, words: tuple[str, ...]) -> str | None:
    """`sh -c SCRIPT NAME WORD…` of wizard/remote, by its name; None for a script of a plan."""
    if name == "reboot" and words == (str(reboot.DELAY),):
        host.boots += 1
        return ""
    if name == "follow":
        host.lasts()
        unit_name = words[-2] if "tail" in words else ""
        return PRINTED.get(host.units.get(unit_name, ""), SAID)
    if not words[0].startswith((unit.DIRECTORY, "gw-")):
        return None
    said = {
        "start": "running\n",
        "look": "ended 0\n",
        "forget": "",
        "arm": "",
        "disarm": "kept\n",
        "clean": "",
        "undo": "",
    }
    return said.get(name)


def _kept() -> Result:
    """What a command prints whose output the wizard keeps as a file."""
    content = b"made up: no header of a real volume\n"
    text = f"{base64.b64encode(content).decode()}\nsha256 {hashlib.sha256(content).hexdigest()}\n"
    return Result(0, text, "", 0.0)
