"""Check of the nodes' journals: what was before an accident is read from them."""

from __future__ import annotations

from collections.abc import Iterator

from steps.health.facts.journal import JOURNAL
from steps.health.look import Look
from wizard.model.verdicts import Level, Verdict


def journals(look: Look) -> Iterator[Verdict]:
    """Each node keeps its journal on disk."""
    kept = []
    for node in look.seen:
        seen = look.facts.of(node.short, JOURNAL)
        if seen.on_disk:
            kept.append(node.short)
        elif seen.in_memory:
            yield Verdict(
                "journal",
                node.short,
                Level.WARNING,
                what="its journal is kept in memory and is gone after a power cut: nothing tells "
                "then on which node an instance ran last, and what DRBD did",
                mend="mkdir -p /var/log/journal, then systemctl restart systemd-journald; where "
                "that does not suffice: Storage= in /etc/systemd/journald.conf and its .d folders",
            )
    if kept and len(kept) == len(look.seen):
        what = "the journals of the nodes outlive a reboot"
        yield Verdict("journal", "", Level.OK, what=what)
