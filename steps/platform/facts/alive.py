"""Whether a node came back from its reboot as a node of this cluster: addresses, peers, services."""  # noqa: E501

from __future__ import annotations

import shlex
from dataclasses import dataclass

from wizard.answers import Answers
from wizard.model.step import Fact


@dataclass(frozen=True)
class Alive:
    """`addresses`: device and IPv4 address; `silent`: addresses of other nodes that answered no
    ping; `failed`: systemd units that failed; `starting`: whether the start is still under way.
    """

    addresses: tuple[tuple[str, str], ...] = ()
    silent: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    starting: bool = False

    def has(self, device: str, address: str) -> bool:
        """Whether the device carries the address."""
        return (device, address) in self.addresses


def parse(text: str) -> Alive:
    """Read lines of a keyword and values."""
    rows = [line.split() for line in text.splitlines() if line.strip()]
    return Alive(
        addresses=tuple(
            (row[1], row[2].partition("/")[0])
            for row in rows
            if row[0] == "address" and len(row) > 2
        ),
        silent=tuple(row[1] for row in rows if row[0] == "silent" and len(row) > 1),
        failed=tuple(row[1] for row in rows if row[0] == "failed" and len(row) > 1),
        starting=["state", "starting"] in rows,
    )


def _script(answers: Answers, host: str) -> str:
    others = shlex.join(str(node.ip) for node in answers.nodes if node.short != host)
    return f"""ip -o -4 addr show | while read -r n dev family addr rest; do echo "address $dev $addr"; done
for ip in {others}; do
  ping -n -q -c 1 -W 2 "$ip" >/dev/null || ping -n -q -c 2 -W 3 "$ip" >/dev/null || echo "silent $ip"
done
echo "state $(systemctl is-system-running)"
systemctl list-units --failed --plain --no-legend | while read -r unit rest; do echo "failed $unit"; done"""  # noqa: E501


ALIVE = Fact(name="alive", script=_script, parse=parse)
