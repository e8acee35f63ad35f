"""Bridges that people told of in public, with the node's address: they are taken as they are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.steps.network.odd.nodes import (
    BR,
    GATEWAY,
    IP,
    LO,
    PORT,
    STATIC,
    bridged,
    link,
    route,
    said,
    seen,
    written,
)

VF_BOND = [
    link("v0", master="bond0"),
    link("v1", master="bond0"),
    link("bond0", kind="bond", master="vmbr0"),
]

TAKEN: dict[str, dict[str, Any]] = {
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
        "files": LO + BR.format("br0").replace("/24", "/24 # office") + "    bridge_ports eth0\n",
        "links": bridged("br0", link("eth0", master="br0")),
    },
    "the address on an alias of the bridge": {
        "files": LO
        + "auto br0 br0:1\niface br0 inet static\n    address 10.9.9.9/24\n    bridge_ports eth0\n"
        + f"\niface br0:1 inet static\n    address {IP}/24\n    gateway {GATEWAY}\n",
        "links": [
            link("eth0", master="br0"),
            link("br0", "10.9.9.9/24", f"{IP}/24", kind="bridge"),
        ],
    },
    "made by systemd-networkd, with files of ifupdown left": {
        "files": LO + BR.format("br0") + PORT,
        "links": bridged("br0", link("eth0", master="br0")),
        "managed": "br0 systemd-networkd\neth0 systemd-networkd\n",
        "installed": "netplan.io",
        "owners": "networking networking.service is disabled\n",
    },
    # ifup(8) of ifupdown 0.8 takes `auto` alone in a stanza for the stanza's own interface.
    "a stanza that starts its own": {
        "files": LO + BR.format("br0").replace("auto br0\n", "") + "    auto\n" + PORT,
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


@pytest.mark.parametrize("name", TAKEN)
def test_a_bridge_that_works_is_taken_as_it_is(name: str) -> None:
    review = seen(**TAKEN[name])
    assert not review.blockers and not review.plan and not review.problems, said(review)


BY_HAND = bridged("br0", link("eth0", master="br0"))


def test_a_bridge_made_by_hand_keeps_the_address_that_the_switch_knows() -> None:
    """`ip link add br0 type bridge` and the card's hardware address: port security lets no other
    one through, and at boot systemd gives a bridge one of its own (systemd.link(5)).
    """
    assert "bridge_hw eth0\n" in written(seen(files=LO, links=BY_HAND))
    other = [{**row, "address": f"52:54:00:67:01:0{at}"} for at, row in enumerate(BY_HAND)]
    assert "bridge_hw" not in written(seen(files=LO, links=other))


def _given(**settings: int) -> list[dict[str, Any]]:
    """The same with settings of the bridge (ip-link(8), type bridge)."""
    port, bridge = BY_HAND
    return [port, {**bridge, "linkinfo": {"info_kind": "bridge", "info_data": settings}}]


MORE: dict[str, dict[str, Any]] = {
    "another address": {
        "links": [link("eth0", master="br0"), link("br0", f"{IP}/24", "10.1.1.1/24", kind="bridge")]
    },
    "an address of IPv6": {
        "links": [
            link("eth0", master="br0"),
            link("br0", f"{IP}/24", "2001:db8::2/64", kind="bridge"),
        ]
    },
    "a route": {
        "links": BY_HAND,
        "routes": [
            route("default", "br0", gateway=GATEWAY),
            route("10.0.0.0/8", "br0", gateway="192.168.0.9"),
        ],
    },
    "the spanning tree protocol": {"links": _given(stp_state=1)},
    "VLAN filtering": {"links": _given(vlan_filtering=1)},
    "a gateway of IPv6": {
        "links": BY_HAND,
        "routes": [
            route("default", "br0", gateway=GATEWAY),
            route("default", "br0", gateway="fe80::1"),
        ],
    },
}


@pytest.mark.parametrize("name", MORE)
def test_a_bridge_made_by_hand_is_not_written_down_by_halves(name: str) -> None:
    review = seen(files=LO, **MORE[name])
    assert "would not come up so at boot" in said(review) and not review.plan


def test_the_cluster_s_address_on_a_bridge_made_by_hand_is_ganeti_s() -> None:
    """The master has it there as /32 (Ganeti's master-ip-setup); it belongs in no file."""
    both = link("br0", f"{IP}/24", "192.168.0.113/32", kind="bridge")
    text = written(seen(files=LO, links=[link("eth0", master="br0"), both]))
    assert "bridge_ports eth0" in text and "192.168.0.113" not in text


def test_a_bridge_that_does_more_than_a_plain_one_is_told_so() -> None:
    both = _given(stp_state=1, vlan_filtering=1)
    told = said(seen(files=LO, links=both))
    assert "the spanning tree protocol and VLAN filtering" in told
    assert "bridge_stp on, up ip link set br0 type bridge vlan_filtering 1" in told
    assert "bridge_ports eth0" in written(seen(files=LO, links=_given(stp_state=0)))
