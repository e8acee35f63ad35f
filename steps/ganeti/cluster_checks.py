"""What must be true of the nodes before Ganeti is told to begin: findings with their mends."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.facts.release import SYSTEM, release_of
from steps.disks.layout import VG_MIB
from steps.ganeti.acting import acting_master, answering
from steps.ganeti.facts.ground import DRBD_PORTS, GROUND, HEADERS, NODED_PORT, Ground
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
    node = acting_master(answers, facts).node
    ground = facts.of(node.short, GROUND)
    yield from names(answers, node, ground)
    yield from cluster_address(answers, node.short, ground)
    yield from storage(answers, facts, node)
    yield from bridge(answers, facts, node.short)
    if not ground.host_key:
        yield Finding(
            node.short,
            what="the ssh server has no RSA host key, and Ganeti wants one",
            mend="ssh-keygen -A, then systemctl restart ssh",
        )
    if not ground.root_ssh:
        yield Finding(node.short, what="/root/.ssh is missing", mend="mkdir -m 700 /root/.ssh")
    if not (ground.hail and ground.users):
        yield Finding(
            node.short,
            what="Ganeti's packages are not complete (allocator or system users missing)",
            mend="dpkg --configure -a, then apt-get install --reinstall ganeti",
        )
    yield from hypervisor(answers, facts, node)
    yield from clocks(answers, facts)


def names(answers: Answers, node: Node, ground: Ground) -> Iterator[Finding]:
    """The host's name is the full one and leads to its own address (Ganeti's install guide)."""
    if ground.hostname != node.name:
        yield Finding(
            node.short,
            what=f"the host calls itself {ground.hostname or 'nothing'}, not {node.name}",
            step="hosts",
        )
    # Debian's installer leads the host's name to 127.0.1.1, and Ganeti then refuses: one address
    # too many is as wrong as none.
    addresses = ground.names.get(node.name, ())
    if str(node.ip) not in addresses or len(addresses) > 1:
        yield Finding(
            node.short,
            what=(
                f"{node.name} resolves to {', '.join(addresses) or 'nothing'}, "
                f"not to {node.ip} alone"
            ),
            step="hosts",
        )
    if str(node.ip) not in ground.own:
        yield Finding(
            node.short,
            what=f"the host does not have the address {node.ip}",
            step="bridge",
        )


def resolves(host: str, ground: Ground, name: str, address: str) -> Iterator[Finding]:
    """A name leads to its address and to no other on this host."""
    addresses = ground.names.get(name, ())
    if addresses != (address,):
        yield Finding(
            host,
            what=f"{name} resolves to {', '.join(addresses) or 'nothing'}, not to {address}",
            step="hosts",
        )


def address_in_use(host: str, label: str) -> Finding:
    """Something answers at an address that is to be given out; `label` names the address."""
    return Finding(
        host,
        what=f"{label} is in use: something answers there",
        mend="choose a free address, or find who has this one: ip neigh show",
    )


def cluster_address(answers: Answers, host: str, ground: Ground) -> Iterator[Finding]:
    """The cluster's name leads to its address, and nobody answers there yet."""
    address = str(answers.hosts.cluster_ip)
    yield from resolves(host, ground, answers.hosts.cluster_name, address)
    if address in ground.answering and address not in ground.own:
        yield address_in_use(host, f"the cluster's address {address}")


