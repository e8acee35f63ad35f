"""What ip(8) says of links, addresses and routes, read and given back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from steps.network.facts.net import NETWORK, Network
from steps.network.facts.owners import parse_owners
from steps.network.facts.routes import addresses, routes, strange_routes


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
    assert parse_owners("").cloud_init_may_write
    assert not parse_owners("cloud-init off\n").cloud_init_may_write
