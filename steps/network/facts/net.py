"""Network cards, addresses, routes, and who manages them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from steps.common.facts.texts import sections
from wizard.model.facts import Fact


@dataclass(frozen=True)
class Card:
    """One network interface."""

    name: str
    mac: str = ""
    up: bool = False
    addresses: tuple[str, ...] = ()
    """As address/prefix: IPv4, and IPv6 beyond the link."""
    link_addresses: tuple[str, ...] = ()
    """Those that hold on the link alone, as IPv6 makes one by itself."""
    state: str = ""
    """UP, DOWN, UNKNOWN and so on: the kernel's operstate (ip-link(8))."""
    carrier: str = ""
    """"1", "0", or "" when the card is down and cannot tell."""
    physical: bool = False
    wireless: bool = False
    bridge: bool = False
    """Whether it is one itself."""
    master: str = ""
    """The bridge or bond above it."""
    ports: tuple[str, ...] = ()
    """What is below it, when it is a bridge or a bond."""

    @property
    def linked(self) -> bool:
        """Whether it has a link."""
        return self.carrier == "1"

    @property
    def plain(self) -> tuple[str, ...]:
        """Its addresses without the prefix length."""
        return tuple(address.partition("/")[0] for address in self.addresses)


@dataclass(frozen=True)
class Network:
    """All interfaces of a host, its IPv4 default route, and who manages what."""

    cards: tuple[Card, ...] = ()
    default_card: str = ""
    """The card of the default route; "" without one."""
    gateway: str = ""
    managed: tuple[tuple[str, str], ...] = ()
    """Card and program, for each card that another program than ifupdown manages."""

    @property
    def physical(self) -> tuple[Card, ...]:
        """The network cards, and what stands for some of them: bonds."""
        return tuple(card for card in self.cards if card.physical)

    def card(self, name: str) -> Card | None:
        """The interface of that name."""
        return next((card for card in self.cards if card.name == name), None)

    def having(self, address: str) -> Card | None:
        """The interface that has an address."""
        return next((card for card in self.cards if address in card.plain), None)

    def manager(self, name: str) -> str:
        """The program, other than ifupdown, that manages a card; "" when none does."""
        return next((manager for card, manager in self.managed if card == name), "")


def _load(text: str) -> list[Any]:
    try:
        value = json.loads(text or "[]")
    except ValueError:
        return []
    return value if isinstance(value, list) else []


def _addresses(row: dict[str, Any], scope: str) -> tuple[str, ...]:
    """Address/prefix of each address of a scope (ip-address(8): global, link, host)."""
    infos = [info for info in row.get("addr_info", ()) if info.get("scope") == scope]
    return tuple(f"{info['local']}/{info['prefixlen']}" for info in infos)


def _card(row: dict[str, Any], extra: dict[str, str], ports: tuple[str, ...]) -> Card:
    return Card(
        name=row["ifname"],
        mac=row.get("address", ""),
        up="UP" in row.get("flags", ()),
        addresses=_addresses(row, "global"),
        link_addresses=_addresses(row, "link"),
        state=row.get("operstate", ""),
        carrier=extra.get("carrier", ""),
        physical=extra.get("physical") == "1",
        wireless=extra.get("wireless") == "1",
        bridge=extra.get("bridge") == "1",
        master=row.get("master", ""),
        ports=ports,
    )


def _split(text: str) -> dict[str, str]:
    """The snippet's output by its headings."""
    bodies: dict[str, list[str]] = {}
    heading = ""
    for line in text.splitlines():
        if line.startswith("== "):
            heading = line[3:]
            bodies[heading] = []
        elif heading:
            bodies[heading].append(line)
    return {name: "\n".join(lines) for name, lines in bodies.items()}


def _extras(text: str) -> dict[str, dict[str, str]]:
    """By card, what its line `NAME key=value ...` says."""
    extras: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        words = line.split()
        if words:
            name, *settings = words
            extras[name] = dict(word.split("=", 1) for word in settings)
    return extras


def _cards(rows: list[Any], extras: dict[str, dict[str, str]]) -> Iterator[Card]:
    for row in rows:
        name = row.get("ifname")
        if name and name != "lo":
            below = [port["ifname"] for port in rows if port.get("master") == name]
            yield _card(row, extras.get(name, {}), tuple(below))


def _default_route(rows: list[Any]) -> dict[str, Any]:
    for row in rows:
        if row.get("dst") == "default":
            return dict(row)
    return {}


def _managed(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        words = line.split()
        if len(words) == 2:
            card, program = words
            yield card, program


def parse(text: str) -> Network:
    """Read ip's JSON, one line a card from /sys/class/net, and the managers' lists."""
    parts = _split(text)
    extras = _extras(parts.get("cards", ""))
    route = _default_route(_load(parts.get("route", "")))
    return Network(
        cards=tuple(_cards(_load(parts.get("addr", "")), extras)),
        default_card=route.get("dev", ""),
        gateway=route.get("gateway", ""),
        managed=tuple(_managed(parts.get("managed", ""))),
    )


_SCRIPT = r"""
echo '== addr'; ip -j addr show
echo; echo '== route'; ip -j -4 route show
echo; echo '== cards'
for d in /sys/class/net/*; do
  n=${d##*/}; c=; p=0; w=0; b=0
  read -r c <"$d/carrier"
  [ -e "$d/device" ] || [ -e "$d/bonding" ] && p=1
  { [ -e "$d/wireless" ] || [ -e "$d/phy80211" ]; } && w=1
  [ -e "$d/bridge" ] && b=1
  echo "$n carrier=$c physical=$p wireless=$w bridge=$b"
done
echo '== managed'
if systemctl -q is-active NetworkManager; then
  timeout 10 nmcli -t -f DEVICE,STATE device | while IFS=: read -r n s; do
    [ "$s" = unmanaged ] || echo "$n NetworkManager"
  done
fi
if systemctl -q is-active systemd-networkd; then
  timeout 10 networkctl --no-pager --no-legend list | while read -r i n t o s; do
    [ "$s" = unmanaged ] || echo "$n systemd-networkd"
  done
fi
"""

NETWORK = Fact(name="network", script=_SCRIPT, parse=parse)
"""ip(8) -j, /sys/class/net, nmcli(1), networkctl(1); netplan writes for one of the latter two."""

IFUPDOWN: Fact[Mapping[str, str]] = Fact(
    name="ifupdown",
    script="tail -v -n +1 -- /etc/network/interfaces /etc/network/interfaces.d/*",
    parse=sections,
)
"""interfaces(5) and its parts, text by path."""
