"""Where the lines of the card's stanzas go when a bridge takes the address over; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from steps.network.commands import gives
from steps.network.hooks import renamed, verdict
from steps.network.interfaces.wanted import Wanted
from steps.network.options import HOOKS, Belongs, belongs
from steps.network.stanzas import INDENT, Files, Option, Stanza, all_stanzas, of_card

_OF_ONE_ADDRESS = ("broadcast", "pointopoint", "scope")


@dataclass
class Moved:
    """What becomes of the lines of all stanzas of the card and the bridge."""

    wanted: Wanted
    """The bridge that takes over."""
    link: list[str] = field(default_factory=list)
    """Lines that stay with the card."""
    _of_link: set[tuple[str, ...]] = field(default_factory=set)
    """The same by their words, however they are spelled."""
    options: list[str] = field(default_factory=list)
    """Lines of the bridge's own stanza."""
    stanzas: list[str] = field(default_factory=list)
    """Lines of its further stanzas, for further addresses, aliases and IPv6."""

    def start_aliases(self, stanza: Stanza) -> None:
        """Make aliases that a line starts aliases of the bridge."""
        names: list[str] = []
        for name in stanza.words[1:]:
            if self.wanted.is_alias(name):
                names.append(_renamed(name, self.wanted))
        if names:
            listed = " ".join(names)
            self.stanzas += ["", f"auto {listed}"]

    def stay_with_link(self, stanza: Stanza) -> None:
        """Note the lines of the link once, in however many stanzas of the card they stand: ifup(8)
        would make one setting of two lines out of them.
        """
        for option in stanza.options:
            words = (option.name, *option.value.split())
            if words in self._of_link or not _stays(option, stanza, self.wanted):
                continue
            self._of_link.add(words)
            self.link.append(option.written)

    def move(self, stanza: Stanza) -> None:
        """Note the other lines: for the bridge's own stanza or for a further one of it."""
        options = list(_moving(stanza, self.wanted))
        if _becomes_own(stanza, self.wanted):
            self.options += _lines(options, own=False)
        elif _has_former_address(stanza, self.wanted):
            # The address, which is another one, is the only thing that goes.
            others = [option for option in options if option.name not in _OF_ONE_ADDRESS]
            self.options += _lines(others, own=False)
        else:
            name = _renamed(stanza.name, self.wanted)
            behind_name = " ".join(stanza.words[2:])
            self.stanzas += ["", f"iface {name} {behind_name}"]
            self.stanzas += indented(_lines(options, own=True))


def moved_lines(files: Files, wanted: Wanted) -> Moved:
    """All lines that belong to the card or the bridge, by where they go."""
    moved = Moved(wanted)
    for stanza in all_stanzas(files):
        if stanza.is_start:
            moved.start_aliases(stanza)
        elif of_card(stanza, wanted.card) or stanza.configures(wanted.bridge):
            moved.stay_with_link(stanza)
            moved.move(stanza)
    return moved


def indented(lines: list[str]) -> list[str]:
    """Lines of options as they stand in a stanza."""
    return [f"{INDENT}{line}" for line in lines]


def _renamed(text: str, wanted: Wanted) -> str:
    """A text that speaks of the bridge instead of the card."""
    return renamed(text, wanted.card, wanted.bridge)


def _stays(option: Option, stanza: Stanza, wanted: Wanted) -> bool:
    """Whether an option stays with the card: what the bridge's own stanza says does not."""
    if stanza.configures(wanted.bridge):
        return False
    return _place(option, wanted.card) is Belongs.LINK


def _place(option: Option, card: str) -> Belongs | None:
    if option.name not in HOOKS:
        return belongs(option.name)
    judged = verdict(option.value, card)
    if judged is None:
        return None
    return judged.place


def _becomes_own(stanza: Stanza, wanted: Wanted) -> bool:
    """Whether a stanza gives IPv4 its address, or no fixed one: the bridge's own has its place."""
    if stanza.family != "inet" or wanted.is_alias(stanza.name):
        return False
    if stanza.method != "static":
        return True
    # Whatever its prefix.
    return stanza.address == wanted.address


def _has_former_address(stanza: Stanza, wanted: Wanted) -> bool:
    """Whether a stanza gives the bridge the address that it had before."""
    if not stanza.configures(wanted.bridge):
        return False
    return stanza.family == "inet" and stanza.method == "static"


def _moving(stanza: Stanza, wanted: Wanted) -> Iterator[Option]:
    """The options that go along with the address, naming the bridge."""
    for option in stanza.options:
        if _stays(option, stanza, wanted):
            continue
        if option.name in HOOKS:
            # An address that a command gives alone is given by the bridge's own stanza.
            if not gives(option.value, wanted.address):
                yield replace(option, written=_renamed(option.written, wanted))
        elif belongs(option.name) is not Belongs.LEASE:
            yield option


def _lines(options: list[Option], *, own: bool) -> list[str]:
    """The lines of options, `own` with those that give the address; none of the bridge's."""
    lines: list[str] = []
    for option in options:
        if option.name.startswith("bridge_"):
            continue
        says_own = belongs(option.name) is Belongs.OWN
        if own or not says_own:
            lines.append(option.written)
    return lines
