"""Where a command of an `iface` stanza belongs when a bridge takes the address over.

A command that names the card is understood by the program that it runs, or not at all. One that
names no interface goes along with the address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from steps.network.commands import Ip, program, read_ip, simple
from steps.network.options import Belongs

_OF_THE_ADDRESS = ("address", "route", "rule", "neighbour", "neighbor", "token")
"""Objects of ip(8)."""
_LINK_WORDS = (
    "mtu",
    "txqueuelen",
    "txqlen",
    "qlen",
    "address",
    "alias",
    "group",
    "promisc",
    "arp",
    "multicast",
    "allmulticast",
    "gso_max_size",
    "gso_max_segs",
    "gro_max_size",
    "addrgenmode",
)
"""Settings of `ip link set` that have one word behind them and stay with the link (ip-link(8))."""
_LINK_STATES = ("up", "down")
_KINDS_BESIDE = ("vlan", "dummy", "veth", "ifb")
"""Kinds of `ip link add` that leave a card free for a bridge: a macvlan does not, and a tunnel over
a card sends from its address."""
_LINK_PROGRAMS = ("ethtool", "tc", "mii-tool")
_BY_NAME = ("ifup", "ifdown")
_ADDRESS_PROGRAMS = ("route", "arp", "arping")
_NEITHER = ("true", ":", "sleep", "test", "[")
_IFCONFIG_LINK = ("up", "down", "mtu", "txqueuelen", "promisc", "-promisc", "multicast")
_STACK = re.compile(r"(?:/proc/sys/net/ipv[46]/(?:conf|neigh)/|net\.ipv[46]\.(?:conf|neigh)\.)")
_DEVICE = "/sys/class/net/"
_VARIABLE = re.compile(r"\$\{?(?:IFACE|LOGICAL)\b|%i\b")


@dataclass(frozen=True)
class Verdict:
    """What becomes of a command."""

    place: Belongs
    has_to_do: bool
    """Whether it names the card or the interface that is being brought up."""


def mentions(text: str, card: str) -> bool:
    """Whether a text names a card or an alias of it; `eth0.5` is another interface than `eth0`."""
    return bool(_mention(card).search(text))


def renamed(text: str, card: str, bridge: str) -> str:
    """The text with the bridge's name in place of the card's, of aliases too."""
    return _mention(card).sub(lambda _: bridge, text)


def _mention(card: str) -> re.Pattern[str]:
    # sysctl(8) writes the dot in a VLAN's name as a slash.
    names = "|".join(re.escape(name) for name in (card, card.replace(".", "/")))
    return re.compile(rf"(?<![\w:-])(?:{names})(?![\w-])(?![./]\d)")


def verdict(command: str, card: str) -> Verdict | None:
    """Where a command belongs; None when it has to do with the card and is not understood."""
    has_to_do = mentions(command, card) or bool(_VARIABLE.search(command))
    lines = simple(command)
    places = {_place(words, card) for words in lines} if lines is not None else {None}
    if None in places:
        return None if has_to_do else Verdict(Belongs.ADDRESS, has_to_do=False)
    known = places - {_NOWHERE}
    if known == {Belongs.LINK}:
        return Verdict(Belongs.LINK, has_to_do)
    if known == {Belongs.ADDRESS} or not has_to_do:
        return Verdict(Belongs.ADDRESS, has_to_do)
    return None


_NOWHERE = Belongs.OWN


def _place(words: tuple[str, ...], card: str) -> Belongs | None:
    name = program(words)
    rest = words[1:]
    if name in _NEITHER:
        return _NOWHERE
    if name in _LINK_PROGRAMS:
        return Belongs.LINK
    if name in _BY_NAME:
        # Aliases go along with the address, and change their names.
        return Belongs.ADDRESS if any(":" in word for word in rest) else Belongs.LINK
    if name in _ADDRESS_PROGRAMS:
        return Belongs.ADDRESS
    if name == "ifconfig":
        return _of_ifconfig(rest)
    if name == "ifenslave":
        return _of_ifenslave(rest, card)
    if name in ("sysctl", "echo"):
        return _of_kernel(rest)
    ip = read_ip(words)
    return _of_ip(ip) if ip else None


def _of_ip(ip: Ip) -> Belongs | None:
    if ip.kind in _OF_THE_ADDRESS:
        return Belongs.ADDRESS
    if ip.kind != "link":
        return None
    if ip.verb == "show":
        return Belongs.LINK
    if ip.verb == "add":
        kind = ip.rest[ip.rest.index("type") + 1 :][:1] if "type" in ip.rest else ()
        return Belongs.LINK if kind and kind[0] in _KINDS_BESIDE else None
    return Belongs.LINK if ip.verb == "set" and _stays_with_link(ip.rest) else None


def _stays_with_link(rest: tuple[str, ...]) -> bool:
    """Whether `ip link set` gives the card to nobody else: no master, name or name space."""
    settings = list(rest[2:] if rest[:1] == ("dev",) else rest[1:])
    while settings:
        word = settings.pop(0)
        if word == "vf":
            return True
        if word in _LINK_WORDS and settings:
            settings.pop(0)
        elif word not in _LINK_STATES:
            return False
    return True


def _of_ifenslave(rest: tuple[str, ...], card: str) -> Belongs | None:
    """A bond stays what it is; a card that is put into one is no longer its own (ifenslave(8))."""
    _, *slaves = [word for word in rest if not word.startswith("-")] or [""]
    gone = any(mentions(word, card) or _VARIABLE.search(word) for word in slaves)
    return None if gone else Belongs.LINK


def _of_ifconfig(rest: tuple[str, ...]) -> Belongs | None:
    # No address at all, as people bring a card up for a bridge.
    settings = [word for word in rest[1:] if not word.isdigit() and word != "0.0.0.0"]
    return Belongs.LINK if all(word in _IFCONFIG_LINK for word in settings) else None


def _of_kernel(rest: tuple[str, ...]) -> Belongs | None:
    """Of a setting: the IP stack's go with the address, the device's stay with the link."""
    text = " ".join(rest)
    if _DEVICE in text:
        return Belongs.LINK
    return Belongs.ADDRESS if _STACK.search(text) else None
