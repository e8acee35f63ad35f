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
    """The record of all that was changed, per node name."""

    model_config = ConfigDict(extra="forbid")

    cables: dict[str, list[str]] = {}
    """The cut ones: `mgmt`, `cluster`, `cluster2`."""
    halves: dict[str, list[str]] = {}
    """The cables of which one way is cut: `cluster:sends`, `cluster:receives`."""
    disks: dict[str, list[int]] = {}
    """The numbers of the pulled ones."""
    fresh: dict[str, dict[int, Fresh]] = {}
    """By their numbers the disks that were put in the place of the first ones."""

    def cut(self, node: str, cable: str) -> None:
        """Remember a cable as cut."""
        # Each once: one that is cut already stays so.
        before = self.cables.get(node, [])
        self.cables[node] = sorted({*before, cable})

    def cut_way(self, node: str, cable: str, way: str) -> None:
        """Remember one way through a cable as cut."""
        half = f"{cable}:{way}"
        before = self.halves.get(node, [])
        self.halves[node] = sorted({*before, half})

    def ways_cut(self, node: str) -> list[tuple[str, str]]:
        """The cables of a node of which one way is cut, each with that way."""
        pairs = []
        for half in self.halves.get(node, []):
            cable, _, way = half.partition(":")
            pairs.append((cable, way))
        return pairs

    def unreachable(self, node: str) -> bool:
        """Whether ssh cannot reach a node by its management cable."""
        if MGMT in self.cables.get(node, []):
            return True
        # One way alone carries no connection.
        half_cut = [cable for cable, _ in self.ways_cut(node)]
        return MGMT in half_cut

    def mend(self, node: str, cable: str) -> None:
        """Remember a cable as whole, both ways."""
        cut = self.cables.get(node, [])
        if cable in cut:
            cut.remove(cable)
        if node not in self.halves:
            return
        left = []
        for half in self.halves[node]:
            # With the colon, since `cluster` is the beginning of `cluster2` as well.
            if not half.startswith(f"{cable}:"):
                left.append(half)
        self.halves[node] = left

    def pull(self, node: str, disk: int) -> None:
        """Remember a disk as pulled."""
        before = self.disks.get(node, [])
        self.disks[node] = sorted({*before, disk})

    def plug(self, node: str, disk: int) -> None:
        """Remember a disk as plugged in."""
        pulled = self.disks.get(node, [])
        if disk in pulled:
            pulled.remove(disk)

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
        record = paths.links.read_text(encoding="utf-8")
        return Taken.model_validate_json(record)
    except (OSError, ValidationError):
        return Taken()


def save_taken(paths: LabPaths, taken: Taken) -> None:
    """Keep the record for the next command."""
    record = taken.model_dump_json()
    write_whole(paths.links, f"{record}\n")
