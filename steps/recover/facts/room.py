"""What a node could take in: its free memory, what each of its instances has, and whether Xen can
copy one while it runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.platform.facts.xen import DOMAINS
from wizard.model.facts import Fact


@dataclass(frozen=True)
class Room:
    """Sizes in MiB. `abilities` are the words of `virt_caps` in `xl info`, none without Xen;
    `taken` is the memory of each running domain but dom0, by its name.
    """

    abilities: tuple[str, ...] = ()
    free_mib: int = 0
    taken: Mapping[str, int] = field(default_factory=dict)


def parse(text: str) -> Room:
    """Read `abilities:`, `free:` (MiB), `available:` (KiB) and `domain: MIB NAME` lines."""
    abilities: tuple[str, ...] = ()
    free = 0
    available = 0
    taken: dict[str, int] = {}
    for line in text.splitlines():
        match line.split():
            case ["abilities:", *words]:
                abilities = tuple(words)
            case ["free:", mib] if mib.isdigit():
                free = int(mib)
            case ["available:", kib] if kib.isdigit():
                available = int(kib) // 1024
            case ["domain:", mib, *name] if mib.isdigit():
                taken[" ".join(name)] = int(mib)
    # Under Xen the kernel counts dom0's own memory only.
    return Room(abilities, free or available, taken)


ROOM = Fact(
    name="room",
    script=DOMAINS
    + r"""
x=; [ -r /sys/hypervisor/type ] && read -r x </sys/hypervisor/type
case $x in xen)
  timeout 15 xl info | sed -n 's/^virt_caps *: */abilities: /p; s/^free_memory *: */free: /p'
  domains | while read -r id mem state name; do
    case $id in [1-9]*) echo "domain: $mem $name" ;; esac
  done ;;
*)
  while read -r key value rest; do
    [ "$key" = MemAvailable: ] && echo "available: $value"
  done </proc/meminfo ;;
esac""",
    parse=parse,
)
"""xl(1), `info` and `list`; proc(5), /proc/meminfo."""
