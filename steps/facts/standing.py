"""What a guest's own program says of its encrypted volume: mount points and protected services, one by one."""

from __future__ import annotations

from dataclasses import dataclass

from steps.vault_layout import SCRIPT
from wizard.step import Fact


@dataclass(frozen=True)
class Standing:
    """`open` is whether the volume is; `failed` are what does not stand on it though it is, each with the reason."""

    open: bool = False
    failed: tuple[tuple[str, str], ...] = ()


def parse(text: str) -> Standing:
    """Read the lines of `protected-volume status`: ok, note or FAILED; what; how."""
    rows = [line.split(None, 2) for line in text.splitlines()]
    failed = tuple((row[1], row[2].strip() if len(row) > 2 else "") for row in rows if row[:1] == ["FAILED"])
    return Standing(open=["ok", "volume", "open"] in rows, failed=failed)


STANDING = Fact(name="standing", script=f"[ -x {SCRIPT} ] && timeout 60 {SCRIPT} status", parse=parse)
"""Empty where no volume was set up."""
