"""What the operator has taken out by hand, cables and disks; it stays out across a reboot, as it
would in a rack.
"""

from pydantic import BaseModel, ConfigDict, ValidationError

from wizard.lab.base.paths import LabPaths
from wizard.lab.base.spec import write_atomically

MGMT, CLUSTER = "mgmt", "cluster"


class Taken(BaseModel):
    """Per node name: the cut cables (`mgmt`, `cluster`) and the numbers of the pulled disks."""

    model_config = ConfigDict(extra="forbid")

    cables: dict[str, list[str]] = {}
    disks: dict[str, list[int]] = {}

    def cut(self, node: str, cable: str) -> None:
        """Remember a cable as cut."""
        self.cables[node] = sorted({*self.cables.get(node, []), cable})

    def mend(self, node: str, cable: str) -> None:
        """Remember a cable as whole."""
        self.cables[node] = [other for other in self.cables.get(node, []) if other != cable]

    def pull(self, node: str, disk: int) -> None:
        """Remember a disk as pulled."""
        self.disks[node] = sorted({*self.disks.get(node, []), disk})

    def plug(self, node: str, disk: int) -> None:
        """Remember a disk as plugged in."""
        self.disks[node] = [other for other in self.disks.get(node, []) if other != disk]

    def describe(self, node: str) -> str:
        """A few words for the status, empty when nothing is missing."""
        words = [f"{cable} cable cut" for cable in self.cables.get(node, [])]
        return ", ".join(words + [f"disk {disk} pulled" for disk in self.disks.get(node, [])])


def load_taken(paths: LabPaths) -> Taken:
    """What is out now; nothing when there is no (readable) record."""
    try:
        return Taken.model_validate_json(paths.links.read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return Taken()


def save_taken(paths: LabPaths, taken: Taken) -> None:
    """Keep the record for the next command."""
    write_atomically(paths.links, taken.model_dump_json() + "\n")
