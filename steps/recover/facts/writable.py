"""Where Ganeti cannot write: its folders lie on a file system that is full, or read-only.

A master whose disk is full keeps no configuration and takes no job (`OSError 28`), and the kernel
makes a file system read-only whose disk fails (mount(8), errors=remount-ro): in both its daemons
may run on.
"""

from __future__ import annotations

from dataclasses import dataclass

from wizard.model.facts import Fact

GANETI = "/var/"
"""Below it lie the folders that Ganeti itself writes to."""
LEAST_KIB = 16 * 1024
"""Less than this is full for it: a configuration is written beside the former one, as is each job.
"""
LEAST_ELSEWHERE_KIB = 1024
"""A runbook's own files are small, and nobody's takeover waits for more room than they need."""
LEAST_INODES = 64


@dataclass(frozen=True)
class Place:
    """A folder that is written to: the mount point that it lies on, what is free there."""

    path: str
    mount: str
    free_kib: int
    free_inodes: int
    """-1 where the file system makes them as they are needed."""
    read_only: bool = False

    @property
    def why(self) -> str:
        """Why nothing can be written there; "" where it can."""
        if self.read_only:
            return f"{self.mount} is read-only, where {self.path} lies"
        least = LEAST_KIB if self.path.startswith(GANETI) else LEAST_ELSEWHERE_KIB
        if self.free_kib < least:
            return f"{self.mount} is full, where {self.path} lies: {self.free_kib} KiB are free"
        if 0 <= self.free_inodes < LEAST_INODES:
            return f"{self.mount} takes no more files, where {self.path} lies (df -i)"
        return ""


@dataclass(frozen=True)
class Writable:
    """The folders that Ganeti, a runbook and its evidence write to."""

    places: tuple[Place, ...] = ()


def parse(text: str) -> Writable:
    """Read `PATH MOUNT FREE_KIB FREE_INODES ro|rw` lines; a mount point has no blank in it."""
    places = []
    for line in text.splitlines():
        match line.split():
            case [path, mount, free, inodes, how] if free.isdecimal():
                count = int(inodes) if inodes.isdecimal() else -1
                places.append(Place(path, mount, int(free), count, how == "ro"))
    return Writable(tuple(places))


WRITABLE = Fact(
    name="writable",
    script=r"""for path in /var/lib/ganeti /var/log/ganeti /root /tmp; do
  [ -d "$path" ] || continue
  timeout 5 df -P -k "$path" | {
    read -r head; read -r device size used free percent at rest
    how=rw
    while read -r source point kind options other; do
      [ "$point" = "$at" ] || continue
      case ,$options, in *,ro,*) how=ro ;; *) how=rw ;; esac
    done </proc/mounts
    inodes=$(timeout 5 df -P -i "$path" | sed -n 2p | {
      read -r device all used left percent at rest
      [ "${all:-0}" = 0 ] && echo - || echo "$left"
    })
    echo "$path $at $free ${inodes:--} $how"
  }
done""",
    parse=parse,
)
"""df(1) in POSIX's form; proc(5), /proc/mounts, of which the last line of a mount point counts."""
