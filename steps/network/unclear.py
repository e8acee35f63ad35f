"""What in the network files is not understood: nothing is moved to a bridge then; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_interface

from steps.network.commands import addresses_given, gives, routes_added, says
from steps.network.hooks import Verdict, mentions, verdict
from steps.network.ifupdown import Wanted, of_card, rewritten
from steps.network.options import HOOKS, Belongs, belongs
from steps.network.order import comes_before
from steps.network.stanzas import Option, Stanza, active, stanzas, strange_includes
from wizard.base.plain import lines_of, shown_control

ETC = "/etc/network/"
_Network = IPv4Network | IPv6Network
_METHODS = {
    "inet": ("static", "manual", "dhcp"),
    "inet6": ("static", "manual", "dhcp", "auto"),
}
"""Families and methods that a bridge can have in the card's place (interfaces(5))."""
_PORTS = ("bridge_ports", "bond_slaves", "slaves")
_MANY = ("all", "regex")
"""Words of bridge_ports and bond-slaves that take in cards without naming them."""


def unclear(files: Mapping[str, str], wanted: Wanted) -> Iterator[str]:
    """Each thing in the files that stands in the way of moving the card's address to the bridge."""
    for line in strange_includes(files):
        yield f"the line `{line}` includes files in a way that is not understood"
    for path in active(files):
        yield from _strange_characters(path, files[path])
        for stanza in stanzas(files[path]):
            for reason in _of_stanza(stanza, wanted):
                yield f"{path}: {reason}"
    after = rewritten(files, wanted)
    for path in after:
        if not path.startswith(ETC):
            yield f"{path} would change, and lies outside {ETC}"
    yield from _contradictions(files, wanted.card)
    yield from _too_late(files, wanted)
    yield from _out_of_order(files, wanted)
    yield from _given_twice({**files, **after}, wanted)


def _strange_characters(path: str, text: str) -> Iterator[str]:
    """Lines with line ends of DOS, no-break spaces and the like, which ifup(8) and a reader take
    for different things; letters of any language are no matter.
    """
    for line in lines_of(text):
        strange = any(_is_strange(character) for character in line)
        if strange and not line.lstrip().startswith("#"):
            yield f"{path}: the line `{line.strip()}` has controls or spaces of other kinds"


def _is_strange(character: str) -> bool:
    if character in " \t":
        return False
    return character.isspace() or not character.isprintable() or shown_control(character)


def _contradictions(files: Mapping[str, str], card: str) -> Iterator[str]:
    """Settings of the link that two stanzas of the card give differently: one would be lost."""
    first: dict[str, Option] = {}
    for path in active(files):
        for stanza in stanzas(files[path]):
            for option in stanza.options if of_card(stanza, card) else ():
                if belongs(option.name) is not Belongs.LINK:
                    continue
                former = first.setdefault(option.name, option)
                if former.value.split() != option.value.split():
                    yield f"`{former.line}` and `{option.line}` of {card} contradict each other"


def _given_twice(after: Mapping[str, str], wanted: Wanted) -> Iterator[str]:
    """Lines that would still give the address beside the bridge, however they were read."""
    giving = [
        line.strip()
        for path in active(after)
        for line in lines_of(after[path])
        if line.split()[:1] == ["address"] and says(line, wanted.address)
    ]
    if len(giving) > 1:
        yield f"{wanted.address} would be given {len(giving)} times, by lines not understood"


def _of_stanza(stanza: Stanza, wanted: Wanted) -> Iterator[str]:
    card = wanted.card
    if of_card(stanza, card):
        yield from _of_card(stanza, wanted)
    elif stanza.configures(wanted.bridge):
        yield from _of_bridge(stanza, card)
    elif stanza.is_iface:
        yield from _of_other(stanza, wanted)
    elif stanza.is_short:
        yield f"`{' '.join(stanza.words)}` says no family and no method, which ifup(8) wants"
    elif stanza.words[:1] == ("mapping",):
        if any(fnmatchcase(card, pattern) for pattern in stanza.words[1:]):
            yield f"a `mapping` chooses the stanza of {card}"
    else:
        yield from _of_words(stanza, wanted)


def _of_words(stanza: Stanza, wanted: Wanted) -> Iterator[str]:
    """Of `auto`, `allow-…`, `rename`, `no-scripts` and so on."""
    names = (wanted.card, wanted.bridge)
    for word in stanza.words[1:]:
        pattern, chosen, logical = word.partition("=")
        takes_in = any(_may_match(pattern, name) for name in names)
        if chosen and (takes_in or logical in names):
            what = "renames an interface" if stanza.words[0] == "rename" else "brings one up"
            yield f"`{word}` {what}, by another's stanza, and may mean {wanted.card}"
        elif takes_in and stanza.words[0] == "no-scripts":
            yield f"`no-scripts {word}` keeps bridges and bonds from being made"
        elif takes_in and stanza.words[0] == "no-auto-down":
            yield f"`no-auto-down {word}`: what lies on the network (root?) would not bear a switch"


def _may_match(pattern: str, name: str) -> bool:
    """Whether `[VARIABLE]/VALUE[/OPTIONS]` may mean an interface (interfaces(5)): by its name, or,
    with a variable such as `mac`, by what is not seen here.
    """
    variable, slash, rest = pattern.partition("/")
    if not slash:
        return fnmatchcase(name, pattern)
    return bool(variable) or fnmatchcase(name, rest.partition("/")[0])


