"""DRBD minors that live on a node, and the logical volumes that Ganeti made there, whoever still
wants them.

/proc/drbd of DRBD 8.4 names a minor's states; `drbdsetup show` the volumes under it (its shared
secret is cut out on the node); Ganeti names a volume UUID.diskN_data or _meta and tags it with its
instance.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from steps.ganeti.facts.ganeti import Config
from wizard.answers import Answers
from wizard.model.step import Fact

_MINOR = re.compile(r"^\s*(\d+): cs:(\w+)(?: ro:(\w+)/(\w+) ds:(\w+)/(\w+))?")
_DONE = re.compile(r"sync'ed:\s*([0-9.]+)%")
_RESOURCE = re.compile(r"^resource (\S+) \{")
_DEVICE = re.compile(r"^\s*device\s+(?:/dev/drbd|minor )(\d+)")
_DISK = re.compile(r'^\s*(?:disk|meta-disk)\s+"?(/dev/[^";]+)"?')
GANETI_VOLUME = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.\w+$")
_OWNER = "originstname+"


@dataclass(frozen=True)
class Minor:
    """One DRBD device on one node: `cs` the connection, own and peer's role and disk state.

    `synced` is the percentage while it synchronises, else 100. `resource` and `volumes` (device
    paths) are what `drbdsetup show` says of it.
    """

    number: int
    cs: str
    role: str = ""
    peer_role: str = ""
    disk: str = ""
    peer_disk: str = ""
    synced: float = 100.0
    resource: str = ""
    volumes: tuple[str, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether both copies are connected and up to date."""
        return (self.cs, self.disk, self.peer_disk) == ("Connected", "UpToDate", "UpToDate")

    @property
    def states(self) -> str:
        """The states as /proc/drbd writes them."""
        return f"{self.cs} {self.role}/{self.peer_role} {self.disk}/{self.peer_disk}"


@dataclass(frozen=True)
class Volume:
    """One logical volume; `owner` is the instance in its tag, or ""; sizes in MiB."""

    name: str
    vg: str
    size_mib: float
    open: bool
    owner: str = ""

    @property
    def path(self) -> str:
        """Its name as lvremove takes it."""
        return f"{self.vg}/{self.name}"


@dataclass(frozen=True)
class Replicas:
    """What a node holds for replicated disks; `version` of the module, "" when it is not loaded."""

    version: str = ""
    minors: tuple[Minor, ...] = ()
    volumes: tuple[Volume, ...] = ()

    def minor(self, number: int) -> Minor | None:
        """The configured minor of that number."""
        return next((one for one in self.minors if one.number == number), None)

    def orphans(self, config: Config, node: str) -> tuple[tuple[Minor, ...], tuple[Volume, ...]]:
        """Minors and Ganeti-made volumes that no disk of the configuration owns on `node` (full
        name).
        """
        owned = config.minors_on(node)
        minors = tuple(one for one in self.minors if one.number not in owned)
        volumes = tuple(
            one for one in self.volumes if one.vg == config.vg and one.name not in config.volumes
        )
        return minors, volumes


def _minors(lines: list[str]) -> list[Minor]:
    found: list[Minor] = []
    for line in lines:
        row, done = _MINOR.match(line), _DONE.search(line)
        if row and row.group(2) != "Unconfigured":
            cs, role, peer_role, disk, peer_disk = (word or "" for word in row.groups()[1:])
            found.append(Minor(int(row.group(1)), cs, role, peer_role, disk, peer_disk))
        elif done and found:
            found[-1] = replace(found[-1], synced=float(done.group(1)))
    return found


def _shown(lines: list[str]) -> dict[int, tuple[str, tuple[str, ...]]]:
    found: dict[int, tuple[str, tuple[str, ...]]] = {}
    resource, minor = "", -1
    for line in lines:
        if named := _RESOURCE.match(line):
            resource = named.group(1).strip('"')
        elif device := _DEVICE.match(line):
            minor = int(device.group(1))
            found[minor] = (resource, ())
        elif (disk := _DISK.match(line)) and minor in found:
            volumes = (*found[minor][1], disk.group(1))
            found[minor] = (resource, tuple(dict.fromkeys(volumes)))
    return found


def _volume(words: list[str]) -> Volume:
    name, vg, size, attributes, *tags = words
    owners = [
        tag.removeprefix(_OWNER) for tag in ",".join(tags).split(",") if tag.startswith(_OWNER)
    ]
    return Volume(name, vg, float(size), attributes[5:6] == "o", owners[0] if owners else "")


def parse(text: str) -> Replicas:
    """Read /proc/drbd, then `drbdsetup show` after "== show", then lvs rows after "== volumes"."""
    proc, _, rest = text.partition("== show\n")
    show, _, rows = rest.partition("== volumes\n")
    shown = _shown(show.splitlines())
    minors = [_with_volumes(one, shown) for one in _minors(proc.splitlines())]
    words = [line.split() for line in rows.splitlines()]
    volumes = [_volume(row) for row in words if len(row) >= 4 and GANETI_VOLUME.match(row[0])]
    version = re.match(r"version: (\S+)", proc)
    return Replicas(version.group(1) if version else "", tuple(minors), tuple(volumes))


def _with_volumes(minor: Minor, shown: dict[int, tuple[str, tuple[str, ...]]]) -> Minor:
    resource, volumes = shown.get(minor.number, (f"resource{minor.number}", ()))
    return replace(minor, resource=resource, volumes=volumes)


def _script(answers: Answers, host: str) -> str:
    columns = "lv_name,vg_name,lv_size,lv_attr,lv_tags"
    return f"""cat /proc/drbd; echo '== show'
command -v drbdsetup >/dev/null && [ -e /proc/drbd ] && timeout 20 drbdsetup show | grep -v secret
echo '== volumes'
timeout 30 lvs --noheadings --nosuffix --units m -o {columns} {answers.lvm.vg}"""


REPLICAS = Fact(name="replicas", script=_script, parse=parse)
