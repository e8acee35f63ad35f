"""Which option of an `iface` stanza belongs to the link below a bridge, and which to the address.

What is in no table is not understood, and then nothing is moved: a wrong guess cuts the node off.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Belongs(Enum):
    """Where an option goes when a bridge takes the address over."""

    LINK = "link"
    """Stays with the card, bond or VLAN."""
    ADDRESS = "address"
    """Goes along with the address."""
    LEASE = "lease"
    """Is for the DHCP client alone, and ends with it."""
    OWN = "own"
    """The bridge's stanza says it in words of its own."""


INTERFACES = "interfaces(5)"
RESOLVER = "resolvconf(8), /etc/network/if-up.d/resolved of ifupdown"
VLAN_PACKAGE = "vlan-interfaces(5)"
IFENSLAVE = "README.Debian of ifenslave"
ETHTOOL = "README.Debian of ethtool"
BRIDGE_UTILS = "bridge-utils-interfaces(5)"

_LINK = {
    INTERFACES: ("hwaddress", "media", "mtu", "description"),
    VLAN_PACKAGE: ("vlan_raw_device", "vlan_id", "vlan_protocol", "hw_mac_address"),
    IFENSLAVE: ("slaves",),
    ETHTOOL: (
        "driver_message_level",
        "ethernet_autoneg",
        "ethernet_port",
        "ethernet_wol",
        "link_autoneg",
        "link_duplex",
        "link_speed",
    ),
}
_LINK_BEGINS = {
    IFENSLAVE: ("bond_",),
    ETHTOOL: (
        "ethernet_pause_",
        "hardware_dma_ring_",
        "hardware_irq_coalesce_",
        "offload_",
        "nfc_",
    ),
}
_ADDRESS = {
    INTERFACES: (
        "accept_ra",
        "autoconf",
        "broadcast",
        "dad_attempts",
        "dad_interval",
        "dhcp",
        "gateway",
        "ll_attempts",
        "ll_interval",
        "metric",
        "pointopoint",
        "preferred_lifetime",
        "privext",
        "request_prefix",
        "scope",
    ),
    RESOLVER: (
        "dns_default_route",
        "dns_domain",
        "dns_nameserver",
        "dns_nameservers",
        "dns_options",
        "dns_search",
        "dns_sortlist",
    ),
    VLAN_PACKAGE: ("ip_proxy_arp", "ip_rp_filter"),
}
_LEASE = {INTERFACES: ("client", "hostname", "leasehours", "leasetime", "vendor")}
_OWN = {
    # `network` is of former versions and without effect.
    INTERFACES: ("address", "netmask", "network"),
    BRIDGE_UTILS: (
        "bridge_fd",
        "bridge_hw",
        "bridge_maxwait",
        "bridge_ports",
        "bridge_stp",
        "bridge_waitport",
    ),
}
HOOKS = ("pre_up", "up", "post_up", "down", "pre_down", "post_down")
"""Commands, which may be anything: `steps.network.hooks` says where one belongs (interfaces(5))."""


def _by_name(table: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {name: source for source, names in table.items() for name in names}


TABLE: Mapping[Belongs, Mapping[str, str]] = {
    Belongs.LINK: _by_name(_LINK),
    Belongs.ADDRESS: _by_name(_ADDRESS),
    Belongs.LEASE: _by_name(_LEASE),
    Belongs.OWN: _by_name(_OWN),
}
"""Option → where it is documented, by where it belongs."""
_BEGINS = _by_name(_LINK_BEGINS)


def belongs(name: str) -> Belongs | None:
    """Where an option (with underscores) belongs; None when it is in no table."""
    for place, names in TABLE.items():
        if name in names:
            return place
    if name.startswith(tuple(_BEGINS)):
        return Belongs.LINK
    return None
