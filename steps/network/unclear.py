"""What in the network files is not understood: nothing is moved to a bridge then; pure."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from steps.network.commands import (
    addresses_given,
    gives,
    more_than_static,
    says,
)
from steps.network.hooks import Verdict, mentions, verdict
from steps.network.ifupdown import rewritten
from steps.network.interfaces.late import out_of_order, too_late
from steps.network.interfaces.stanza import is_comment, starts_its_own
from steps.network.interfaces.wanted import Wanted
from steps.network.options import HOOKS, Belongs, belongs
from steps.network.stanzas import (
    Files,
    Option,
    Stanza,
    active,
    of_card,
    own_stanzas,
    stanzas,
    strange_includes,
)
from wizard.base.plain import lines_of, shown_control

ETC = "/etc/network/"
_METHODS = {
    "inet": ("static", "manual", "dhcp"),
    "inet6": ("static", "manual", "dhcp", "auto"),
}
"""Families and methods that a bridge can have in the card's place (interfaces(5))."""
_PORTS = ("bridge_ports", "bond_slaves", "slaves")
_MANY = ("all", "regex")
"""Words of bridge_ports that take in cards without naming them."""
_ALL_SLAVES = "eth"
"""How the names of cards begin that `bond-slaves all` takes in (if-pre-up.d/ifenslave)."""


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
    all_after = {**files, **after}
    yield from too_late(files, after=all_after, wanted=wanted)
    yield from out_of_order(files, wanted)
    yield from _given_twice(all_after, wanted)


def _strange_characters(path: str, text: str) -> Iterator[str]:
    """Lines with line ends of DOS, no-break spaces and the like, which ifup(8) and a reader take
    for different things; letters of any language are no matter.
    """
    for line in lines_of(text):
        if is_comment(line):
            continue
        strange = [f"U+{ord(character):04X}" for character in line if _is_strange(character)]
        if strange:
            listed = ", ".join(dict.fromkeys(strange))
            seen = f"{path}: the line `{line.strip()}`"
            yield f"{seen} has controls or spaces of other kinds ({listed})"


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
    if starts_its_own(option.line):
        return f"starts it: write `{option.line} {wanted.card}` before the stanza"
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
    if not among_others:
        return ""
    if not gives(option.value, wanted.address):
        return f"gives {wanted.address} among other commands: give it alone, or by a static stanza"
    more = more_than_static(option.value)
    if more:
        return f"gives {wanted.address} with the word `{more}`: give it by a static stanza"
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
    if stanza.inherits(card):
        yield f"`{head}` takes over what the stanza of {card} says, which would be less then"
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
    if ports.name == "bridge_ports":
        return any(word in _MANY for word in words)
    return "all" in words and card.startswith(_ALL_SLAVES)


def _wants_address_of(command: str, card: str) -> bool:
    """Whether a command names a card and may need the address that is no longer there."""
    if not mentions(command, card):
        return False
    judged = verdict(command, card)
    return judged is None or judged.place is Belongs.ADDRESS
