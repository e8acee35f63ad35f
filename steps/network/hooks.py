"""Where a command of an `iface` stanza belongs when a bridge takes the address over.

A command that names the card is understood by the program that it runs, or not at all. One that
names no interface goes along with the address.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from steps.network.options import Belongs

_OF_THE_ADDRESS = (
    "addr",
    "address",
    "a",
    "route",
    "r",
    "ro",
    "rule",
    "ru",
    "neigh",
    "neighbour",
    "n",
)
_OF_THE_LINK = ("link", "l")
"""Objects of ip(8), with the shortest forms of them that people write."""
_LINK_PROGRAMS = ("ethtool", "tc", "ifup", "ifdown", "mii-tool")
_NEITHER = ("true", ":", "sleep", "test", "[")
_IFCONFIG_LINK = ("up", "down", "mtu", "txqueuelen", "promisc", "-promisc", "multicast")
_STACK = re.compile(r"(?:/proc/sys/net/ipv[46]/(?:conf|neigh)/|net\.ipv[46]\.(?:conf|neigh)\.)")
_DEVICE = "/sys/class/net/"
_VARIABLE = re.compile(r"\$\{?(?:IFACE|LOGICAL)\b|%i\b")
_APART = frozenset(";&|()")


@dataclass(frozen=True)
class Verdict:
    """What becomes of a command."""

    place: Belongs
    names_card: bool


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
    names_card = mentions(command, card)
    has_to_do = names_card or bool(_VARIABLE.search(command))
    places = _places(command)
    if places is None or None in places:
        return None if has_to_do else Verdict(Belongs.ADDRESS, names_card=False)
    known = places - {_NOWHERE}
    if known == {Belongs.LINK}:
        return Verdict(Belongs.LINK, names_card)
    if known == {Belongs.ADDRESS} or not has_to_do:
        return Verdict(Belongs.ADDRESS, names_card)
    return None


_NOWHERE = Belongs.OWN


def gives(command: str, address: str) -> bool:
    """Whether a command does nothing but put this address on an interface."""
    words = command.split()
    if words[:1] not in (["ip"], ["/sbin/ip"], ["/bin/ip"], ["/usr/sbin/ip"]):
        return False
    objects = [word for word in words[1:] if not word.startswith("-")]
    adds = objects[:1] and objects[0] in ("addr", "address", "a") and objects[1:2] == ["add"]
    alone = not set(command) & _APART
    return bool(adds) and alone and objects[2:3] != [] and _plain(objects[2]) == address


def _plain(interface: str) -> str:
    return interface.partition("/")[0]


def gives_default(command: str, gateway: str) -> bool:
    """Whether a command has the default route to this gateway set."""
    words = command.split()
    is_default = not {"default", "0.0.0.0", "0.0.0.0/0"}.isdisjoint(words)
    return "route" in command and is_default and gateway in words


def _places(command: str) -> set[Belongs | None] | None:
    """Where the simple commands of a line belong; None when it cannot be read."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        tokens = list(lexer)
    except ValueError:
        return None
    simple: list[list[str]] = [[]]
    for token in tokens:
        if set(token) <= _APART:
            simple.append([])
        else:
            simple[-1].append(token)
    return {_place(words) for words in simple if words}


def _place(words: list[str]) -> Belongs | None:
    program = words[0].rpartition("/")[2]
    rest = words[1:]
    if program in _NEITHER:
        return _NOWHERE
    if program in _LINK_PROGRAMS:
        return Belongs.LINK
    if program == "ip":
        return _of_ip(rest)
    if program == "route":
        return Belongs.ADDRESS
    if program == "ifconfig":
        return _of_ifconfig(rest)
    if program in ("sysctl", "echo"):
        return _of_kernel(rest)
    return None


def _of_ip(rest: Iterable[str]) -> Belongs | None:
    objects = [word for word in rest if not word.startswith("-")]
    if not objects:
        return None
    if objects[0] in _OF_THE_ADDRESS:
        return Belongs.ADDRESS
    return Belongs.LINK if objects[0] in _OF_THE_LINK else None


def _of_ifconfig(rest: list[str]) -> Belongs | None:
    settings = [word for word in rest[1:] if not word.isdigit()]
    return Belongs.LINK if all(word in _IFCONFIG_LINK for word in settings) else None


def _of_kernel(rest: list[str]) -> Belongs | None:
    """Of a setting: the IP stack's go with the address, the device's stay with the link."""
    text = " ".join(rest)
    if _DEVICE in text:
        return Belongs.LINK
    return Belongs.ADDRESS if _STACK.search(text) else None
