"""What in the network files is not understood: nothing is moved to a bridge then; pure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_interface

from steps.network.commands import addresses_given, gives, routes_added, says
from steps.network.hooks import Verdict, mentions, verdict
from steps.network.ifupdown import rewritten
from steps.network.interfaces.stanza import is_comment
from steps.network.interfaces.wanted import Wanted
from steps.network.options import HOOKS, Belongs, belongs
from steps.network.order import comes_before
from steps.network.stanzas import (
    Files,
    Option,
    Stanza,
    active,
    of_card,
    own_stanzas,
    placed_stanzas,
    stanzas,
    strange_includes,
)
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


def unclear(files: Files, wanted: Wanted) -> Iterator[str]:
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
        if is_comment(line):
            continue
        if any(_is_strange(character) for character in line):
            yield f"{path}: the line `{line.strip()}` has controls or spaces of other kinds"


def _is_strange(character: str) -> bool:
    if character in " \t":
        return False
    return character.isspace() or not character.isprintable() or shown_control(character)


def _contradictions(files: Files, card: str) -> Iterator[str]:
    """Settings of the link that two stanzas of the card give differently: one would be lost."""
    first: dict[str, Option] = {}
    for stanza in own_stanzas(files, card):
        for option in stanza.options:
            if belongs(option.name) is not Belongs.LINK:
                continue
            former = first.setdefault(option.name, option)
            if not _is_same_value(former, option):
                yield f"`{former.line}` and `{option.line}` of {card} contradict each other"


def _is_same_value(one: Option, other: Option) -> bool:
    """Whether two options say the same, whatever the space between the words."""
    return one.value.split() == other.value.split()


def _given_twice(after: Files, wanted: Wanted) -> Iterator[str]:
    """Lines that would still give the address beside the bridge, however they were read."""
    times = 0
    for path in active(after):
        for line in lines_of(after[path]):
            is_option = line.split()[:1] == ["address"]
            if is_option and says(line, wanted.address):
                times += 1
    if times > 1:
        yield f"{wanted.address} would be given {times} times, by lines not understood"


def _of_stanza(stanza: Stanza, wanted: Wanted) -> Iterator[str]:
    card = wanted.card
    if of_card(stanza, card):
        yield from _of_card(stanza, wanted)
    elif stanza.configures(wanted.bridge):
        yield from _of_bridge(stanza, card)
    elif stanza.is_iface:
        yield from _of_other(stanza, wanted)
    elif stanza.is_short:
        yield f"`{stanza.first_line}` says no family and no method, which ifup(8) wants"
    elif stanza.words:
        yield from _of_names(stanza, wanted)


def _of_names(stanza: Stanza, wanted: Wanted) -> Iterator[str]:
    """Of `auto`, `allow-…`, `mapping`, `rename`, `no-scripts` and so on."""
    keyword, *words = stanza.words
    if keyword == "mapping":
        if any(fnmatchcase(wanted.card, pattern) for pattern in words):
            yield f"a `mapping` chooses the stanza of {wanted.card}"
        return
    for word in words:
        if "=" in word:
            yield from _of_renaming(keyword, word, wanted)
        elif _means_one_of_ours(word, wanted):
            yield from _of_name(keyword, word)


def _of_renaming(keyword: str, word: str, wanted: Wanted) -> Iterator[str]:
    """Of `PATTERN=LOGICAL`: an interface under the name of another stanza (interfaces(5))."""
    pattern, _, logical = word.partition("=")
    names_ours = logical in (wanted.card, wanted.bridge)
    if not names_ours and not _means_one_of_ours(pattern, wanted):
        return
    what = "brings one up"
    if keyword == "rename":
        what = "renames an interface"
    yield f"`{word}` {what}, by another's stanza, and may mean {wanted.card}"


def _of_name(keyword: str, word: str) -> Iterator[str]:
    if keyword == "no-scripts":
        yield f"`no-scripts {word}` keeps bridges and bonds from being made"
    elif keyword == "no-auto-down":
        yield f"`no-auto-down {word}`: what lies on the network (root?) would not bear a switch"


def _means_one_of_ours(pattern: str, wanted: Wanted) -> bool:
    """Whether a pattern may mean the card or the bridge."""
    return _may_match(pattern, wanted.card) or _may_match(pattern, wanted.bridge)


def _may_match(pattern: str, name: str) -> bool:
    """Whether `[VARIABLE]/VALUE[/OPTIONS]` may mean an interface (interfaces(5)): by its name, or,
    with a variable such as `mac`, by what is not seen here.
    """
    variable, slash, rest = pattern.partition("/")
    if not slash:
        return fnmatchcase(name, pattern)
    if variable:
        return True
    value, _, _ = rest.partition("/")
    return fnmatchcase(name, value)


def _of_card(stanza: Stanza, wanted: Wanted) -> Iterator[str]:
    head = stanza.first_line
    if not _is_known_kind(stanza):
        yield f"`{head}` is of a kind that is not understood"
    is_alias = stanza.name != wanted.card
    if is_alias and stanza.address == wanted.address:
        yield f"`{head}` gives {wanted.address} to an alias and not to the card itself"
    for option in stanza.options:
        why = _of_option(option, wanted, stanza.family)
        if why:
            yield f"`{option.line}` of `{head}` {why}"


def _is_known_kind(stanza: Stanza) -> bool:
    """Whether a bridge can have a stanza of this family and method."""
    methods = _METHODS.get(stanza.family, ())
    has_more_words = len(stanza.words) > 4
    return stanza.method in methods and not has_more_words


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
    is_early = option.name == "pre_up" and family == "inet"
    if is_early and _needs_the_bridge(judged):
        return "would run before the bridge exists: where it may, say `up` instead"
    among_others = wanted.address in addresses_given(option.value)
    if among_others and not gives(option.value, wanted.address):
        return f"gives {wanted.address} among other commands: give it alone, or by a static stanza"
    return ""


def _needs_the_bridge(judged: Verdict) -> bool:
    return judged.place is Belongs.ADDRESS and judged.has_to_do


def _of_bridge(stanza: Stanza, card: str) -> Iterator[str]:
    """Of a stanza that the bridge has already: what our own would not say again."""
    head = stanza.first_line
    for option in stanza.options:
        if not _is_said_again(option):
            yield f"`{option.line}` of `{head}` would be lost"
    ports = stanza.option("bridge_ports").split()
    if ports not in ([], ["none"], [card]):
        listed = " ".join(ports)
        yield f"`{head}` has other ports than {card}: {listed}"


def _is_said_again(option: Option) -> bool:
    """Whether the bridge's new stanza has an option of the former one, or one in its place."""
    if option.name in HOOKS:
        return True
    return belongs(option.name) in (Belongs.ADDRESS, Belongs.OWN)


