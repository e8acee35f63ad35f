"""What in the network files is not understood: nothing is moved to a bridge then; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from steps.network.hooks import Verdict, mentions, verdict
from steps.network.ifupdown import Wanted, of_card, rewritten
from steps.network.options import HOOKS, Belongs, belongs
from steps.network.stanzas import Option, Stanza, active, stanzas, strange_includes

ETC = "/etc/network/"
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
        for stanza in stanzas(files[path]):
            for reason in _of_stanza(stanza, wanted):
                yield f"{path}: {reason}"
    for path in rewritten(files, wanted):
        if not path.startswith(ETC):
            yield f"{path} would change, and lies outside {ETC}"


def _of_stanza(stanza: Stanza, wanted: Wanted) -> Iterator[str]:
    card = wanted.card
    if of_card(stanza, card):
        yield from _of_card(stanza, wanted)
    elif stanza.configures(wanted.bridge):
        yield from _of_bridge(stanza, card)
    elif stanza.is_iface:
        yield from _of_other(stanza, wanted)
    elif stanza.words[:1] == ("mapping",):
        if any(fnmatchcase(card, pattern) for pattern in stanza.words[1:]):
            yield f"a `mapping` chooses the stanza of {card}"
    else:
        yield from _of_words(stanza, wanted)


def _of_words(stanza: Stanza, wanted: Wanted) -> Iterator[str]:
    """Of `auto`, `allow-…`, `rename`, `no-scripts` and so on."""
    names = (wanted.card, wanted.bridge)
    for word in stanza.words[1:]:
        physical, chosen, logical = word.partition("=")
        takes_in = any(fnmatchcase(name, physical.strip("/")) for name in names)
        if chosen and (takes_in or logical in names):
            yield f"`{word}` brings an interface up by another's stanza"
        elif takes_in and stanza.words[0] == "no-scripts":
            yield f"`no-scripts {word}` keeps bridges and bonds from being made"


def _of_card(stanza: Stanza, wanted: Wanted) -> Iterator[str]:
    head = " ".join(stanza.words)
    family, method, *more = stanza.words[2:]
    if method not in _METHODS.get(family, ()) or more:
        yield f"`{head}` is of a kind that is not understood"
    is_alias = stanza.words[1] != wanted.card
    if is_alias and stanza.interface.partition("/")[0] == wanted.address:
        yield f"`{head}` gives {wanted.address} to an alias and not to the card itself"
    for option in stanza.options:
        why = _of_option(option, wanted.card)
        if why:
            yield f"`{option.lines[0]}` of `{head}` {why}"


def _of_option(option: Option, card: str) -> str:
    """Why an option of the card cannot be sorted; "" when it can."""
    if option.name in HOOKS:
        judged = verdict(option.value, card)
        if judged is None:
            return "has to do with the card, and whether the bridge needs it is not understood"
        return _too_early(option, judged)
    if option.name == "bond_master":
        return "puts the card into a bond"
    if option.name.startswith("bridge_"):
        return "makes a bridge of the card itself"
    if belongs(option.name) is None:
        return "is an option that is not understood: does it belong to the link or to the address?"
    return ""


def _too_early(option: Option, judged: Verdict) -> str:
    if option.name == "pre_up" and judged.place is Belongs.ADDRESS and judged.names_card:
        return "would run before the bridge exists"
    return ""


def _of_bridge(stanza: Stanza, card: str) -> Iterator[str]:
    """Of a stanza that the bridge has already: what our own would not say again."""
    for option in stanza.options:
        place = belongs(option.name)
        if option.name in HOOKS or place is Belongs.ADDRESS or place is Belongs.OWN:
            continue
        yield f"`{option.lines[0]}` of `{' '.join(stanza.words)}` would be lost"
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
                yield f"`{head}` takes {card} too: `{option.lines[0]}`"
        elif option.name in HOOKS and mentions(option.value, card):
            judged = verdict(option.value, card)
            if judged is None or judged.place is Belongs.ADDRESS:
                yield f"`{option.lines[0]}` of `{head}` names {card}"
