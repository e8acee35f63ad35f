"""The cables of the lab's machines and the router, as QEMU's options; pure."""

from typing import Any

from wizard.lab.base.host import QEMU
from wizard.lab.base.layout import CABLES
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.spec import LabSpec, NodeSpec
from wizard.lab.network.ports import ROUTER_PORT, port_of

ROUTER_NAME = "router"
"""Name of the process that is the instances' way out; no machine may have it."""

QUEUES = {"sends": "rx", "receives": "tx"}
"""What a machine sends goes into its cable's receive queue, what it receives comes out of the
transmit queue (qemu(1), filter-redirector).
"""


def cluster_backend(spec: LabSpec, paths: LabPaths, node: NodeSpec, cable: str = CABLES[0]) -> str:
    """A cluster cable: a pair of unix sockets between two machines, a switch among more, with a
    fixed port where the ports differ.
    """
    if spec.switched:
        port = f",port={port_of(node, cable)}" if spec.tagged else ""
        return f"vde,id={cable},sock={paths.switch}{port}"
    (peer,) = (other for other in spec.nodes if other.number != node.number)
    return (
        f"dgram,id=cluster,local.type=unix,local.path={paths.socket(node.name, 'net')},"
        f"remote.type=unix,remote.path={paths.socket(peer.name, 'net')}"
    )


def management_backend(node: NodeSpec) -> str:
    """The management cable: QEMU's user network, ssh forwarded from this host's loopback and
    nothing else let in.
    """
    return (
        f"user,id=mgmt,ipv6=off,net=10.0.2.0/24,dhcpstart={node.mgmt_address},"
        f"hostfwd={_door(node)}-{node.mgmt_address}:22"
    )


def _door(node: NodeSpec) -> str:
    return f"tcp:127.0.0.1:{node.ssh_port}"


def shut_door(node: NodeSpec) -> str:
    """The words of QEMU's monitor that close a running machine's ssh port on this host."""
    return f"hostfwd_remove mgmt {_door(node)}"


def open_door(node: NodeSpec) -> str:
    """The words that open it again."""
    return f"hostfwd_add mgmt {_door(node)}-{node.mgmt_address}:22"


def gate_options(netdev: str, descriptors: tuple[int, int]) -> list[str]:
    """Every frame to that user network goes through the gate at the other end of two inherited
    sockets.

    Only from the machines outwards: what comes in answers something that was let out. Without its
    gate a network is dead, never open (net/filter-mirror.c: a frame whose socket is closed is
    dropped).
    """
    asking, granted = descriptors
    redirector = f"filter-redirector,id=gate,netdev={netdev},queue=rx"
    return [
        *["-chardev", f"socket,id=asking,fd={asking}"],
        *["-chardev", f"socket,id=granted,fd={granted}"],
        *["-object", f"{redirector},outdev=asking,indev=granted"],
    ]


def half_cut(cable: str, way: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What QMP's chardev-add and object-add take so that one way through a cable is cut: each frame
    goes to a device that forgets it. The card shows nothing of it.
    """
    name = f"cut-{cable}-{way}"
    nowhere = {"id": name, "backend": {"type": "null", "data": {}}}
    redirector = {
        "qom-type": "filter-redirector",
        "id": name,
        "netdev": cable,
        "queue": QUEUES[way],
        "outdev": name,
    }
    return nowhere, redirector


def router_command(spec: LabSpec, paths: LabPaths, gate: tuple[int, int]) -> list[str]:
    """A QEMU without a machine: its user network as router and name server on the switch."""
    port = f",port={ROUTER_PORT}" if spec.tagged else ""
    out = f"user,id=out,ipv6=off,net={spec.network},host={spec.router},dns={spec.resolver}"
    return [
        *[QEMU, "-name", ROUTER_NAME, "-machine", "none", "-nodefaults", "-display", "none"],
        *["-pidfile", str(paths.pid(ROUTER_NAME))],
        *["-netdev", f"vde,id=lan,sock={paths.switch}{port}"],
        *["-netdev", "hubport,id=inside,hubid=0,netdev=lan"],
        *["-netdev", out],
        *["-netdev", "hubport,id=outside,hubid=0,netdev=out"],
        *gate_options("out", gate),
    ]
