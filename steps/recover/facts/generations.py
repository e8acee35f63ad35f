"""DRBD's generation identifiers of every copy on a node, of disks that are down too.

They decide which side is the source of a resync when both sides meet (`steps.recover.forecast`).
An attached minor is asked by `drbdsetup get-gi`; the metadata of a disk that is down are read by
`drbdmeta … get-gi`, which writes nothing and reads metadata that were never closed as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from wizard.base.plain import plain_json
from wizard.model.facts import Fact

PROGRAM = r"""
import glob, json, re, subprocess
from concurrent.futures import ThreadPoolExecutor

def run(*argv):
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, errors="replace", timeout=6,
            stdin=subprocess.DEVNULL,
        )
        return done.stdout if done.returncode == 0 else ""
    except (OSError, subprocess.TimeoutExpired):
        return ""

# The metadata volume of each attached minor; the rest of `drbdsetup show` holds a secret.
attached, minor = {}, ""
for line in run("drbdsetup", "show").splitlines():
    device = re.match(r"\s*device\s+(?:/dev/drbd|minor )(\d+)", line)
    meta = re.match(r'\s*meta-disk\s+"?(/dev/[^";]+)', line)
    if device:
        minor = device[1]
    elif meta and minor:
        attached[meta[1]] = minor

def look(path):
    group, volume = path.split("/")[-2:]
    copy = {"group": group, "volume": volume[: -len("_meta")], "attached": path in attached}
    if path in attached:
        said = run("drbdsetup", "get-gi", attached[path])
        return {**copy, "gi": said.strip()[:200]}
    # The number is a lock's name only; 1000 and more are no minor of Ganeti's on two nodes.
    number = str(1000 + paths.index(path))
    said = run("drbdmeta", number, "v08", path, "flex-external", "get-gi")
    return {**copy, "gi": said.strip()[:200]}

# In whichever volume group: a disk may have its own (options vg and metavg).
VOLUME = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}[.]disk[0-9]+_meta")
found = glob.glob("/dev/*/*.disk*_meta")
paths = sorted(path for path in found if VOLUME.fullmatch(path.rpartition("/")[2]))[:200]
with ThreadPoolExecutor(4) as pool:
    print(json.dumps(list(pool.map(look, paths)), indent=1, sort_keys=True))
"""
_LINE = re.compile(r"^((?:[0-9A-Fa-f]{16}:){4})([01](?::[01]){6})$", re.MULTILINE)
ROLE = 1
"""The lowest bit of an identifier says whether the side was primary; it never counts."""


@dataclass(frozen=True)
class Generation:
    """The identifiers of one copy, and what its metadata say of it.

    `crashed` is what the kernel takes for "was primary when it crashed": the flag of that name, or,
    of a disk that is down, that it was never closed as a primary (drbd_nl.c, adm_attach).
    """

    current: int
    bitmap: int
    history: tuple[int, int]
    consistent: bool = True
    up_to_date: bool = True
    primary: bool = False
    connected: bool = False
    crashed: bool = False
    attached: bool = False

    @property
    def split_off(self) -> bool:
        """Whether it was written to while its peer was away: the bitmap counts since then."""
        return self.bitmap & ~ROLE != 0

    @property
    def outlived(self) -> bool:
        """Whether it went on after its peer was gone: it was written to meanwhile, or was Primary,
        and not connected any more. A Primary that went down while it was connected proves nothing:
        its peer may have gone on.
        """
        return self.split_off or (self.primary and not self.connected)


def generation(line: str, *, attached: bool) -> Generation | None:
    """Read `current:bitmap:history:history:` and seven flags (drbd-utils, dt_print_uuids); None
    where that does not stand in the text.
    """
    found = _LINE.search(line)
    if found is None:
        return None
    current, bitmap, first, second = (int(word, 16) for word in found[1].split(":")[:4])
    flags = [flag == "1" for flag in found[2].split(":")]
    consistent, up_to_date, primary, connected, _full_sync, _peer_outdated, crashed = flags
    return Generation(
        current=current,
        bitmap=bitmap,
        history=(first, second),
        consistent=consistent,
        up_to_date=up_to_date,
        primary=primary,
        connected=connected,
        crashed=crashed or (primary and not attached),
        attached=attached,
    )


def parse(text: str) -> dict[str, Generation]:
    """Read the JSON of `PROGRAM`: the copies by the volume group of their metadata and the name of
    their volume without its ending, as GROUP/NAME, which is the same on both nodes. One that could
    not be read is left out.

    The name alone may be there twice: an old half that was taken in beside its mirror has all of
    them in another group (vgimportclone(8)), with identifiers of long ago.
    """
    copies = {}
    for row in plain_json(text or "[]"):
        read = generation(str(row["gi"]), attached=bool(row["attached"]))
        if read is not None:
            copies[f"{row['group']}/{row['volume']}"] = read
    return copies


_SCRIPT = (
    "command -v python3 >/dev/null && command -v drbdmeta >/dev/null || exit\n"
    f"python3 - <<'GW_PROGRAM'\n{PROGRAM}GW_PROGRAM"
)

GENERATIONS = Fact(name="drbd-generations", script=_SCRIPT, parse=parse)
