"""Networks as people have them: what stands in /etc/network, and what the neighbour has for it."""

from __future__ import annotations

from dataclasses import dataclass

MAIN = "/etc/network/interfaces"
LO = "auto lo\niface lo inet loopback\n\n"
ADDRESS = "198.51.100.2"
OFFICE = "ip addr add 198.51.100.1/24 dev oeth0"


@dataclass(frozen=True)
class Layout:
    """A network that the node's address is to be moved from, to a bridge over `card`."""

    name: str
    files: dict[str, str]
    card: str = "eth0"
    office: str = OFFICE
    """What gives the neighbour its addresses."""
    reached: tuple[str, ...] = ()
    """Addresses beyond the gateway's that must be reached before, between and after."""
    by_hand: str = ""
    """What somebody typed after the boot."""
    stands_for: str = "card"
    """What eth0, one end of a veth, is to the step: a `bond` is not taken down."""
    needs: tuple[str, ...] = ()
    """Kinds of devices that the kernel must know."""


def main(text: str) -> dict[str, str]:
    """The main file alone, with the loopback interface before it."""
    return {MAIN: LO + text}


STATIC = "auto eth0\niface eth0 inet static\n    address 198.51.100.2/24\n"
GATE = "    gateway 198.51.100.1\n"
_BOND = "    bond-slaves eth0 eth1\n    bond-mode active-backup\n    bond-miimon 100\n"
_BOND_OFFICE = (
    "ip link add sw type bridge; ip link set oeth0 master sw; ip link set oeth1 master sw; "
    "ip link set sw up; "
)

DHCP = """cat >$FOLDER/udhcpd.conf <<END
interface oeth0
start 198.51.100.2
end 198.51.100.2
opt subnet 255.255.255.0
opt router 198.51.100.1
lease_file $FOLDER/leases
pidfile $FOLDER/udhcpd.pid
END
: >$FOLDER/leases
busybox udhcpd $FOLDER/udhcpd.conf"""

