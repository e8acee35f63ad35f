"""The commands of a hook in /etc/network/interfaces, read as far as ip(8) and route(8) go."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from itertools import pairwise

APART = frozenset(";&|()")
"""What parts simple commands from each other."""
_OBJECTS = (
    "address",
    "addrlabel",
    "maddress",
    "route",
    "rule",
    "neighbour",
    "neighbor",
    "ntable",
    "link",
    "l2tp",
    "tunnel",
    "tuntap",
    "token",
    "xfrm",
)
"""Objects of ip(8) in its own order: the first that begins so is meant, as in `ip a`."""
_VERBS = ("add", "append", "change", "replace", "prepend", "delete", "set", "flush", "show")
_GIVE = ("add", "append", "change", "replace", "prepend")
_OPTIONS_WITH_WORD = ("-f", "-family", "-n", "-netns", "-b", "-batch", "-rc", "-rcvbuf")
_ADDRESS_WORDS = (
    "dev",
    "label",
    "scope",
    "broadcast",
    "brd",
    "peer",
    "remote",
    "anycast",
    "metric",
    "proto",
    "valid_lft",
    "preferred_lft",
)
"""What takes a word behind it in `ip address add` (ip-address(8))."""
_EVERYWHERE = frozenset({"default", "0/0", "0.0.0.0/0", "0.0.0.0"})
_TYPES = ("to", "unicast")
DEFAULT = "default"
"""The destination of a default route, as ip(8) says it."""
_NO_MATTER = ("true", ":", "/bin/true")
"""Behind `||`: the command may fail."""


@dataclass(frozen=True)
class Ip:
    """A command of ip(8), its object and what is done written out."""

    kind: str
    """Such as `address`; "" for one that is not known here."""
    verb: str = ""
    rest: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    """What stands before the object, such as `-6`."""


def simple(command: str) -> tuple[tuple[str, ...], ...] | None:
    """The simple commands of a line by their words; None when it cannot be read."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    # A sign in the middle of a word begins no comment for sh(1), but for shlex.
    lexer.commenters = ""
    try:
        tokens = list(lexer)
    except ValueError:
        return None
    found: list[list[str]] = [[]]
    for token in tokens:
        if token.startswith("#"):
            break
        if set(token) <= APART:
            found.append([])
        else:
            found[-1].append(token)
    return tuple(tuple(words) for words in found if words)


def program(words: tuple[str, ...]) -> str:
    """The name of the program that a simple command runs."""
    return words[0].rpartition("/")[2] if words else ""


def read_ip(words: tuple[str, ...]) -> Ip | None:
    """A simple command as one of ip(8); None for another program."""
    if program(words) != "ip":
        return None
    at = 1
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in _OPTIONS_WITH_WORD else 1
    options, rest = words[1:at], words[at:]
    kind = _begun(_OBJECTS, rest[0]) if rest else ""
    verb = _begun(_VERBS, rest[1]) if len(rest) > 1 else "show"
    return Ip(kind, verb, rest[2:], options)


def _begun(names: tuple[str, ...], word: str) -> str:
    return next((name for name in names if word and name.startswith(word)), "")


def alone(command: str) -> tuple[str, ...]:
    """The words of a line that is one simple command, which may be allowed to fail; else none."""
    head, _, way_out = command.partition("||")
    found = simple(head)
    if found is None or len(found) != 1 or not set(head).isdisjoint(APART):
        return ()
    return found[0] if way_out.strip() in ("", *_NO_MATTER) else ()


def addresses_given(command: str) -> Iterator[str]:
    """The addresses, without prefix, that the commands of a line put on an interface."""
    for words in simple(command) or ():
        ip = read_ip(words)
        if ip and ip.kind == "address" and ip.verb in _GIVE:
            yield _local(ip.rest).partition("/")[0]


def _local(rest: tuple[str, ...]) -> str:
    words = iter(rest)
    for word in words:
        if word == "local":
            return next(words, "")
        if word in _ADDRESS_WORDS:
            next(words, "")
        else:
            return word
    return ""


