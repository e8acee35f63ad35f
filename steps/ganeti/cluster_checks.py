"""What must be true of the nodes before Ganeti is told to begin: findings with their mends."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.facts.release import SYSTEM, release_of
from steps.disks.layout import VG_MIB
from steps.ganeti.facts.ganeti import GANETI
from steps.ganeti.facts.ground import DRBD_PORTS, GROUND, NODED_PORT, Ground
from steps.platform.facts.xen import HYPERVISOR
from wizard.answers import Answers, Node
from wizard.model.facts import Facts
from wizard.model.step import Finding

MAX_SKEW = 90
"""Seconds that clocks may differ here; Ganeti complains at 150, and gathering facts takes some
itself.
"""


def ground_of_master(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """What InitCluster looks at, in its order; then what would only fail later."""
    node = answers.master
    ground = facts.of(node.short, GROUND)
    yield from names(answers, node, ground)
    yield from cluster_address(answers, ground)
    yield from storage(answers, facts, node)
    if not ground.bridge:
        yield Finding(
            node.short, f"there is no bridge {answers.bridge.name}", "finish the step `bridge`"
        )
    if not ground.host_key:
        what = "the ssh server has no RSA host key, and Ganeti wants one"
        yield Finding(node.short, what, "ssh-keygen -A, then systemctl restart ssh")
    if not ground.root_ssh:
        yield Finding(node.short, "/root/.ssh is missing", "mkdir -m 700 /root/.ssh")
    if not (ground.hail and ground.users):
        what = "Ganeti's packages are not complete (allocator or system users missing)"
        yield Finding(
            node.short, what, "dpkg --configure -a, then apt-get install --reinstall ganeti"
        )
    yield from hypervisor(answers, facts, node)
    yield from clocks(answers, facts)


def names(answers: Answers, node: Node, ground: Ground) -> Iterator[Finding]:
    """The host's name is the full one and leads to its own address (Ganeti's installation guide)."""  # noqa: E501
    if ground.hostname != node.name:
        what = f"the host calls itself {ground.hostname or 'nothing'}, not {node.name}"
        yield Finding(node.short, what, f"hostnamectl set-hostname {node.name} (step `hosts`)")
    found = ground.names.get(node.name, ())
    if str(node.ip) not in found or len(found) > 1:
        what = f"{node.name} resolves to {', '.join(found) or 'nothing'}, not to {node.ip} alone"
        yield Finding(node.short, what, "correct /etc/hosts, no 127.0.1.1 line (step `hosts`)")
    if str(node.ip) not in ground.own:
        yield Finding(
            node.short, f"the host does not have the address {node.ip}", "finish the step `bridge`"
        )


def cluster_address(answers: Answers, ground: Ground) -> Iterator[Finding]:
    """The cluster's name leads to its address, and nobody answers there yet."""
    host, name, address = (
        answers.master.short,
        answers.hosts.cluster_name,
        str(answers.hosts.cluster_ip),
    )
    found = ground.names.get(name, ())
    if found != (address,):
        what = f"{name} resolves to {', '.join(found) or 'nothing'}, not to {address}"
        yield Finding(host, what, "correct /etc/hosts (step `hosts`)")
    if address in ground.answering and address not in ground.own:
        what = f"the cluster's address {address} is in use: something answers there"
        yield Finding(host, what, "choose a free address, or find who has this one: ip neigh show")


def storage(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    """A volume group of Ganeti's minimum, and DRBD with the helper that Ganeti requires."""
    ground, vg = facts.of(node.short, GROUND), answers.lvm.vg
    group = ground.vgs.get(vg)
    if group is None:
        yield Finding(node.short, f"there is no volume group {vg}", "finish the step `lvm`")
    elif group.size_mib < VG_MIB:
        what = (
            f"the volume group {vg} has {group.size_mib:.0f} MiB; Ganeti wants {VG_MIB} "
            "MiB at least"
        )
        yield Finding(node.short, what, "begin again with a larger partition")
    wanted = release_of(facts, node.short).usermode_helper
    if ground.helper != wanted:
        now = f"has the helper {ground.helper}" if ground.helper else "is not loaded"
        yield Finding(
            node.short, f"the DRBD module {now}; Ganeti requires {wanted}", "finish the step `drbd`"
        )


def hypervisor(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    """The node runs the hypervisor that the instances need."""
    seen = facts.of(node.short, HYPERVISOR)
    if answers.xen.hypervisor == "xen-pvm" and not seen.dom0:
        yield Finding(
            node.short, "the node does not run under Xen", "finish the steps `grub` and `reboot`"
        )
    if answers.xen.hypervisor == "kvm" and not seen.kvm:
        yield Finding(
            node.short, "there is no /dev/kvm", "switch virtualisation on in the firmware"
        )


def clocks(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The clocks of all nodes agree; a difference ends in refused certificates and ENODETIME."""
    here = facts.of(answers.master.short, GROUND).time
    for node in answers.nodes[1:]:
        skew = facts.of(node.short, GROUND).time - here
        if abs(skew) > MAX_SKEW:
            what = (
                f"the clock is {abs(skew)} s {'ahead of' if skew > 0 else 'behind'} "
                f"{answers.master.short}'s"
            )
            yield Finding(
                node.short,
                what,
                "set the clocks, best by timesyncd or chrony: timedatectl set-ntp true",
            )


def joining(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    """What `gnt-node add` needs of the new node and of the way between it and the master."""
    ground, master = facts.of(node.short, GROUND), answers.master
    yield from names(answers, node, ground)
    yield from storage(answers, facts, node)
    yield from hypervisor(answers, facts, node)
    seen = facts.of(master.short, GROUND).names.get(node.name, ())
    if seen != (str(node.ip),):
        what = f"{node.name} resolves to {', '.join(seen) or 'nothing'}, not to {node.ip}"
        yield Finding(master.short, what, "correct /etc/hosts (step `hosts`)")
    for one, other in ((master, node), (node, master)):
        if facts.of(one.short, GROUND).ports.get(other.short) == "silent":
            what = f"{other.short} does not answer on TCP port {NODED_PORT}, neither yes nor no"
            yield Finding(
                one.short, what, f"open port {NODED_PORT} between the nodes, or mend the network"
            )
    yield from replication(facts, master, node)
    here, there = facts.of(master.short, SYSTEM).ganeti, facts.of(node.short, SYSTEM).ganeti
    if here != there:
        what = (
            f"Ganeti {there or 'is missing'} here, {here} on {master.short}: both must be the same"
        )
        yield Finding(node.short, what, "apt-get update && apt-get install ganeti on both")


def replication(facts: Facts, here: Node, there: Node) -> Iterator[Finding]:
    """What keeps DRBD's connections from getting through, from each of the two nodes to the other."""  # noqa: E501
    for one, other in ((here, there), (there, here)):
        if facts.of(one.short, GROUND).drbd.get(other.short) == "silent":
            first, last = DRBD_PORTS
            what = (
                f"{other.short} answers neither yes nor no on TCP port {last}, which is "
                "kept for DRBD"
            )
            yield Finding(one.short, what, f"open the ports {first} to {last} between the nodes")


def master_is_ready(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The cluster exists on the first node: what every later step stands on."""
    stored = facts.of(answers.master.short, GANETI)
    if stored.config is None or stored.config.name != answers.hosts.cluster_name:
        what = f"there is no cluster {answers.hosts.cluster_name} yet"
        yield Finding(answers.master.short, what, "finish the step `cluster`")