def bridge(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    """The bridge is there that guests and the cluster's address are put on."""
    if not facts.of(host, GROUND).bridge:
        yield Finding(host, what=f"there is no bridge {answers.bridge.name}", step="bridge")


def no_volume_group(host: str, vg: str) -> Finding:
    """The volume group that every disk of a guest is made in is not there."""
    return Finding(host, what=f"there is no volume group {vg}", step="lvm")


def storage(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    """A volume group of Ganeti's minimum, and DRBD with the helper that Ganeti requires."""
    ground = facts.of(node.short, GROUND)
    vg = answers.lvm.vg
    group = ground.vgs.get(vg)
    if group is None:
        yield no_volume_group(node.short, vg)
    elif group.size_mib < VG_MIB:
        yield Finding(
            node.short,
            what=(
                f"the volume group {vg} has {group.size_mib:.0f} MiB; "
                f"Ganeti wants {VG_MIB} MiB at least"
            ),
            mend="begin again with a larger partition",
        )
    required = release_of(facts, node.short).usermode_helper
    if ground.helper != required:
        state = f"has the helper {ground.helper}" if ground.helper else "is not loaded"
        yield Finding(
            node.short,
            what=f"the DRBD module {state}; Ganeti requires {required}",
            step="drbd",
        )


def hypervisor(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    """The node runs the hypervisor that the instances need."""
    running = facts.of(node.short, HYPERVISOR)
    if answers.xen.hypervisor == "xen-pvm" and not running.dom0:
        # `reboot` asks for `grub` first where that is what is missing.
        yield Finding(node.short, what="the node does not run under Xen", step="reboot")
    if answers.xen.hypervisor == "kvm" and not running.kvm:
        yield Finding(
            node.short,
            what="there is no /dev/kvm",
            mend="switch virtualisation on in the firmware",
        )


def clocks(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The clocks of all nodes agree; a difference ends in refused certificates and ENODETIME."""
    master = acting_master(answers, facts).node
    master_time = facts.of(master.short, GROUND).time
    for node in answering(answers, facts):
        skew = facts.of(node.short, GROUND).time - master_time
        if abs(skew) > MAX_SKEW:
            direction = "ahead of" if skew > 0 else "behind"
            yield Finding(
                node.short,
                what=f"the clock is {abs(skew)} s {direction} {master.short}'s",
                mend="set the clocks, best by timesyncd or chrony: timedatectl set-ntp true",
            )


def further(answers: Answers, master: Node) -> list[Node]:
    """All nodes but the master, in the order of the answers."""
    return [node for node in answers.nodes if node != master]


def joining(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    """What `gnt-node add` needs of the new node and of the way between it and the master."""
    master = acting_master(answers, facts).node
    yield from names(answers, node, facts.of(node.short, GROUND))
    yield from storage(answers, facts, node)
    yield from hypervisor(answers, facts, node)
    yield from resolves(master.short, facts.of(master.short, GROUND), node.name, str(node.ip))
    yield from _node_daemons_reach(facts, master, node)
    yield from replication(facts, master, node)
    yield from _same_ganeti(facts, master, node)


def _node_daemons_reach(facts: Facts, here: Node, there: Node) -> Iterator[Finding]:
    for source, target in ((here, there), (there, here)):
        # "refused" is well: before it has joined, no daemon listens on the new node.
        if facts.of(source.short, GROUND).ports.get(target.short) == "silent":
            yield Finding(
                source.short,
                what=(
                    f"{target.short} does not answer on TCP port {NODED_PORT}, neither yes nor no"
                ),
                mend=f"open port {NODED_PORT} between the nodes, or mend the network",
            )


def replication(facts: Facts, here: Node, there: Node) -> Iterator[Finding]:
    """What keeps DRBD's connections from getting through, from each of two nodes to the other."""
    first, last = DRBD_PORTS
    for source, target in ((here, there), (there, here)):
        if facts.of(source.short, GROUND).drbd.get(target.short) == "silent":
            yield Finding(
                source.short,
                what=(
                    f"{target.short} answers neither yes nor no on TCP port {last}, "
                    "which is kept for DRBD"
                ),
                mend=f"open the ports {first} to {last} between the nodes",
            )
        size = facts.of(source.short, GROUND).frames.get(target.short, 0)
        if size:
            yield Finding(
                source.short,
                what=f"a whole frame of {size} bytes does not get to {target.short}, and small "
                "ones do: a copy would stand still in the middle",
                mend="give the bridge and its card on all nodes the MTU that the network between "
                f"them carries (find it by `ping -M do -s SIZE {target.name}` plus {HEADERS}), or "
                "have the network carry more; some providers' VLANs carry 1400",
            )


def _same_ganeti(facts: Facts, master: Node, node: Node) -> Iterator[Finding]:
    on_master = facts.of(master.short, SYSTEM).ganeti
    on_node = facts.of(node.short, SYSTEM).ganeti
    if on_master != on_node:
        yield Finding(
            node.short,
            what=(
                f"Ganeti {on_node or 'is missing'} here, {on_master} on {master.short}: "
                "both must be the same"
            ),
            mend="apt-get update && apt-get install ganeti on both",
        )
