"""Networks that were planned wrongly once: ifup(8) reads them otherwise than one would think."""

from __future__ import annotations

from tests.steps.network.layouts.layouts import DHCP, GATE, OFFICE, STATIC, Layout, main

_IPV6 = "ip addr add fe80::1/64 dev oeth0 nodad; ip addr add 2001:db8::1/64 dev oeth0 nodad"

ODD = (
    Layout(
        "rules without a way back of their own",
        main(
            STATIC
            + GATE
            + "    up ip route add default via 198.51.100.1 table 100\n"
            + "    post-up ip rule add from 198.51.100.2/32 table 100\n"
            + "    post-up ip -6 rule add from 2001:db8::/64 table 100 priority 101\n"
        ),
    ),
    Layout(
        "rules on a link that stays up",
        main(
            STATIC
            + GATE
            + "    up ip route add default via 198.51.100.1 table 100\n"
            + "    up ip rule add from 198.51.100.2 table 100 priority 100\n"
            + "    down ip rule del from 198.51.100.2 table 100 priority 100\n"
        ),
        stands_for="bond",
    ),
    Layout(
        "routes over another card",
        main(
            "auto eth1\niface eth1 inet static\n    address 192.0.2.2/24\n\n"
            + STATIC
            + GATE
            + "    up ip route add 203.0.113.0/24 via 192.0.2.1\n"
        ),
        office=(f"{OFFICE}; ip addr add 192.0.2.1/24 dev oeth1; ip addr add 203.0.113.9/32 dev lo"),
        reached=("192.0.2.1", "203.0.113.9"),
    ),
    Layout(
        "another card's route by the network that moves",
        main(
            STATIC
            + GATE
            + "\nauto eth1\niface eth1 inet static\n    address 192.0.2.2/24\n"
            + "    up ip route add 203.0.113.0/24 via 198.51.100.1\n"
        ),
        office=f"{OFFICE}; ip addr add 203.0.113.9/32 dev lo",
        reached=("203.0.113.9",),
    ),
    Layout(
        "own network by the gateway",
        main(
            STATIC
            + GATE
            + "    up route add -net 198.51.100.0 netmask 255.255.255.0 gw 198.51.100.1 dev eth0\n"
        ),
        stands_for="card",
    ),
    Layout(
        "own network by the gateway, on a link that stays up",
        main(
            STATIC
            + GATE
            + "    up route add -net 198.51.100.0 netmask 255.255.255.0 gw 198.51.100.1 dev eth0\n"
        ),
        stands_for="bond",
    ),
    Layout(
        "gateway of the second address",
        main(
            STATIC + "\niface eth0 inet static\n    address 192.0.2.2/24\n    gateway 192.0.2.1\n"
        ),
        office=f"{OFFICE}; ip addr add 192.0.2.1/24 dev oeth0",
        reached=("192.0.2.1",),
    ),
    Layout(
        "commands in short",
        main(
            "auto eth0\niface eth0 inet manual\n    up ip l set eth0 up\n"
            "    up ip a a dev eth0 198.51.100.2/24\n    up ip r a 0/0 via 198.51.100.1\n"
        ),
    ),
    Layout(
        "alias that a hook brings up",
        main(
            STATIC
            + GATE
            + "    up ifup eth0:1\n    down ifdown eth0:1\n\n"
            + "iface eth0:1 inet static\n    address 192.0.2.2/24\n"
        ),
        office=f"{OFFICE}; ip addr add 192.0.2.9/24 dev oeth0; ip route add 192.0.2.2 dev oeth0",
        reached=("192.0.2.9",),
    ),
    Layout(
        "lines that go on, comments",
        main(
            "auto \\\n    eth0\n# C:\\net\\\niface eth0 \\\n    inet static\n"
            "    address 198.51.100.2/24 # office\n    gateway 198.51.\\\n100.1\n"
            "    up ip route add \\\n        203.0.113.0/24 via 198.51.100.1\n"
            "    up ip route add \\\n        192.0.2.0/24 via 198.51.100.1\n"
        ),
        office=f"{OFFICE}; ip addr add 203.0.113.9/32 dev lo; ip addr add 192.0.2.9/32 dev lo",
        reached=("203.0.113.9", "192.0.2.9"),
    ),
    Layout(
        "IPv6 with a gateway of the link, a setting before, more addresses",
        main(
            STATIC
            + GATE
            + "\niface eth0 inet6 static\n    pre-up sysctl -w net.ipv6.conf.eth0.accept_ra=0\n"
            + "    address 2001:DB8:0:0:0::2/64\n    gateway fe80::1\n    dad-attempts 0\n"
            + "    up ip addr add 2001:db8::0:7/64 dev eth0 nodad preferred_lft 0\n"
            + "    up ip addr add fe80::77/64 dev eth0 nodad\n"
        ),
        office=f"{OFFICE}; {_IPV6}",
        reached=("2001:db8::1",),
        stands_for="bond",
    ),
    Layout(
        "route by the network of the second address",
        main(STATIC + GATE + "\niface eth0 inet static\n    address 192.0.2.2/24\n"),
        office=(f"{OFFICE}; ip addr add 192.0.2.1/24 dev oeth0; ip addr add 203.0.113.9/32 dev lo"),
        by_hand="ip route add 203.0.113.0/24 via 192.0.2.1",
        reached=("192.0.2.1", "203.0.113.9"),
    ),
    Layout(
        "IPv6 with a route that somebody typed",
        main(
            STATIC
            + GATE
            + "\niface eth0 inet6 static\n    address 2001:db8::2/64\n    gateway FE80::1\n"
            + "    dad-attempts 0\n"
        ),
        office=f"{OFFICE}; {_IPV6}; ip addr add 2001:db8:9::9/128 dev lo nodad",
        by_hand="ip -6 route add 2001:db8:9::/48 via 2001:db8::1",
        reached=("2001:db8::1", "2001:db8:9::9"),
    ),
    Layout(
        "routes with settings of their own",
        main(
            STATIC
            + GATE
            + "    up ip route add 203.0.113.0/24 via 198.51.100.1 mtu lock 1300 advmss 1200\n"
        ),
        office=f"{OFFICE}; ip addr add 203.0.113.9/32 dev lo",
        reached=("203.0.113.9",),
        by_hand="ip route add 192.0.2.0/24 via 198.51.100.1 mtu 1350",
        stands_for="bond",
    ),
    Layout(
        "DHCP for the main table, a table by a hook",
        main(
            "auto eth0\niface eth0 inet dhcp\n"
            "    up ip route add default via 198.51.100.1 table 100\n"
        ),
        office=f"{OFFICE}; {DHCP}",
    ),
    Layout(
        "default route by the card alone", main(STATIC), by_hand="ip route add default dev eth0"
    ),
    Layout("pattern of cards", main(STATIC.replace("auto eth0", "auto /eth0") + GATE)),
    Layout(
        "only detected",
        main(STATIC.replace("auto eth0", "allow-hotplug eth0") + GATE),
        by_hand="ifup eth0",
    ),
)
