"""What the network files bring up at boot, and which ports they put into a bridge; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from steps.network.facts.kinds import BOND, VLAN
from steps.network.facts.net import Card
from steps.network.hooks import mentions
from steps.network.options import HOOKS
from steps.network.stanzas import Stanza, active, stanzas

_ALL = ("eth.*", "em.*", "en.*", "p[0-9].*")
"""What `all` stands for in bridge_ports (/lib/bridge-utils/bridge-utils.sh)."""
_EXPRESSION = re.compile(r"[A-Za-z0-9_.:\[\]^$*+?()|-]{1,64}")
_REPEATS = re.compile(r"[*+?]")
_REPEATED_GROUP = re.compile(r"\)[*+?]")
_MOST_REPEATS = 4
"""More would let an expression of somebody else take its time."""


def is_started(read: Iterable[Stanza], name: str) -> bool:
    """Whether something is brought up at boot: by `auto`, or by a hook that calls ifup(8)."""
    for stanza in read:
        if name in stanza.started:
            return True
        hooks = [option.value for option in stanza.options if option.name in HOOKS]
        if any("ifup" in hook and mentions(hook, name) for hook in hooks):
            return True
    return False


def is_made(files: Mapping[str, str], card: Card) -> bool:
    """Whether a bond or a VLAN is made at boot: it is started, its slaves bring it up
    (README.Debian of ifenslave), or bridge-utils makes a VLAN of that name for a bridge.
    """
    read = [stanza for path in active(files) for stanza in stanzas(files[path])]
    if is_started(read, card.name):
        return True
    if card.kind == VLAN:
        return re.fullmatch(r"(.+)\.0*[0-9]{1,4}", card.name) is not None
    slaves = _slaves(read, card.name)
    return any(is_started(read, slave) or is_detected(read, slave) for slave in slaves)


def _slaves(read: Iterable[Stanza], bond: str) -> list[str]:
    """The cards of which the stanzas name a bond."""
    own = [s for s in read if s.is_iface and s.option("bond_master") == bond]
    return [stanza.name for stanza in own]


def is_made_late(files: Mapping[str, str], card: Card) -> bool:
    """Whether a bond is there only once a slave of it is detected, which a bridge that comes up
    meanwhile does not wait for (ifup@.service; /lib/bridge-utils/ifupdown.sh skips a port that is
    not there).
    """
    read = [stanza for path in active(files) for stanza in stanzas(files[path])]
    if card.kind != BOND or is_started(read, card.name):
        return False
    return not any(is_started(read, slave) for slave in _slaves(read, card.name))


def is_detected(read: Iterable[Stanza], name: str) -> bool:
    """Whether something is brought up when it is detected (interfaces(5): allow-hotplug)."""
    return any(stanza.is_start and name in stanza.words[1:] for stanza in read)


def takes(ports: str, name: str) -> bool:
    """Whether the words of bridge_ports take in an interface: by its name, by `all`, by `regex`
    (bridge-utils-interfaces(5)), or by `glob` (interfaces(5) of ifupdown2).
    """
    how = ""
    for word in ports.split():
        if word == "all":
            if any(re.fullmatch(pattern, name) for pattern in _ALL):
                return True
        elif word in ("regex", "noregex", "glob"):
            how = word
        elif how == "regex":
            if _matches(word, name):
                return True
        elif word == name or (how == "glob" and fnmatchcase(name, word)):
            return True
    return False


def _matches(expression: str, name: str) -> bool:
    """Whether `egrep "^EXPRESSION$"` finds the name; no, where that is no plain expression."""
    if not _EXPRESSION.fullmatch(expression) or _REPEATED_GROUP.search(expression):
        return False
    if len(_REPEATS.findall(expression)) > _MOST_REPEATS:
        return False
    try:
        return re.search(f"^{expression}$", name) is not None
    except re.error:
        return False