LAYOUTS = (
    Layout("plain card", main(STATIC + GATE)),
    Layout(
        "netmask and broadcast of their own",
        main(
            "allow-hotplug eth0\nauto eth0\niface eth0 inet static\n    address 198.51.100.2\n"
            "    netmask 255.255.255.192\n    broadcast 198.51.100.63\n" + GATE
        ),
        office="ip addr add 198.51.100.1/26 dev oeth0",
    ),
    Layout(
        "pointopoint",
        main(
            "auto eth0\niface eth0 inet static\n    address 198.51.100.2\n"
            "    netmask 255.255.255.255\n    gateway 198.51.100.1\n    pointopoint 198.51.100.1\n"
        ),
    ),
    Layout(
        "single address, routes by hooks",
        main(
            "auto eth0\niface eth0 inet static\n    address 198.51.100.2/32\n"
            "    up ip route add 198.51.100.1 dev eth0\n"
            "    up ip route add default via 198.51.100.1 dev $IFACE\n"
            "    down ip route del default via 198.51.100.1 dev eth0\n"
        ),
    ),
    Layout(
        "routes that name the card",
        main(
            STATIC
            + GATE
            + "    up ip route add 203.0.113.0/24 via 198.51.100.1 dev eth0\n"
            + "    up route add -net 192.0.2.0 netmask 255.255.255.0 gw 198.51.100.1 dev eth0\n"
            + "    down ip route del 203.0.113.0/24 via 198.51.100.1 dev eth0\n"
        ),
        office=f"{OFFICE}; ip addr add 203.0.113.9/32 dev lo; ip addr add 192.0.2.9/32 dev lo",
        reached=("203.0.113.9", "192.0.2.9"),
    ),
    Layout(
        "route added by hand",
        main(STATIC + GATE),
        office=f"{OFFICE}; ip addr add 203.0.113.9/32 dev lo",
        by_hand="ip route add 203.0.113.0/24 via 198.51.100.1 metric 7",
        reached=("203.0.113.9",),
    ),
    Layout(
        "alias and second address",
        main(
            STATIC
            + GATE
            + "iface eth0 inet static\n    address 192.0.2.2/24\n\n"
            + "auto eth0:1\niface eth0:1 inet static\n    address 203.0.113.2/24\n"
        ),
        office=(
            f"{OFFICE}; ip addr add 192.0.2.9/24 dev oeth0; ip addr add 203.0.113.9/24 dev oeth0"
        ),
        reached=("192.0.2.9", "203.0.113.9"),
    ),
    Layout(
        "mtu, hardware address and link settings",
        main(
            STATIC
            + GATE
            + "    mtu 1400\n    hwaddress 02:00:00:00:00:77\n"
            + "    post-up ip link set eth0 txqueuelen 500\n"
        ),
    ),
    Layout(
        "IPv6 beside",
        main(
            STATIC
            + GATE
            + "iface eth0 inet6 static\n    address 2001:db8::2/64\n    gateway 2001:db8::1\n"
            + "    dad-attempts 0\n    accept_ra 0\n"
        ),
        office=(
            f"{OFFICE}; ip addr add 2001:db8::1/64 dev oeth0 nodad; "
            "ip addr add 2001:db8:9::9/128 dev lo nodad"
        ),
        reached=("2001:db8::1", "2001:db8:9::9"),
    ),
    Layout(
        "manual, address by hooks",
        main(
            "auto eth0\niface eth0 inet manual\n    up ip link set eth0 up\n"
            "    up ip addr add 198.51.100.2/24 dev eth0\n"
            "    up ip route add default via 198.51.100.1\n"
            "    down ip addr flush dev eth0\n"
        ),
    ),
    Layout(
        "included files",
        {
            MAIN: "source-directory interfaces.d\nsource /etc/network/more/*.cfg\n",
            f"{MAIN}.d/lo": LO,
            f"{MAIN}.d/left.out": "auto eth0\niface eth0 inet static\n    address 192.0.2.77/24\n",
            "/etc/network/more/net.cfg": f"# ours\n{STATIC}{GATE}",
        },
    ),
    Layout(
        "bridge with another address",
        main(
            "auto xenbr0\niface xenbr0 inet static\n    address 198.51.100.77/24\n"
            f"{GATE}    bridge_ports eth0\n    bridge_stp off\n    bridge_fd 0\n"
            "    up ip route add 203.0.113.0/24 via 198.51.100.1\n"
        ),
        office=f"{OFFICE}; ip addr add 203.0.113.9/32 dev lo",
        reached=("203.0.113.9",),
    ),
    Layout(
        "set up by hand alone",
        {MAIN: LO},
        by_hand=(
            "ip link set eth0 up; ip addr add 198.51.100.2/24 dev eth0; "
            "ip route add default via 198.51.100.1"
        ),
    ),
    Layout(
        "rules and a table of its own",
        main(
            STATIC
            + GATE
            + "    up ip route add default via 198.51.100.1 dev eth0 table 100\n"
            + "    up ip rule add from 198.51.100.2 table 100 || true\n"
            + "    down ip rule del from 198.51.100.2 table 100\n"
        ),
    ),
    Layout(
        "link that stays up, with alias and routes",
        main(
            STATIC
            + GATE
            + "    mtu 1400\n    up ip route add 203.0.113.0/24 via 198.51.100.1 dev eth0\n"
            + "\nauto eth0:1\niface eth0:1 inet static\n    address 192.0.2.2/24\n"
            + "\niface eth0 inet6 static\n    address 2001:db8::2/64\n    gateway 2001:db8::1\n"
            + "    dad-attempts 0\n    accept_ra 0\n"
        ),
        office=(
            f"{OFFICE}; ip addr add 203.0.113.9/32 dev lo; ip addr add 192.0.2.9/24 dev oeth0; "
            "ip addr add 2001:db8::1/64 dev oeth0 nodad"
        ),
        reached=("203.0.113.9", "192.0.2.9", "2001:db8::1"),
        stands_for="bond",
    ),
    Layout(
        "DHCP",
        main("allow-hotplug eth0\nauto eth0\niface eth0 inet dhcp\n"),
        office=f"{OFFICE}; {DHCP}",
    ),
    Layout(
        "bond",
        main(f"auto bond0\niface bond0 inet static\n    address 198.51.100.2/24\n{GATE}{_BOND}"),
        card="bond0",
        office=f"{_BOND_OFFICE} ip addr add 198.51.100.1/24 dev sw",
        needs=("bond",),
    ),
    Layout(
        "bond whose slaves name it",
        main(
            "auto eth0\niface eth0 inet manual\n    bond-master bond0\n\n"
            "auto eth1\niface eth1 inet manual\n    bond-master bond0\n\n"
            f"auto bond0\niface bond0 inet static\n    address 198.51.100.2/24\n{GATE}"
            "    bond-slaves none\n    bond-mode active-backup\n    bond-miimon 100\n"
        ),
        card="bond0",
        office=f"{_BOND_OFFICE} ip addr add 198.51.100.1/24 dev sw",
        needs=("bond",),
    ),
    Layout(
        "VLAN on a card",
        main(
            "auto eth0\niface eth0 inet manual\n\nauto eth0.100\niface eth0.100 inet static\n"
            f"    address 198.51.100.2/24\n{GATE}    vlan-raw-device eth0\n"
        ),
        card="eth0.100",
        office=(
            "ip link add link oeth0 name v100 type vlan id 100; ip link set v100 up; "
            "ip addr add 198.51.100.1/24 dev v100"
        ),
        needs=("vlan",),
    ),
    Layout(
        "VLAN with a name of its own",
        main(
            "auto eth0\niface eth0 inet manual\n\nauto vlan100\niface vlan100 inet static\n"
            f"    address 198.51.100.2/24\n{GATE}    vlan-raw-device eth0\n"
        ),
        card="vlan100",
        office=(
            "ip link add link oeth0 name v100 type vlan id 100; ip link set v100 up; "
            "ip addr add 198.51.100.1/24 dev v100"
        ),
        needs=("vlan",),
    ),
    Layout(
        "card with a VLAN over it",
        main(
            STATIC
            + GATE
            + "\nauto eth0.50\niface eth0.50 inet static\n    address 192.0.2.2/24\n"
            + "    up ip route add 203.0.113.0/24 via 192.0.2.1\n"
        ),
        office=(
            f"{OFFICE}; ip link add link oeth0 name v50 type vlan id 50; ip link set v50 up; "
            "ip addr add 192.0.2.1/24 dev v50; ip addr add 203.0.113.9/32 dev lo"
        ),
        reached=("192.0.2.1", "203.0.113.9"),
        needs=("vlan",),
    ),
    Layout(
        "VLAN over a bond",
        main(
            f"auto bond0\niface bond0 inet manual\n{_BOND}\n"
            "auto bond0.100\niface bond0.100 inet static\n"
            f"    address 198.51.100.2/24\n{GATE}"
        ),
        card="bond0.100",
        office=(
            f"{_BOND_OFFICE} ip link add link sw name v100 type vlan id 100; ip link set v100 up; "
            "ip addr add 198.51.100.1/24 dev v100"
        ),
        needs=("bond", "vlan"),
    ),
)

