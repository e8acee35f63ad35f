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
    cloud_hosts: str = ""
    """The file by which cloud-init writes /etc/hosts anew at each boot; "" when it does not."""

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
        cloud_hosts=_cloud_hosts(text),
    )


_FALSE = ("", "0", "false", "no", "off", "none", "null")
"""What says no in YAML and to cloud-init (translate_bool in cloudinit/util.py); a number above 0,
"true", "template" and "localhost" say yes.
"""


def _cloud_hosts(text: str) -> str:
    """The file that decides, if it says yes: of `manage: FILE VALUE` lines the last one counts."""
    path = ""
    for file, value in _pairs(text, "manage: "):
        path = "" if value.lower() in _FALSE else file
    return path


def _pairs(text: str, label: str) -> Iterator[tuple[str, str]]:
    """The two words of each line that begins with the label; a line that was cut has fewer."""
    for line in text.splitlines():
        if line.startswith(label):
            words = line.removeprefix(label).split()
            if len(words) == 2:
                yield words[0], words[1]


_CLOUD = r"""if command -v cloud-init >/dev/null && [ ! -e /etc/cloud/cloud-init.disabled ] &&
  ! grep -qw 'cloud-init=disabled' /proc/cmdline
then
  own=/var/lib/cloud/instance
  for f in /etc/cloud/cloud.cfg /etc/cloud/cloud.cfg.d/*.cfg $own/vendor-cloud-config.txt \
    $own/vendor2-cloud-config.txt $own/cloud-config.txt
  do
    value="s/^[\"']?manage_etc_hosts[\"']?:[[:space:]]*[\"']?([A-Za-z0-9]+).*/\1/p"
    value=$(sed -nE "$value" "$f" | tail -n 1)
    [ -z "$value" ] || echo "manage: $f $value"
  done
fi
"""
"""cloud-init's module update_etc_hosts runs at each boot (cc_update_etc_hosts.py). What a provider
hands to the machine outranks the files in /etc/cloud, and the machine's own data outrank the
vendor's (ConfigMerger in cloudinit/helpers.py).
"""


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
done
{_CLOUD}"""


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
    blind: bool = False
    """Whether it could not look at all: it lacks ip(8)."""

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
        blind=values.get("lacking") == "ip",
    )


def _probes_script(answers: Answers, host: str) -> str:
    addresses = shlex.join(address for _, address in wanted(answers))
    return f"""command -v ip >/dev/null || echo "lacking: ip"
knock() {{ timeout 2 bash -c ': <"/dev/tcp/$0/1811"' "$1"; }}
call() {{ if command -v ping >/dev/null; then ping -n -q "$@" >/dev/null; else knock "$5"; fi; }}
for a in {addresses}; do
  case "$(ip -o route get "$a")" in
    local*) echo "probe: $a here";;
    ''|*' via '*) echo "probe: $a far";;
    *) if call -c 1 -W 4 "$a" || knock "$a" ||
         {{ ip neigh flush to "$a"; call -c 1 -W 1 "$a"
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
(ip-neighbour(8)). A minimal system has no ping (iputils-ping): then a knock makes the kernel ask.
"""
