"""The commands of a hook in /etc/network/interfaces, read as far as ip(8) and route(8) go."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from itertools import pairwise
from typing import NamedTuple

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
_SAID_BY_STATIC = ("dev", "label", "broadcast", "brd", "local")
"""Those of them that a stanza of the method `static` says too, or needs not."""
_USUAL = (("scope", "global"), ("valid_lft", "forever"), ("preferred_lft", "forever"))
"""What an address has where nothing is said."""
_EVERYWHERE = frozenset({"default", "0/0", "0.0.0.0/0", "0.0.0.0"})
_TYPES = ("to", "unicast")
_MAIN_TABLE = "254"
"""The number of the table `main` (ip-route(8))."""
_OLD_WORDS = frozenset(
    ("add", "-net", "-host", "-A", "--inet", "--inet6", "inet", "inet6", "-4", "-6")
)
"""Words of route(8) that stand before a destination."""
_DEVICES = ("link", "tunnel", "tuntap")
"""Objects of ip(8) that are interfaces."""
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


class AddedRoute(NamedTuple):
    """A route that a command adds, in the words of ip(8)."""

    destination: str
    gateway: str
    """"" for none."""
    table: str


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
        # A quoted empty word is a word.
        if token and APART.issuperset(token):
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
    rest = words[at:]
    return Ip(
        kind=_begun(_OBJECTS, rest[0]) if rest else "",
        verb=_begun(_VERBS, rest[1]) if len(rest) > 1 else "show",
        rest=rest[2:],
        options=words[1:at],
    )


def _begun(names: tuple[str, ...], word: str) -> str:
    """The first of the names that begins so; "" for none."""
    if not word:
        return ""
    return next((name for name in names if name.startswith(word)), "")


def ip_commands(command: str) -> Iterator[Ip]:
    """The commands of ip(8) in a line."""
    for words in simple(command) or ():
        ip = read_ip(words)
        if ip:
            yield ip


def alone(command: str) -> tuple[str, ...]:
    """The words of a line that is one simple command, which may be allowed to fail; else none."""
    head, _, way_out = command.partition("||")
    if way_out.strip() not in ("", *_NO_MATTER):
        return ()
    found = simple(head)
    if found is None or len(found) != 1:
        return ()
    has_signs = not APART.isdisjoint(head)
    return () if has_signs else found[0]


def addresses_given(command: str) -> Iterator[str]:
    """The addresses, without prefix, that the commands of a line put on an interface."""
    for ip in ip_commands(command):
        if ip.kind == "address" and ip.verb in _GIVE:
            plain, _, _ = local_address(ip.rest).partition("/")
            yield plain


def local_address(rest: tuple[str, ...]) -> str:
    """The address that is added, among the words behind the verb."""
    words = iter(rest)
    for word in words:
        if word == "local":
            return next(words, "")
        if word in _ADDRESS_WORDS:
            next(words, "")
        else:
            return word
    return ""


def more_than_static(command: str) -> str:
    """What a command says of the address that it gives and a stanza's `address` does not, such as
    its other end; "" for nothing.
    """
    for ip in ip_commands(command):
        local = local_address(ip.rest)
        words = iter(ip.rest)
        for word in words:
            if word == local:
                continue
            value = next(words, "") if word in (*_ADDRESS_WORDS, "local") else ""
            if word not in _SAID_BY_STATIC and (word, value) not in _USUAL:
                return word
    return ""


def gives(command: str, address: str) -> bool:
    """Whether a command does nothing but put this address on an interface."""
    return bool(alone(command)) and address in addresses_given(command)


def gives_default(command: str, gateway: str) -> bool:
    """Whether a command has the default route to this gateway set, in the main table."""
    default = AddedRoute(DEFAULT, gateway, "main")
    return default in routes_added(command)


def routes_added(command: str) -> Iterator[AddedRoute]:
    """Each route that the commands of a line add."""
    for words in simple(command) or ():
        ip = read_ip(words)
        if ip and ip.kind == "route" and ip.verb in _GIVE:
            yield _added_by_ip(ip.rest)
        elif program(words) == "route" and "add" in words:
            yield _added_by_route(words)


def _added_by_ip(rest: tuple[str, ...]) -> AddedRoute:
    """What `ip route add` adds, by the words behind it."""
    if rest and rest[0] in _TYPES:
        rest = rest[1:]
    goes = rest[0] if rest else ""
    # Without a destination it is the default route, too (ip-route(8)).
    if goes in ("via", "dev"):
        goes = DEFAULT
    gateway = behind("via", rest)
    table = behind("table", rest)
    if table in ("", _MAIN_TABLE):
        table = "main"
    return AddedRoute(_destination(goes), canonical(gateway), table)


def _added_by_route(words: tuple[str, ...]) -> AddedRoute:
    """What route(8) adds, the program of former times: always to the main table."""
    _, *arguments = words
    rest = tuple(word for word in arguments if word not in _OLD_WORDS)
    goes = rest[0] if rest else ""
    mask = behind("netmask", rest)
    if rest and mask:
        goes = f"{goes}/{mask}"
    gateway = behind("gw", rest)
    return AddedRoute(_destination(goes), canonical(gateway), "main")


def canonical(address: str) -> str:
    """An address as ip(8) says it: IPv6 has many forms (RFC 5952); anything else as it is."""
    try:
        return str(ip_address(address))
    except ValueError:
        return address


def behind(name: str, words: tuple[str, ...]) -> str:
    """The word that follows a name; "" where that does not stand there."""
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
    is_single = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if is_single else str(network)


def made(command: str) -> Iterator[str]:
    """The interfaces that the commands of a line make, where it is an error if they are there."""
    if may_fail(command):
        return
    for ip in ip_commands(command):
        if ip.kind in _DEVICES and ip.verb == "add":
            yield from _new_name(ip.rest)


def may_fail(command: str) -> bool:
    """Whether it is no error where a line cannot do what it says."""
    _, _, way_out = command.rpartition("||")
    return way_out.strip() in _NO_MATTER


def _new_name(rest: tuple[str, ...]) -> tuple[str, ...]:
    """The name in `[link DEVICE] [name] NAME` (ip-link(8)), where there is one."""
    if "name" in rest[:-1]:
        at = rest.index("name") + 1
    elif rest[:1] == ("link",):
        at = 2
    else:
        at = 0
    return rest[at : at + 1]


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
    for ip in ip_commands(command):
        if ip.kind != "rule" or ip.verb != "add":
            continue
        words = (*ip.options, *ip.rest)
        if all(_RULE_WORD.fullmatch(word) for word in words):
            yield Rule(ip.options, ip.rest)


_LIKE_IPV6 = re.compile(r"[0-9A-Fa-f:.]*:[\w:.]*")


def says(text: str, address: str) -> bool:
    """Whether a text names an address, and not only a longer one that begins so: IPv6 in any of its
    forms (RFC 4291, 2.2).
    """
    if re.search(rf"(?<![\w.:]){re.escape(address)}(?![\w.:])", text):
        return True
    if ":" not in address:
        return False
    return any(_is_address(word, address) for word in _LIKE_IPV6.findall(text))


def _is_address(word: str, address: str) -> bool:
    try:
        return ip_address(word) == ip_address(address)
    except ValueError:
        return False
