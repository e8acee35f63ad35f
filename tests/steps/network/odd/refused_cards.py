"""Cards, bridges and owners that people told of in public and that exclude a bridge: refused by
name.
"""

from __future__ import annotations

from typing import Any

from tests.steps.network.odd.nodes import (
    BARE,
    BR,
    GATEWAY,
    IP,
    LO,
    MAIN,
    STATIC,
    UP,
    bridged,
    link,
    route,
)

CARDS: dict[str, tuple[dict[str, Any], str]] = {
    # KVM how-tos (`allow-hotplug br0` alone): nothing detects a bridge that is yet to be made.
    "bridge that only a detection starts": (
        {
            "files": LO
            + BR.format("br0").replace("auto", "allow-hotplug")
            + "  bridge_ports eth0\n",
            "links": bridged("br0", link("eth0", master="br0")),
        },
        "would not come up so at boot",
    ),
    "bridge over a bond that nothing starts": (
        {
            "files": LO
            + "iface bond0 inet manual\n    bond-slaves eth0\n\n"
            + BR.format("br0")
            + "    bridge_ports bond0\n",
            "links": bridged(
                "br0", link("eth0", master="bond0"), link("bond0", kind="bond", master="br0")
            ),
        },
        "would not come up so at boot",
    ),
    "ports of an expression that does not match": (
        {
            "files": LO + BR.format("br0") + "    bridge_ports regex eth[1-9]\n",
            "links": bridged("br0", link("eth0", master="br0")),
        },
        "would not come up so at boot",
    ),
    # nmcli says "connected (externally)" of bridges that somebody else made (docker0, virbr0).
    "bridge that NetworkManager only sees": (
        {
            "files": LO,
            "links": bridged("br0", link("eth0", master="br0"), link("eth1", master="br0")),
            "managed": "br0 NetworkManager watched\n",
        },
        "would not come up so at boot",
    ),
    "card that NetworkManager waits for": (
        {"managed": "eth0 NetworkManager watched\n"},
        "NetworkManager manages it",
    ),
    "bond that nothing starts": (
        {
            "files": LO + STATIC.replace("auto eth0\n", "").replace("eth0", "bond0"),
            "links": [link("eno1", master="bond0"), link("bond0", f"{IP}/24", kind="bond")],
        },
        "no `auto` line",
    ),
    "ifupdown-ng makes it": (
        {
            "files": f"auto eth0\niface eth0\n    address {IP}/24\n    gateway {GATEWAY}\n",
            "owners": "ifupdown-ng on\n",
        },
        "let ifupdown-ng make the bridge",
    ),
    # docs.cumulusnetworks.com, "Routing on the host": the node's address is on lo.
    "address on lo": (
        {
            "files": LO + f"    up ip addr add {IP}/32 dev lo\n",
            "links": [link("lo", f"{IP}/32"), link("eth0", "10.0.0.2/31"), link("eth1")],
            "routes": [route("default", gateway="10.0.0.3", protocol="bgp")],
        },
        "is on lo",
    ),
    # FRR and BIRD keep the routes of the card.
    "routes of a routing daemon": (
        {
            "routes": [
                route("default", gateway=GATEWAY),
                route("10.7.0.0/16", gateway="192.168.0.9", protocol="bird"),
            ]
        },
        "bird maintains",
    ),
    "a route for one type of service": (
        {
            "routes": [
                route("default", gateway=GATEWAY),
                route("10.7.0.0/16", gateway="192.168.0.9", tos="0x10"),
            ]
        },
        "a route that is not understood",
    ),
    "the gateway of the file is not the kernel's": (
        {"routes": [route("default", gateway="192.168.0.254")]},
        f"gives the gateway {GATEWAY}",
    ),
    "a VXLAN that is bound to the card": (
        {"links": [*UP, link("vx7", kind="vxlan", link="eth0")]},
        "vx7 over it",
    ),
    # OpenStack's guides with Open vSwitch.
    "Open vSwitch has the address": (
        {
            "files": LO
            + f"allow-ovs br-ex\niface br-ex inet static\n    address {IP}/24\n"
            + "    ovs_type OVSBridge\n    ovs_ports eth0\n",
            "links": [
                link("eth0", master="ovs-system"),
                link("br-ex", f"{IP}/24", kind="openvswitch"),
            ],
        },
        "br-ex cannot go under the bridge",
    ),
    "team": (
        {"links": [link("eth0", master="team0"), link("team0", f"{IP}/24", kind="team")]},
        "team0 cannot go under the bridge",
    ),
    # docs.redhat.com, Red Hat Virtualization, technical reference, 3.5: modes 0, 5 and 6.
    "bond of a mode that carries no instances' frames": (
        {
            "files": LO + STATIC.replace("eth0", "bond0"),
            "links": [
                link("eno1", master="bond0"),
                link(
                    "bond0",
                    f"{IP}/24",
                    linkinfo={"info_kind": "bond", "info_data": {"mode": "balance-alb"}},
                ),
            ],
        },
        "a bond of the mode balance-alb",
    ),
    # docs.openstack.org, neutron: the MTU of an overlay network comes by DHCP.
    "an MTU that the lease gives": (
        {
            "files": LO + "auto eth0\niface eth0 inet dhcp\n",
            "links": [link("eth0", f"{IP}/24", mtu=1450)],
        },
        "its lease gives an MTU of 1450",
    ),
    # dhcpcd, src/if-linux.c (RTAX_MTU): Debian 13's client sets it on the routes.
    "an MTU that the lease gives to the routes": (
        {
            "files": LO + "auto eth0\niface eth0 inet dhcp\n",
            "routes": [
                route("default", gateway=GATEWAY, protocol="dhcp", metrics=[{"mtu": 1400}]),
            ],
        },
        "its lease gives an MTU of 1400",
    ),
    # README.Debian of open-iscsi: the root file system over the card itself.
    "root over iSCSI": ({"owners": "root iscsi\n"}, "comes over the network (iscsi)"),
    "InfiniBand": (
        {
            "files": LO + STATIC.replace("eth0", "ib0"),
            "links": [link("ib0", f"{IP}/24", link_type="infiniband")],
        },
        "of type infiniband",
    ),
    "virtual function": (
        {"cards": "eth0 carrier=1 physical=1 vf=1\n"},
        "virtual function",
    ),
    # A node that went from ifupdown to netplan, with its old files left.
    "files that nobody reads": (
        {
            "files": LO
            + "auto eth0 eth1\niface eth1 inet dhcp\n"
            + BARE.removeprefix("auto eth0\n"),
            "installed": "netplan.io",
        },
        "would bring up eth1",
    ),
    "a file behind a link": (
        {"owners": f"link {MAIN} /run/net/interfaces\n"},
        "a symbolic link to /run/net/interfaces",
    ),
    "nothing comes up at boot": (
        {"owners": "networking networking.service is disabled\n"},
        "networking.service is disabled",
    ),
    "a script for all interfaces": (
        {"owners": "script /etc/network/if-up.d/routes eth0\n"},
        "/etc/network/if-up.d/routes names eth0",
    ),
    "another name of the card in a hook": (
        {
            "files": LO + STATIC + "    up ip route add 10.0.0.0/8 dev enp0s3\n",
            "links": [link("eth0", f"{IP}/24", altnames=["enp0s3"])],
        },
        "write eth0",
    ),
    "an interface that a hook makes": (
        {
            "files": LO + STATIC + "    up ip tunnel add t7 mode gre remote 192.0.2.1\n",
            "links": [*UP, link("t7", kind="gre")],
        },
        "would make t7 once more",
    ),
    "NetworkManager does not answer": (
        {"managed": "* NetworkManager watched\n"},
        "NetworkManager manages it",
    ),
    "a free card that has a purpose": (
        {
            "files": LO + "auto eth1\niface eth1 inet static\n    address 10.5.0.1/24\n",
            "links": [link("eth0", "10.0.2.2/24"), link("eth1")],
        },
        "10.5.0.1/24, which is not the node's address",
    ),
}
