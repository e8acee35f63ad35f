"""Network cards, addresses, routes, and who manages them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from steps.common.facts.texts import sections
from wizard.model.step import Fact


@dataclass(frozen=True)
class Card:
    """One network interface. `addresses` as address/prefix (IPv4, and IPv6 beyond the link);
    `ports` of a bridge.

    `carrier`: "1", "0", or "" when the card is down and cannot tell. `master` is the bridge or bond
    above it.
    """

    name: str
    mac: str = ""
    up: bool = False
    addresses: tuple[str, ...] = ()
    carrier: str = ""
    physical: bool = False
    wireless: bool = False
    bridge: bool = False
    master: str = ""
    ports: tuple[str, ...] = ()

    @property
    def plain(self) -> tuple[str, ...]:
        """Its addresses without the prefix length."""
        return tuple(address.partition("/")[0] for address in self.addresses)


@dataclass(frozen=True)
class Network:
    """All interfaces, the default route (card and gateway), and what other managers hold, by card."""  # noqa: E501

    cards: tuple[Card, ...] = ()
    default_card: str = ""
    gateway: str = ""
    managed: tuple[tuple[str, str], ...] = ()

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


def _addresses(row: dict[str, Any]) -> tuple[str, ...]:
    rows = [a for a in row.get("addr_info", ()) if a.get("scope") == "global"]
    return tuple(f"{a['local']}/{a['prefixlen']}" for a in rows)


def _card(row: dict[str, Any], extra: dict[str, str], ports: tuple[str, ...]) -> Card:
    return Card(
        name=row["ifname"],
        mac=row.get("address", ""),
        up="UP" in row.get("flags", ()),
        addresses=_addresses(row),
        carrier=extra.get("carrier", ""),
        physical=extra.get("physical") == "1",
        wireless=extra.get("wireless") == "1",
        bridge=extra.get("bridge") == "1",
        master=row.get("master", ""),
        ports=ports,
    )


def _split(text: str) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    current = ""
    for line in text.splitlines():
        if line.startswith("== "):
            current = line[3:]
            found[current] = []
        elif current:
            found[current].append(line)
    return {name: "\n".join(lines) for name, lines in found.items()}


def parse(text: str) -> Network:
    """Read ip's JSON, one line a card from /sys/class/net, and the managers' lists."""
    parts = _split(text)
    extras = {
        words[0]: dict(word.split("=", 1) for word in words[1:])
        for line in parts.get("cards", "").splitlines()
        if (words := line.split())
    }
    rows = [row for row in _load(parts.get("addr", "")) if row.get("ifname")]
    ports = {row["ifname"]: row.get("master", "") for row in rows}
    cards = tuple(
        _card(
            row,
            extras.get(row["ifname"], {}),
            tuple(p for p, master in ports.items() if master == row["ifname"]),
        )
        for row in rows
        if row["ifname"] != "lo"
    )
    default: dict[str, Any] = next(
        (r for r in _load(parts.get("route", "")) if r.get("dst") == "default"), {}
    )
    managed = tuple(
        (words[0], words[1])
        for line in parts.get("managed", "").splitlines()
        if len(words := line.split()) == 2
    )
    return Network(cards, default.get("dev", ""), default.get("gateway", ""), managed)


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
