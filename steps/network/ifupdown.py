"""The text of /etc/network/interfaces with a bridge in it: pure, after interfaces(5) and
bridge-utils-interfaces(5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from steps.network import order
from steps.network.commands import gives, gives_default
from steps.network.hooks import renamed, verdict
from steps.network.options import HOOKS, Belongs, belongs
from steps.network.stanzas import INDENT, MAIN, Option, Stanza, active, stanzas

__all__ = ["MAIN", "Wanted", "configured", "of_card", "rewritten"]


@dataclass(frozen=True)
class Wanted:
    """The bridge that is to be."""

    bridge: str
    """Its name."""
    card: str
    """The card, bond or VLAN below it."""
    interface: str
    """Its address/prefix."""
    gateway: str = ""
    """The default gateway that is to be kept; "" when there is none behind the card."""
    routes: tuple[str, ...] = ()
    """Commands for routes that the card has and no file gives."""
    routes_now: tuple[str, ...] = ()
    """Commands for routes that the stanza of another interface adds at boot: now, that one is up
    already."""
    name_servers: tuple[str, ...] = ()
    """Those that a lease gave, and that go with it."""
    starts_card: bool = False
    """Whether the card is to be brought up before the bridge: a bond or a VLAN has to be made."""
    keeps_mac: bool = False
    """Whether it takes the card's hardware address: a switch may let through no other, and udev
    gives a bridge one of its own (systemd.link(5): MACAddressPolicy)."""

    @property
    def address(self) -> str:
        """Its address without the prefix."""
        return self.interface.partition("/")[0]


def configured(files: Mapping[str, str], wanted: Wanted) -> bool:
    """Whether the files bring up exactly this bridge at boot and give the card no address of its
    own.
    """
    started = False
    made = False
    for path in active(files):
        for stanza in stanzas(files[path]):
            own_address = stanza.configures(wanted.card) and stanza.words[3] != "manual"
            if own_address:
                return False
            started |= stanza.is_auto and wanted.bridge in stanza.words[1:]
            made |= _makes(stanza, wanted)
    return started and made


def _makes(stanza: Stanza, wanted: Wanted) -> bool:
    """Whether this stanza gives the bridge its card and address."""
    if stanza.words[:4] != ("iface", wanted.bridge, "inet", "static"):
        return False
    ports = stanza.option("bridge_ports").split()
    return stanza.interface == wanted.interface and wanted.card in ports


_OF_ONE_ADDRESS = ("broadcast", "pointopoint", "scope")


def of_card(stanza: Stanza, card: str) -> bool:
    """Whether a stanza configures a card, or an alias of it such as eth0:1."""
    return stanza.is_iface and (stanza.words[1] == card or stanza.words[1].startswith(f"{card}:"))


@dataclass
class _Moved:
    """What becomes of the lines of all stanzas of the card and the bridge."""

    link: list[str] = field(default_factory=list)
    """Lines that stay with the card."""
    options: list[str] = field(default_factory=list)
    """Lines of the bridge's own stanza."""
    stanzas: list[str] = field(default_factory=list)
    """Lines of its further stanzas, for further addresses, aliases and IPv6."""


@dataclass(frozen=True)
class _Gone:
    """What no longer stands where it stood."""

    wanted: Wanted
    keeps_start: bool
    """Whether the card itself is still brought up: for what its stanza says about the link."""

    def stanza(self, stanza: Stanza) -> bool:
        """Whether a stanza goes."""
        return stanza.configures(self.wanted.bridge) or of_card(stanza, self.wanted.card)

    def start(self, name: str) -> bool:
        """Whether a name goes from among those that are brought up."""
        if name == self.wanted.card:
            return not self.keeps_start
        return name == self.wanted.bridge or _is_alias(name, self.wanted)


