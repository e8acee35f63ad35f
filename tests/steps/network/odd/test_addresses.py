"""Addresses that are not of the usual kind: they move as they are, or are refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from steps.network.commands import more_than_static
from tests.steps.network.odd.nodes import (
    GATE,
    GATEWAY,
    IP,
    LO,
    STATIC,
    link,
    route,
    said,
    seen,
    written,
)


def _address(plain: str, prefix: int, **more: Any) -> dict[str, Any]:
    """An address as `ip -j addr` tells it."""
    return {"family": "inet", "local": plain, "prefixlen": prefix, "scope": "global", **more}


OF_SCOPE_LINK = link("eth0", addr_info=[_address(IP, 24, scope="link")])
GATED = [route("default", gateway=GATEWAY)]


def test_an_address_of_the_scope_link_is_the_node_s_all_the_same() -> None:
    """interfaces(5), scope; systemd.network(5), Scope=: a second card must not get it as well."""
    links = [OF_SCOPE_LINK, link("eth1")]
    review = seen(LO, links, GATED, managed="eth0 systemd-networkd\n")
    assert "eth0 cannot go under the bridge: systemd-networkd manages it" in said(review)
    assert not review.plan
    text = written(seen(LO + STATIC + "    scope link\n", links, GATED))
    assert "    bridge_ports eth0\n" in text and "    scope link\n" in text


def test_an_address_of_the_scope_link_that_nothing_gives_is_not_lost() -> None:
    links = [link("eth0", addr_info=[_address(IP, 24), _address("10.9.0.1", 24, scope="link")])]
    review = seen(links=links)
    assert "it has 10.9.0.1/24 too" in said(review) and not review.plan
    review = seen(LO, [OF_SCOPE_LINK], GATED)
    assert "has the scope link, which no stanza gives" in said(review) and not review.plan


def test_an_address_that_a_machine_makes_by_itself_is_nobody_s() -> None:
    """RFC 3927: avahi-autoipd gives a card one where nothing else does."""
    links = [link("eth0", "10.0.2.2/24"), link("eth1")]
    links[1]["addr_info"] = [_address("169.254.7.7", 16, scope="link")]
    assert seen(LO, links).answers.bridge.device["node1"] == "eth1"


OF_ENDS = link("eth0", addr_info=[_address(IP, 32, address=GATEWAY)])
WAYS = [*GATED, route(GATEWAY, scope="link", protocol="kernel")]
BY_HOOK = (
    f"{LO}auto eth0\niface eth0 inet manual\n    up ip link set eth0 up\n"
    f"    up ip addr add {IP} peer {GATEWAY} dev eth0\n    up ip route add default via {GATEWAY}\n"
)


def test_a_hook_s_address_with_another_end_is_refused_until_a_stanza_gives_it() -> None:
    """Hosting networks: without the other end no route leads to the gateway."""
    review = seen(BY_HOOK, [OF_ENDS], WAYS)
    assert "with the word `peer`: give it by a static stanza" in said(review)
    assert not review.plan
    mended = f"{LO}auto eth0\niface eth0 inet static\n    address {IP}/32\n{GATE}"
    text = written(seen(f"{mended}    pointopoint {GATEWAY}\n", [OF_ENDS], WAYS))
    assert f"    pointopoint {GATEWAY}\n" in text


@pytest.mark.parametrize(
    ("words", "more"),
    [
        ("dev eth0", ""),
        ("broadcast + dev eth0 label eth0", ""),
        ("brd 192.168.0.255 scope global valid_lft forever dev eth0", ""),
        ("dev eth0 scope link", "scope"),
        ("noprefixroute dev eth0", "noprefixroute"),
        ("dev eth0 preferred_lft 0", "preferred_lft"),
    ],
)
def test_what_a_static_stanza_does_not_say_of_an_address(words: str, more: str) -> None:
    for address in (f"{IP}/24", f"local {IP}/24"):
        assert more_than_static(f"ip addr add {address} {words}") == more


def test_the_way_back_gives_an_address_all_that_it_had() -> None:
    """ip-address(8): metric and CONFFLAG; a bond gets its addresses by hand."""
    ipv6 = {**_address("2001:db8::2", 64, metric=256), "family": "inet6"}
    addresses = [_address(IP, 24, metric=50), {**ipv6, "mngtmpaddr": True, "autojoin": True}]
    files = LO + STATIC.replace("eth0", "bond0")
    files += "    bond-slaves eno1\n\niface bond0 inet6 static\n    address 2001:db8::2/64\n"
    links = [link("eno1", master="bond0"), link("bond0", kind="bond", addr_info=addresses)]
    switch = seen(files, links).plan.on("node1")[-1]
    assert f"addr replace {IP}/24 dev bond0 metric 50" in switch.rollback
    ipv6_words = "addr replace 2001:db8::2/64 mngtmpaddr autojoin dev bond0 metric 256"
    assert ipv6_words in switch.rollback


def test_the_preference_of_a_route_moves_with_it() -> None:
    """ip-route(8), pref: which of several routers IPv6 prefers (RFC 4191)."""
    links = [link("eth0", f"{IP}/24", "2001:db8::2/64")]
    files = f"{LO}{STATIC}\niface eth0 inet6 static\n    address 2001:db8::2/64\n"
    ways = [
        route("2001:db8:7::/48", gateway="fe80::7", metric=1024, pref="high"),
        route("2001:db8:8::/48", gateway="fe80::8", metric=1024, pref="medium"),
    ]
    text = written(seen(files, links, [*GATED, *ways]))
    assert "via fe80::7 dev xenbr0 metric 1024 pref high\n" in text
    assert "via fe80::8 dev xenbr0 metric 1024\n" in text
