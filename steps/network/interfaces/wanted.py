"""The bridge that the network files are to bring up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wanted:
    """The bridge that is to be."""

    bridge: str
    """Its name."""
    card: str
    """The card, bond or VLAN below it."""
    interface: str
    """Its address/prefix."""
    gateway: str = ""
    """The default gateway that is to be kept; "" when there is none behind the card."""
    routes: tuple[str, ...] = ()
    """Commands for routes that the card has and no file gives."""
    routes_now: tuple[str, ...] = ()
    """Commands for routes that the stanza of another interface adds at boot: now, that one is up
    already."""
    name_servers: tuple[str, ...] = ()
    """Those that a lease gave, and that go with it."""
    starts_card: bool = False
    """Whether the card is to be brought up before the bridge: a bond or a VLAN has to be made."""
    keeps_mac: bool = False
    """Whether it takes the card's hardware address: a switch may let through no other, and udev
    gives a bridge one of its own (systemd.link(5): MACAddressPolicy)."""

    @property
    def address(self) -> str:
        """Its address without the prefix."""
        return self.interface.partition("/")[0]

    def is_alias(self, name: str) -> bool:
        """Whether a name is one of an alias of the card, such as eth0:1."""
        return name.startswith(f"{self.card}:")
