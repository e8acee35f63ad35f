"""What ip(8) says of links, addresses and routes, read and given back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from steps.network.facts.net import NETWORK, Network
from steps.network.facts.owners import parse_owners
from steps.network.facts.routes import addresses, routes, strange_routes
from wizard.base.errors import WizardError


def network(*links: dict[str, Any], cards: str = "") -> Network:
    """The fact as ip(8) and /sys would give it."""
    return NETWORK.parse(f"== addr\n{json.dumps(links)}\n== cards\n{cards}\n")


@pytest.mark.parametrize(
    ("link", "sys", "kind", "below"),
    [
        ({"linkinfo": {"info_kind": "vlan"}, "link": "eno1"}, "physical=0", "vlan", "eno1"),
        ({"linkinfo": {"info_kind": "bond"}}, "physical=1", "bond", ""),
        ({"linkinfo": {"info_kind": "bridge"}}, "bridge=1", "bridge", ""),
        ({"linkinfo": {"info_kind": "macvlan"}, "link": "eno1"}, "physical=0", "other", "eno1"),
        ({"linkinfo": {"info_kind": "veth"}, "link": "eth1"}, "physical=0", "other", ""),
        ({"linkinfo": {"info_kind": "tun"}}, "physical=0", "other", ""),
        ({}, "physical=1", "card", ""),
        # Without details, from what else is seen.
        ({"link": "eno1"}, "physical=0", "vlan", "eno1"),
        ({}, "bridge=1", "bridge", ""),
        ({}, "", "other", ""),
    ],
)
def test_what_an_interface_is(link: dict[str, Any], sys: str, kind: str, below: str) -> None:
    (card,) = network({"ifname": "x0", **link}, cards=f"x0 {sys}").cards
    assert (card.kind, card.below, card.bridge) == (kind, below, kind == "bridge")


def test_a_bond_is_known_by_its_slaves_too() -> None:
    seen = network(
        {"ifname": "bond0"}, {"ifname": "eno1", "master": "bond0"}, cards="bond0 physical=1"
    )
    bond = seen.card("bond0")
    assert bond and bond.kind == "bond" and bond.ports == ("eno1",)


def test_all_that_lies_below_is_found_and_a_ring_ends() -> None:
    seen = network(
        {"ifname": "br0", "linkinfo": {"info_kind": "bridge"}},
        {"ifname": "bond0.5", "master": "br0", "link": "bond0", "linkinfo": {"info_kind": "vlan"}},
        {"ifname": "bond0", "linkinfo": {"info_kind": "bond"}},
        {"ifname": "eno1", "master": "bond0"},
    )
    assert seen.under("br0") == ("bond0.5", "bond0", "eno1")
    assert seen.over("bond0") == ("bond0.5",)
    ring = network({"ifname": "a", "master": "b"}, {"ifname": "b", "master": "a"})
    assert set(ring.under("a")) == {"a", "b"}


def address(**more: Any) -> dict[str, Any]:
    """An entry of `addr_info`."""
    return {"local": "192.0.2.5", "prefixlen": 24, "scope": "global", **more}


@pytest.mark.parametrize(
    ("info", "words"),
    [
        (address(), "addr replace 192.0.2.5/24 dev eth0"),
        (
            address(label="eth0:1", broadcast="192.0.2.255"),
            "addr replace 192.0.2.5/24 broadcast 192.0.2.255 dev eth0 label eth0:1",
        ),
        (
            address(address="192.0.2.1", prefixlen=32),
            "addr replace 192.0.2.5 peer 192.0.2.1/32 dev eth0",
        ),
        (
            address(deprecated=True, preferred_life_time=0),
            "addr replace 192.0.2.5/24 dev eth0 preferred_lft 0",
        ),
        (
            address(deprecated=True, dynamic=True),
            "addr replace 192.0.2.5/24 dev eth0",
        ),
        (address(scope="host"), "addr replace 192.0.2.5/24 scope host dev eth0"),
        (
            {"local": "2001:db8::5", "prefixlen": 64, "scope": "global", "nodad": True},
            "addr replace 2001:db8::5/64 nodad dev eth0",
        ),
    ],
)
def test_an_address_is_given_back_as_it_was(info: dict[str, Any], words: str) -> None:
    (seen,) = addresses({"addr_info": [info]})
    assert seen.words("eth0") == words


@pytest.mark.parametrize(
    "info",
    [
        {"local": "192.0.2.5"},
        address(local="here"),
        address(prefixlen=99),
        address(label="eth0 ; reboot"),
        address(broadcast="$(reboot)"),
    ],
)
def test_an_address_that_makes_no_sense_is_no_address(info: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError)):
        addresses({"addr_info": [info]})


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            {"dst": "default", "gateway": "192.0.2.1", "dev": "eth0", "flags": ["onlink"]},
            "route replace default via 192.0.2.1 dev eth0 onlink",
        ),
        (
            {"dst": "10.0.0.0/8", "dev": "eth0", "scope": "link", "metric": 7, "table": "100"},
            "route replace 10.0.0.0/8 dev eth0 scope link metric 7 table 100",
        ),
        (
            {"dst": "10.0.0.9", "gateway": "192.0.2.1", "dev": "eth0", "prefsrc": "192.0.2.5"},
            "route replace 10.0.0.9 via 192.0.2.1 dev eth0 src 192.0.2.5",
        ),
    ],
)
def test_a_route_is_given_back_as_it_was(row: dict[str, Any], words: str) -> None:
    (seen,) = routes([row])
    assert seen.replace("eth0") == words


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            {"metrics": [{"mtu": 1300, "lock": ["mtu"], "advmss": 1200}]},
            "route replace 10.0.0.0/8 dev eth0 mtu lock 1300 advmss 1200",
        ),
        ({"type": "unicast", "protocol": "static"}, "route replace 10.0.0.0/8 dev eth0"),
    ],
)
def test_a_route_keeps_its_settings(row: dict[str, Any], words: str) -> None:
    (seen,) = routes([{"dst": "10.0.0.0/8", "dev": "eth0", **row}])
    assert seen.replace("eth0") == words and not seen.daemon


@pytest.mark.parametrize(
    "more",
    [
        {"tos": "0x10"},
        {"type": "local"},
        {"type": "blackhole"},
        {"metrics": [{"congctl": "bbr"}]},
        {"metrics": [{"mtu": "1300; reboot"}]},
        {"realms": {"to": "7"}},
        {"never_heard_of": 1},
    ],
)
def test_a_route_with_more_than_is_understood_is_strange(more: dict[str, Any]) -> None:
    row = {"dst": "10.0.0.0/8", "dev": "eth0", **more}
    assert routes([row]) == () and strange_routes([row], ["eth0"]) == ("eth0",)
    assert strange_routes([{**row, "protocol": "ra"}], ["eth0"]) == ()


@pytest.mark.parametrize(
    ("protocol", "daemon"),
    [("bird", "bird"), ("186", "186"), ("boot", ""), ("static", ""), ("dhcp", ""), ("ra", "")],
)
def test_who_maintains_a_route(protocol: str, daemon: str) -> None:
    (seen,) = routes([{"dst": "10.0.0.0/8", "dev": "eth0", "protocol": protocol}])
    assert seen.daemon == daemon and seen.is_leased is (protocol == "dhcp")


def test_a_route_beside_the_kernels_own_does_not_replace_it() -> None:
    (seen,) = routes([{"dst": "192.0.2.0/24", "gateway": "192.0.2.1", "dev": "eth0"}])
    (card,) = network({"ifname": "eth0", "addr_info": [address()]}).cards
    words = "route {} 192.0.2.0/24 via 192.0.2.1 dev br0"
    assert seen.replace("br0", card.networks) == words.format("prepend")
    assert seen.replace("br0") == words.format("replace")


def test_a_route_is_looked_for_where_it_is() -> None:
    rows = [
        {"dst": "default", "gateway": "192.0.2.1", "dev": "eth0", "table": "100", "metric": 7},
        {"dst": "2001:db8::/64", "dev": "eth0"},
    ]
    (first,) = routes(rows[:1])
    (second,) = routes(rows[1:], is_ipv6=True)
    assert first.shown("br0") == "route show default dev br0 table 100"
    assert second.shown("br0") == "-6 route show 2001:db8::/64 dev br0 table main"


def test_what_only_waits_for_a_card_manages_it_not() -> None:
    seen = NETWORK.parse("== managed\neth0 NetworkManager\nbr0 NetworkManager watched\nx\n")
    assert (seen.manager("eth0"), seen.manager("br0")) == ("NetworkManager", "")
    assert (seen.taker("eth0"), seen.taker("br0")) == ("NetworkManager", "NetworkManager")


def test_a_bridge_is_meant_where_it_has_the_address_too() -> None:
    links = [
        {"ifname": "lo", "addr_info": [address(local="192.0.2.9", prefixlen=32)]},
        {"ifname": "eth0", "addr_info": [address()]},
        {"ifname": "br0", "addr_info": [address()], "linkinfo": {"info_kind": "bridge"}},
    ]
    seen = network(*links)
    holder = seen.having("192.0.2.5")
    assert holder and holder.name == "br0" and seen.loopback == ("192.0.2.9",)


@pytest.mark.parametrize(
    ("link", "sys", "why"),
    [
        ({}, "physical=1", ""),
        ({"link_type": "ether"}, "physical=1 vf=0", ""),
        ({"link_type": "infiniband"}, "physical=1", "infiniband"),
        ({}, "physical=1 vf=1", "SR-IOV"),
    ],
)
def test_what_can_be_no_port(link: dict[str, Any], sys: str, why: str) -> None:
    (card,) = network({"ifname": "x0", **link}, cards=f"x0 {sys}").cards
    assert why in card.no_port and bool(card.no_port) is bool(why)


@pytest.mark.parametrize("kind", ["vxlan", "gretap", "macsec"])
def test_a_tunnel_that_is_bound_to_a_card_lies_over_it(kind: str) -> None:
    tunnel = {"ifname": "t0", "link": "eth0", "linkinfo": {"info_kind": kind}}
    assert network({"ifname": "eth0"}, tunnel).over("eth0") == ("t0",)


def test_routes_that_are_not_understood_are_known_by_their_device() -> None:
    rows = [
        {"dst": "x;reboot", "dev": "eth0"},
        {"dst": "10.0.0.0/8", "nexthops": [{"dev": "eth1"}, {"dev": "eth2"}]},
        {"dst": "127.0.0.1", "dev": "lo", "table": "local", "type": "local"},
        {"type": "blackhole", "dst": "10.9.0.0/16"},
    ]
    assert routes(rows) == ()
    assert strange_routes(rows, ["eth0", "eth1", "eth3"]) == ("eth0", "eth1")


def test_owners_are_read_line_by_line() -> None:
    seen = parse_owners("cloud-init on\nifupdown2 on\nnetplan on\nservice connman\nnonsense\n")
    assert seen.cloud_init_may_write and seen.ifupdown2 and seen.netplan
    assert seen.services == ("connman",)
    more = parse_owners(
        "ifupdown-ng on\nnetworking it is off\nlink /etc/a /run/b c\nscript /etc/d eth0\n"
    )
    assert more.ifupdown_ng and more.not_at_boot == "it is off"
    assert more.links == (("/etc/a", "/run/b c"),) and more.scripts == (("/etc/d", "eth0"),)
    assert parse_owners("").cloud_init_may_write
    assert not parse_owners("cloud-init off\n").cloud_init_may_write


def test_a_host_without_ip_is_not_one_without_cards() -> None:
    """Each has at least `lo`: silence comes from a program that a minimal system lacks."""
    with pytest.raises(WizardError, match="names no network card") as raised:
        NETWORK.parse("== addr\n\n== route\n\n== route4\n\n== route6\n\n== cards\neth0 carrier=1\n")
    assert "iproute2" in raised.value.mend
