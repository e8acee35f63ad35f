"""What a node calls itself, what names resolve to, its clock, which wanted addresses are taken."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from steps.common.facts.texts import fields
from wizard.answers import Answers
from wizard.model.facts import Fact


def wanted(answers: Answers) -> tuple[tuple[str, str], ...]:
    """(full name, address) of all nodes, the cluster and all instances, in this order."""
    nodes = [(node.name, str(node.ip)) for node in answers.nodes]
    cluster = (answers.hosts.cluster_name, str(answers.hosts.cluster_ip))
    instances = [(instance.name, str(instance.ip)) for instance in answers.instance.wanted]
    return (*nodes, cluster, *instances)


@dataclass(frozen=True)
class Names:
    """What a node calls itself, and what our names mean to it."""

    static: str = ""
    """From /etc/hostname."""
    kernel: str = ""
    """From hostname(1)."""
    full: str = ""
    """From `hostname -f`."""
    own: tuple[str, ...] = ()
    """The IPv4 addresses that its own name resolves to."""
    resolved: tuple[tuple[str, str], ...] = ()
    """Name and first address of those of our names that stand in /etc/hosts."""
    bus: bool = False
    """Whether hostnamectl can work."""
    order: str = ""
    """The sources of host names in nsswitch.conf."""

    def address(self, name: str) -> str:
        """The first address of one of our names; "" when it was not found."""
        return next((address for known, address in self.resolved if known == name), "")


def parse_names(text: str) -> Names:
    """Read `key: value` lines; each `resolved:` line is a name and its first address."""
    values = fields(text)
    return Names(
        static=values.get("static", ""),
        kernel=values.get("kernel", ""),
        full=values.get("full", ""),
        own=tuple(dict.fromkeys(values.get("own", "").split())),
        resolved=tuple(_pairs(text, "resolved: ")),
        bus=values.get("bus") == "yes",
        order=values.get("order", ""),
    )


def _pairs(text: str, label: str) -> Iterator[tuple[str, str]]:
    """The two words of each line that begins with the label; a line that was cut has fewer."""
    for line in text.splitlines():
        if line.startswith(label):
            words = line.removeprefix(label).split()
            if len(words) == 2:
                yield words[0], words[1]


def _names_script(answers: Answers, host: str) -> str:
    names = shlex.join(name for name, _ in wanted(answers))
    return f"""read -r static </etc/hostname; echo "static: $static"
kernel=$(hostname); echo "kernel: $kernel"
echo "full: $(timeout 10 hostname -f)"
echo "own: $(timeout 10 getent ahostsv4 "$kernel" | cut -d' ' -f1 | tr '\\n' ' ')"
[ -S /run/dbus/system_bus_socket ] && echo "bus: yes"
echo "order: $(sed -n 's/^hosts:[[:space:]]*//p' /etc/nsswitch.conf)"
for name in {names}; do
  grep -qwF -- "$name" /etc/hosts || continue
  set -- $(timeout 5 getent ahostsv4 "$name"); echo "resolved: $name $1"
done"""


NAMES = Fact(name="names", script=_names_script, parse=parse_names)
"""hostname(1), getent(1) and nsswitch.conf(5); only names in /etc/hosts are looked up, so no DNS is
waited for.
"""

ETC_HOSTS: Fact[str] = Fact(name="etc-hosts", script="cat /etc/hosts", parse=str)
"""The file itself, hosts(5)."""


def parse_clock(text: str) -> int:
    """Seconds since 1970; 0 when there is no number."""
    digits = text.strip()
    return int(digits) if digits.isdigit() else 0


CLOCK = Fact(name="clock", script="date +%s", parse=parse_clock)
"""The node's clock. The hosts are asked at the same moment, but a busy one may answer seconds
later.
"""


@dataclass(frozen=True)
class Probe:
    """One wanted address seen from a node: here, answers, silent, or far (not on a network of this
    node).
    """

    address: str
    state: str


@dataclass(frozen=True)
class Probes:
    """The wanted addresses, and what Ganeti's ssconf files claim: the cluster's address and the
    instances.
    """

    seen: tuple[Probe, ...] = ()
    master_ip: str = ""
    instances: tuple[str, ...] = ()

    def state(self, address: str) -> str:
        """The state of one address, "far" when it was not probed."""
        return next((probe.state for probe in self.seen if probe.address == address), "far")


def parse_probes(text: str) -> Probes:
    """Read `probe: ADDRESS STATE`, `master:` and `instances:` lines."""
    values = fields(text)
    return Probes(
        seen=tuple(Probe(address, state) for address, state in _pairs(text, "probe: ")),
        master_ip=values.get("master", ""),
        instances=tuple(values.get("instances", "").split()),
    )


def _probes_script(answers: Answers, host: str) -> str:
    addresses = shlex.join(address for _, address in wanted(answers))
    return f"""for a in {addresses}; do
  case "$(ip -o route get "$a")" in
    local*) echo "probe: $a here";;
    ''|*' via '*) echo "probe: $a far";;
    *) if ping -n -q -c 1 -W 4 "$a" >/dev/null || timeout 2 bash -c ': <"/dev/tcp/$0/1811"' "$a" ||
         {{ ip neigh flush to "$a"; ping -n -q -c 1 -W 1 "$a" >/dev/null
            [ -n "$(ip neigh show to "$a" nud reachable)" ]; }}
       then echo "probe: $a answers"; else echo "probe: $a silent"; fi &
  esac
done
wait
cd /var/lib/ganeti || exit
echo "master: $(cat ssconf_master_ip)"
echo "instances: $(cat ssconf_instance_list | tr '\\n' ' ')" """


PROBES = Fact(name="probes", script=_probes_script, parse=parse_probes)
"""ping(8), then Ganeti's port 1811/tcp, and only for addresses on a directly attached network.

A machine may drop both: then, with the cached entry gone, whether ARP has an answer
(ip-neighbour(8)).
"""
