"""Which of the lab's QEMU processes run."""

import os
from pathlib import Path

from wizard.lab.base.paths import LabPaths


def running_pid(paths: LabPaths, name: str) -> int | None:
    """The process id of a running machine, None when it is off.

    The pid file alone proves nothing (numbers are used again): the process must be QEMU with this
    very pid file.
    """
    try:
        pid = int(paths.pid(name).read_text(encoding="ascii"))
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        state = (
            Path(f"/proc/{pid}/stat")
            .read_text(encoding="utf-8", errors="replace")
            .rpartition(")")[2]
            .split()[0]
        )
    except (OSError, ValueError, IndexError):
        return None
    ours = (
        words[0].rpartition(b"/")[2].startswith(b"qemu-system")
        and os.fsencode(paths.pid(name)) in words
    )
    return pid if ours and state != "Z" else None