_BRIDGE = "auto {name}\niface {name} inet static\n    address 198.51.100.2/24\n" + GATE

ACCEPTED = (
    Layout(
        "bridge over a card",
        main(_BRIDGE.format(name="br0") + "    bridge_ports eth0\n    bridge_fd 0\n"),
        card="br0",
    ),
    Layout(
        "bridge with options of its own",
        main(
            _BRIDGE.format(name="vmbr0")
            + "    bridge-ports eth0 eth1\n    bridge-stp on\n    bridge_vlan_aware yes\n"
            + "    bridge_maxwait 0\n    bridge_fd 2\n"
        ),
        card="vmbr0",
    ),
    Layout(
        "bridge by hooks",
        main(
            "auto br0\niface br0 inet manual\n    pre-up ip link add br0 type bridge\n"
            "    pre-up ip link set eth0 master br0\n    pre-up ip link set eth0 up\n"
            "    up ip link set br0 up\n    up ip addr add 198.51.100.2/24 dev br0\n"
            "    up ip route add default via 198.51.100.1\n"
        ),
        card="br0",
    ),
    Layout(
        "bridge over a VLAN over a bond",
        main(
            f"auto bond0\niface bond0 inet manual\n{_BOND}\n"
            "auto bond0.100\niface bond0.100 inet manual\n\n"
            + _BRIDGE.format(name="br100")
            + "    bridge_ports bond0.100\n    bridge_fd 0\n"
        ),
        card="br100",
        office=(
            f"{_BOND_OFFICE} ip link add link sw name v100 type vlan id 100; ip link set v100 up; "
            "ip addr add 198.51.100.1/24 dev v100"
        ),
        needs=("bond", "vlan"),
    ),
    Layout(
        "bridge over cards of an expression",
        main(
            _BRIDGE.format(name="br0") + "    bridge_ports regex (eth.*)|(en.*)\n    bridge_fd 0\n"
        ),
        card="br0",
    ),
    Layout(
        "bridge without a port, and a card with the same address",
        main(
            STATIC
            + GATE
            + "\nauto br0\niface br0 inet static\n    address 198.51.100.2/32\n"
            + "    bridge_ports none\n    bridge_fd 0\n"
        ),
        card="br0",
    ),
)
"""Bridges that have the node's address already: `card` is the bridge."""
