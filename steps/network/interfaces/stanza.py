"""One stanza of interfaces(5) and its options, as ifup(8) understands them; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Interface

from steps.network.options import HOOKS

INDENT = "    "
_INCLUDES = ("source", "source-directory")
_AUTO = ("auto", "allow-auto")


@dataclass(frozen=True)
class Option:
    """One option of a stanza."""

    name: str
    """With underscores: interfaces(5) takes both spellings."""
    value: str
    """On one line, also where it was continued."""
    line: str
    """As written, without indentation, and on one line."""
    written: str
    """The same on the lines that it had, each but the first with `INDENT`; on one line where that
    would part a word."""


@dataclass(frozen=True)
class Stanza:
    """One stanza of interfaces(5), such as `iface eth0 inet static` with its options."""

    words: tuple[str, ...]
    """Those of its first line, also where that was continued."""
    lines: tuple[str, ...]
    """As written, with the comments and empty lines that follow."""
    head: int = 1
    """How many of the lines are its first one, which a backslash continues."""

    @property
    def body(self) -> tuple[str, ...]:
        """The lines below its first one."""
        return self.lines[self.head :]

    @property
    def options(self) -> tuple[Option, ...]:
        """Its options in order."""
        return tuple(_options(self.body))

    @property
    def hooks(self) -> tuple[Option, ...]:
        """Its options that are commands."""
        return tuple(option for option in self.options if option.name in HOOKS)

    def option(self, name: str) -> str:
        """The first value of an option; "" when it is not set."""
        for option in self.options:
            if option.name == name:
                return option.value
        return ""

    def first_word(self, name: str) -> str:
        """The first word of an option's value: what follows may be a comment; "" when not set."""
        words = self.option(name).split()
        return words[0] if words else ""

    @property
    def first_line(self) -> str:
        """Its first line as it is quoted: one space between the words."""
        return " ".join(self.words)

    @property
    def name(self) -> str:
        """The interface that an `iface` line is about; "" when it says none."""
        return self._word(1)

    @property
    def family(self) -> str:
        """What an `iface` line says behind the interface, such as `inet`; "" for nothing."""
        return self._word(2)

    @property
    def method(self) -> str:
        """What an `iface` line says behind the family, such as `static`; "" for nothing."""
        return self._word(3)

    def _word(self, at: int) -> str:
        return self.words[at] if at < len(self.words) else ""

    @property
    def is_iface(self) -> bool:
        """Whether it configures an interface."""
        return self.words[:1] == ("iface",) and len(self.words) >= 4

    @property
    def is_short(self) -> bool:
        """Whether it configures an interface without a family and a method: ifupdown2 and
        ifupdown-ng read that (their interfaces(5)), ifup(8) of ifupdown does not.
        """
        return self.words[:1] == ("iface",) and len(self.words) < 4

    def configures(self, *interfaces: str) -> bool:
        """Whether it configures one of these interfaces."""
        return self.is_iface and self.name in interfaces

    def inherits(self, interface: str) -> bool:
        """Whether it takes over what the stanza of another interface says (interfaces(5))."""
        return self.words[4:6] == ("inherits", interface)

    @property
    def is_include(self) -> bool:
        """Whether it takes in other files."""
        return self._word(0) in _INCLUDES

    @property
    def is_start(self) -> bool:
        """Whether it lists interfaces to be brought up."""
        if not self.words:
            return False
        keyword = self.words[0]
        return keyword == "auto" or allows(keyword)

    @property
    def is_auto(self) -> bool:
        """Whether it lists interfaces to be brought up at boot. Nothing detects an interface that
        is yet to be made, so `allow-hotplug` starts no bridge and no bond.
        """
        return bool(self.words) and self.words[0] in _AUTO

    @property
    def started(self) -> tuple[str, ...]:
        """The interfaces that it has brought up at boot: those that it lists, or its own."""
        if self.is_auto:
            return self.words[1:]
        of_its_own = self.is_iface and any(line.strip() in _AUTO for line in self.body)
        return (self.name,) if of_its_own else ()

    @property
    def interface(self) -> str:
        """Address and prefix, as `address` and `netmask` give them; "" when there are none.

        As ifup(8) reads them: `netmask` outdoes a prefix, and without either the class of the
        address decides.
        """
        return _interface(self.option("address"), self.option("netmask"))

    @property
    def interfaces(self) -> tuple[str, ...]:
        """All of them: ifupdown2 and ifupdown-ng take several `address` in one stanza."""
        netmask = self.option("netmask")
        addresses = [option.value for option in self.options if option.name == "address"]
        return tuple(_interface(address, netmask) for address in addresses)

    @property
    def address(self) -> str:
        """Its address without the prefix; "" when there is none."""
        return self.interface.partition("/")[0]


def _interface(address: str, netmask: str) -> str:
    plain, _, prefix = _before_comment(address).partition("/")
    if not plain:
        return ""
    mask = _before_comment(netmask) or prefix or _prefix_of_class(plain)
    try:
        return str(IPv4Interface(f"{plain}/{mask}"))
    except ValueError:
        return ""


def _before_comment(value: str) -> str:
    """A value without what stands behind it as a comment: ifup(8) hands that on to a shell, which
    drops it.
    """
    return re.split(r"\s#", value, maxsplit=1)[0].strip()


def _prefix_of_class(address: str) -> str:
    """The prefix that an address had before there were prefixes (RFC 791)."""
    first, _, _ = address.partition(".")
    if not first.isdecimal():
        return ""
    number = int(first)
    if number < 128:
        return "8"
    if number < 192:
        return "16"
    return "24"


def _options(body: tuple[str, ...]) -> Iterator[Option]:
    lines: list[str] = []
    for line in body:
        says_nothing = not line.strip() or is_comment(line)
        if says_nothing and not lines:
            continue
        lines.append(line)
        if not line.endswith("\\"):
            yield _option(lines)
            lines = []
    if lines:
        yield _option(lines)


def is_comment(line: str) -> bool:
    """Whether ifup(8) drops the line."""
    return line.lstrip().startswith("#")


def _option(lines: list[str]) -> Option:
    line = joined(lines).strip()
    name, value = name_and_value(line)
    first, *continued = lines
    laid_out = [first.strip()]
    for more in continued:
        laid_out.append(INDENT + more.strip())
    has_same_words = joined(laid_out).split() == line.split()
    return Option(
        name=name.replace("-", "_"),
        value=value,
        line=line,
        written="\n".join(laid_out) if has_same_words else line,
    )


def name_and_value(line: str) -> tuple[str, str]:
    """The first word of a line, and all that follows it."""
    parts = line.split(None, 1)
    name = parts[0] if parts else ""
    value = parts[1] if len(parts) > 1 else ""
    return name, value


def joined(lines: list[str]) -> str:
    """Lines that backslashes continue, as ifup(8) puts them together: with nothing between."""
    return "".join(line.removesuffix("\\") for line in lines)


def allows(word: str) -> bool:
    """Whether a word is `allow-hotplug` or its like: interfaces to be brought up by some other
    subsystem.
    """
    return word.startswith("allow-")


def starts_its_own(line: str) -> bool:
    """Whether a line of a stanza has its interface brought up: `auto` or its like, and no name
    behind (as ifup(8) of ifupdown 0.8 reads it; the options go on behind that line).
    """
    words = line.split()
    return len(words) == 1 and (words[0] == "auto" or allows(words[0]))
