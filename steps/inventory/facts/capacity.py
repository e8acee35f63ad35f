"""A machine's name and what it can carry, as far as no step asks for it."""

from __future__ import annotations

from dataclasses import dataclass

from steps.common.facts.texts import fields
from wizard.model.facts import Fact


@dataclass(frozen=True)
class Capacity:
    """What a machine calls itself, and what it can carry."""

    hostname: str = ""
    cpus: int = 0
    """Processors that Linux has; under Xen those of dom0."""
    available_mib: int = 0
    """Memory for new programs, in MiB."""


def parse(text: str) -> Capacity:
    """Read "name: value" lines."""
    values = fields(text)
    return Capacity(
        hostname=values.get("hostname", ""),
        cpus=int(values.get("cpus", "0") or 0),
        available_mib=int(values.get("available_kib", "0") or 0) // 1024,
    )


CAPACITY = Fact(
    name="capacity",
    script=r"""echo "hostname: $(hostname)"
echo "cpus: $(nproc)"
while read -r key value unit; do
  [ "$key" = MemAvailable: ] && echo "available_kib: $value"
done </proc/meminfo""",
    parse=parse,
)
"""hostname(1), nproc(1), and MemAvailable of /proc/meminfo (proc_meminfo(5))."""
