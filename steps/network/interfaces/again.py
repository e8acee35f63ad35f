"""What hooks add beside the card: it stays when the card goes down, and cannot be added again."""

from __future__ import annotations

from collections.abc import Iterator

from steps.network.commands import behind, ip_commands, local_address, may_fail, program, simple

_NOWHERE = ("blackhole", "unreachable", "prohibit", "throw", "local", "broadcast", "nat")
"""Types of routes that go over no card (ip-route(8))."""
_TARGETS = (("-net",), ("-host",))
"""What may stand before the destination in route(8)."""
_ITSELF = ("$IFACE", "${IFACE}", "$LOGICAL", "${LOGICAL}", "%i")
"""What stands for the interface that is brought up (interfaces(5))."""


def addresses_apart(command: str, card: str) -> Iterator[str]:
    """The addresses, without prefix, that a command adds to another interface than the card."""
    if may_fail(command):
        return
    for ip in ip_commands(command):
        device = behind("dev", ip.rest)
        if ip.kind == "address" and ip.verb == "add" and device not in (card, *_ITSELF, ""):
            plain, _, _ = local_address(ip.rest).partition("/")
            yield plain


def routes_nowhere(command: str) -> Iterator[str]:
    """The destinations of routes that a command adds and that go over no card, of route(8), too."""
    if may_fail(command):
        return
    for ip in ip_commands(command):
        if ip.kind == "route" and ip.verb == "add" and ip.rest[:1] and ip.rest[0] in _NOWHERE:
            yield " ".join(ip.rest[1:2])
    for words in simple(command) or ():
        if program(words) == "route" and "add" in words and "reject" in words:
            yield " ".join(words[3:4] if words[2:3] in _TARGETS else words[2:3])
