"""What the inventory asks of a played machine and a recorded case may not have."""

from __future__ import annotations

_CAPACITY = """\
hostname: {name}.name.org
cpus: 1
available_kib: 1673000
"""
_SYSTEM = """\
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
VERSION_ID="12"
ID=debian

arch: amd64
"""
_RUNNING = """\
kernel: 6.1.0-56-amd64
memory_kib: 2014000
efi: no
"""


def inventory(name: str) -> dict[str, str]:
    """The machine as a whole, by the facts' names; what was recorded of it comes before this."""
    return {
        "capacity": _CAPACITY.format(name=name),
        "system": _SYSTEM,
        "running": _RUNNING,
    }
