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
from wizard.model.facts import Fact

_MINOR = re.compile(
    r"^\s*(?P<number>\d+): cs:(?P<cs>\w+)"
    r"(?: ro:(?P<role>\w+)/(?P<peer_role>\w+) ds:(?P<disk>\w+)/(?P<peer_disk>\w+))?"
    r"(?: [A-C ] (?P<flags>[rs]\S*))?"
)
_DONE = re.compile(r"(?:sync'ed|verified):\s*([0-9.]+)%")
_STALLED = "(stalled)"
_OUT_OF_SYNC = re.compile(r"\boos:(\d+)")
_RESOURCE = re.compile(r"^resource (\S+) \{")
_DEVICE = re.compile(r"^\s*device\s+(?:/dev/drbd|minor )(\d+)")
_DISK = re.compile(r'^\s*(?:disk|meta-disk)\s+"?(/dev/[^";]+)"?')
_VERSION = re.compile(r"version: (\S+)")
_SYNCHRONISES = ("Sync", "PausedSync", "StartingSync", "WFBitMap", "WFSyncUUID")
"""How connection states begin in which one copy becomes the other (drbd.h, enum drbd_conns)."""
GANETI_VOLUME = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.\w+$")
_OWNER = "originstname+"


@dataclass(frozen=True)
class Minor:
    """One DRBD device on one node: `cs` the connection, own and peer's role and disk state.

    `synced` is the percentage while it synchronises or compares, None while it does neither;
    `stalled` that it did not come on for half a minute (drbd_proc.c, "stalled"); `oos_kib` what
    this side counts as different. `resource` and `volumes` (device paths) are what `drbdsetup show`
    says of it.
    """

    number: int
    cs: str
    role: str = ""
    peer_role: str = ""
    disk: str = ""
    peer_disk: str = ""
    synced: float | None = None
    stalled: bool = False
    oos_kib: int = 0
    resource: str = ""
    volumes: tuple[str, ...] = ()
    flags: str = ""
    """Six letters about its input and output, behind the protocol's (drbd_proc.c)."""

    @property
    def healthy(self) -> bool:
        """Whether both copies are connected, up to date and the same, and may be written to."""
        return self._replicates and not self.oos_kib and not self.suspended

    @property
    def suspended(self) -> bool:
        """Whether DRBD holds every write back, so that an instance stands still at its next one:
        somebody suspended it, it waits for a peer to be fenced, or no data is left (drbd_int.h,
        drbd_suspended).
        """
        return self.flags.startswith("s")

    @property
    def paused_here(self) -> bool:
        """Whether somebody paused its synchronisation on this node (drbdsetup(8), pause-sync)."""
        return self.flags[3:4] == "u"

    @property
    def paused_there(self) -> bool:
        """Whether somebody paused its synchronisation on the other node."""
        return self.flags[2:3] == "p"

    @property
    def both_primary(self) -> bool:
        """Whether both nodes may write to it at once."""
        return self.role == self.peer_role == "Primary"

    @property
    def differs(self) -> bool:
        """Whether the copies differ although both count as up to date: an online verification
        found that, or one is at it (drbdsetup(8), verify).
        """
        return self._replicates and bool(self.oos_kib)

    @property
    def verifies(self) -> bool:
        """Whether the copies are compared right now, which copies nothing."""
        return self.cs in ("VerifyS", "VerifyT")

    @property
    def synchronises(self) -> bool:
        """Whether one side is made the same as the other, or is about to be."""
        return self.cs.startswith(_SYNCHRONISES)

    @property
    def _replicates(self) -> bool:
        connected = self.cs == "Connected" or self.verifies
        return connected and self.disk == self.peer_disk == "UpToDate"

    @property
    def states(self) -> str:
        """The states as /proc/drbd writes them."""
        held_back = ", writes suspended" if self.suspended else ""
        return f"{self.cs} {self.role}/{self.peer_role} {self.disk}/{self.peer_disk}{held_back}"


