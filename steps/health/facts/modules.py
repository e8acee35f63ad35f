"""Which kernel an instance runs, and of which kernels it has the modules."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.model.facts import Fact


@dataclass(frozen=True)
class Modules:
    """What an instance has below /lib/modules."""

    running: str = ""
    """The kernel's version."""
    own: bool = False
    """Whether that kernel is its own, out of its own /boot."""
    versions: tuple[str, ...] = ()
    """The kernels whose modules it has."""


def parse(text: str) -> Modules:
    """Read lines of a keyword and a version."""
    rows = [line.split() for line in text.splitlines()]
    words = [(row[0], row[1]) for row in rows if len(row) == 2]
    return Modules(
        running=next((version for keyword, version in words if keyword == "running"), ""),
        own=("own", "yes") in words,
        versions=tuple(version for keyword, version in words if keyword == "modules"),
    )


MODULES = Fact(
    name="guest-modules",
    script=r"""read -r a b running rest </proc/version
echo "running $running"
[ -e "/boot/vmlinuz-$running" ] && echo "own yes"
for index in /lib/modules/*/modules.dep; do
  [ -e "$index" ] || continue
  folder=${index%/*}
  echo "modules ${folder##*/}"
done""",
    parse=parse,
)
"""proc_version(5); without its index of depmod(8) modprobe(8) finds no module of a kernel."""
