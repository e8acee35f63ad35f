"""Addresses and routes as ip(8) tells them, and the words that give them back to ip(8)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_interface, ip_network
from typing import Any

_KERNEL_MAKES = ("kernel", "ra", "redirect")
"""Routes that come by themselves with an address, or from a router (ip-route(8): proto)."""
_ROUTE_WORDS = ("metric", "mtu", "advmss", "window", "rtt", "initcwnd", "initrwnd", "table")
_FLAGS = ("nodad", "noprefixroute", "home")
_TABLE_OF_HOST = "local"
_WORD = re.compile(r"[A-Za-z0-9_.:@/+=,%-]+")


@dataclass(frozen=True)
class Address:
    """One address of an interface, IPv4 or IPv6, with all that ip-address(8) needs to add it."""

    interface: str
    """Address/prefix."""
    peer: str = ""
    """The other end of a point-to-point address, with its prefix; "" when there is none."""
    broadcast: str = ""
    label: str = ""
    """Its name of the interface, as `eth0:1` for an alias; IPv6 has none."""
    scope: str = "global"
    flags: tuple[str, ...] = ()
    """Such as `nodad` (ip-address(8): CONFFLAG)."""
    dynamic: bool = False
    """Whether DHCP or a router's announcement gave it, so that it runs out."""

    @property
    def plain(self) -> str:
        """Without the prefix."""
        return self.interface.partition("/")[0]

    @property
    def is_ipv4(self) -> bool:
        """Whether it is one of IPv4."""
        return ":" not in self.interface

    def words(self, device: str) -> str:
        """What ip(8) takes to put it on a device, whether it is there already or not."""
        words = ["addr", "replace", self.plain if self.peer else self.interface]
        if self.peer:
            words += ["peer", self.peer]
        if self.broadcast:
            words += ["broadcast", self.broadcast]
        if self.scope != "global":
            words += ["scope", self.scope]
        words += [*self.flags, "dev", device]
        if self.label:
            words += ["label", self.label]
        return " ".join(words)


def addresses(row: Mapping[str, Any]) -> tuple[Address, ...]:
    """All addresses in a row of `ip -j addr`; raises an error for one that makes no sense."""
    return tuple(_address(info) for info in row.get("addr_info", ()))


def _address(info: Mapping[str, Any]) -> Address:
    local = ip_address(info["local"])
    prefix = int(info["prefixlen"])
    ip_interface(f"{local}/{prefix}")
    # With a peer ("address"), the prefix is that of the peer's network.
    peer = str(ip_interface(f"{info['address']}/{prefix}")) if "address" in info else ""
    broadcast = str(ip_address(info["broadcast"])) if "broadcast" in info else ""
    return Address(
        interface=f"{local}/{prefix}",
        peer=peer,
        broadcast=broadcast,
        label=_word(info.get("label", "")),
        scope=_word(info.get("scope", "global")),
        flags=tuple(flag for flag in _FLAGS if info.get(flag)),
        dynamic=bool(info.get("dynamic")),
    )


@dataclass(frozen=True)
class Route:
    """One route over a device."""

    destination: str
    """A network, an address, or `default`."""
    device: str
    words: str
    """What follows the destination in ip-route(8), but for the device."""
    gateway: str = ""
    is_ipv6: bool = False
    comes_by_itself: bool = False
    """Whether the kernel makes it with an address, or a router announces it."""

    def replace(self, device: str) -> str:
        """What ip(8) takes to have it over a device, whether it is there already or not."""
        family = "-6 " if self.is_ipv6 else ""
        words = f"{family}route replace {self.destination}"
        if self.gateway:
            words += f" via {self.gateway}"
        return " ".join(f"{words} dev {device} {self.words}".split())


_NOT_UNDERSTOOD = ("nexthops", "via", "encap", "nhid")
"""Several ways at once, gateways of another family, tunnels (ip-route(8))."""


def routes(rows: Iterable[Any], *, is_ipv6: bool = False) -> tuple[Route, ...]:
    """The routes in rows of `ip -j route` that are understood, but for those to the host itself."""
    found = [_understood(row, is_ipv6) for row in rows if _counts(row)]
    return tuple(route for route in found if route is not None)


def strange_routes(rows: Iterable[Any], devices: Iterable[str]) -> tuple[str, ...]:
    """Devices that have a route which could not be given back, since it is not understood."""
    strange: list[str] = []
    for row in rows:
        if _counts(row) and _understood(row, is_ipv6=False) is None:
            strange += [device for device in devices if f"'{device}'" in str(row)]
    return tuple(dict.fromkeys(strange))


def _counts(row: Any) -> bool:
    return not isinstance(row, dict) or row.get("table") != _TABLE_OF_HOST


def _understood(row: Any, is_ipv6: bool) -> Route | None:
    try:
        knows_all = set(_NOT_UNDERSTOOD).isdisjoint(row)
        return _route(row, is_ipv6) if knows_all else None
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _route(row: Mapping[str, Any], is_ipv6: bool) -> Route:
    destination = str(row["dst"])
    if destination != "default":
        ip_network(destination, strict=False)
    words = []
    if "prefsrc" in row:
        words.append(f"src {ip_address(row['prefsrc'])}")
    if row.get("scope", "global") != "global" and not is_ipv6:
        words.append(f"scope {_word(row['scope'])}")
    for name in _ROUTE_WORDS:
        if name in row:
            words.append(f"{name} {_word(row[name])}")
    if "onlink" in row.get("flags", ()):
        words.append("onlink")
    protocol = str(row.get("protocol", ""))
    return Route(
        destination=destination,
        device=_word(row["dev"]),
        words=" ".join(words),
        gateway=str(ip_address(row["gateway"])) if "gateway" in row else "",
        is_ipv6=is_ipv6,
        comes_by_itself=protocol in _KERNEL_MAKES,
    )


def _word(value: Any) -> str:
    """A value that is one harmless word; raises ValueError for any other."""
    text = str(value)
    if text and not _WORD.fullmatch(text):
        raise ValueError(text)
    return text
