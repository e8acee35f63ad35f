"""Who else is there, as one place sees it: ping, ARP and ports of every address of the cluster.

Three readings, five seconds apart; one suffices where every server answered at once, on all of its
ports: a busy machine may miss a knock. From a node ARP is asked too: it passes every firewall and
only its own segment. A port that refuses is a sign of life; the certificate behind ganeti-noded's
port says whether it is a machine of this cluster.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field

from steps.recover.addresses import NODED, SECOND, addresses, second_addresses
from wizard.answers import Answers
from wizard.model.facts import Fact

READINGS = 3
PAUSE = 5
"""Seconds from the beginning of one reading to that of the next."""
_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")


@dataclass(frozen=True)
class Heard:
    """What came from one address over all readings."""

    pings: int = 0
    macs: tuple[str, ...] = ()
    """Who answered ARP for it; two are two machines with one address."""
    ports: tuple[tuple[int, str], ...] = ()
    """Each port with "open", "refused", "silent", "no route" or "no network", the best reading."""
    certificate: str = ""
    """SHA-256 of what noded's port shows, "none" for a port without TLS; "" where not asked, or
    where a busy machine did not show any in time: that makes no stranger of it.
    """
    last: int = 0
    """The clock of the place that looked when it last answered anything; 0 for never."""

    @property
    def signs(self) -> tuple[str, ...]:
        """What speaks for a machine at that address, in words."""
        signs = []
        if self.pings:
            signs.append("answers ping")
        if self.macs:
            signs.append(f"answers ARP as {' and '.join(self.macs)}")
        for port, state in self.ports:
            if state == "open":
                signs.append(f"port {port} is open")
            elif state == "refused":
                signs.append(f"port {port} refuses, so a machine is there")
        return tuple(signs)


@dataclass(frozen=True)
class Heeded:
    """One place's view: `readings` taken between two moments of its own clock."""

    readings: int = 0
    begun: int = 0
    ended: int = 0
    arp: bool = False
    """Whether it could ask by ARP: it is on the cluster's own network segment."""
    route: bool = True
    """Whether it has any way into the cluster's network; without one its silence says nothing."""
    heard: dict[str, Heard] = field(default_factory=dict)
    """By address; one that is absent was not looked for."""
    peers: dict[int, str] | None = None
    """The peer's role of each DRBD minor after the last reading; None where there is no DRBD."""


_BEST = ("no network", "no route", "silent", "refused", "open")


@dataclass
class _Row:
    pings: int = 0
    last: int = 0
    certificate: str = ""
    macs: set[str] = field(default_factory=set)
    ports: dict[int, str] = field(default_factory=dict)

    def port(self, number: int, state: str) -> None:
        known = self.ports.get(number, _BEST[0])
        if state in _BEST and _BEST.index(state) >= _BEST.index(known):
            self.ports[number] = state

    def heard(self) -> Heard:
        return Heard(
            pings=self.pings,
            macs=tuple(sorted(self.macs)),
            ports=tuple(sorted(self.ports.items())),
            certificate=self.certificate,
            last=self.last,
        )


def parse(text: str) -> Heeded:
    """Read the lines of the snippet: `reading N CLOCK`, `ping IP ok`, `port IP N STATE`, …"""
    readings = 0
    clocks: list[int] = []
    arp = False
    rows: dict[str, _Row] = {}
    peers: dict[int, str] | None = None
    for line in text.splitlines():
        words = line.split()
        clock = clocks[-1] if clocks else 0
        match words:
            case ["reading", _, now] if now.isdigit():
                readings += 1
                clocks.append(int(now))
            case ["end", now] if now.isdigit():
                clocks.append(int(now))
            case ["arp-able"]:
                arp = True
            case ["ping", ip, answer]:
                row = rows.setdefault(ip, _Row())
                if answer == "ok":
                    row.pings += 1
                    row.last = clock
            case ["arp", ip, mac] if _MAC.fullmatch(mac.lower()):
                row = rows.setdefault(ip, _Row())
                row.macs.add(mac.lower())
                row.last = clock
            case ["port", ip, number, *state] if number.isdigit():
                row = rows.setdefault(ip, _Row())
                row.port(int(number), " ".join(state))
                if state in (["open"], ["refused"]):
                    row.last = clock
            case ["certificate", ip, digest]:
                rows.setdefault(ip, _Row()).certificate = digest.replace(":", "").lower()
            case ["drbd"]:
                peers = {}
            case ["drbd", minor, role] if minor.isdigit() and peers is not None:
                peers[int(minor)] = role
            case _:
                pass
    heard = {ip: row.heard() for ip, row in rows.items()}
    states = [state for one in heard.values() for _, state in one.ports]
    return Heeded(
        readings=readings,
        begun=clocks[0] if clocks else 0,
        ended=clocks[-1] if clocks else 0,
        arp=arp,
        route=not states or any(state != "no network" for state in states),
        heard=heard,
        peers=peers,
    )


