"""Addresses that move to the bridge from networks that people told of in public, with all else."""

from __future__ import annotations

from typing import Any

import pytest

from steps.network.ifupdown import Wanted, configured
from tests.steps.network.odd.nodes import (
    BARE,
    GATE,
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

HOOK = "    post-up "
MOVED: dict[str, tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]] = {
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
    "a route by the network of the second address": (
        {
            "files": LO + STATIC + "\niface eth0 inet static\n    address 10.0.0.2/24\n",
            "links": [link("eth0", f"{IP}/24", "10.0.0.2/24")],
            "routes": [route("default", gateway=GATEWAY), route("10.7.0.0/16", gateway="10.0.0.9")],
        },
        (
            "    address 10.0.0.2/24\n\niface xenbr0 inet manual\n"
            "    up ip route replace 10.7.0.0/16 via 10.0.0.9 dev xenbr0\n",
        ),
        (),
    ),
    "routes of IPv6 that no file gives": (
        {
            "files": LO
            + STATIC
            + "\niface eth0 inet6 static\n    address 2001:db8::2/64\n    gateway FE80:0::1\n"
            + "    up ip -6 route add 2001:db8:7::/48 via 2001:DB8::9\n",
            "links": [link("eth0", f"{IP}/24", "2001:db8::2/64")],
            "routes": [
                route("default", gateway=GATEWAY),
                route("default", gateway="fe80::1", metric=1024),
                route("2001:db8:7::/48", gateway="2001:db8::9", metric=1024),
                route("2001:db8:8::/48", gateway="2001:db8::9", metric=1024),
            ],
        },
        (
            "    up ip -6 route add 2001:db8:7::/48 via 2001:DB8::9\n\niface xenbr0 inet6 manual\n"
            "    up ip -6 route replace 2001:db8:8::/48 via 2001:db8::9 dev xenbr0 metric 1024\n",
        ),
        ("replace default", "replace 2001:db8:7"),
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
    # Ubuntu 8.04's guides to bonds: `slaves` and a command beside it.
    "a bond by a command": (
        {
            "files": LO
            + STATIC.replace("eth0", "bond0")
            + "    slaves eno1 eno2\n    bond_mode active-backup\n"
            + "    up /sbin/ifenslave bond0 eno1 eno2\n",
            "links": [link("eno1", master="bond0"), link("bond0", f"{IP}/24", kind="bond")],
        },
        ("    slaves eno1 eno2\n", "    up /sbin/ifenslave bond0 eno1 eno2\n\nauto xenbr0\n"),
        (),
    ),
    "letters of any language": (
        {"files": LO + STATIC + "\niface eth1 inet manual\n    description Büro 北京\n"},
        ("    description Büro 北京\n",),
        (),
    ),
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
    # Hosting networks: a route to the gateway by hand, beside a stanza that names the gateway.
    "a route to the gateway that no file gives": (
        {
            "files": LO + STATIC + "    up echo 10.7.0.0/16 is far\n",
            "routes": [
                route(GATEWAY, scope="link"),
                route("default", gateway=GATEWAY),
                route("10.7.0.0/16", gateway=GATEWAY),
            ],
        },
        (
            f"up ip route replace {GATEWAY} dev xenbr0 scope link\n",
            f"up ip route replace 10.7.0.0/16 via {GATEWAY} dev xenbr0\n",
        ),
        (),
    ),
    "two gateways by their metric": (
        {
            "files": LO
            + STATIC
            + "    metric 10\n    up ip r a default via 192.168.0.2 metric 20\n",
            "routes": [
                route("default", gateway=GATEWAY, metric=10),
                route("default", gateway="192.168.0.2", metric=20),
                route("default", gateway="192.168.0.3", metric=30),
            ],
        },
        ("up ip route replace default via 192.168.0.3 dev xenbr0 metric 30\n", "    metric 10\n"),
        ("replace default via 192.168.0.2",),
    ),
    "no default route now": ({"routes": []}, (f"gateway {GATEWAY}\n",), ()),
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
    "an MTU beside the lease, in the stanza": (
        {
            "files": LO + "auto eth0\niface eth0 inet dhcp\n    mtu 1450\n",
            "links": [link("eth0", f"{IP}/24", mtu=1450)],
        },
        ("iface eth0 inet manual\n    mtu 1450\n",),
        (),
    ),
    "an MTU that a .link file gives": (
        {"links": [link("eth0", f"{IP}/24", mtu=9000)]},
        ("bridge_ports eth0\n",),
        ("mtu",),
    ),
    # ifup(8) makes one setting of two lines out of what stands twice in a stanza.
    "a setting of the link that stands twice": (
        {
            "files": LO
            + STATIC
            + "    mtu 1400\n\niface eth0 inet6 auto\n    mtu  1400\n    dad-attempts 0\n",
        },
        ("iface eth0 inet manual\n    mtu 1400\n\n", "iface xenbr0 inet6 auto\n"),
        ("mtu  1400",),
    ),
    "a bond of a mode that carries all frames": (
        {
            "files": LO + STATIC.replace("eth0", "bond0") + "    bond-slaves eno1\n",
            "links": [
                link("eno1", master="bond0"),
                link(
                    "bond0",
                    f"{IP}/24",
                    linkinfo={"info_kind": "bond", "info_data": {"mode": "802.3ad"}},
                ),
            ],
        },
        ("bridge_ports bond0\n",),
        (),
    ),
}


@pytest.mark.parametrize("name", MOVED)
def test_what_is_moved_keeps_all_that_it_has(name: str) -> None:
    more, has, lacks = MOVED[name]
    review = seen(**more)
    assert not review.blockers, said(review)
    text = written(review)
    assert all(words in text for words in has), text
    assert not any(words in text for words in lacks), text
    assert text.count("gateway 1") <= 1, text
    card = review.answers.bridge.device["node1"]
    assert configured({MAIN: text}, Wanted("xenbr0", card, f"{IP}/24"))
