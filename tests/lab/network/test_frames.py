"""The rules of the gate: what of a frame lets it out, and that no frame can end the gate."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.network import ether
from wizard.lab.network.frames import MAC_PREFIX, Rules, asked_name

US, DEAD, GATEWAY, RESOLVER, ARCHIVE = (
    "10.0.2.11",
    "10.0.2.12",
    "10.0.2.2",
    "10.0.2.3",
    "203.0.113.80",
)
MAC = MAC_PREFIX + socket.inet_aton(GATEWAY)
RULES = Rules.of(GATEWAY, RESOLVER, dhcp=True, reachable={(socket.inet_aton(ARCHIVE), 80)})
NO_DHCP = Rules.of(GATEWAY, RESOLVER, dhcp=False, reachable=set())
DISCOVER = ether.udp(ether.BROADCAST, "0.0.0.0", "255.255.255.255", 67)

OUT = {
    "who has the gateway": ether.arp(US, GATEWAY),
    "who has the name server": ether.arp(US, RESOLVER),
    "I am here, asked by the gateway": ether.arp(US, GATEWAY, 2, MAC),
    "give me an address": DISCOVER,
    "renew my address": ether.udp(MAC, US, GATEWAY, 67),
    "what is the address of": ether.udp(MAC, US, RESOLVER, 53),
    "the same by TCP": ether.tcp(MAC, US, RESOLVER, 53),
    "ping of the gateway": ether.ping(MAC, US, GATEWAY),
    "an answer to ssh that came in": ether.tcp(
        MAC, US, GATEWAY, 50000, ether.SYN_ACK, from_port=22
    ),
    "a package archive": ether.tcp(MAC, US, ARCHIVE, 80),
}
HERE = {
    "who has a dead machine": ether.arp(US, DEAD),
    "I am here, told to a dead machine": ether.arp(US, DEAD, 2, ether.DEAD_MAC),
    "a dead machine's port": ether.tcp(ether.DEAD_MAC, US, DEAD, 1811),
    "an archive, but by a dead machine": ether.tcp(ether.DEAD_MAC, US, ARCHIVE, 80),
    "a port of this host": ether.tcp(MAC, US, GATEWAY, 22),
    "a file of this host (TFTP)": ether.udp(MAC, US, GATEWAY, 69),
    "another port of the archive": ether.tcp(MAC, US, ARCHIVE, 22),
    "the archive by UDP": ether.udp(MAC, US, ARCHIVE, 80),
    "ping of the archive": ether.ping(MAC, US, ARCHIVE),
    "another name server": ether.udp(MAC, US, "8.8.8.8", 53),
    "another port of the name server's machine": ether.tcp(MAC, US, RESOLVER, 80),
    "somebody's machine": ether.tcp(MAC, US, "192.168.0.111", 11000),
    "a broadcast": ether.udp(ether.BROADCAST, US, "10.0.2.255", 137),
    "a piece of a packet": ether.ip(MAC, US, RESOLVER, 17, bytes(64), fragment=0x2000),
    "IPv6": MAC + ether.OUR_MAC + b"\x86\xdd" + bytes(60),
}


@pytest.mark.parametrize("vlan", [0, 10, 4095])
@pytest.mark.parametrize("what", OUT)
def test_a_vlan_s_tag_keeps_every_frame_here(what: str, vlan: int) -> None:
    """Whatever is behind it: the switch has taken off the one that belongs there."""
    for kind in (ether.DOT1Q, ether.DOT1AD):
        frame = ether.tagged(OUT[what], vlan, kind)
        assert not RULES.let_out(frame) and not RULES.let_out(ether.tagged(frame, vlan))
        assert asked_name(frame) == ""


@pytest.mark.parametrize("what", OUT)
def test_let_out(what: str) -> None:
    assert RULES.let_out(OUT[what])


@pytest.mark.parametrize("what", HERE)
def test_kept_here(what: str) -> None:
    assert not RULES.let_out(HERE[what])


def test_a_router_hands_out_no_addresses() -> None:
    assert not NO_DHCP.let_out(DISCOVER) and not NO_DHCP.let_out(OUT["renew my address"])


def test_the_name_that_is_asked_for() -> None:
    frame = ether.udp(MAC, US, RESOLVER, 53, ether.query("Deb.Debian.org"))
    assert asked_name(frame) == "deb.debian.org"
    assert asked_name(OUT["a package archive"]) == ""
    assert asked_name(OUT["what is the address of"]) == ""


@given(
    st.binary(max_size=200), st.sampled_from([*OUT.values(), *HERE.values()]), st.integers(0, 60)
)
def test_no_frame_is_too_odd(junk: bytes, frame: bytes, at: int) -> None:
    for odd in (junk, frame[:at], frame[:at] + junk):
        assert RULES.let_out(odd) in (True, False)
        assert asked_name(odd) is not None
