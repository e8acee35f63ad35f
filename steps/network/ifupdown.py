"""The text of /etc/network/interfaces with a bridge in it: pure, after interfaces(5) and
bridge-utils-interfaces(5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Interface

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
    """One stanza: its words, and its lines as written, with the comments and empty lines that
    follow.
    """

    words: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """Options as (name, value), names with underscores: interfaces(5) takes both spellings."""
        rows = [
            line.split(None, 1)
            for line in self.lines[1:]
            if line.strip() and not line.lstrip().startswith("#")
        ]
        return tuple(
            (row[0].replace("-", "_"), row[1].strip() if len(row) > 1 else "") for row in rows
        )

    def option(self, name: str) -> str:
        """The first value of an option; "" when it is not set."""
        return next((value for key, value in self.options if key == name), "")

    @property
    def is_iface(self) -> bool:
        """Whether it configures an interface."""
        return self.words[:1] == ("iface",) and len(self.words) >= 4

    @property
    def is_start(self) -> bool:
        """Whether it lists interfaces to be brought up."""
        return self.words[:1] == ("auto",) or (
            self.words[:1] != () and self.words[0].startswith("allow-")
        )

    @property
    def interface(self) -> str:
        """Address and prefix, as `address` and `netmask` give them; "" when there are none."""
        address, mask = self.option("address"), self.option("netmask")
        text = address if "/" in address or not mask else f"{address}/{mask}"
        try:
            return str(IPv4Interface(text)) if text else ""
        except ValueError:
            return ""


def stanzas(text: str) -> tuple[Stanza, ...]:
    """Cut a file into stanzas; the first one has no words when the file starts with comments."""
    found: list[tuple[tuple[str, ...], list[str]]] = []
    continued = False
    for line in text.splitlines():
        words = tuple(line.split())
        head = bool(words) and (words[0] in _WORDS or words[0].startswith("allow-"))
        if (head and not continued) or not found:
            found.append((words if head else (), [line]))
        else:
            found[-1][1].append(line)
        continued = line.endswith("\\")
    return tuple(Stanza(words, tuple(lines)) for words, lines in found)


@dataclass(frozen=True)
class Wanted:
    """The bridge that is to be: its name, the card below it, its address/prefix, the gateway to
    keep.
    """

    bridge: str
    card: str
    interface: str
    gateway: str = ""


def configured(files: Mapping[str, str], wanted: Wanted) -> bool:
    """Whether the files bring up exactly this bridge at boot and give the card no address of its
    own.
    """
    every = [stanza for text in files.values() for stanza in stanzas(text)]
    bridges = [s for s in every if s.is_iface and s.words[1:4] == (wanted.bridge, "inet", "static")]
    started = any(s.is_start and wanted.bridge in s.words[1:] for s in every)
    own = [
        s
        for s in every
        if s.is_iface and s.words[1] == wanted.card and s.words[3] not in ("manual",)
    ]
    return (
        started
        and not own
        and any(
            s.interface == wanted.interface and wanted.card in s.option("bridge_ports").split()
            for s in bridges
        )
    )


def rewritten(files: Mapping[str, str], wanted: Wanted) -> dict[str, str]:
    """The files that must change, with their new text: the card turns manual, the bridge gets its
    place.

    Gateway, name servers and hooks of the card's former stanza move to the bridge; further
    addresses and IPv6 of the card too. All other stanzas and comments stay.
    """
    options: list[str] = []
    moved: list[str] = []
    after: dict[str, str] = {}
    for path, text in files.items():
        lines: list[str] = []
        for stanza in stanzas(text):
            lines += _treated(stanza, wanted, options, moved)
        after[path] = "".join(f"{line}\n" for line in lines)
    head = after.get(MAIN, "").rstrip("\n")
    after[MAIN] = (f"{head}\n\n" if head else "") + _block(wanted, options, moved)
    return {path: text for path, text in after.items() if text != files.get(path)}


def _treated(stanza: Stanza, wanted: Wanted, options: list[str], moved: list[str]) -> list[str]:
    names = (wanted.card, wanted.bridge)
    lines = list(stanza.lines)
    if stanza.is_start and any(name in stanza.words[1:] for name in names):
        rest = [word for word in stanza.words[1:] if word not in names]
        return ([" ".join([stanza.words[0], *rest])] if rest else []) + lines[1:]
    if not stanza.is_iface or stanza.words[1] not in names:
        return lines
    body = [line for line in lines[1:] if line.strip()]
    if stanza.words[2] == "inet" and (stanza.words[3] != "static" or _same(stanza, wanted)):
        options += [line.strip() for line in body if _kept(line)]
    elif not (stanza.words[2:4] == ("inet", "static") and stanza.words[1] == wanted.bridge):
        moved += ["", f"iface {wanted.bridge} {' '.join(stanza.words[2:])}", *body]
    return [""] if lines[-1:] == [""] else []


def _same(stanza: Stanza, wanted: Wanted) -> bool:
    return stanza.interface.partition("/")[0] == wanted.interface.partition("/")[0]


def _kept(line: str) -> bool:
    name = line.split()[0].replace("-", "_")
    return not (name in _OWN or name.startswith(("bridge_", "#")))


def _block(wanted: Wanted, options: list[str], moved: list[str]) -> str:
    if wanted.gateway and not any(line.startswith("gateway") for line in options):
        options = [*options, f"gateway {wanted.gateway}"]
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
        *(f"    {line}" for line in dict.fromkeys(options)),
        *moved,
    ]
    return "".join(f"{line}\n" for line in lines)
