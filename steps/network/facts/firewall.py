"""The packet filter's rules in force, as far as they go by interfaces or bar what is bridged."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from wizard.base.plain import lines_of
from wizard.model.facts import Fact

IPV4, IPV6 = "IPv4", "IPv6"
_FAMILIES = {"ip": (IPV4,), "ip6": (IPV6,), "inet": (IPV4, IPV6)}
"""Families of nft(8) of which a rule sees the bridge where it saw its port before; in `bridge` and
`netdev` the port stays what it was.
"""
_TABLE = re.compile(r"(?:table|family) (\w+)\b")
_BY_NAME = re.compile(r"\b[io]if(?:name)?\b|^elements\b|^\"")
_QUOTED = re.compile(r'"([^"]*)"')
_OPTION = re.compile(r"(?:^| )-[io] (\S+)")
_OF_PORTS = re.compile(r"physdev|\b[io]brname\b", re.IGNORECASE)
_ENDS = re.compile(r"(?:counter (?:packets \d+ bytes \d+ )?)?(?:drop|reject)\b(?! *:).*")
_ENDS_FORWARD = re.compile(r"-A FORWARD -j (?:DROP|REJECT)\b.*")


@dataclass(frozen=True)
class Firewall:
    """What the rules in force say of interfaces, and of what is forwarded."""

    names: tuple[tuple[str, ...], ...] = ()
    """Of each rule the interfaces that it names; `*` stands for any end of a name."""
    drops: tuple[str, ...] = ()
    """The families of which nothing is forwarded that no rule lets through."""
    sees_bridges: tuple[str, ...] = ()
    """The families of which frames that cross a bridge go by these rules (bridge-nf-call-iptables
    in the kernel's ip-sysctl)."""
    knows_ports: bool = False
    """Whether any rule goes by ports of bridges (iptables-extensions(8): physdev)."""
    unread: bool = False
    """Whether there are rules that could not be read."""

    def has(self, interface: str) -> bool:
        """Whether any rule names an interface."""
        return any(_is_named(interface, names) for names in self.names)

    @property
    def barred(self) -> tuple[str, ...]:
        """The families of which nothing crosses a bridge, unless a rule names that bridge."""
        if self.knows_ports:
            return ()
        return tuple(family for family in self.sees_bridges if family in self.drops)


UNSEEN = Firewall()
"""Where nobody looked."""


def _is_named(interface: str, names: tuple[str, ...]) -> bool:
    return any(fnmatchcase(interface, name) for name in names)


@dataclass
class _Reading:
    """What is known so far, and where in the rules the reader is."""

    families: tuple[str, ...] = ()
    is_forward: bool = False
    names: list[tuple[str, ...]] = field(default_factory=list)
    drops: list[str] = field(default_factory=list)
    knows_ports: bool = False

    def line(self, line: str) -> None:
        """Take in one line of nft(8) or of iptables-save(8)."""
        table = _TABLE.match(line)
        if table:
            self.families = _FAMILIES.get(table[1], ())
        if line.startswith("chain "):
            self.is_forward = False
        if " hook " in line:
            self.is_forward = line.startswith("type filter hook forward ")
        if self._ends_forward(line):
            self.drops += self.families
        if _OF_PORTS.search(line):
            self.knows_ports = True
        names = _names(line)
        if names and self.families and names not in self.names:
            self.names.append(names)

    def _ends_forward(self, line: str) -> bool:
        """Whether it bars all that no line before it let through."""
        if line.startswith(":FORWARD DROP") or _ENDS_FORWARD.fullmatch(line):
            return True
        return self.is_forward and ("policy drop" in line or bool(_ENDS.fullmatch(line)))


def _names(line: str) -> tuple[str, ...]:
    """The interfaces that a rule names; iptables has + where nft has *."""
    if line.startswith("-A "):
        return tuple(name.replace("+", "*") for name in _OPTION.findall(line))
    return tuple(_QUOTED.findall(line)) if _BY_NAME.search(line) else ()


def parse_firewall(text: str) -> Firewall:
    """Read the rules, and the lines `bridged FAMILY` and `unread` above them."""
    reading = _Reading()
    bridged: list[str] = []
    unread = False
    for raw in lines_of(text):
        line = raw.strip()
        word, _, rest = line.partition(" ")
        if word == "bridged":
            bridged += _FAMILIES.get(rest, ())
        elif line == "unread":
            unread = True
        else:
            reading.line(line)
    return Firewall(
        names=tuple(reading.names),
        drops=tuple(dict.fromkeys(reading.drops)),
        sees_bridges=tuple(bridged),
        knows_ports=reading.knows_ports,
        unread=unread,
    )


SCRIPT = r"""
for f in ip ip6; do
  read -r on <"/proc/sys/net/bridge/bridge-nf-call-${f}tables" && [ "$on" = 1 ] &&
    echo "bridged $f"
  on=
done
pick() {
  if said=$(timeout 10 "$@"); then
    said=$(printf '%s\n' "$said" | grep -E "$kept")
    [ -z "$said" ] || printf '%s\n' "$said"
  else
    echo unread
  fi
}
kept='^table|^[[:space:]]*(chain |elements = \{ "|"|counter|drop|reject)| hook '
kept="$kept"'|[io]if|physdev|PHYSDEV|[io]brname|^:FORWARD|^-A FORWARD -j|^-A .* -[io] '
if [ -e /sys/module/nf_tables ]; then
  if command -v nft >/dev/null; then
    pick nft list ruleset
  elif command -v iptables-nft-save >/dev/null; then
    for f in ip ip6; do echo "family $f"; pick "${f}tables-nft-save"; done
  fi
fi
for f in ip ip6; do
  [ -n "$(cat "/proc/net/${f}_tables_names")" ] || continue
  echo "family $f"; pick "${f}tables-legacy-save"
done
"""
"""nft(8), or iptables-save(8) of either kind where there is one and rules of that kind are loaded:
asked otherwise, it would load the kernel's modules.
"""

PACKET_FILTER = Fact(name="packet-filter", script=SCRIPT, parse=parse_firewall)
"""The same by itself, for daily life: the fact `network` has it as a part."""
