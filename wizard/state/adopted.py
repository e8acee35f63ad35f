"""The mark of a state directory whose answers were read off a cluster, and not decided by anybody.

A build in such a directory would prepare disks and networks of servers that work.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from wizard.base.errors import StateError
from wizard.base.own_files import read_whole
from wizard.state.files import write_whole

NAME = "adopted.json"
VERSION = 1


@dataclass(frozen=True)
class Mark:
    """Which cluster, from where its configuration was, with which serial, and when (seconds since
    1970). `told` is what was said then.
    """

    cluster: str
    origin: str
    serial: int
    time: int
    told: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """It in one line."""
        day = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(self.time))
        return f"adopted on {day}: {self.cluster}, configuration {self.serial} of {self.origin}"


def write(folder: Path, mark: Mark) -> None:
    """Mark the directory; raises StateError when that cannot be kept."""
    text = json.dumps({"version": VERSION, **asdict(mark)}, indent=1)
    write_whole(folder / NAME, f"{text}\n")


def is_adopted(folder: Path) -> bool:
    """Whether the directory bears a mark, also one that cannot be read: it forbids as much."""
    try:
        (folder / NAME).lstat()
    except FileNotFoundError:
        return False
    except NotADirectoryError:
        return False
    except OSError as error:
        raise StateError(
            f"cannot be seen: {error.strerror}",
            where=str(folder / NAME),
            mend="correct the permissions of its folder, or choose another: --state DIR",
        ) from error
    return True


def read(folder: Path) -> Mark | None:
    """The mark; None where there is none, or none that can be read."""
    try:
        data = json.loads(read_whole(folder / NAME))
        return Mark(
            str(data["cluster"]),
            str(data["origin"]),
            int(data["serial"]),
            int(data["time"]),
            tuple(str(line) for line in data["told"]),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
