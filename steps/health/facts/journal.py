"""Whether a node's journal outlives a reboot."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.model.facts import Fact


@dataclass(frozen=True)
class Journal:
    """Where systemd keeps it; both are False where it was not seen at all."""

    on_disk: bool = False
    in_memory: bool = False


def parse(text: str) -> Journal:
    """Read a word a line."""
    words = text.split()
    return Journal(on_disk="disk" in words, in_memory="memory" in words)


JOURNAL = Fact(
    name="journal",
    script=r"""read -r machine </etc/machine-id
[ -e "/var/log/journal/$machine/system.journal" ] && echo disk
[ -e "/run/log/journal/$machine/system.journal" ] && echo memory""",
    parse=parse,
)
"""systemd-journald.service(8), FILES: one of the two is written, in memory where the other folder
is not there or journald.conf(5) says Storage=volatile.
"""