CARDS = (
    r"""card() { at=$(ip -o route get "$1" 2>/dev/null | """
    r"""sed -n '/ via \| dev lo /!s/.* dev \([^ ]*\).*/\1/p'); """
    r"""[ -n "$at" ] && [ $(($(cat "/sys/class/net/$at/flags") & 0x80)) = 0 ] || at=$bridge; """
    r"""[ -n "$at" ] && [ -d "/sys/class/net/$at" ] && echo "$at"; }; """
    r"""cards() { at=$(card "$1") || return 1; echo "$at"; """
    r"""case " $apart " in *" $1 "*) return 0;; esac; """
    r"""[ "$at" = "$bridge" ] || [ -z "$bridge" ] || [ ! -d "/sys/class/net/$bridge" ] || """
    r"""echo "$bridge"; }; """
)
"""Shell functions: `cards` tells on which an address is asked for by ARP. That is the one which
leads straight to it (ip-route(8), get), else the `bridge`, for an address behind a router, or a
card without ARP (linux/if.h, IFF_NOARP). All but second addresses, which stand `apart` in a network
of their own, are asked for on the bridge as well: the card that leads there may be cut off alone.
"""
_SCRIPT = (
    CARDS
    + r"""
bridge=@BRIDGE
apart=@APART
asks=@ASKS
command -v arping >/dev/null || asks=
for ip in @NODES; do
  [ -n "$asks" ] && [ -n "$(card "$ip")" ] && { echo arp-able; break; }
done
knock() {
  said=$(LC_ALL=C timeout 2 bash -c ": </dev/tcp/$1/$2" 2>&1); rc=$?
  case $rc,$said in
    0,*) state=open ;; 124,*) state=silent ;; *efused*) state=refused ;;
    *'No route'*|*'Host is down'*) state='no route' ;;
    *'etwork is unreachable'*) state='no network' ;; *) state=silent ;;
  esac
  echo "port $1 $2 $state"
}
show() {
  command -v openssl >/dev/null || return
  shown=$(timeout 4 openssl s_client -connect "$1:@NODED" </dev/null 2>/dev/null); rc=$?
  [ $rc = 124 ] && return
  print=$(echo "$shown" | openssl x509 -noout -fingerprint -sha256 2>/dev/null)
  echo "certificate $1 ${print#*=}" | sed 's/ $/ none/'
}
ask() {
  ping -c1 -W1 "$1" >/dev/null 2>&1 && echo "ping $1 ok" || echo "ping $1 no"
  [ -n "$asks" ] || return
  for at in $(cards "$1"); do timeout 4 arping -c2 -w2 -I "$at" "$1" 2>/dev/null; done |
    sed -n "s/.*\(\([0-9A-Fa-f][0-9A-Fa-f]:\)\{5\}[0-9A-Fa-f][0-9A-Fa-f]\).*/arp $1 \1/p" | sort -u
}
for n in @ROUNDS; do
  echo "reading $n $(date +%s)"
  sleep @PAUSE >/dev/null & nap=$!
  said=$(
    for ip in @ADDRESSES; do ask "$ip" & done
    for way in @PORTS; do knock "${way%:*}" "${way#*:}" & done
    wait
  )
  echo "$said"
  [ "$n" = 1 ] && for way in @PORTS; do
    case $way,$said in *:@NODED,*"port ${way%:*} @NODED open"*) show "${way%:*}" ;; esac
  done
  whole=yes
  for ip in @SERVERS; do
    case $said in *"ping $ip ok"*) ;; *) whole=no ;; esac
    echo "$said" | grep -qE "^port $ip [0-9]+ (silent|no route)" && whole=no
  done
  [ $whole = yes ] || [ "$n" = @LAST ] && { kill "$nap"; break; }
  wait "$nap"
done
echo "end $(date +%s)"
if [ -r /proc/drbd ]; then
  echo drbd
  sed -n 's|^ *\([0-9]*\): cs:[A-Za-z]* ro:[A-Za-z]*/\([A-Za-z]*\) .*|drbd \1 \2|p' /proc/drbd
fi
"""
)
"""bash's /dev/tcp (bash(1), REDIRECTION); iputils' ping and arping, on which Ganeti depends.

DRBD is asked once more in the end: it holds a peer that lost its power for connected until one of
its own pings got no answer, ten seconds and more (drbdsetup(8), ping-int).
"""


def _script(answers: Answers, host: str) -> str:
    wanted = addresses(answers, host)
    nodes = [node.short for node in answers.nodes]
    ports = [f"{one.ip}:{port}" for one in wanted for port in one.ports]
    servers = [one.ip for one in wanted if one.kind in ("node", SECOND, "backup host")]
    first = [one.ip for one in wanted if one.kind == "node"]
    words = {
        "BRIDGE": shlex.quote(answers.bridge.name),
        "APART": shlex.quote(" ".join(second_addresses(answers))),
        # Ganeti depends on arping, so that a node has it.
        "ASKS": "yes" if host in nodes else "",
        "NODES": shlex.join(first),
        "ROUNDS": " ".join(str(number + 1) for number in range(READINGS)),
        "LAST": str(READINGS),
        "PAUSE": str(PAUSE),
        "NODED": str(NODED),
        "ADDRESSES": shlex.join(one.ip for one in wanted),
        "PORTS": shlex.join(ports),
        "SERVERS": shlex.join(servers),
    }
    return re.sub(r"@([A-Z]+)", lambda mark: words[mark[1]], _SCRIPT)


PRESENCE = Fact(name="presence", script=_script, parse=parse)
