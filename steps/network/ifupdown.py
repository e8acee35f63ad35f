"""The text of /etc/network/interfaces with a bridge in it: pure, after interfaces(5) and
bridge-utils-interfaces(5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Interface

from steps.common.edit import entries
from wizard.base.plain import lines_of

MAIN = "/etc/network/interfaces"
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
_OWN = ("address", "netmask", "network", "broadcast", "hwaddress")


@dataclass(frozen=True)
class Stanza:
    """One stanza of interfaces(5), such as `iface eth0 inet static` with its options."""

    words: tuple[str, ...]
    """Those of its first line."""
    lines: tuple[str, ...]
    """As written, with the comments and empty lines that follow."""

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """Options as (name, value), names with underscores: interfaces(5) takes both spellings."""
        body = "\n".join(self.lines[1:])
        options = []
        for line in entries(body):
            words = line.split(None, 1)
            value = words[1] if len(words) > 1 else ""
            options.append((_name(line), value))
        return tuple(options)

    def option(self, name: str) -> str:
        """The first value of an option; "" when it is not set."""
        for key, value in self.options:
            if key == name:
                return value
        return ""

    @property
    def is_iface(self) -> bool:
        """Whether it configures an interface."""
        return self.words[:1] == ("iface",) and len(self.words) >= 4

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
    def interface(self) -> str:
        """Address and prefix, as `address` and `netmask` give them; "" when there are none."""
        text = self.option("address")
        mask = self.option("netmask")
        if mask and "/" not in text:
            text = f"{text}/{mask}"
        try:
            return str(IPv4Interface(text)) if text else ""
        except ValueError:
            return ""


def _name(line: str) -> str:
    """The name of the option that a line gives."""
    return line.split()[0].replace("-", "_")


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
        # A line that ends so goes on in the next one, whatever word that begins with.
        continued = line.endswith("\\")
    return tuple(_stanza(lines) for lines in blocks)


def _stanza(lines: list[str]) -> Stanza:
    head = lines[0]
    words = head.split() if _begins_stanza(head) else []
    return Stanza(words=tuple(words), lines=tuple(lines))


@dataclass(frozen=True)
class Wanted:
    """The bridge that is to be."""

    bridge: str
    """Its name."""
    card: str
    """The card below it."""
    interface: str
    """Its address/prefix."""
    gateway: str = ""
    """The default gateway that is to be kept; "" when there is none behind the card."""


def configured(files: Mapping[str, str], wanted: Wanted) -> bool:
    """Whether the files bring up exactly this bridge at boot and give the card no address of its
    own.
    """
    started = False
    made = False
    for text in files.values():
        for stanza in stanzas(text):
            own_address = stanza.configures(wanted.card) and stanza.words[3] != "manual"
            if own_address:
                return False
            started |= stanza.is_start and wanted.bridge in stanza.words[1:]
            made |= _makes(stanza, wanted)
    return started and made


def _makes(stanza: Stanza, wanted: Wanted) -> bool:
    """Whether this stanza gives the bridge its card and address."""
    if stanza.words[:4] != ("iface", wanted.bridge, "inet", "static"):
        return False
    ports = stanza.option("bridge_ports").split()
    return stanza.interface == wanted.interface and wanted.card in ports


@dataclass
class _Moved:
    """What goes from the card's former stanzas to the bridge."""

    options: list[str] = field(default_factory=list)
    """Options of the bridge's own stanza."""
    stanzas: list[str] = field(default_factory=list)
    """Lines of further stanzas, for further addresses and for IPv6."""


def rewritten(files: Mapping[str, str], wanted: Wanted) -> dict[str, str]:
    """The files that must change, with their new text: the card turns manual, the bridge gets its
    place.

    Gateway, name servers and hooks of the card's former stanza move to the bridge; further
    addresses and IPv6 of the card too. All other stanzas and comments stay.
    """
    moved = _Moved()
    after: dict[str, str] = {}
    for path, text in files.items():
        lines: list[str] = []
        for stanza in stanzas(text):
            # What moves is noted in passing: the bridge's own lines come last, in the main file.
            lines += _left(stanza, wanted, moved)
        after[path] = "".join(f"{line}\n" for line in lines)
    head = after.get(MAIN, "").rstrip("\n")
    block = _block(wanted, moved)
    after[MAIN] = f"{head}\n\n{block}" if head else block
    return {path: text for path, text in after.items() if text != files.get(path)}


def _left(stanza: Stanza, wanted: Wanted, moved: _Moved) -> list[str]:
    """The lines that stay of a stanza in its place; what moves to the bridge is noted."""
    ours = (wanted.card, wanted.bridge)
    lines = list(stanza.lines)
    if stanza.is_start and not set(ours).isdisjoint(stanza.words[1:]):
        keyword, *names = stanza.words
        others = [name for name in names if name not in ours]
        if not others:
            return lines[1:]
        return [" ".join([keyword, *others]), *lines[1:]]
    if not stanza.configures(*ours):
        return lines
    _move(stanza, wanted, moved)
    # The empty line behind it still parts the stanzas on either side.
    return [""] if lines[-1] == "" else []


def _move(stanza: Stanza, wanted: Wanted, moved: _Moved) -> None:
    body = [line for line in stanza.lines[1:] if line.strip()]
    ipv4 = stanza.words[2] == "inet"
    static = ipv4 and stanza.words[3] == "static"
    if ipv4 and (not static or _same_address(stanza, wanted)):
        moved.options += [line.strip() for line in body if _moves(line)]
    elif not (static and stanza.configures(wanted.bridge)):
        # The bridge's former address, which is another one, is the only thing that goes.
        words = " ".join(stanza.words[2:])
        moved.stanzas += ["", f"iface {wanted.bridge} {words}", *body]


def _same_address(stanza: Stanza, wanted: Wanted) -> bool:
    """Whether the stanza gives the address that the bridge is to have, whatever its prefix."""
    former, _, _ = stanza.interface.partition("/")
    address, _, _ = wanted.interface.partition("/")
    return former == address


def _moves(line: str) -> bool:
    """Whether a line goes to the bridge: no comment, and no option that our own lines give."""
    name = _name(line)
    return name not in _OWN and not name.startswith(("bridge_", "#"))


def _block(wanted: Wanted, moved: _Moved) -> str:
    options = list(dict.fromkeys(moved.options))
    has_gateway = any(line.startswith("gateway") for line in options)
    # Without one the node would be cut off from beyond its network: a lease gave it, or nobody.
    if wanted.gateway and not has_gateway:
        options.append(f"gateway {wanted.gateway}")
    lines = [
        f"iface {wanted.card} inet manual",
        "",
        f"auto {wanted.bridge}",
        f"iface {wanted.bridge} inet static",
        f"    address {wanted.interface}",
        f"    bridge_ports {wanted.card}",
        "    bridge_stp off",
        "    bridge_waitport 0",
        "    bridge_fd 0",
        *(f"    {line}" for line in options),
        *moved.stanzas,
    ]
    return "".join(f"{line}\n" for line in lines)