def gives(command: str, address: str) -> bool:
    """Whether a command does nothing but put this address on an interface."""
    return bool(alone(command)) and address in addresses_given(command)


def gives_default(command: str, gateway: str) -> bool:
    """Whether a command has the default route to this gateway set, in the main table."""
    given = ((goes, table) for goes, via, table in routes_added(command) if via == gateway)
    return any(goes == DEFAULT and table == "main" for goes, table in given)


def routes_added(command: str) -> Iterator[tuple[str, str, str]]:
    """Destination, gateway and table of each route that the commands of a line add."""
    for words in simple(command) or ():
        ip = read_ip(words)
        if ip and ip.kind == "route" and ip.verb in _GIVE:
            rest = ip.rest[1:] if ip.rest[:1] and ip.rest[0] in _TYPES else ip.rest
            # Without a destination it is the default route, too (ip-route(8)).
            goes = DEFAULT if rest[:1] in (("via",), ("dev",)) else "".join(rest[:1])
            table = _behind("table", rest) or "main"
            via = canonical(_behind("via", rest))
            yield _destination(goes), via, "main" if table == "254" else table
        elif program(words) == "route" and "add" in words:
            rest = tuple(word for word in words[1:] if word not in ("add", "-net", "-host"))
            mask = _behind("netmask", rest)
            goes = f"{rest[0]}/{mask}" if rest and mask else "".join(rest[:1])
            yield _destination(goes), _behind("gw", rest), "main"


def canonical(address: str) -> str:
    """An address as ip(8) says it: IPv6 has many forms (RFC 5952); anything else as it is."""
    try:
        return str(ip_address(address))
    except ValueError:
        return address


def _behind(name: str, words: tuple[str, ...]) -> str:
    return next((after for word, after in pairwise(words) if word == name), "")


def _destination(text: str) -> str:
    """As ip(8) says it: `default`, an address or a network."""
    if text in _EVERYWHERE:
        return DEFAULT
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return text
    if network.prefixlen == 0:
        return DEFAULT
    alone = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if alone else str(network)


def made(command: str) -> Iterator[str]:
    """The interfaces that the commands of a line make, where it is an error if they are there."""
    if command.rpartition("||")[2].strip() in _NO_MATTER:
        return
    for words in simple(command) or ():
        ip = read_ip(words)
        if ip and ip.kind in ("link", "tunnel", "tuntap") and ip.verb == "add":
            rest = list(ip.rest)
            if "name" in rest[:-1]:
                yield rest[rest.index("name") + 1]
            elif rest[:1] == ["link"]:
                yield from rest[2:3]
            else:
                yield from rest[:1]


@dataclass(frozen=True)
class Rule:
    """A rule of policy routing (ip-rule(8))."""

    options: tuple[str, ...]
    selector: tuple[str, ...]

    def words(self, verb: str) -> str:
        """What ip(8) takes to `add` it or to `del` it."""
        return " ".join((*self.options, "rule", verb, *self.selector))


_RULE_WORD = re.compile(r"[A-Za-z0-9_.:/-]+")


def rules_added(command: str) -> Iterator[Rule]:
    """The rules that the commands of a line add, but for those that name a variable."""
    for words in simple(command) or ():
        ip = read_ip(words)
        if ip is None or ip.kind != "rule" or ip.verb != "add":
            continue
        if all(_RULE_WORD.fullmatch(word) for word in (*ip.options, *ip.rest)):
            yield Rule(ip.options, ip.rest)


def says(text: str, address: str) -> bool:
    """Whether a text names an address, and not only a longer one that begins so: IPv6 in any of its
    forms (RFC 4291, 2.2).
    """
    if re.search(rf"(?<![\w.:]){re.escape(address)}(?![\w.:])", text):
        return True
    if ":" not in address:
        return False
    return any(_is_address(word, address) for word in re.findall(r"[0-9A-Fa-f:.]*:[\w:.]*", text))


def _is_address(word: str, address: str) -> bool:
    try:
        return ip_address(word) == ip_address(address)
    except ValueError:
        return False