def _of_other(stanza: Stanza, wanted: Wanted) -> Iterator[str]:
    """Of any other interface: what it wants from the card, or takes of its address."""
    head = stanza.first_line
    card = wanted.card
    if stanza.address == wanted.address:
        yield f"`{head}` gives {wanted.address} too"
    for option in stanza.options:
        if option.name in _PORTS:
            if _takes(option, card):
                yield f"`{head}` takes {card} too: `{option.line}`"
        elif option.name in HOOKS and _wants_address_of(option.value, card):
            yield f"`{option.line}` of `{head}` names {card}"


def _takes(ports: Option, card: str) -> bool:
    """Whether a list of ports has a card, or may take it in without naming it."""
    words = ports.value.split()
    if card in words:
        return True
    is_of_bridge = ports.name == "bridge_ports"
    return is_of_bridge and any(word in _MANY for word in words)


def _wants_address_of(command: str, card: str) -> bool:
    """Whether a command names a card and may need the address that is no longer there."""
    if not mentions(command, card):
        return False
    judged = verdict(command, card)
    return judged is None or judged.place is Belongs.ADDRESS


def _too_late(files: Files, wanted: Wanted) -> Iterator[str]:
    """Commands of interfaces that come up before the bridge, and that want the card's networks."""
    networks = list(_networks(files, wanted))
    after = {**files, **rewritten(files, wanted)}
    for path, stanza in placed_stanzas(files):
        if not _is_of_others(stanza, wanted):
            continue
        if comes_before(after, wanted.bridge, stanza.name):
            continue
        for hook in stanza.hooks:
            if _goes_through(hook.value, networks):
                yield (
                    f"{path}: `{hook.line}` of `{stanza.first_line}` wants the network "
                    f"of {wanted.card}, and the bridge comes up later: say it in its stanza"
                )


def _is_of_others(stanza: Stanza, wanted: Wanted) -> bool:
    """Whether a stanza configures an interface that is neither the card nor the bridge."""
    if of_card(stanza, wanted.card) or stanza.configures(wanted.bridge):
        return False
    return stanza.is_iface


def _networks(files: Files, wanted: Wanted) -> Iterator[_Network]:
    """The networks that move: that of the address and all that stanzas of the card give."""
    yield ip_interface(wanted.interface).network
    for stanza in own_stanzas(files, wanted.card):
        yield from _network(stanza)


def _network(stanza: Stanza) -> Iterator[_Network]:
    """The network that a stanza gives, of IPv6 too; none where it is not understood."""
    given = stanza.option("address")
    mask = stanza.option("netmask")
    if mask:
        given += f"/{mask}"
    with suppress(ValueError):
        yield ip_interface(stanza.interface or given).network


def _out_of_order(files: Files, wanted: Wanted) -> Iterator[str]:
    """Commands beside the node's address that go by one of a stanza before: the bridge's own stanza
    comes first.
    """
    before: list[_Network] = []
    for path, stanza in placed_stanzas(files):
        if not stanza.configures(wanted.card):
            continue
        if stanza.address != wanted.address:
            before += _network(stanza)
            continue
        for hook in stanza.hooks:
            if _goes_through(hook.value, before):
                yield (
                    f"{path}: `{hook.line}` goes by another address of {wanted.card}: say it "
                    "in the stanza of that one"
                )


def _goes_through(command: str, networks: list[_Network]) -> bool:
    """Whether a command adds a route by a gateway in one of these networks."""
    for route in routes_added(command):
        with suppress(ValueError):
            gateway = ip_address(route.gateway)
            if any(gateway in network for network in networks):
                return True
    return False
