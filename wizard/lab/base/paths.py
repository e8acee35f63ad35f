"""Where the lab's files live: one folder for a lab, another for the base images that labs share."""

import os
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_dir

from wizard.base.errors import LabError
from wizard.base.own_files import known_home, named_by

LAB_ENV = "GANETI_WIZARD_LAB"
IMAGES_ENV = "GANETI_WIZARD_LAB_IMAGES"
SOCKET_KINDS = ("qmp", "mon", "ser", "net")
SOCKET_PATH_MAX = 107
"""Longest path of a unix socket on Linux, in bytes (unix(7): sun_path holds 108 with the closing
zero).
"""


def default_lab_dir() -> Path:
    """The lab's folder: the environment's choice, else the user's cache (nothing in it is
    irreplaceable).
    """
    chosen = named_by(LAB_ENV)
    return chosen.absolute() if chosen else _cache(LAB_ENV) / "lab"


def images_dir() -> Path:
    """Where base images are kept; several labs build on the same ones."""
    chosen = named_by(IMAGES_ENV)
    return chosen.absolute() if chosen else _cache(IMAGES_ENV) / "images"


def _cache(variable: str) -> Path:
    """The user's cache; raises LabError where no home is known."""
    try:
        return known_home(Path(user_cache_dir("ganeti-wizard")))
    except RuntimeError as error:
        mend = f"set HOME, or name a folder by ${variable}"
        raise LabError("no home folder is known for this user", mend=mend) from error


def build_log(work: Path, name: str) -> Path:
    """A new, empty log for a build in `work`: beside it, where it stays when the half-made `work`
    is removed.
    """
    folder = work.parent / "logs"
    folder.mkdir(exist_ok=True)
    log = folder / f"{name}.log"
    log.write_bytes(b"")
    return log


@dataclass(frozen=True)
class LabPaths:
    """The names of all files of one lab, so that no other module spells one."""

    root: Path

    @property
    def spec(self) -> Path:
        return self.root / "lab.json"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def key(self) -> Path:
        return self.root / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        return self.root / "known_hosts"

    @property
    def links(self) -> Path:
        """Cables and disks taken out by hand, to be remembered across commands."""
        return self.root / "links.json"

    @property
    def follow_log(self) -> Path:
        """What the program said that takes the lab down when another one is gone."""
        return self.root / "follow.log"

    @property
    def switch(self) -> Path:
        """Folder of the software switch's control socket (labs of three nodes)."""
        return self.root / "switch"

    def node(self, name: str) -> Path:
        return self.root / name

    def disk(self, name: str, number: int) -> Path:
        return self.node(name) / f"disk{number}.qcow2"

    def serial_log(self, name: str) -> Path:
        return self.node(name) / "serial.log"

    def qemu_log(self, name: str) -> Path:
        return self.node(name) / "qemu.log"

    def gate_log(self, name: str) -> Path:
        """Where a machine's gate says what it did not let out."""
        return self.node(name) / "gate.log"

    def silent(self, name: str) -> Path:
        """Exists while a machine without power has its ssh port kept silent."""
        return self.node(name) / "silent"

    def identity(self, name: str) -> Path:
        return self.node(name) / "identity.sh"

    def host_keys(self, name: str) -> Path:
        return self.node(name) / "host-keys"

    def pid(self, name: str) -> Path:
        return self.node(name) / "pid"

    def socket(self, name: str, kind: str) -> Path:
        """A unix socket of a node: `qmp`, `mon` (human monitor), `ser` (serial console), `net`
        (cluster cable).
        """
        return self.root / f"{name}.{kind}"

    def check(self, *names: str) -> None:
        """Raise LabError when this folder's name is too long for the sockets of the machines of
        these names.
        """
        sockets = (self.socket(name, kind) for name in names for kind in SOCKET_KINDS)
        longest = max(len(os.fsencode(path)) for path in sockets)
        if longest > SOCKET_PATH_MAX:
            raise LabError(
                f"the lab's folder has a name too long for unix sockets ({longest} bytes, "
                f"{SOCKET_PATH_MAX} allowed)",
                where=str(self.root),
                mend=f"choose a shorter one: {LAB_ENV}=~/lab ganeti-wizard lab up",
            )
