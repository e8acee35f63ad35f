"""Check of the nodes' packet filters: whether instances' frames cross the bridge."""

from __future__ import annotations

from collections.abc import Iterator

from steps.health.look import Look
from steps.network.checks.firewall import barred
from steps.network.facts.firewall import PACKET_FILTER
from wizard.model.verdicts import Level, Verdict


def bridges(look: Look) -> Iterator[Verdict]:
    """No node has rules that bar them, as those that Docker brings along when it is installed on a
    node: running instances lose their network then, or after their next start.
    """
    if look.answers.xen.hypervisor != "kvm":
        # Nothing is judged: what else bars frames, Xen's vif-bridge makes a rule for each instance.
        what = "Xen has a rule of its own for each instance's frames"
        yield Verdict("bridge", "", Level.OK, what=what)
        return
    free = []
    for node in look.seen:
        firewall = look.facts.of(node.short, PACKET_FILTER)
        findings = list(barred(look.answers, node.short, firewall))
        for finding in findings:
            yield Verdict(
                "bridge",
                node.short,
                Level.WARNING,
                what=finding.what,
                mend=finding.mend,
            )
        if firewall.unread:
            yield Verdict(
                "bridge",
                node.short,
                Level.UNKNOWN,
                what="its packet filter has rules that could not be read",
                mend="nft list ruleset",
            )
        elif not findings:
            free.append(node.short)
    if free and len(free) == len(look.seen):
        what = "no rules keep instances' frames from crossing the bridges"
        yield Verdict("bridge", "", Level.OK, what=what)
