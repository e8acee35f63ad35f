"""What the operator has changed by hand, cables and disks; it stays so across a reboot, as it would
in a rack.
"""

from pydantic import BaseModel, ConfigDict, ValidationError

from wizard.lab.base.paths import LabPaths
from wizard.state.files import write_whole

MGMT = "mgmt"
"""The cable by which ssh reaches a node."""

CLUSTER = "cluster"
"""The cable between the nodes, and with `cluster2` both of a machine with two cards for it."""


class Fresh(BaseModel):
    """A disk in the place of the one that a machine was made with: its file's name in the machine's
    folder, and its serial number.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    serial: str


class Taken(BaseModel):
    """Per node name: the cut cables (`mgmt`, `cluster`, `cluster2`), the cables of which one way is
    cut (`cluster:sends`, `cluster:receives`), the numbers of the pulled disks, and by their numbers
    the disks that were put in the place of the first ones.
    """

    model_config = ConfigDict(extra="forbid")

    cables: dict[str, list[str]] = {}
    halves: dict[str, list[str]] = {}
    disks: dict[str, list[int]] = {}
    fresh: dict[str, dict[int, Fresh]] = {}

    def cut(self, node: str, cable: str) -> None:
        """Remember a cable as cut."""
        before = self.cables.get(node, [])
        self.cables[node] = sorted({*before, cable})

    def cut_way(self, node: str, cable: str, way: str) -> None:
        """Remember one way through a cable as cut."""
        before = self.halves.get(node, [])
        self.halves[node] = sorted({*before, f"{cable}:{way}"})

    def ways_cut(self, node: str) -> list[tuple[str, str]]:
        """The cables of a node of which one way is cut, each with that way."""
        pairs = []
        for half in self.halves.get(node, []):
            cable, _, way = half.partition(":")
            pairs.append((cable, way))
        return pairs

    def unreachable(self, node: str) -> bool:
        """Whether ssh cannot reach a node by its management cable."""
        return MGMT in self.cables.get(node, []) or any(
            cable == MGMT for cable, _ in self.ways_cut(node)
        )

    def mend(self, node: str, cable: str) -> None:
        """Remember a cable as whole, both ways."""
        if cable in self.cables.get(node, []):
            self.cables[node].remove(cable)
        left = [half for half in self.halves.get(node, []) if not half.startswith(f"{cable}:")]
        if node in self.halves:
            self.halves[node] = left

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
        for cable, way in self.ways_cut(node):
            words.append(f"{cable} cable: what it {way} is lost")
        for disk in self.disks.get(node, []):
            words.append(f"disk {disk} pulled")
        for disk, new in self.fresh.get(node, {}).items():
            words.append(f"disk {disk} is new ({new.serial})")
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
