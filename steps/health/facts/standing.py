"""What stands on the open volume of a guest, as the guest's own program tells it."""

from __future__ import annotations

from dataclasses import dataclass

from steps.common.volume_layout import SCRIPT
from wizard.model.facts import Fact


@dataclass(frozen=True)
class VolumeStatus:
    """How `protected-volume status` ended; `failed` are the mount points and services that do not
    stand, with why.
    """

    rc: int = 0
    failed: tuple[tuple[str, str], ...] = ()


def parse(text: str) -> VolumeStatus | None:
    """Read its lines and the exit code behind them; None where the program is not there."""
    body, sign, rc = text.rpartition("rc: ")
    if not sign:
        return None
    failed = []
    for line in body.splitlines():
        row = line.split(None, 2)
        if len(row) == 3 and row[0] == "FAILED":
            failed.append((row[1], row[2].strip()))
    return VolumeStatus(int(rc) if rc.strip().isdigit() else -1, tuple(failed))


STANDING = Fact(
    name="standing",
    script=f'[ -x {SCRIPT} ] || exit; timeout 60 {SCRIPT} status; echo "rc: $?"',
    parse=parse,
)