def _of_card(stanza: Stanza, wanted: Wanted) -> Iterator[str]:
    head = " ".join(stanza.words)
    family, method, *more = stanza.words[2:]
    if method not in _METHODS.get(family, ()) or more:
        yield f"`{head}` is of a kind that is not understood"
    is_alias = stanza.words[1] != wanted.card
    if is_alias and stanza.interface.partition("/")[0] == wanted.address:
        yield f"`{head}` gives {wanted.address} to an alias and not to the card itself"
    for option in stanza.options:
        why = _of_option(option, wanted, family)
        if why:
            yield f"`{option.line}` of `{head}` {why}"


def _of_option(option: Option, wanted: Wanted, family: str) -> str:
    """Why an option of the card cannot be sorted; "" when it can."""
    if option.name in HOOKS:
        return _of_hook(option, wanted, family)
    if option.name == "bond_master":
        return "puts the card into a bond"
    if option.name.startswith("bridge_"):
        return "makes a bridge of the card itself"
    if belongs(option.name) is None:
        return "is an option that is not understood: does it belong to the link or to the address?"
    return ""


def _of_hook(option: Option, wanted: Wanted, family: str) -> str:
    judged = verdict(option.value, wanted.card)
    if judged is None:
        return "has to do with the card, and whether the bridge needs it is not understood"
    # Stanzas of IPv6 come behind the bridge's own, which makes it.
    if option.name == "pre_up" and family == "inet" and _needs_the_bridge(judged):
        return "would run before the bridge exists: where it may, say `up` instead"
    among_others = wanted.address in addresses_given(option.value)
    if among_others and not gives(option.value, wanted.address):
        return f"gives {wanted.address} among other commands: give it alone, or by a static stanza"
    return ""


def _needs_the_bridge(judged: Verdict) -> bool:
    return judged.place is Belongs.ADDRESS and judged.has_to_do


def _of_bridge(stanza: Stanza, card: str) -> Iterator[str]:
    """Of a stanza that the bridge has already: what our own would not say again."""
    for option in stanza.options:
        place = belongs(option.name)
        if option.name in HOOKS or place is Belongs.ADDRESS or place is Belongs.OWN:
            continue
        yield f"`{option.line}` of `{' '.join(stanza.words)}` would be lost"
    ports = stanza.option("bridge_ports").split()
    if ports not in ([], ["none"], [card]):
        yield f"`{' '.join(stanza.words)}` has other ports than {card}: {' '.join(ports)}"


def _of_other(stanza: Stanza, wanted: Wanted) -> Iterator[str]:
    """Of any other interface: what it wants from the card, or takes of its address."""
    head = " ".join(stanza.words)
    if stanza.interface.partition("/")[0] == wanted.address:
        yield f"`{head}` gives {wanted.address} too"
    card = wanted.card
    for option in stanza.options:
        words = option.value.split()
        if option.name in _PORTS:
            takes_many = [word for word in words if word in _MANY]
            if card in words or (option.name == "bridge_ports" and takes_many):
                yield f"`{head}` takes {card} too: `{option.line}`"
        elif option.name in HOOKS and mentions(option.value, card):
            judged = verdict(option.value, card)
            if judged is None or judged.place is Belongs.ADDRESS:
                yield f"`{option.line}` of `{head}` names {card}"


def _too_late(files: Mapping[str, str], wanted: Wanted) -> Iterator[str]:
    """Commands of interfaces that come up before the bridge, and that want the card's networks."""
    networks = list(_networks(files, wanted))
    after = {**files, **rewritten(files, wanted)}
    for path in active(files):
        for stanza in stanzas(files[path]):
            name = "".join(stanza.words[1:2])
            own = of_card(stanza, wanted.card) or stanza.configures(wanted.bridge)
            if own or not stanza.is_iface or comes_before(after, wanted.bridge, name):
                continue
            for option in stanza.options:
                if option.name in HOOKS and _goes_through(option.value, networks):
                    yield (
                        f"{path}: `{option.line}` of `{' '.join(stanza.words)}` wants the network "
                        f"of {wanted.card}, and the bridge comes up later: say it in its stanza"
                    )


def _networks(files: Mapping[str, str], wanted: Wanted) -> Iterator[_Network]:
    """The networks that move: that of the address and all that stanzas of the card give."""
    yield ip_interface(wanted.interface).network
    for path in active(files):
        for stanza in stanzas(files[path]):
            if of_card(stanza, wanted.card):
                yield from _network(stanza)


def _network(stanza: Stanza) -> Iterator[_Network]:
    mask = stanza.option("netmask")
    given = f"{stanza.option('address')}/{mask}" if mask else stanza.option("address")
    with suppress(ValueError):
        yield ip_interface(stanza.interface or given).network


def _out_of_order(files: Mapping[str, str], wanted: Wanted) -> Iterator[str]:
    """Commands beside the node's address that go by one of a stanza before: the bridge's own stanza
    comes first.
    """
    before: list[_Network] = []
    for path in active(files):
        for stanza in stanzas(files[path]):
            if not stanza.configures(wanted.card):
                continue
            if stanza.interface.partition("/")[0] != wanted.address:
                before += _network(stanza)
                continue
            for option in stanza.options:
                if option.name in HOOKS and _goes_through(option.value, before):
                    yield (
                        f"{path}: `{option.line}` goes by another address of {wanted.card}: say it "
                        "in the stanza of that one"
                    )


def _goes_through(command: str, networks: list[_Network]) -> bool:
    """Whether a command adds a route by a gateway in one of these networks."""
    for _, gateway, _ in routes_added(command):
        with suppress(ValueError):
            if any(ip_address(gateway) in network for network in networks):
                return True
    return False
