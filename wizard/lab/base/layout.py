"""How a cluster machine stands in the cluster's network: on one card or on a bond of two, with its
address there or in a VLAN; pure.
"""

from typing import Literal, get_args

Layout = Literal["plain", "bond", "vlan", "bond-vlan"]

LAYOUTS: tuple[Layout, ...] = get_args(Layout)

NICS = ("ens4", "ens8")
"""Names that udev gives the cluster cards, at PCI slots 4 and 8 of QEMU's `pc` machine (`ens4` seen
on Debian 12; `ensSLOT` by systemd.net-naming-scheme(7)).
"""

SLOTS = (0x4, 0x8)
"""PCI slots of the cluster cards; the disks have 5 and 6, the source of random numbers 7."""

CABLES = ("cluster", "cluster2")
"""Names of the cables to these cards, in QEMU and in the record of what was cut."""

BOND = "bond0"
VLAN = 10

NO_UNTAGGED = 4095
"""vde_switch(1) takes this number for the VLAN of a port's untagged frames when it is to have
none.
"""


def is_bonded(layout: Layout) -> bool:
    """Whether two cards are one bond."""
    return layout in ("bond", "bond-vlan")


def is_tagged(layout: Layout) -> bool:
    """Whether the cluster's network is a VLAN on the machines' cables (IEEE 802.1Q)."""
    return layout in ("vlan", "bond-vlan")


def device(layout: Layout) -> str:
    """The interface that has the address."""
    lower = BOND if is_bonded(layout) else NICS[0]
    return f"{lower}.{VLAN}" if is_tagged(layout) else lower


def devices(layout: Layout) -> list[str]:
    """The interfaces of /etc/network/interfaces, in the order in which they are brought up."""
    lower = BOND if is_bonded(layout) else NICS[0]
    return [lower, device(layout)] if is_tagged(layout) else [lower]


def stanzas(layout: Layout, interface: str) -> str:
    """The lines of /etc/network/interfaces for it, as Debian's packages ifupdown and ifenslave read
    them; `interface` is an address with its prefix.

    ifupdown itself makes a VLAN of an interface with a dot in its name (interfaces(5), VLAN AND
    BRIDGE INTERFACES).
    """
    start = "allow-hotplug" if layout == "plain" else "auto"
    lower, *upper = devices(layout)
    address = f"    address {interface}\n"
    text = f"{start} {lower}\niface {lower} inet {'manual' if upper else 'static'}\n"
    if not upper:
        text += address
    if is_bonded(layout):
        text += f"    bond-slaves {' '.join(NICS)}\n"
        text += "    bond-mode active-backup\n    bond-miimon 100\n"
    for name in upper:
        text += f"\nauto {name}\niface {name} inet static\n{address}"
    return text


def describe(layout: Layout) -> str:
    """The layout in words, for the status."""
    cards = f"{BOND} (active-backup) of {' and '.join(NICS)}" if is_bonded(layout) else NICS[0]
    return f"{layout}: {cards}, address on {device(layout)}"
