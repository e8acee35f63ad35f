"""Whether a node came back from its reboot as one of the cluster: addresses, peers, services."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from wizard.answers import Answers
from wizard.model.facts import Fact


@dataclass(frozen=True)
class Alive:
    """What works again on a node after a start."""

    addresses: tuple[tuple[str, str], ...] = ()
    """Device and IPv4 address."""
    silent: tuple[str, ...] = ()
    """Addresses of other nodes that answered no ping."""
    failed: tuple[str, ...] = ()
    """systemd's units that failed."""
    starting: bool = False
    """Whether the start is still under way."""

    def has(self, device: str, address: str) -> bool:
        """Whether the device carries the address."""
        return (device, address) in self.addresses


def parse(text: str) -> Alive:
    """Read lines of a keyword and values."""
    return Alive(
        addresses=tuple(_addresses(text)),
        silent=tuple(_values(text, "silent")),
        failed=tuple(_values(text, "failed")),
        starting="starting" in _values(text, "state"),
    )


def _addresses(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["address"] and len(words) > 2:
            address, _, _ = words[2].partition("/")
            yield words[1], address


def _values(text: str, keyword: str) -> Iterator[str]:
    """The word behind the keyword, of each line that begins with it."""
    for line in text.splitlines():
        words = line.split()
        if words[:1] == [keyword] and len(words) > 1:
            yield words[1]


def _script(answers: Answers, host: str) -> str:
    others = shlex.join(str(node.ip) for node in answers.nodes if node.short != host)
    return f"""ip -o -4 addr show | while read -r n dev family addr rest; do
  echo "address $dev $addr"
done
for ip in {others}; do
  ping -n -q -c 1 -W 2 "$ip" >/dev/null ||
    ping -n -q -c 2 -W 3 "$ip" >/dev/null || echo "silent $ip"
done
echo "state $(systemctl is-system-running)"
systemctl list-units --failed --plain --no-legend | while read -r unit rest; do
  echo "failed $unit"
done"""


ALIVE = Fact(name="alive", script=_script, parse=parse)
