"""The switch's own settings where machines have bonds or their network is a VLAN; pure.

In a VLAN the cluster's machines are at trunk ports: what they send has a tag, or is dropped. Backup
host and router are at access ports of that VLAN, where the switch takes the tag off and puts it on;
they know nothing of it. So no tagged frame gets to the gate, and it would refuse one.
"""

from wizard.lab.base.layout import CABLES, NO_UNTAGGED, VLAN, is_bonded
from wizard.lab.base.spec import LabSpec, NodeSpec

ROUTER_PORT = 1

MOVE_AT_ONCE = "hash/setminper -1"
"""A hardware address that speaks at another port is there from then on, as for any other switch. By
default vde_switch believes that only after three seconds of silence at the old one (src/vde_switch/
hash.c, find_in_hash_update): a bond that changes its card would get no answer for so long.
"""


def port_of(node: NodeSpec, cable: str) -> int:
    """The port of a machine's cable; machines are numbered from 1, and each has two ports."""
    return 2 * node.number + CABLES.index(cable)


def switch_setup(spec: LabSpec) -> list[str]:
    """The switch's own commands (vde_switch(1): hash, port and vlan); none where all machines have
    one card and frames have no tags.
    """
    commands = [MOVE_AT_ONCE] if is_bonded(spec.cards) else []
    return [*commands, *_vlan(spec)] if spec.tagged else commands


def _vlan(spec: LabSpec) -> list[str]:
    commands = [f"vlan/create {VLAN}", *_access(ROUTER_PORT)]
    for node in spec.nodes:
        for cable in spec.cables(node):
            port = port_of(node, cable)
            commands += _trunk(port) if node.role == "node" else _access(port)
    return commands


def _access(port: int) -> list[str]:
    return [f"port/create {port}", f"port/setvlan {port} {VLAN}"]


def _trunk(port: int) -> list[str]:
    return [
        f"port/create {port}",
        f"port/setvlan {port} {NO_UNTAGGED}",
        f"vlan/addport {VLAN} {port}",
    ]
