"""What the operator has taken out by hand, cables and disks; it stays out across a reboot, as it
would in a rack.
"""

from pydantic import BaseModel, ConfigDict, ValidationError

from wizard.lab.base.paths import LabPaths
from wizard.state.files import write_whole

MGMT = "mgmt"
"""The cable by which ssh reaches a node."""

CLUSTER = "cluster"
"""The cable between the nodes."""


class Taken(BaseModel):
    """Per node name: the cut cables (`mgmt`, `cluster`) and the numbers of the pulled disks."""

    model_config = ConfigDict(extra="forbid")

    cables: dict[str, list[str]] = {}
    disks: dict[str, list[int]] = {}

    def cut(self, node: str, cable: str) -> None:
        """Remember a cable as cut."""
        before = self.cables.get(node, [])
        self.cables[node] = sorted({*before, cable})

    def mend(self, node: str, cable: str) -> None:
        """Remember a cable as whole."""
        if cable in self.cables.get(node, []):
            self.cables[node].remove(cable)

    def pull(self, node: str, disk: int) -> None:
        """Remember a disk as pulled."""
        before = self.disks.get(node, [])
        self.disks[node] = sorted({*before, disk})

    def plug(self, node: str, disk: int) -> None:
        """Remember a disk as plugged in."""
        if disk in self.disks.get(node, []):
            self.disks[node].remove(disk)

    def describe(self, node: str) -> str:
        """A few words for the status, empty when nothing is missing."""
        words = []
        for cable in self.cables.get(node, []):
            words.append(f"{cable} cable cut")
        for disk in self.disks.get(node, []):
            words.append(f"disk {disk} pulled")
        return ", ".join(words)


def load_taken(paths: LabPaths) -> Taken:
    """What is out now; nothing when there is no (readable) record."""
    try:
        return Taken.model_validate_json(paths.links.read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return Taken()


def save_taken(paths: LabPaths, taken: Taken) -> None:
    """Keep the record for the next command."""
    write_whole(paths.links, taken.model_dump_json() + "\n")
