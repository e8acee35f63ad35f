"""The text of /etc/network/interfaces and its parts, cut into stanzas after interfaces(5); pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import IPv4Interface

from wizard.base.plain import lines_of

MAIN = "/etc/network/interfaces"
INDENT = "    "
_WORDS = (
    "iface",
    "auto",
    "mapping",
    "source",
    "source-directory",
    "rename",
    "no-auto-down",
    "no-scripts",
    "template",
)
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./*?-]+")
"""Paths of includes that are understood: wildcards, but nothing else that a shell would expand."""
_NAME_IN_DIRECTORY = re.compile(r"[a-zA-Z0-9_-]+")
"""Which files of a `source-directory` count."""


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

    def option(self, name: str) -> str:
        """The first value of an option; "" when it is not set."""
        return next((option.value for option in self.options if option.name == name), "")

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
        return self.is_iface and self.words[1] in interfaces

    @property
    def is_start(self) -> bool:
        """Whether it lists interfaces to be brought up."""
        if not self.words:
            return False
        keyword = self.words[0]
        return keyword == "auto" or _allows(keyword)

    @property
    def is_auto(self) -> bool:
        """Whether it lists interfaces to be brought up at boot. Nothing detects an interface that
        is yet to be made, so `allow-hotplug` starts no bridge and no bond.
        """
        return self.words[:1] in (("auto",), ("allow-auto",))

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
        given = (option.value for option in self.options if option.name == "address")
        return tuple(_interface(value, self.option("netmask")) for value in given)


def _interface(address: str, netmask: str) -> str:
    plain, _, prefix = _before_comment(address).partition("/")
    mask = _before_comment(netmask) or prefix or _prefix_of_class(plain)
    try:
        return str(IPv4Interface(f"{plain}/{mask}")) if plain else ""
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
    return "16" if number < 192 else "24"


def _options(body: tuple[str, ...]) -> Iterator[Option]:
    lines: list[str] = []
    for line in body:
        if not lines and (not line.strip() or _is_comment(line)):
            continue
        lines.append(line)
        if not line.endswith("\\"):
            yield _option(lines)
            lines = []
    if lines:
        yield _option(lines)


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _option(lines: list[str]) -> Option:
    line = _joined(lines).strip()
    name, *rest = line.split(None, 1) or [""]
    value = rest[0] if rest else ""
    laid_out = [lines[0].strip(), *(INDENT + more.strip() for more in lines[1:])]
    is_same = _joined(laid_out).split() == line.split()
    written = "\n".join(laid_out) if is_same else line
    return Option(name.replace("-", "_"), value, line, written)


def _joined(lines: list[str]) -> str:
    """Lines that backslashes continue, as ifup(8) puts them together: with nothing between."""
    return "".join(line.removesuffix("\\") for line in lines)


def _allows(word: str) -> bool:
    # `allow-hotplug` and its like: interfaces to be brought up by some other subsystem.
    return word.startswith("allow-")


def _begins_stanza(line: str) -> bool:
    words = line.split()
    if not words:
        return False
    return words[0] in _WORDS or _allows(words[0])


def stanzas(text: str) -> tuple[Stanza, ...]:
    """Cut a file into stanzas; the first one has no words when the file starts with comments."""
    blocks: list[list[str]] = []
    continued = False
    for line in lines_of(text):
        begins = _begins_stanza(line) and not continued
        if begins or not blocks:
            blocks.append([line])
        else:
            blocks[-1].append(line)
        # A line that ends so goes on in the next one, whatever word that begins with; a comment
        # that ends so does not (ifup(8) drops it first).
        continued = line.endswith("\\") and (continued or not _is_comment(line))
    return tuple(_stanza(lines) for lines in blocks)


def _stanza(lines: list[str]) -> Stanza:
    if not _begins_stanza(lines[0]):
        return Stanza(words=(), lines=tuple(lines))
    head = next((at for at, line in enumerate(lines, 1) if not line.endswith("\\")), len(lines))
    words = _joined(lines[:head]).split()
    return Stanza(words=tuple(words), lines=tuple(lines), head=head)


def active(files: Mapping[str, str]) -> tuple[str, ...]:
    """The paths that ifup(8) reads, in its order: the main file and what it includes."""
    order: list[str] = []
    if MAIN in files:
        _include(files, MAIN, order)
    return tuple(order)


def _include(files: Mapping[str, str], path: str, order: list[str]) -> None:
    order.append(path)
    for stanza in stanzas(files[path]):
        for inner in included(files, path, stanza):
            if inner not in order:
                _include(files, inner, order)


def included(files: Mapping[str, str], path: str, stanza: Stanza) -> list[str]:
    """The files among those seen that a line of `source` or `source-directory` takes in."""
    if stanza.words[:1] not in (("source",), ("source-directory",)) or len(stanza.words) != 2:
        return []
    pattern = stanza.words[1]
    if not pattern.startswith("/"):
        folder, _, _ = path.rpartition("/")
        pattern = f"{folder}/{pattern}"
    if stanza.words[0] == "source":
        return sorted(other for other in files if _matches(other, pattern))
    inside = [other for other in files if _matches(other, f"{pattern.rstrip('/')}/*")]
    return sorted(other for other in inside if _NAME_IN_DIRECTORY.fullmatch(_file_name(other)))


def _matches(path: str, pattern: str) -> bool:
    """As a shell matches: a wildcard stands for no slash and for no dot at the beginning."""
    parts = path.split("/")
    patterns = pattern.split("/")
    if len(parts) != len(patterns):
        return False
    for part, wanted in zip(parts, patterns, strict=True):
        if part.startswith(".") and not wanted.startswith("."):
            return False
        if not fnmatchcase(part, wanted):
            return False
    return True


def _file_name(path: str) -> str:
    return path.rpartition("/")[2]


def strange_includes(files: Mapping[str, str]) -> tuple[str, ...]:
    """The lines that include files in a way that is not understood here."""
    strange = []
    for path in active(files):
        for stanza in stanzas(files[path]):
            if stanza.words[:1] in (("source",), ("source-directory",)):
                wanted = stanza.words[1:]
                if len(wanted) != 1 or not _PLAIN_PATH.fullmatch(wanted[0]):
                    strange.append(stanza.lines[0].strip())
    return tuple(strange)