@dataclass(frozen=True)
class LogicalVolume:
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
    volumes: tuple[LogicalVolume, ...] = ()

    @property
    def strange(self) -> bool:
        """Whether a DRBD is loaded that Ganeti does not know: of 9, /proc/drbd lists no minors, or
        lists them in a form of compatibility (drbd_legacy_84.c).
        """
        return bool(self.version) and not self.version.startswith("8.")

    def minor(self, number: int) -> Minor | None:
        """The configured minor of that number."""
        for minor in self.minors:
            if minor.number == number:
                return minor
        return None

    def orphans(self, config: Config, node: str) -> Replicas:
        """The minors and Ganeti-made volumes that no disk of the configuration owns on `node` (full
        name).
        """
        owned_minors = config.minors_on(node)
        owned_volumes = config.volumes
        minors = [minor for minor in self.minors if minor.number not in owned_minors]
        volumes = [
            volume
            for volume in self.volumes
            if volume.vg == config.vg and volume.name not in owned_volumes
        ]
        return Replicas(self.version, tuple(minors), tuple(volumes))


@dataclass(frozen=True)
class _Resource:
    name: str
    volumes: tuple[str, ...] = ()


def _minors(lines: list[str]) -> list[Minor]:
    minors: list[Minor] = []
    for line in lines:
        row = _MINOR.match(line)
        # An unconfigured minor is a number that was used once; nothing lives there.
        if row and row["cs"] != "Unconfigured":
            minor = Minor(
                number=int(row["number"]),
                cs=row["cs"],
                role=row["role"] or "",
                peer_role=row["peer_role"] or "",
                disk=row["disk"] or "",
                peer_disk=row["peer_disk"] or "",
                flags=row["flags"] or "",
            )
            minors.append(minor)
        elif minors and not row:
            minors[-1] = _with_counters(minors[-1], line)
    return minors


def _with_counters(minor: Minor, line: str) -> Minor:
    """A minor with what a line below it says: counters, progress, and whether that stands still."""
    if count := _OUT_OF_SYNC.search(line):
        minor = replace(minor, oos_kib=int(count[1]))
    if done := _DONE.search(line):
        minor = replace(minor, synced=float(done[1]))
    if _STALLED in line:
        minor = replace(minor, stalled=True)
    return minor


def _resources(lines: list[str]) -> dict[int, _Resource]:
    resources: dict[int, _Resource] = {}
    name = ""
    minor = -1
    for line in lines:
        if named := _RESOURCE.match(line):
            name = named[1].strip('"')
        elif device := _DEVICE.match(line):
            minor = int(device[1])
            resources[minor] = _Resource(name)
        elif (disk := _DISK.match(line)) and minor in resources:
            volumes = (*resources[minor].volumes, disk[1])
            resources[minor] = _Resource(name, tuple(dict.fromkeys(volumes)))
    return resources


def _with_resource(minor: Minor, resources: dict[int, _Resource]) -> Minor:
    # Without `drbdsetup show`, Ganeti's own name for it (lib/storage/drbd_cmdgen.py).
    unknown = _Resource(f"resource{minor.number}")
    resource = resources.get(minor.number, unknown)
    return replace(minor, resource=resource.name, volumes=resource.volumes)


def _owner(tags: list[str]) -> str:
    for tag in ",".join(tags).split(","):
        if tag.startswith(_OWNER):
            return tag.removeprefix(_OWNER)
    return ""


def _volume(words: list[str]) -> LogicalVolume:
    name, vg, size, attributes, *tags = words
    return LogicalVolume(
        name=name,
        vg=vg,
        size_mib=float(size),
        # The sixth attribute is "o" while somebody has the device open, lvs(8).
        open=attributes[5:6] == "o",
        owner=_owner(tags),
    )


def parse(text: str) -> Replicas:
    """Read /proc/drbd, then `drbdsetup show` after "== show", then lvs rows after "== volumes"."""
    proc, _, rest = text.partition("== show\n")
    show, _, rows = rest.partition("== volumes\n")
    resources = _resources(show.splitlines())
    minors = [_with_resource(minor, resources) for minor in _minors(proc.splitlines())]
    volumes = []
    for row in rows.splitlines():
        words = row.split()
        if len(words) >= 4 and GANETI_VOLUME.match(words[0]):
            volumes.append(_volume(words))
    version = _VERSION.match(proc)
    return Replicas(version[1] if version else "", tuple(minors), tuple(volumes))


_SCRIPT = """cat /proc/drbd; echo '== show'
command -v drbdsetup >/dev/null && [ -e /proc/drbd ] &&
  timeout 20 drbdsetup show | grep -v shared-secret
echo '== volumes'
timeout 30 lvs --noheadings --nosuffix --units m -o lv_name,vg_name,lv_size,lv_attr,lv_tags"""
"""Of all volume groups: a disk of an instance may be in another one than the cluster's."""


REPLICAS = Fact(name="replicas", script=_SCRIPT, parse=parse)
