"""What an interface is, by what ip(8) and /sys say of it."""

from __future__ import annotations

from typing import Any

CARD, BOND, VLAN, BRIDGE, OTHER = "card", "bond", "vlan", "bridge", "other"
"""`other` are tunnels, instances' ends, and whatever else there may be."""
_KINDS = {"bond": BOND, "vlan": VLAN, "bridge": BRIDGE}
_LIE_OVER_ONE = (
    "vlan",
    "macvlan",
    "macvtap",
    "ipvlan",
    "ipvtap",
    "macsec",
    "vxlan",
    "gre",
    "gretap",
    "ip6gre",
    "ip6gretap",
    "ipip",
    "ip6tnl",
    "sit",
    "vti",
    "vti6",
)
"""Kinds of which `link` names what is below, tunnels that are bound to it among them; of a veth it
names the other end (ip-link(8))."""
_MODES_OF_ONE = ("balance-rr", "balance-tlb", "balance-alb")
"""Modes of a bond that are for the machine's own frames alone: 0, 5 and 6 (Red Hat Virtualization,
technical reference, 3.5; the last two send with the hardware addresses of their cards).
"""
SPANNING_TREE, VLAN_FILTERING = "the spanning tree protocol", "VLAN filtering"
_SWITCHED_ON = {"stp_state": SPANNING_TREE, "vlan_filtering": VLAN_FILTERING}
"""What a new bridge does not do (ip-link(8), type bridge): each is 0."""


def kind_of(row: dict[str, Any], extra: dict[str, str], ports: tuple[str, ...]) -> str:
    """What an interface is: by its details (`ip -d`), or else by what else is seen of it."""
    said = _info_kind(row)
    if said:
        return _KINDS.get(said, OTHER)
    if extra.get("bridge") == "1":
        return BRIDGE
    if extra.get("physical") == "1":
        return BOND if ports else CARD
    return VLAN if "link" in row else OTHER


def _info_kind(row: dict[str, Any]) -> str:
    return str(row.get("linkinfo", {}).get("info_kind", ""))


def below(row: dict[str, Any], kind: str) -> str:
    """The one interface that it lies over; "" for none."""
    lies_over_one = kind == VLAN or _info_kind(row) in _LIE_OVER_ONE
    return str(row.get("link", "")) if lies_over_one else ""


def no_port(row: dict[str, Any], extra: dict[str, str]) -> str:
    """Why no bridge can have it as a port that serves others; "" when one can."""
    link_type = row.get("link_type", "ether")
    if link_type != "ether":
        return f"it is of type {link_type}, and a bridge takes Ethernet alone"
    if extra.get("vf") == "1":
        return "it is a virtual function (SR-IOV), which lets no other hardware addresses through"
    mode = _mode(row)
    if mode in _MODES_OF_ONE:
        return (
            f"it is a bond of the mode {mode}, which is not for a bridge with instances; "
            "active-backup, balance-xor and 802.3ad are"
        )
    return ""


def switched_on(row: dict[str, Any]) -> tuple[str, ...]:
    """What a bridge does and a new one does not, in words."""
    if _info_kind(row) != "bridge":
        return ()
    settings = row["linkinfo"].get("info_data", {})
    return tuple(words for name, words in _SWITCHED_ON.items() if settings.get(name))


def _mode(row: dict[str, Any]) -> str:
    """The mode of a bond; "" where it is none, or not told."""
    if _info_kind(row) != "bond":
        return ""
    return str(row["linkinfo"].get("info_data", {}).get("mode", ""))
