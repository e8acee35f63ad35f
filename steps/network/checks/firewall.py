"""What the packet filter's rules would do to a bridge."""

from __future__ import annotations

from collections.abc import Iterator

from steps.network.facts.firewall import Firewall
from steps.network.facts.net import NETWORK, Card
from wizard.answers import Answers, Node
from wizard.model.facts import Facts
from wizard.model.step import Finding


def not_prepared(facts: Facts, node: Node, card: Card, bridge: str) -> Iterator[str]:
    """Rules that go by the card: what comes in by the bridge passes them by, to be let in or to be
    barred (docs of ebtables, br_fw_ia: netfilter sees the bridge as the interface).
    """
    firewall = facts.of(node.short, NETWORK).firewall
    if firewall.unread:
        yield "the packet filter has rules that could not be read (nft list ruleset)"
    if firewall.has(card.name) and not firewall.has(bridge):
        yield (
            f"rules of the packet filter name {card.name} and none names {bridge}, by which all "
            "will come in: what they bar would be open, or what they let in be barred (nft list "
            "ruleset, iptables-save)"
        )


def barred(answers: Answers, host: str, firewall: Firewall) -> Iterator[Finding]:
    """Rules that keep frames from crossing the bridge, as Docker's do (docker/for-linux issue 949,
    moby issue 48365): instances would have no network. Xen's vif-bridge makes rules of its own.
    """
    bridge = answers.bridge.name
    if answers.xen.hypervisor != "kvm" or firewall.has(bridge):
        return
    for family in firewall.barred:
        program = "iptables" if family == "IPv4" else "ip6tables"
        yield Finding(
            host,
            what=f"instances would have no network: the packet filter bars {family} that crosses "
            f"{bridge}",
            mend=f"have the rules let it through ({program} -I FORWARD -i {bridge} -o {bridge} -j "
            "ACCEPT, wherever they come from, so that it lasts), or leave bridges out of them: "
            f"net.bridge.bridge-nf-call-{program} = 0 in /etc/sysctl.d",
        )
