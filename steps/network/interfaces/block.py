"""The bridge's own stanzas as they are written into the network files; pure."""

from __future__ import annotations

from steps.network.commands import gives_default
from steps.network.interfaces.moved import Moved, indented
from steps.network.interfaces.stanza import INDENT, name_and_value
from steps.network.interfaces.wanted import Wanted


def block(moved: Moved, *, has_place: bool, has_start: bool) -> list[str]:
    """The lines of the bridge, and of the card and the start where these have no place of their
    own in the files.
    """
    wanted = moved.wanted
    routes = [f"up ip {words}" for words in wanted.routes]
    late = [line for line in routes if _is_late(line, moved)]
    at_once = [line for line in routes if line not in late]
    lines: list[str] = []
    if not has_place:
        lines += _manual_card(moved)
    if not has_start:
        lines.append(f"auto {wanted.bridge}")
    lines += _own_stanza(wanted)
    lines += indented(_options(moved))
    lines += indented(at_once)
    lines += moved.stanzas
    for family in ("inet", "inet6"):
        waiting = [line for line in late if _family(line) == family]
        if waiting:
            lines += ["", f"iface {wanted.bridge} {family} manual"]
            lines += indented(waiting)
    return lines


def _is_late(route: str, moved: Moved) -> bool:
    """Whether a route may want an address of a further stanza, which comes behind the bridge's
    own.
    """
    family = _family(route)
    further = f"iface {moved.wanted.bridge} {family} "
    return any(line.startswith(further) for line in moved.stanzas)


def _family(route: str) -> str:
    is_ipv6 = route.startswith("up ip -6 ")
    return "inet6" if is_ipv6 else "inet"


def _manual_card(moved: Moved) -> list[str]:
    """The card without an address, and the empty line behind it."""
    first_line = f"iface {moved.wanted.card} inet manual"
    return [first_line, *indented(moved.link), ""]


def _own_stanza(wanted: Wanted) -> list[str]:
    """What the bridge always says."""
    lines = [
        f"iface {wanted.bridge} inet static",
        f"{INDENT}address {wanted.interface}",
        f"{INDENT}bridge_ports {wanted.card}",
        f"{INDENT}bridge_stp off",
        f"{INDENT}bridge_waitport 0",
        f"{INDENT}bridge_fd 0",
    ]
    if wanted.keeps_mac:
        lines.append(f"{INDENT}bridge_hw {wanted.card}")
    return lines


def _options(moved: Moved) -> list[str]:
    """What moved from the card, and what a lease gave it without any file saying so."""
    options = list(dict.fromkeys(moved.options))
    if _lacks_gateway(moved):
        options.append(f"gateway {moved.wanted.gateway}")
    if _lacks_name_servers(moved):
        servers = " ".join(moved.wanted.name_servers)
        options.append(f"dns-nameservers {servers}")
    return options


def _lacks_gateway(moved: Moved) -> bool:
    """Whether no line gives the gateway, as after a lease: without one the node would be cut off
    from beyond its network.
    """
    gateway = moved.wanted.gateway
    if not gateway:
        return False
    for line in (*moved.options, *moved.stanzas):
        without_breaks = line.replace("\\\n", "")
        if _sets_gateway(without_breaks, gateway):
            return False
    return True


def _sets_gateway(line: str, gateway: str) -> bool:
    name, value = name_and_value(line)
    if name == "gateway":
        return value.split()[:1] == [gateway]
    return gives_default(value, gateway)


def _lacks_name_servers(moved: Moved) -> bool:
    """Whether no line gives name servers, where a lease gave some."""
    if not moved.wanted.name_servers:
        return False
    return not any(line.startswith("dns") for line in moved.options)
