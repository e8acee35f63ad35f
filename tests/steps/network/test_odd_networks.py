"""Networks that people told of in public: taken as they are, moved with all that they have, or
refused by name. Each has the place where somebody had it.
"""

from __future__ import annotations

from typing import Any

import pytest

from steps.network.ifupdown import Wanted, configured
from tests.steps.network.odd import (
    GATEWAY,
    IP,
    LO,
    MAIN,
    STATIC,
    link,
    route,
    said,
    seen,
    written,
)

UP = [link("eth0", f"{IP}/24")]
BARE = f"auto eth0\niface eth0 inet static\n    address {IP}/24\n"
GATE = f"    gateway {GATEWAY}\n"


def bridged(name: str, *lower: dict[str, Any]) -> list[dict[str, Any]]:
    """A bridge with the address over what is below."""
    return [*lower, link(name, f"{IP}/24", kind="bridge")]


BR = "auto {0}\niface {0} inet static\n    address " + f"{IP}/24\n    gateway {GATEWAY}\n"
PORT = "    bridge_ports eth0\n"
VF_BOND = [
    link("v0", master="bond0"),
    link("v1", master="bond0"),
    link("bond0", kind="bond", master="vmbr0"),
]

ACCEPTED = {
    # Clearpath Robotics, documentation of Spot: bridge of all cards by an expression.
    "expression with alternatives": {
        "files": LO + BR.format("br0") + "    bridge_ports regex (eth.*)|(en.*)\n",
        "links": bridged("br0", link("enp3s0", master="br0"), link("eth1", master="br0")),
    },
    "all cards": {
        "files": LO + BR.format("br0") + "    bridge_ports all\n",
        "links": bridged("br0", link("p2p1", master="br0"), link("em1", master="br0")),
    },
    # CumulusNetworks/ifupdown2 #319, with the address on the bridge: a bond of virtual functions.
    "bond of virtual functions": {
        "files": LO
        + "iface v0 inet manual\n\niface v1 inet manual\n\nauto bond0\niface bond0 inet manual\n"
        + "    bond-slaves v0 v1\n\n"
        + BR.format("vmbr0")
        + "    bridge-ports bond0\n    bridge-vlan-aware yes\n    bridge-vids 2-4094\n",
        "links": bridged("vmbr0", *VF_BOND),
        "cards": "v0 carrier=1 physical=1 vf=1\nv1 carrier=1 physical=1 vf=1\n",
    },
    # Proxmox VE administration guide, "traditional Linux bridge": no `auto` for the bond's VLAN.
    "VLAN that bridge-utils makes": {
        "files": LO
        + "auto bond0\niface bond0 inet manual\n    slaves eno1 eno2\n    bond_mode 802.3ad\n\n"
        + "iface bond0.5 inet manual\n\n"
        + BR.format("vmbr0v5")
        + "    bridge_ports bond0.5\n    bridge_stp off\n",
        "links": bridged(
            "vmbr0v5",
            link("eno1", master="bond0"),
            link("bond0", kind="bond"),
            link("bond0.5", kind="vlan", link="bond0", master="vmbr0v5"),
        ),
    },
    # Ubuntu Server guide, bonding: the slaves name the bond, and bring it up.
    "bond that its slaves bring up": {
        "files": LO
        + "auto eth0\niface eth0 inet manual\n    bond-master bond0\n\n"
        + "iface bond0 inet manual\n    bond-slaves none\n    bond-mode active-backup\n\n"
        + BR.format("br0")
        + "    bridge_ports bond0\n",
        "links": bridged(
            "br0", link("eth0", master="bond0"), link("bond0", kind="bond", master="br0")
        ),
    },
    # interfaces(5) of ifupdown-ng: neither family nor method, several addresses.
    "ifupdown-ng": {
        "files": "auto br0\niface br0\n    address 10.9.9.9/24\n    bridge-ports eth0\n"
        f"    address {IP}/24\n    gateway {GATEWAY}\n",
        "links": bridged("br0", link("eth0", master="br0")),
        "owners": "ifupdown-ng on\n",
    },
    # ifupdown2's own documentation: ports by a pattern of file names.
    "ifupdown2 with a pattern": {
        "files": LO + BR.format("bridge") + "    bridge-ports glob swp*\n",
        "links": bridged("bridge", link("swp1", master="bridge")),
        "owners": "ifupdown2 on\n",
    },
    # docs.hetzner.com, virtualization with a routed network: one address on card and bridge.
    "routed: the address on card and bridge": {
        "files": LO
        + STATIC.replace("/24", "/26")
        + f"\nauto br0\niface br0 inet static\n    address {IP}/24\n    bridge_ports none\n",
        "links": [link("eth0", f"{IP}/26"), link("eth1"), link("br0", f"{IP}/24", kind="bridge")],
    },
    "a comment behind the address": {
        "files": LO
        + f"auto br0\niface br0 inet static\n    address {IP}/24 # office\n    bridge_ports eth0\n",
        "links": bridged("br0", link("eth0", master="br0")),
    },
    "brought up by a hook": {
        "files": LO
        + "auto eth0\niface eth0 inet manual\n    up ifup br0\n\n"
        + BR.format("br0").removeprefix("auto br0\n")
        + "    bridge_ports eth0\n",
        "links": bridged("br0", link("eth0", master="br0")),
    },
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_bridge_that_works_is_taken_as_it_is(name: str) -> None:
    review = seen(**ACCEPTED[name])
    assert not review.blockers and not review.plan and not review.problems, said(review)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
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
    # interfaces(5): patterns of interfaces.
    "pattern with a number": (
        {"files": LO + "auto /eth*/1=lan\niface lan inet dhcp\n"},
        "`/eth*/1=lan`",
    ),
    "pattern of hardware addresses": (
        {"files": LO + "auto mac/52:54:00:67:01:01=lan\niface lan inet dhcp\n"},
        "`mac/52:54:00:67:01:01=lan`",
    ),
    # CumulusNetworks/ifupdown2 #212.
    "renamed": ({"files": LO + "rename mac/52:*=eth0\n" + STATIC}, "renames"),
    # wiki of Alpine Linux and documentation of ifupdown-ng.
    "neither family nor method": (
        {"files": f"auto eth0\niface eth0\n    address {IP}/24\n    gateway {GATEWAY}\n"},
        "no family and no method",
    ),
    "ifupdown-ng makes it": (
        {
            "files": f"auto eth0\niface eth0\n    address {IP}/24\n    gateway {GATEWAY}\n",
            "owners": "ifupdown-ng on\n",
        },
        "let ifupdown-ng make the bridge",
    ),
    # A file that was edited on Windows: ifup(8) reads it, and no line of it is what it seems.
    "line ends of DOS": (
        {"files": {MAIN: "source interfaces.d/*\n", f"{MAIN}.d/lan": STATIC.replace("\n", "\r\n")}},
        "beyond printable ASCII",
    ),
    "no-break spaces": (
        {"files": LO + STATIC.replace("    ", "\N{NO-BREAK SPACE}  ")},
        "printable ASCII",
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
    "an address among other commands": (
        {
            "files": LO
            + "auto eth0\niface eth0 inet manual\n"
            + f"    up ip addr add {IP}/24 dev eth0 && ip route add default via {GATEWAY}\n"
        },
        "among other commands",
    ),
    # Sysctls of a card in `pre-up`, as hosting companies write them for IPv6.
    "a setting before the bridge is there": (
        {"files": LO + STATIC + "    pre-up sysctl -w net.ipv4.conf.$IFACE.arp_filter=1\n"},
        "say `up` instead",
    ),
    # Docker and libvirt how-tos for macvlan.
    "macvlan by another stanza": (
        {
            "files": LO
            + STATIC
            + "\nauto mv0\niface mv0 inet dhcp\n"
            + "    pre-up ip link add link eth0 name mv0 type macvlan mode bridge\n"
        },
        "names eth0",
    ),
    "a VXLAN that is bound to the card": (
        {"links": [*UP, link("vx7", kind="vxlan", link="eth0")]},
        "vx7 over it",
    ),
    "a hook that gives the card away": (
        {"files": LO + STATIC + "    up ip link set eth0 master br7\n"},
        "not understood",
    ),
    # Microsoft's guide to IPv6 on Debian in Azure.
    "a client of its own": (
        {"files": LO + STATIC + "\niface eth0 inet6 auto\n    up dhclient -1 -6 -v eth0 || true\n"},
        "`up dhclient -1 -6 -v eth0 || true`",
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
    # linode.com, Network Helper.
    "Linode's Network Helper": (
        {"files": "# Generated by Linode Network Helper\n" + LO + STATIC},
        "Linode's Network Helper",
    ),
    # DebOps and Univention write such heads.
    "a head that names nobody": (
        {
            "files": "# This file is managed remotely, all changes\n# will be lost\n" + LO + STATIC,
        },
        "a program writes the file",
    ),
    # docs of Proxmox VE.
    "a head of Proxmox VE": (
        {"files": "# network interface settings; autogenerated\n" + LO + STATIC},
        "a program writes the file",
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


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_moved_is_refused_by_name(name: str) -> None:
    more, words = REFUSED[name]
    review = seen(**more)
    assert words in said(review), said(review)
    assert not review.plan


HOOK = "    post-up "
PLANNED: dict[str, tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]] = {
    # Debian wiki, "Multiple IP addresses on one interface": the gateway is of the other address.
    "gateway of the second address": (
        {
            "files": LO
            + BARE
            + "\niface eth0 inet static\n  address 10.0.0.2/24\n  gateway 10.0.0.1\n",
            "links": [link("eth0", f"{IP}/24", "10.0.0.2/24")],
            "routes": [route("default", gateway="10.0.0.1")],
        },
        ("gateway 10.0.0.1\n",),
        (),
    ),
    "default route in short": (
        {"files": LO + BARE + f"{HOOK}ip r a default via {GATEWAY}\n"},
        (f"post-up ip r a default via {GATEWAY}\n",),
        ("gateway",),
    ),
    "default route as 0/0": (
        {"files": LO + BARE + f"{HOOK}ip -4 route add 0/0 via {GATEWAY}\n"},
        ("0/0 via",),
        ("gateway",),
    ),
    # docs.ovh.com, vRack: rules and a table, with DHCP for the main one.
    "a default route of a table is not the main one": (
        {
            "files": LO
            + "auto eth0\niface eth0 inet dhcp\n"
            + f"{HOOK}ip route add default via {GATEWAY} table vrack\n"
        },
        (f"gateway {GATEWAY}\n", "table vrack"),
        (),
    ),
    "default route over the card alone": (
        {"files": LO + BARE, "routes": [route("default", scope="link")]},
        ("up ip route replace default dev xenbr0 scope link\n",),
        ("gateway",),
    ),
    "address with the device first": (
        {
            "files": LO
            + "auto eth0\niface eth0 inet manual\n    up ip link set eth0 up\n"
            + f"    up ip a a dev eth0 {IP}/24\n    up ip route add default via {GATEWAY}\n"
        },
        (f"    address {IP}/24\n",),
        ("ip a a",),
    ),
    "a first line that goes on": (
        {"files": LO + f"auto \\\n  eth0\niface eth0 \\\n  inet static\n  address {IP}/24\n{GATE}"},
        (),
        ("inet static\n  address", "auto eth0"),
    ),
    "a comment that ends in a backslash": (
        {"files": LO + "auto eth0\n# C:\\net\\\n" + STATIC.removeprefix("auto eth0\n")},
        (),
        ("iface eth0 inet static",),
    ),
    "a backslash with a space behind it": (
        {"files": LO + BARE + "    up echo \\ \n" + GATE},
        (f"    gateway {GATEWAY}\n",),
        (),
    ),
    "two commands that go on in one line each": (
        {
            "files": LO
            + STATIC
            + "    up ip route add \\\n      10.1.0.0/16 via 192.168.0.7\n"
            + "    up ip route add \\\n      10.2.0.0/16 via 192.168.0.8\n"
        },
        (
            "    up ip route add \\\n    10.1.0.0/16 via 192.168.0.7\n",
            "    up ip route add \\\n    10.2.0.0/16 via 192.168.0.8\n",
        ),
        (),
    ),
    "a word that goes on in the next line": (
        {"files": LO + BARE + f"    up ip route add 10.1.0.0/\\\n16 via 192.168.0.7\n{GATE}"},
        ("    up ip route add 10.1.0.0/16 via 192.168.0.7\n",),
        ("\\",),
    ),
    "an alias that a hook brings up": (
        {
            "files": LO
            + STATIC
            + "    up ifup eth0:1\n\niface eth0:1 inet static\n    address 10.8.0.2/24\n",
            "links": [link("eth0", f"{IP}/24", "10.8.0.2/24")],
        },
        ("up ifup xenbr0:1\n", "iface xenbr0:1 inet static\n"),
        ("eth0:1",),
    ),
    # docs.hetzner.com: the gateway of IPv6 is on the link; people write addresses in any form.
    "both families": (
        {
            "files": LO
            + STATIC
            + "\niface eth0 inet6 static\n    pre-up sysctl -w net.ipv6.conf.eth0.accept_ra=0\n"
            + "    address 2001:DB8:0:0:0::2/64\n    gateway fe80::1\n",
            "links": [link("eth0", f"{IP}/24", "2001:db8::2/64")],
        },
        (
            "iface xenbr0 inet6 static\n",
            "net.ipv6.conf.xenbr0.accept_ra=0\n",
            "address 2001:DB8:0:0:0::2/64\n",
            "gateway fe80::1\n",
        ),
        (),
    ),
    # OpenStack's guides: a card that is up and no more.
    "a card that ifconfig brings up": (
        {
            "files": LO
            + "auto eth1\niface eth1 inet manual\n    up ifconfig $IFACE 0.0.0.0 up\n"
            + "    up ip link set $IFACE promisc on\n    down ifconfig $IFACE down\n",
            "links": [link("eth0", "10.0.2.2/24"), link("eth1")],
        },
        ("    up ifconfig $IFACE 0.0.0.0 up\n", "bridge_ports eth1\n"),
        (),
    ),
    # interfaces(5), the method auto of inet6.
    "stateless DHCPv6": (
        {"files": LO + STATIC + "\niface eth0 inet6 auto\n    dhcp 1\n    privext 2\n"},
        ("iface xenbr0 inet6 auto\n    dhcp 1\n    privext 2\n",),
        (),
    ),
    # resolvconf(8): what a lease gave goes with it, and the next step asks for packages.
    "name servers of a lease": (
        {
            "files": LO + "auto eth0\niface eth0 inet dhcp\n",
            "owners": "dns 127.0.0.1\ndns 192.168.0.53\ndns 2001:DB8::53\ndns x;y\n",
        },
        ("    dns-nameservers 192.168.0.53 2001:db8::53\n",),
        (),
    ),
    "name servers that stand in the file": (
        {"files": LO + STATIC + "    dns-nameserver 192.168.0.7\n", "owners": "dns 192.168.0.53\n"},
        ("    dns-nameserver 192.168.0.7\n",),
        ("0.53",),
    ),
    "routes of a lease are not written down twice": (
        {
            "files": LO + "auto eth0\niface eth0 inet dhcp\n",
            "routes": [
                route("default", gateway=GATEWAY, protocol="dhcp", metric=1002),
                route("192.168.0.0/24", protocol="dhcp", scope="link", metric=1002),
            ],
        },
        (f"gateway {GATEWAY}\n",),
        ("route replace",),
    ),
    "two routers that announce themselves": (
        {
            "routes": [
                route("default", gateway=GATEWAY),
                {
                    "dst": "default",
                    "protocol": "ra",
                    "nexthops": [
                        {"gateway": "fe80::1", "dev": "eth0"},
                        {"gateway": "fe80::2", "dev": "eth0"},
                    ],
                },
            ]
        },
        (f"gateway {GATEWAY}\n",),
        (),
    ),
    # Proxmox VE administration guide: the address in a VLAN of a bridge that knows VLANs.
    "VLAN over a bridge": (
        {
            "files": LO
            + "auto vmbr0\niface vmbr0 inet manual\n    bridge-ports eno1\n"
            + "    bridge-vlan-aware yes\n\n"
            + STATIC.replace("eth0", "vmbr0.5"),
            "links": [
                link("eno1", master="vmbr0"),
                link("vmbr0", kind="bridge"),
                link("vmbr0.5", f"{IP}/24", kind="vlan", link="vmbr0"),
            ],
        },
        ("iface vmbr0.5 inet manual\n", "bridge_ports vmbr0.5\n", "bridge-vlan-aware yes\n"),
        (),
    ),
}


@pytest.mark.parametrize("name", PLANNED)
def test_what_is_moved_keeps_all_that_it_has(name: str) -> None:
    more, has, lacks = PLANNED[name]
    review = seen(**more)
    assert not review.blockers, said(review)
    text = written(review)
    assert all(words in text for words in has), text
    assert not any(words in text for words in lacks), text
    assert text.count("gateway 1") <= 1, text
    card = review.answers.bridge.device["node1"]
    assert configured({MAIN: text}, Wanted("xenbr0", card, f"{IP}/24"))


RULES = (
    f"    up ip rule add from {IP} table 100 priority 7\n"
    f"    up ip -6 rule add from 2001:db8::/64 table 100\n    up ip rule add iif $IFACE table 9\n"
)


def test_rules_are_added_once_on_the_way_there_and_back() -> None:
    """docs.ovh.com, vRack: `post-up ip rule add` without a `down`; ifup(8) adds it a second time,
    and where it has a priority that is an error.
    """
    gone = f"rule del from {IP} table 100 priority 7\n-6 rule del from 2001:db8::/64 table 100"
    review = seen(LO + STATIC + RULES)
    switch = review.plan.on("node1")[-1]
    assert switch.argv[10] == gone and switch.rollback[10] == gone
    assert not [word for word in switch.rollback[11:] if "rule" in word], "ifup(8) adds them"
    bond = [link("eno1", master="bond0"), link("bond0", f"{IP}/24", kind="bond")]
    review = seen(LO + STATIC.replace("eth0", "bond0") + RULES, bond)
    switch = review.plan.on("node1")[-1]
    added = [word for word in switch.rollback[11:] if "rule" in word]
    assert added == [line.replace(" del ", " add ") for line in gone.split("\n")]


def test_routes_over_other_cards_are_added_once_as_well() -> None:
    files = LO + STATIC + "    up ip route add 10.7.0.0/16 via 10.5.0.1 metric 9\n"
    links = [link("eth0", f"{IP}/24"), link("eth1", "10.5.0.2/24")]
    ways = [
        route("default", gateway=GATEWAY),
        route("10.7.0.0/16", "eth1", gateway="10.5.0.1", metric=9),
        route("10.8.0.0/16", "eth1", gateway="10.5.0.1"),
    ]
    switch = seen(files, links, ways).plan.on("node1")[-1]
    gone = "route del 10.7.0.0/16 via 10.5.0.1 dev eth1 table main metric 9"
    assert switch.argv[10] == gone and switch.rollback[10] == gone
    assert switch.argv[11].endswith("\nroute show 10.7.0.0/16 dev eth1 table main")
    assert "route replace 10.7.0.0/16 via 10.5.0.1 dev eth1 metric 9" in switch.rollback
    assert "10.8.0.0" not in str(switch.argv) + str(switch.rollback)


def test_the_switch_ends_well_only_with_all_that_the_card_had() -> None:
    links = [link("eth0", f"{IP}/24", "2001:db8::2/64")]
    files = LO + STATIC + "\niface eth0 inet6 static\n    address 2001:db8::2/64\n"
    ways = [
        route("default", gateway=GATEWAY),
        route("10.7.0.0/16", gateway="192.168.0.9", table="100"),
    ]
    switch = seen(files, links, ways).plan.on("node1")[-1]
    assert switch.argv[11].split("\n") == [
        f"addr show dev xenbr0 to {IP}",
        "addr show dev xenbr0 to 2001:db8::2",
        "route show default dev xenbr0 table main",
        "route show 10.7.0.0/16 dev xenbr0 table 100",
    ]


def test_aliases_come_up_with_the_bridge_and_go_with_it() -> None:
    files = LO + STATIC + "\nauto eth0:1\niface eth0:1 inet static\n    address 10.8.0.2/24\n"
    card = link("eth0", f"{IP}/24", "10.8.0.2/24")
    card["addr_info"][1]["label"] = "eth0:1"
    switch = seen(files, [card]).plan.on("node1")[-1]
    assert switch.argv[9] == "xenbr0:1" and switch.rollback[9] == "xenbr0:1"


def test_what_somebody_waits_for_is_not_offered() -> None:
    links = [link("eth0", "10.0.2.2/24"), link("eth1"), link("eth2")]
    review = seen(LO, links, managed="eth1 NetworkManager watched\n")
    assert review.answers.bridge.device["node1"] == "eth2"
