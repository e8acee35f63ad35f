"""Addresses and routes as ip(8) tells them, and the words that give them back to ip(8)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_interface, ip_network
from typing import Any

_KERNEL_MAKES = ("kernel", "ra", "redirect")
"""Routes that come by themselves with an address, or from a router (ip-route(8): proto)."""
_BY_HAND = ("", "boot", "static")
_LEASED = "dhcp"
_ROUTE_WORDS = ("metric", "table")
_METRICS = ("mtu", "advmss", "window", "rtt", "rttvar", "cwnd", "initcwnd", "initrwnd", "hoplimit")
_KNOWN = frozenset(
    {
        *_ROUTE_WORDS,
        "dst",
        "dev",
        "gateway",
        "prefsrc",
        "scope",
        "protocol",
        "flags",
        "metrics",
        "type",
        "pref",
        "expires",
        "cache",
        "addr_info",
        "used",
        "age",
        "error",
    }
)
"""What ip(8) says of a route that is given back here, or needs not be."""
_FLAGS = ("nodad", "noprefixroute", "home", "mngtmpaddr", "autojoin")
_USUAL_PREFERENCE = "medium"
"""Of a route of IPv6 among several (ip-route(8): pref)."""
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
    deprecated: bool = False
    """Whether nothing new is sent from it (`preferred_lft 0`)."""
    metric: str = ""
    """That of the route to its network, where somebody gave one."""

    @property
    def plain(self) -> str:
        """Without the prefix."""
        return self.interface.partition("/")[0]

    @property
    def is_wide(self) -> bool:
        """Whether it is more than one of those that hold on the link alone (RFC 3927, RFC 4291).

        Others may reach one to which somebody gave the scope `link` (interfaces(5)): that only says
        for what destinations the node itself would take it.
        """
        return self.scope == "global" or not ip_address(self.plain).is_link_local

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
        if self.metric:
            words += ["metric", self.metric]
        if self.deprecated:
            words += ["preferred_lft", "0"]
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
        deprecated=bool(info.get("deprecated")) and not info.get("dynamic"),
        metric=_word(info.get("metric", "")),
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
    daemon: str = ""
    """The routing daemon that put it there (ip-route(8): proto), such as `bird`."""
    is_leased: bool = False
    """Whether a DHCP client put it there and says so."""

    def replace(self, device: str, own: Collection[str] = ()) -> str:
        """What ip(8) takes to have it over a device, whether it is there already or not.

        To one of the `own` networks of the device the kernel has a route that it must not replace.
        """
        family = "-6 " if self.is_ipv6 else ""
        verb = "prepend" if self.destination in own else "replace"
        words = f"{family}route {verb} {self.destination}"
        if self.gateway:
            words += f" via {self.gateway}"
        return " ".join(f"{words} dev {device} {self.words}".split())

    def shown(self, device: str) -> str:
        """What ip(8) takes to show it, if it is there over a device."""
        family = "-6 " if self.is_ipv6 else ""
        return f"{family}route show {self.destination} dev {device} table {self.table}"

    def gone(self) -> str:
        """What ip(8) takes to delete it and no other one."""
        family = "-6 " if self.is_ipv6 else ""
        words = f"{family}route del {self.destination}"
        if self.gateway:
            words += f" via {self.gateway}"
        metric = self._after("metric")
        words += f" dev {self.device} table {self.table}"
        return f"{words} metric {metric}" if metric else words

    @property
    def table(self) -> str:
        """The table that it is in."""
        return self._after("table") or "main"

    def _after(self, name: str) -> str:
        words = self.words.split()
        return words[words.index(name) + 1] if name in words else ""


def routes(rows: Iterable[Any], *, is_ipv6: bool = False) -> tuple[Route, ...]:
    """The routes in rows of `ip -j route` that are understood, but for those to the host itself."""
    found = [_understood(row, is_ipv6) for row in rows if _counts(row)]
    return tuple(route for route in found if route is not None)


def strange_routes(rows: Iterable[Any], devices: Iterable[str]) -> tuple[str, ...]:
    """Devices that have a route which could not be given back, since it is not understood.

    What the kernel or a router makes comes from there again: several routers that announce
    themselves, for one, make a route of several ways.
    """
    strange: list[str] = []
    for row in rows:
        if _counts(row) and not _comes_by_itself(row) and _understood(row, is_ipv6=False) is None:
            strange += [device for device in devices if f"'{device}'" in str(row)]
    return tuple(dict.fromkeys(strange))


def _counts(row: Any) -> bool:
    return not isinstance(row, dict) or row.get("table") != _TABLE_OF_HOST


def _comes_by_itself(row: Any) -> bool:
    return isinstance(row, dict) and row.get("protocol") in _KERNEL_MAKES


def _understood(row: Any, is_ipv6: bool) -> Route | None:
    try:
        knows_all = _KNOWN.issuperset(row) and row.get("type", "unicast") == "unicast"
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
    words += _metrics(row.get("metrics", ()))
    preference = _word(row.get("pref", _USUAL_PREFERENCE))
    if is_ipv6 and preference != _USUAL_PREFERENCE:
        words.append(f"pref {preference}")
    if "onlink" in row.get("flags", ()):
        words.append("onlink")
    protocol = str(row.get("protocol", ""))
    return Route(
        destination=destination,
        device=_word(row["dev"]),
        words=" ".join(words),
        gateway=str(ip_address(row["gateway"])) if "gateway" in row else "",
        is_ipv6=is_ipv6,
        comes_by_itself=_comes_by_itself(row),
        is_leased=protocol == _LEASED,
        daemon="" if protocol in (*_KERNEL_MAKES, *_BY_HAND, _LEASED) else _word(protocol),
    )


def _metrics(groups: Iterable[Mapping[str, Any]]) -> list[str]:
    """Such as `mtu lock 1300`; raises KeyError for one that is not known."""
    words: list[str] = []
    for group in groups:
        locked = group.get("lock", ())
        for name, value in group.items():
            if name == "lock":
                continue
            if name not in _METRICS:
                raise KeyError(name)
            words += [name, *(["lock"] if name in locked else []), _word(value)]
    return words


def _word(value: Any) -> str:
    """A value that is one harmless word; raises ValueError for any other."""
    text = str(value)
    if text and not _WORD.fullmatch(text):
        raise ValueError(text)
    return text