def rewritten(files: Mapping[str, str], wanted: Wanted) -> dict[str, str]:
    """The files that must change, with their new text: the card turns manual, the bridge gets its
    place.

    What belongs to the link stays with the card, which keeps its place and its start; what belongs
    to the address moves to the bridge, aliases, further addresses and IPv6 included. All other
    stanzas and comments stay. Ask `steps.network.unclear` first whether all of it is understood.
    """
    read = active(files)
    moved = _Moved()
    for path in read:
        for stanza in stanzas(files[path]):
            _sort(stanza, wanted, moved)
    place = _place_of_card(files, read, wanted)
    start = order.place(files, wanted.card, wanted.bridge)
    gone = _Gone(wanted, keeps_start=wanted.starts_card or bool(moved.link))
    after: dict[str, str] = {}
    for path in read:
        lines: list[str] = []
        for number, stanza in enumerate(stanzas(files[path])):
            is_place = place == (path, number)
            if start == (path, number):
                lines += _started_before(files, stanza, gone)
            else:
                lines += _manual(stanza, moved) if is_place else _left(stanza, gone)
        if start == (path, len(stanzas(files[path]))):
            lines += ["", f"auto {wanted.bridge}"]
        after[path] = "".join(f"{line}\n" for line in lines)
    head = after.get(MAIN, "").rstrip("\n")
    block = _block(wanted, moved, has_place=place is not None, has_start=start is not None)
    after[MAIN] = f"{head}\n\n{block}" if head else block
    return {path: text for path, text in after.items() if text != files.get(path)}


def _place_of_card(
    files: Mapping[str, str], read: tuple[str, ...], wanted: Wanted
) -> tuple[str, int] | None:
    """Where the card's own IPv4 stanza is first: it stays there, so that what depends on the card
    still comes after it at boot.
    """
    for path in read:
        for number, stanza in enumerate(stanzas(files[path])):
            if stanza.configures(wanted.card) and stanza.words[2] == "inet":
                return path, number
    return None


def _sort(stanza: Stanza, wanted: Wanted, moved: _Moved) -> None:
    """Note where the lines of a stanza go."""
    of_bridge = stanza.configures(wanted.bridge)
    alias = stanza.is_start and [name for name in stanza.words[1:] if _is_alias(name, wanted)]
    if alias:
        names = " ".join(renamed(name, wanted.card, wanted.bridge) for name in alias)
        moved.stanzas += ["", f"auto {names}"]
    if not of_bridge and not of_card(stanza, wanted.card):
        return
    options = list(_moving(stanza, wanted, moved))
    ipv4 = stanza.words[2] == "inet"
    static = ipv4 and stanza.words[3] == "static"
    is_alias = _is_alias(stanza.words[1], wanted)
    if ipv4 and not is_alias and (not static or _gives(stanza, wanted)):
        moved.options += _lines(options, own=False)
        return
    if static and of_bridge:
        # The bridge's former address, which is another one, is the only thing that goes.
        others = [option for option in options if option.name not in _OF_ONE_ADDRESS]
        moved.options += _lines(others, own=False)
        return
    name = renamed(stanza.words[1], wanted.card, wanted.bridge)
    moved.stanzas += ["", f"iface {name} {' '.join(stanza.words[2:])}"]
    moved.stanzas += [f"{INDENT}{line}" for line in _lines(options, own=True)]


def _is_alias(name: str, wanted: Wanted) -> bool:
    return name.startswith(f"{wanted.card}:")


def _gives(stanza: Stanza, wanted: Wanted) -> bool:
    """Whether the stanza gives the address that the bridge is to have, whatever its prefix."""
    return stanza.interface.partition("/")[0] == wanted.address


def _moving(stanza: Stanza, wanted: Wanted, moved: _Moved) -> Iterator[Option]:
    """The options that go along with the address, naming the bridge; those that stay are noted."""
    for option in stanza.options:
        place = _place(option, wanted.card)
        if place is Belongs.LINK and not stanza.configures(wanted.bridge):
            moved.link += [option.written] if option.written not in moved.link else []
        elif option.name in HOOKS and gives(option.value, wanted.address):
            # The bridge's own stanza gives it.
            continue
        elif option.name in HOOKS:
            yield replace(option, written=renamed(option.written, wanted.card, wanted.bridge))
        elif place is not Belongs.LEASE:
            yield option


def _place(option: Option, card: str) -> Belongs | None:
    if option.name not in HOOKS:
        return belongs(option.name)
    judged = verdict(option.value, card)
    return judged.place if judged else None


def _lines(options: list[Option], *, own: bool) -> list[str]:
    """The lines of options, `own` with those that give the address; none of the bridge's."""
    lines: list[str] = []
    for option in options:
        says_own = belongs(option.name) is Belongs.OWN
        is_bridge = option.name.startswith("bridge_")
        if not is_bridge and (own or not says_own):
            lines.append(option.written)
    return lines


