"""Which disks gave read errors: what is left of a mirror is copied from one end to the other, and
what cannot be read there is lost on this server.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from wizard.model.facts import Fact


@dataclass(frozen=True)
class Media:
    """Errors by the kernel's name of a disk or partition (sda, sda2)."""

    corrected: tuple[tuple[str, int], ...] = ()
    """Of members of arrays: reads that were made good from the other half, and blocks that the
    array has marked as bad.
    """
    failed: tuple[tuple[str, int], ...] = ()
    """Of disks: reads that failed since the boot, by the kernel's log."""

    def of(self, name: str) -> int:
        """Failed and corrected reads of a disk or partition."""
        return dict(self.corrected).get(name, 0) + dict(self.failed).get(name, 0)


def parse(text: str) -> Media:
    """Read `member NAME ERRORS BAD` and `COUNT read NAME` lines."""
    corrected: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for line in text.splitlines():
        match line.split():
            case ["member", name, errors, bad] if errors.isdigit() and bad.isdigit():
                corrected[name] += int(errors) + int(bad)
            case [count, "read", name] if count.isdigit():
                failed[name] += int(count)
            case _:
                pass
    return Media(tuple(sorted(corrected.items())), tuple(sorted(failed.items())))


MEDIA = Fact(
    name="read-errors",
    script=r"""for r in /sys/block/md*/md/dev-*; do
  [ -d "$r" ] || continue
  echo "member ${r##*/dev-} $(cat "$r/errors") $(wc -l <"$r/bad_blocks")"
done
journalctl -q -k -b -o cat --no-pager |
  sed -nE 's/.*error, dev ([a-z0-9]+), sector [0-9]+ op 0x0:\(READ\).*/read \1/p' |
  sort | uniq -c""",
    parse=parse,
)
"""md(4): "errors" and "bad_blocks" of a member in sysfs. A failed read is worded so by the kernel's
block/blk-core.c.
"""
