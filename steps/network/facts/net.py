"""Network interfaces, what each is made of, addresses, routes, and who manages them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_interface
from typing import Any

from steps.common.facts.texts import sections
from steps.network.facts import firewall, owners
from steps.network.facts.kinds import BRIDGE, OTHER, below, kind_of, no_port, switched_on
from steps.network.facts.routes import Address, Route, addresses, routes, strange_routes
from wizard.base.errors import WizardError
from wizard.base.plain import plain_json
from wizard.model.facts import Fact

_WATCHED = "watched"
_ANY = "*"


@dataclass(frozen=True)
class Card:
    """One network interface."""

    name: str
    mac: str = ""
    up: bool = False
    addresses: tuple[str, ...] = ()
    """As address/prefix: those that others reach, beyond the link or not."""
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
    kind: str = OTHER
    """One of the words above."""
    below: str = ""
    """The one interface below it, when it is a VLAN."""
    altnames: tuple[str, ...] = ()
    """Further names, which ip(8) takes as well (ip-link(8): altname)."""
    addrgenmode: str = ""
    """How it makes its IPv6 address of the link, as a number; a bridge's port makes none
    (addr_gen_mode in the kernel's ip-sysctl)."""
    details: tuple[Address, ...] = ()
    """Its addresses of all scopes with peer, label and so on."""
    no_port: str = ""
    """Why no bridge can have it as a port that serves others; "" when one can."""
    switched_on: tuple[str, ...] = ()
    """What it does as a bridge and a new one does not, such as the spanning tree protocol."""
    mtu: int = 0
    """The bytes of the largest packet that it carries; 0 where that is not told."""

    @property
    def linked(self) -> bool:
        """Whether it has a link."""
        return self.carrier == "1"

    @property
    def networks(self) -> frozenset[str]:
        """The networks that its addresses are in, to which the kernel makes routes."""
        return frozenset(str(ip_interface(address).network) for address in self.addresses)

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
    routes: tuple[Route, ...] = ()
    """Those of IPv4 and IPv6, of all tables but that of the host itself."""
    strange_routes: tuple[str, ...] = ()
    """Interfaces with routes that are not understood, such as those with several gateways."""
    owners: owners.Owners = owners.UNSEEN
    """Programs that write network files by themselves."""
    loopback: tuple[str, ...] = ()
    """Addresses of `lo`, without prefix."""
    watched: tuple[tuple[str, str], ...] = ()
    """Card and program, for each card that a program knows of and leaves to others for now; the
    card is `*` where the program runs and does not say what it manages."""
    firewall: firewall.Firewall = firewall.UNSEEN
    """The rules of the packet filter."""

    @property
    def physical(self) -> tuple[Card, ...]:
        """The network cards, and what stands for some of them: bonds."""
        return tuple(card for card in self.cards if card.physical)

    def card(self, name: str) -> Card | None:
        """The interface of that name."""
        return next((card for card in self.cards if card.name == name), None)

    def having(self, address: str) -> Card | None:
        """The interface that has an address: where several have it, a bridge rather than a card
        (a node that routes for its instances has it on both).
        """
        having = [card for card in self.cards if address in card.plain]
        return next((card for card in (*(c for c in having if c.bridge), *having)), None)

    def under(self, name: str) -> tuple[str, ...]:
        """All that an interface lies over, nearest first."""
        lower: list[str] = []
        waiting = [name]
        while waiting:
            card = self.card(waiting.pop(0))
            if card is None:
                continue
            direct = [port for port in (*card.ports, card.below) if port and port not in lower]
            lower += direct
            waiting += direct
        return tuple(lower)

    def over(self, name: str) -> tuple[str, ...]:
        """The VLANs and others of the kind that lie over an interface, bridges and bonds apart."""
        return tuple(card.name for card in self.cards if card.below == name)

    def manager(self, name: str) -> str:
        """The program, other than ifupdown, that manages a card; "" when none does."""
        return next((manager for card, manager in self.managed if card == name), "")

    def taker(self, name: str) -> str:
        """The same, or the program that would take a card over once it is free."""
        watched = dict(self.watched)
        return self.manager(name) or watched.get(name, "") or watched.get(_ANY, "")


def _load(text: str) -> list[Any]:
    """Rows of ip(8); raises ValueError for what is none, since nothing would be read as no route.

    It prints nothing at all where there is nothing.
    """
    value = plain_json(text) if text.strip() else []
    if not isinstance(value, list):
        raise ValueError("no list")
    return value


def _interfaces(details: tuple[Address, ...], *, is_wide: bool) -> tuple[str, ...]:
    """Address/prefix of the wide addresses, or of those of the link."""
    return tuple(address.interface for address in details if address.is_wide is is_wide)


def _card(row: dict[str, Any], extra: dict[str, str], ports: tuple[str, ...]) -> Card:
    kind = kind_of(row, extra, ports)
    details = addresses(row)
    genmode = extra.get("genmode", "")
    return Card(
        name=row["ifname"],
        mac=row.get("address", ""),
        up="UP" in row.get("flags", ()),
        addresses=_interfaces(details, is_wide=True),
        link_addresses=_interfaces(details, is_wide=False),
        state=row.get("operstate", ""),
        carrier=extra.get("carrier", ""),
        physical=extra.get("physical") == "1",
        wireless=extra.get("wireless") == "1",
        bridge=kind == BRIDGE,
        master=row.get("master", ""),
        ports=ports,
        kind=kind,
        below=below(row, kind),
        altnames=tuple(str(name) for name in row.get("altnames", ())),
        addrgenmode=genmode if genmode.isdigit() else "",
        details=details,
        no_port=no_port(row, extra),
        switched_on=switched_on(row),
        mtu=int(row.get("mtu", 0)),
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


def _managed(text: str, *more: str) -> Iterator[tuple[str, str]]:
    """Lines such as `eth0 NetworkManager`, with these words behind."""
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and tuple(words[2:]) == more:
            yield words[0], words[1]


def parse(text: str) -> Network:
    """Read ip's JSON, one line a card from /sys/class/net, and the managers' lists."""
    parts = _split(text)
    extras = _extras(parts.get("cards", ""))
    main = _load(parts.get("route", ""))
    route = _default_route(main)
    every = _load(parts["route4"]) if "route4" in parts else main
    every6 = _load(parts.get("route6", ""))
    links = _load(parts.get("addr", ""))
    if "addr" in parts and not links:
        # Every host has at least `lo`.
        raise WizardError(
            "ip(8) names no network card there, not even lo",
            mend="apt-get install iproute2, or see what `ip -j -d addr show` says",
        )
    cards = tuple(_cards(links, extras))
    own = [addresses(row) for row in links if row.get("ifname") == "lo"]
    names = [card.name for card in cards]
    return Network(
        cards=cards,
        default_card=route.get("dev", ""),
        gateway=route.get("gateway", ""),
        managed=tuple(_managed(parts.get("managed", ""))),
        routes=(*routes(every), *routes(every6, is_ipv6=True)),
        strange_routes=strange_routes([*every, *every6], names),
        owners=owners.parse_owners(parts.get("owners", "")),
        loopback=tuple(address.plain for details in own for address in details),
        watched=tuple(_managed(parts.get("managed", ""), _WATCHED)),
        firewall=firewall.parse_firewall(parts.get("firewall", "")),
    )


_SCRIPT = r"""
echo '== addr'; ip -j -d addr show
echo; echo '== route'; ip -j -4 route show
echo; echo '== route4'; ip -j -4 route show table all
echo; echo '== route6'; ip -j -6 route show table all
echo; echo '== cards'
for d in /sys/class/net/*; do
  n=${d##*/}; c=; p=0; w=0; b=0; g=; v=0
  read -r c <"$d/carrier"
  read -r g <"/proc/sys/net/ipv6/conf/$n/addr_gen_mode"
  [ -e "$d/device" ] || [ -e "$d/bonding" ] && p=1
  # An instance's end on a node with Xen is no card.
  case $(readlink "$d/device/subsystem") in */xen-backend) p=0;; esac
  { [ -e "$d/wireless" ] || [ -e "$d/phy80211" ]; } && w=1
  [ -e "$d/bridge" ] && b=1
  [ -e "$d/device/physfn" ] && v=1
  echo "$n carrier=$c physical=$p wireless=$w bridge=$b genmode=$g vf=$v"
done
echo '== managed'
runs() { case $(systemctl is-active "$1") in active|activating|reloading) ;; *) return 1;; esac; }
if runs NetworkManager; then
  if said=$(timeout 10 nmcli -t -f DEVICE,STATE device); then
    echo "$said" | while IFS=: read -r n s; do
      case $s in
        ''|unmanaged) ;;
        *externally*) echo "$n NetworkManager watched";;
        *) echo "$n NetworkManager";;
      esac
    done
  else
    echo '* NetworkManager watched'
  fi
fi
if runs systemd-networkd; then
  if said=$(timeout 10 networkctl --no-pager --no-legend list); then
    echo "$said" | while read -r i n t o s; do
      case $s in ''|unmanaged) ;; *) echo "$n systemd-networkd";; esac
    done
  else
    echo '* systemd-networkd watched'
  fi
fi
"""

_PARTS = (
    _SCRIPT,
    f"echo '== owners'\n{owners.SCRIPT}",
    f"echo '== firewall'\n{firewall.SCRIPT}",
)
NETWORK = Fact(name="network", script="".join(_PARTS), parse=parse)
"""ip(8) -j, /sys/class/net, nmcli(1), networkctl(1); netplan writes for one of the latter two."""

_FILES = r"""
seen=' '
show() {
  local f word path
  for f; do
    [ -f "$f" ] || continue
    case $seen in *" $f "*) continue;; esac
    [ "$seen" = ' ' ] || echo
    seen="$seen$f "
    echo "==> $f <=="; cat "$f"
    while read -r word path; do
      case $path in ''|*[!A-Za-z0-9_./*?-]*) continue;; /*) ;; *) path=${f%/*}/$path;; esac
      case $word in
        source) show $path;;
        source-directory) show ${path%/}/*;;
      esac
    done <"$f"
  done
}
show /etc/network/interfaces /etc/network/interfaces.d/*
"""

IFUPDOWN: Fact[Mapping[str, str]] = Fact(name="ifupdown", script=_FILES, parse=sections)
"""interfaces(5), its parts and all that these include, text by path."""