def _started_before(files: Mapping[str, str], stanza: Stanza, gone: _Gone) -> list[str]:
    """The lines of a stanza behind the bridge's start, or around it where it starts the card too,
    so that what came after the card comes after the bridge.
    """
    wanted = gone.wanted
    start = f"auto {wanted.bridge}"
    if not stanza.is_auto:
        return [start, "", *_left(stanza, gone)]
    before, others = order.split(files, stanza.words, wanted.card, wanted.bridge)
    if not before:
        return [start, "", *_left(stanza, gone)]
    kept = [[name for name in names if not gone.start(name)] for names in (before, others)]
    first, second = (" ".join(["auto", *names]) if names else "" for names in kept)
    return [line for line in (first, start, second) if line] + list(stanza.body)


def _left(stanza: Stanza, gone: _Gone) -> list[str]:
    """The lines that stay of a stanza in its place."""
    lines = list(stanza.lines)
    if stanza.is_start:
        keyword, *names = stanza.words
        others = [name for name in names if not gone.start(name)]
        if others == names:
            return lines
        return [" ".join([keyword, *others]), *stanza.body] if others else list(stanza.body)
    if not gone.stanza(stanza):
        return lines
    # The empty line behind it still parts the stanzas on either side.
    return [""] if lines[-1] == "" else []


def _manual(stanza: Stanza, moved: _Moved) -> list[str]:
    """The card's stanza without an address, with its comments and what belongs to the link."""
    notes = [line for line in stanza.body if line.strip().startswith("#")]
    lines = [f"iface {stanza.words[1]} inet manual", *notes]
    lines += [f"{INDENT}{line}" for line in moved.link]
    return [*lines, ""] if stanza.lines[-1] == "" else lines


def _sets_gateway(line: str, gateway: str) -> bool:
    name, *rest = line.split(None, 1) or [""]
    value = rest[0] if rest else ""
    if name == "gateway":
        return value.split()[:1] == [gateway]
    return gives_default(value, gateway)


def _wait_for(family: str, routes: list[str], wanted: Wanted, moved: _Moved) -> list[str]:
    """The routes of a family that may want an address of a further stanza, which comes behind the
    bridge's own.
    """
    mine = [line for line in routes if line.startswith("up ip -6 ") == (family == "inet6")]
    further = f"iface {wanted.bridge} {family} "
    return mine if any(line.startswith(further) for line in moved.stanzas) else []


def _block(wanted: Wanted, moved: _Moved, *, has_place: bool, has_start: bool) -> str:
    options = list(dict.fromkeys(moved.options))
    said = [line.replace("\\\n", "") for line in (*options, *moved.stanzas)]
    has_gateway = any(_sets_gateway(line, wanted.gateway) for line in said)
    # Without one the node would be cut off from beyond its network: a lease gave it, or nobody.
    if wanted.gateway and not has_gateway:
        options.append(f"gateway {wanted.gateway}")
    if wanted.name_servers and not any(line.startswith("dns") for line in options):
        options.append(f"dns-nameservers {' '.join(wanted.name_servers)}")
    routes = [f"up ip {words}" for words in wanted.routes]
    late = {family: _wait_for(family, routes, wanted, moved) for family in ("inet", "inet6")}
    options += [line for line in routes if all(line not in lines for lines in late.values())]
    card = [f"iface {wanted.card} inet manual", *(f"{INDENT}{line}" for line in moved.link), ""]
    lines = [
        *([] if has_place else card),
        *([] if has_start else [f"auto {wanted.bridge}"]),
        f"iface {wanted.bridge} inet static",
        f"    address {wanted.interface}",
        f"    bridge_ports {wanted.card}",
        "    bridge_stp off",
        "    bridge_waitport 0",
        "    bridge_fd 0",
        *([f"    bridge_hw {wanted.card}"] if wanted.keeps_mac else []),
        *(f"{INDENT}{line}" for line in options),
        *moved.stanzas,
    ]
    for family, waiting in late.items():
        lines += ["", f"iface {wanted.bridge} {family} manual"] if waiting else []
        lines += [f"{INDENT}{line}" for line in waiting]
    return "".join(f"{line}\n" for line in lines)
