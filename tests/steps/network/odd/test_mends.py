"""What is refused says what to change, and the changed state is accepted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.steps.network.odd.nodes import (
    BR,
    GATE,
    GATEWAY,
    IP,
    LO,
    PORT,
    STATIC,
    UP,
    bridged,
    link,
    route,
    said,
    seen,
)

BOND = LO + STATIC.replace("eth0", "bond0")


def _bond(mode: str = "802.3ad") -> list[dict[str, Any]]:
    """A bond with the address over one card."""
    details = {"info_kind": "bond", "info_data": {"mode": mode}}
    return [link("eno1", master="bond0"), link("bond0", f"{IP}/24", linkinfo=details)]


DETECTED = (
    "allow-hotplug eno1\niface eno1 inet manual\n    bond-master bond0\n\n"
    + BOND.replace("auto bond0\n", "")
    + "    bond-slaves none\n"
)
HARDWARE = STATIC.replace("auto", "allow-hotplug") + "    hwaddress 02:00:00:00:00:01\n"
FURTHER = [link("eth0", f"{IP}/24"), link("eth1", "10.0.0.5/24")]
ETH1 = "\nauto eth1\niface eth1 inet static{0}\n    address 10.0.0.5/24\n    dns-search x\n"
ITSELF = STATIC.removeprefix("auto eth0\n").replace("static\n", "static\n    auto\n")
FREE: dict[str, Any] = {
    "links": [link("eth1", "10.0.0.5/24"), link("eth0")],
    "routes": [route("default", "eth1", gateway="10.0.0.1")],
}

MENDS: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    # libvirt's macvtap guests, macvlan networks of containers.
    "a macvtap over the card": (
        {"links": [*UP, link("macvtap0", kind="macvtap", link="eth0")]},
        "take away what lies over eth0 (ip link delete macvtap0)",
        {"links": UP},
    ),
    "the mode of a bond": (
        {"files": BOND, "links": _bond("balance-alb")},
        "give bond0 one of these modes (`bond-mode`",
        {"files": BOND, "links": _bond()},
    ),
    "a bond whose mode is refused below a VLAN": (
        {
            "files": LO + STATIC.replace("eth0", "bond0.5"),
            "links": [
                *_bond("balance-rr"),
                link("bond0.5", f"{IP}/24", kind="vlan", link="bond0"),
            ],
        },
        "give bond0 one of these modes",
        {"files": BOND, "links": _bond()},
    ),
    "a virtual function": (
        {"cards": "eth0 carrier=1 physical=1 vf=1\n"},
        "give the node's address to a card that can be part of a bridge",
        {},
    ),
    # udev starts ifup@eno1.service beside networking.service: which is first is by chance.
    "a bond that is made when its cards are detected": (
        {"files": DETECTED, "links": _bond()},
        "perhaps after the bridge: write `auto bond0`",
        {"files": f"auto bond0\n{DETECTED}", "links": _bond()},
    ),
    "a hardware address for a card that is detected": (
        {"files": LO + HARDWARE},
        "perhaps after the bridge: write `auto eth0`",
        {"files": f"{LO}auto eth0\n{HARDWARE}"},
    ),
    # interfaces(5), interface templates.
    "a stanza that takes over the card's": (
        {"files": LO + STATIC + ETH1.format(" inherits eth0"), "links": FURTHER},
        "`iface eth1 inet static inherits eth0` takes over",
        {"files": LO + STATIC + ETH1.format(""), "links": FURTHER},
    ),
    "a stanza that starts its own": (
        {"files": LO + ITSELF},
        "`auto` of `iface eth0 inet static` starts it: write `auto eth0` before the stanza",
        {"files": f"{LO}auto eth0\n" + ITSELF.replace("    auto\n", "")},
    ),
    "a lease whose stanza starts its own": (
        {"files": f"{LO}iface eth0 inet dhcp\n    auto\n    dns-search x\n"},
        "starts it: write `auto eth0`",
        {"files": f"{LO}auto eth0\niface eth0 inet dhcp\n    dns-search x\n"},
    ),
    "a byte order mark": (
        {"files": "\N{ZERO WIDTH NO-BREAK SPACE}" + LO + STATIC},
        "has controls or spaces of other kinds (U+FEFF)",
        {"files": LO + STATIC},
    ),
    # Networks of instances that must not leave by the gateway while their bridge is down.
    "a route to nowhere": (
        {"files": LO + STATIC + "    up ip route add blackhole 10.0.0.0/8\n"},
        "would add 10.0.0.0/8 once more, which is an error: say `replace`",
        {"files": LO + STATIC + "    up ip route replace blackhole 10.0.0.0/8\n"},
    ),
    "a route to nowhere that is taken back": (
        {"files": LO + STATIC + "    up route add -net 10.0.0.0/8 reject\n"},
        "would add 10.0.0.0/8 once more",
        {
            "files": LO
            + STATIC
            + "    up route add -net 10.0.0.0/8 reject\n"
            + "    down route del -net 10.0.0.0/8 reject\n"
        },
    ),
    "a route to no host, of which another one is taken back": (
        {
            "files": LO
            + STATIC
            + "    up route add -host 10.1.1.1 reject\n"
            + "    down route del -host 10.1.1.10 reject\n"
        },
        "would add 10.1.1.1 once more",
        {
            "files": LO
            + STATIC
            + "    up route add -host 10.1.1.1 reject\n"
            + "    down route del -host 10.1.1.1 reject\n"
        },
    ),
    # Failover addresses of hosting networks, which are routed to the machine.
    "an address on lo": (
        {
            "files": LO + STATIC + "    up ip addr add 203.0.113.7/32 dev lo\n",
            "links": [*UP, link("lo", "203.0.113.7/32")],
        },
        "would add 203.0.113.7 once more",
        {
            "files": LO + STATIC + "    up ip addr add 203.0.113.7/32 dev lo || true\n",
            "links": [*UP, link("lo", "203.0.113.7/32")],
        },
    ),
    # README.Debian of ifenslave in its former form.
    "a bond of all cards": (
        {"files": f"{LO}auto bond9\niface bond9 inet manual\n    slaves all\n", **FREE},
        "takes eth0 too: `slaves all`",
        {"files": f"{LO}auto bond9\niface bond9 inet manual\n    slaves eth7\n", **FREE},
    ),
}


@pytest.mark.parametrize("name", MENDS)
def test_what_is_refused_is_accepted_once_it_is_mended(name: str) -> None:
    refused, words, mended = MENDS[name]
    review = seen(**refused)
    assert words in said(review), said(review)
    assert not review.plan
    review = seen(**mended)
    assert not review.blockers and review.plan, said(review)


def test_a_gateway_in_a_stanza_that_starts_its_own_is_read() -> None:
    """The options go on behind such a line."""
    review = seen(LO + ITSELF.replace(GATE, "    gateway 192.168.0.254\n"))
    assert "gives the gateway 192.168.0.254" in said(review)


BRIDGED = bridged("br0", link("eth0", master="br0"))
OVER = [route("default", "br0", gateway=GATEWAY)]
FILE = LO + BR.format("br0") + PORT
KEPT: dict[str, tuple[str, str]] = {
    # interfaces(5): the scripts make the bridge of its ports.
    "no scripts for the bridge": (f"no-scripts br*\n{FILE}", "no `no-scripts`"),
    "a mapping of the bridge": (f"mapping br0\n    script /x\n\n{FILE}", "no `mapping`"),
}


@pytest.mark.parametrize("name", KEPT)
def test_a_bridge_that_boots_another_way_than_by_its_stanza_is_refused(name: str) -> None:
    files, words = KEPT[name]
    review = seen(files, BRIDGED)
    assert "would not come up so at boot" in said(review) and words in said(review)
    assert not review.plan
    assert not seen(FILE, BRIDGED).blockers


WITHOUT = FILE.replace(GATE, "")


def test_a_default_route_that_no_file_gives_is_told() -> None:
    """Somebody typed it: after the next boot the node would be cut off from beyond its network."""
    told = [problem.what for problem in seen(WITHOUT, BRIDGED, OVER).problems]
    assert told and f"without the default route by {GATEWAY}, which no file gives" in told[0]


@pytest.mark.parametrize(
    "files",
    [
        FILE,
        f"{WITHOUT}    up ip route add default via {GATEWAY}\n",
        f"{WITHOUT}    up /etc/network/routes.sh\n",
        f"{WITHOUT}\nauto eth1\niface eth1 inet manual\n    up ip r a default via {GATEWAY}\n",
    ],
)
def test_a_default_route_that_a_file_gives_or_may_give_is_not_told(files: str) -> None:
    assert not seen(files, BRIDGED, OVER).problems


def test_a_default_route_of_a_daemon_is_not_told() -> None:
    of_bird = [route("default", "br0", gateway=GATEWAY, protocol="bird")]
    assert not seen(WITHOUT, BRIDGED, of_bird).problems


def test_a_stanza_made_ready_without_the_gateway_is_refused_before_the_switch() -> None:
    ready = FILE.replace("br0", "xenbr0")
    assert f"write `gateway {GATEWAY}` into it" in said(seen(ready.replace(GATE, "")))
    assert seen(ready).plan and not seen(ready).blockers
