"""The moment in which an address moves to the bridge, and the way back that a node takes alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from steps.network.commands import Rule, routes_added, rules_added, says
from steps.network.facts.kinds import CARD
from steps.network.facts.net import Card, Network
from steps.network.facts.routes import Route
from steps.network.hooks import renamed
from steps.network.ifupdown import MAIN, Wanted, of_card
from steps.network.options import HOOKS
from steps.network.stanzas import active, stanzas
from wizard.model.step import Command, Danger, Kind

ETC = "/etc/network"
BEFORE = f"{MAIN}.gw-before"
NEXT = f"{MAIN}.gw-next"
DOWN, FLUSH = "down", "flush"
"""How the card lets its address go: by ifdown(8), or with its link left up."""

SWITCH = """cd /etc/network || exit 1
card=$1 bridge=$2 before=$3 next=$4 how=$5 aliases=$6 twice=$7 also=$8 kept=$9; shift 9
begun=/run/ganeti-wizard-switch; rc=0
rm -f "$begun"
if [ $# -gt 0 ]; then
  rm -rf "$before.new" && mkdir -m 755 "$before.new" && cp -a interfaces "$before.new/" || exit 1
  if [ -d interfaces.d ]; then cp -a interfaces.d "$before.new/" || exit 1; fi
  for file; do cp -a --parents "$file" "$before.new/" || exit 1; done
  sync && rm -rf "$before" && mv "$before.new" "$before" || exit 1
fi
: >"$begun" || exit 1
if [ -d "/sys/class/net/$bridge" ]; then
  ip link set dev "$card" nomaster
  ifdown --force "$bridge"
fi
if [ "$how" = down ]; then ifdown --force "$card"; fi
ip addr flush dev "$card"
ip -6 route flush dev "$card"
for file; do mv -f "$next/$file" "$file" || exit 1; done
rm -rf "$next"
if [ "$how" = down ]; then ifup --force "$card"; fi
IFS='
'
for words in $twice; do IFS=' '; ip $words 2>/dev/null; done
IFS=' '
ifup --force "$bridge" || exit 1
for name in $aliases; do ifup "$name" || exit 1; done
IFS='
'
for words in $also; do IFS=' '; ip $words || exit 1; done
IFS='
'
for words in $kept; do
  IFS=' '
  [ -n "$(ip $words)" ] || { echo "missing on $bridge: ip $words" >&2; rc=1; }
done
exit $rc"""
"""Keep a copy, take the address off the card, put the named new files in place, bring the bridge
up, with the routes that another interface's stanza adds at boot (`also`); end well only when it has
all that the card had (`kept`).

Rules and routes over other interfaces stay when an address goes, and a second one of them is an
error or stands beside the first: `twice` takes away those that the bridge's stanza adds again.

A bond and a VLAN stay up meanwhile, and a card that others lie over: ifdown(8) would take them
apart, and not all of it comes back by ifup(8) (README.Debian of ifenslave).
"""

BACK = """cd /etc/network || exit 1
card=$1 bridge=$2 before=$3 mode=$4 again=$5 aliases=$6 twice=$7; shift 7
begun=/run/ganeti-wizard-switch; rc=0
[ -e "$begun" ] || exit 0
ip link set dev "$card" nomaster
for name in $aliases; do ifdown --force "$name"; done
ifdown --force "$bridge"
ip link delete dev "$bridge" type bridge
if [ -n "$before" ] && [ -d "$before" ]; then cp -a "$before/." . || rc=1; fi
IFS='
'
for words in $twice; do IFS=' '; ip $words 2>/dev/null; done
IFS=' '
if [ -n "$mode" ]; then echo "$mode" >"/proc/sys/net/ipv6/conf/$card/addr_gen_mode"; fi
for name in $again; do ifup --force "$name" || rc=1; done
ip link set dev "$card" up
for words; do
  case $words in "lease "*)
    [ -z "$(ip -4 -o addr show dev "$card" scope global)" ] || continue
    words=${words#lease };;
  esac
  ip $words || rc=1
done
rm -f "$begun"
exit $rc"""
"""Take the bridge down, put the copy back (there is none when the switch changed no file), bring up
again what ifupdown had up, and give the card every address and route that it had.

What DHCP had given (`lease`) is given by hand where DHCP gives nothing now: with the link lost
dhclient(8) tries again first after minutes.

The card leaves the bridge first: bridge-utils takes the ports of a bridge down with it, and deletes
those that are VLANs (/lib/bridge-utils/ifupdown.sh).
"""


def command(
    host: str, network: Network, files: Mapping[str, str], goal: Wanted, names: tuple[str, ...]
) -> Command:
    """The switch of one node; `names` are the files below /etc/network that it puts in place."""
    card = network.card(goal.card) or Card(goal.card)
    served = serves(network, card, goal.bridge)
    why = f"{goal.bridge} comes up over {goal.card}, as it will at every boot"
    if card.addresses:
        why = f"{', '.join(card.addresses)} moves from {goal.card} to {goal.bridge}; {why}"
    before = BEFORE if names else ""
    how = way_down(network, files, card)
    again = tuple(_comes_by_ifup(files, network, goal, how))
    rules = tuple(dict.fromkeys(_rules(files, goal.card)))
    elsewhere = tuple(_routes_elsewhere(network, files, goal.card))
    gone = "\n".join((*(r.words("del") for r in rules), *(route.gone() for route in elsewhere)))
    # What ifup(8) brings back adds its rules again.
    rules_back = () if goal.card in again else tuple(rule.words("add") for rule in rules)
    by_hand = (
        *_by_hand(network, card, files),
        *(route.replace(route.device) for route in elsewhere),
        *rules_back,
    )
    kept = "\n".join(
        (
            *(_kept(network, card, goal) if goal.keeps_mac else ()),
            *(route.shown(route.device) for route in elsewhere),
        )
    )
    also = "\n".join(goal.routes_now)
    aliases = " ".join(dict.fromkeys(_aliases(files, card, goal)))
    way = (goal.card, goal.bridge, before, card.addrgenmode, " ".join(again), aliases, gone)
    forth = (goal.card, goal.bridge, BEFORE, NEXT, how, aliases, gone, also, kept, *names)
    return Command(
        host,
        ("sh", "-c", SWITCH, "switch", *forth),
        why,
        danger=Danger.OUTAGE if served else Danger.CHANGE,
        risk="if the node does not answer within a minute, the former network comes back by itself",
        undo=_undo(goal, before, again, by_hand),
        kind=Kind.ROLLBACK,
        rollback=("sh", "-c", BACK, "back", *way, *by_hand),
        title=(
            f"switch {goal.card} to the bridge {goal.bridge} (goes back by itself when the "
            "node is lost)"
        ),
        minutes=0.5,
    )


def serves(network: Network, card: Card, bridge: str) -> bool:
    """Whether somebody may reach the node, or the node somebody, over this card or bridge now."""
    former = network.card(bridge) or Card(bridge)
    in_use = card.addresses or former.addresses
    return bool(in_use) or network.default_card in (card.name, bridge)


def way_down(network: Network, files: Mapping[str, str], card: Card) -> str:
    """How a card lets its address go: what no file brings up, ifdown(8) does not take down."""
    plain = card.kind == CARD and not network.over(card.name)
    return DOWN if plain and _in_files(files, card.name) else FLUSH


def _in_files(files: Mapping[str, str], card: str) -> bool:
    read = active(files)
    return any(of_card(stanza, card) for path in read for stanza in stanzas(files[path]))


def _comes_by_ifup(
    files: Mapping[str, str], network: Network, goal: Wanted, how: str
) -> Iterator[str]:
    """What ifup(8) brings back by the former files: the bridge if there was one, else the card and
    its aliases.
    """
    bridge = network.card(goal.bridge)
    names: list[str] = []
    for path in active(files):
        for stanza in stanzas(files[path]):
            if bridge and stanza.configures(bridge.name):
                yield bridge.name
                return
            if of_card(stanza, goal.card):
                names.append(stanza.words[1])
    if how == DOWN:
        yield from dict.fromkeys(names)


def _by_hand(network: Network, card: Card, files: Mapping[str, str]) -> Iterator[str]:
    """What ip(8) is told to give the card its addresses and routes again.

    What a lease or a router gave comes from there again, but for a card that no file brings up.
    """
    in_files = _in_files(files, card.name)
    for address in card.details:
        leased = address.dynamic and in_files
        if not leased:
            yield address.words(card.name)
        elif leased and address.is_ipv4:
            yield f"lease {address.words(card.name)}"
    down = way_down(network, files, card) == DOWN
    mine = [route for route in network.routes if route.device == card.name]
    kept = [route for route in mine if not route.comes_by_itself]
    # A gateway can be given only where a route leads to it already.
    for route in sorted(kept, key=lambda route: bool(route.gateway)):
        # What stands before the kernel's own route would be added twice: ifup(8) has done it.
        if not (down and route.destination in card.networks):
            yield route.replace(card.name, card.networks)


def _rules(files: Mapping[str, str], card: str) -> Iterator[Rule]:
    """The rules that the hooks of a card add."""
    for path in active(files):
        for stanza in stanzas(files[path]):
            if of_card(stanza, card):
                hooks = [option.value for option in stanza.options if option.name in HOOKS]
                yield from (rule for hook in hooks for rule in rules_added(hook))


def _routes_elsewhere(network: Network, files: Mapping[str, str], card: str) -> Iterator[Route]:
    """Routes over other interfaces that the hooks of a card add: they stay when it goes down, and
    could not be added once more.
    """
    added = [
        (goes, via)
        for path in active(files)
        for stanza in stanzas(files[path])
        if of_card(stanza, card)
        for option in stanza.options
        if option.name in HOOKS
        for goes, via, _ in routes_added(option.value)
    ]
    for route in network.routes:
        of_other = route.device != card and not route.comes_by_itself
        if of_other and (route.destination, route.gateway) in added:
            yield route


def _aliases(files: Mapping[str, str], card: Card, goal: Wanted) -> Iterator[str]:
    """The names that the card's aliases have on the bridge, of those that are up: ifup(8) of an
    interface brings up none of its aliases.
    """
    labels = {address.label for address in card.details} - {card.name}
    for path in active(files):
        for stanza in stanzas(files[path]):
            name = stanza.words[1] if of_card(stanza, card.name) else card.name
            given = stanza.option("address")
            # An address of IPv6 has no label.
            is_up = name in labels or any(says(given, address.plain) for address in card.details)
            if name != card.name and is_up:
                yield renamed(name, card.name, goal.bridge)


def _kept(network: Network, card: Card, goal: Wanted) -> Iterator[str]:
    """What ip(8) is asked to show of the bridge: nothing of it may be missing."""
    for address in card.details:
        is_own = address.plain == goal.address
        if address.is_wide and (is_own or not address.dynamic):
            yield f"addr show dev {goal.bridge} to {address.plain}"
    for route in network.routes:
        if route.device == card.name and not route.comes_by_itself and not route.is_leased:
            yield route.shown(goal.bridge)


def _undo(goal: Wanted, before: str, again: tuple[str, ...], by_hand: tuple[str, ...]) -> str:
    steps = [f"ip link set {goal.card} nomaster", f"ifdown {goal.bridge}"]
    if before:
        steps.append(f"cp -a {before}/. {ETC}/")
    steps += [f"ifup {name}" for name in again]
    if not again:
        steps += [f"ip {words}" for words in by_hand]
    return f"on its console, since the link goes: {'; '.join(steps)}"
