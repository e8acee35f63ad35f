"""What an instance looks like from the inside."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.common.edit import entries
from steps.common.facts.texts import fields, files, filled, sections
from wizard.answers import Answers
from wizard.model.facts import Fact

HOSTS = "/etc/hosts"
RESOLV = "/etc/resolv.conf"
FSTAB = "/etc/fstab"
INTERFACES = "/etc/network/interfaces"
PARTS = f"{INTERFACES}.d/"
"""Where parts of that file lie, if it takes them in (interfaces(5), source)."""
LOCALE = "/etc/default/locale"
_FILES = (HOSTS, RESOLV, FSTAB, INTERFACES, LOCALE)


@dataclass(frozen=True)
class SwapDisk:
    """A disk that may be meant for swap: its path, what blkid finds on it, and whether its first
    MiB is all zero.

    `used` means that something holds it: a mount, a partition, a mapping, or the kernel as swap.
    """

    path: str
    type: str = ""
    uuid: str = ""
    blank: bool = False
    used: bool = False

    @property
    def for_swap(self) -> bool:
        """Whether it may be taken for swap: it is a swap space already, or nothing at all is on
        it.
        """
        return self.type == "swap" or (self.blank and not self.type and not self.used)


@dataclass(frozen=True)
class Inside:
    """The state of one guest.

    `full` is what `hostname -f` says. `password` is "empty", "locked" or "set", never the hash.
    `locales` are those of `locale -a`, normalised; `keys` the type and blob of root's authorized
    keys. `getty` tells per line (hvc0, ttyS0) what systemctl is-enabled and is-active say.
    `poweroff` is the kernel's poweroff_cmd when it can be run, "" otherwise; `button` whether the
    kernel hears an ACPI power button.
    """

    kernel: str = ""
    static: str = ""
    full: str = ""
    codename: str = ""
    devpts: str = ""
    zone: str = ""
    zone_file: str = ""
    password: str = ""
    poweroff: str = ""
    logind: str = ""
    button: bool = False
    ssh: str = ""
    gateway: str = ""
    addresses: tuple[str, ...] = ()
    locales: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    swaps: tuple[str, ...] = ()
    getty: Mapping[str, str] = field(default_factory=dict)
    disks: tuple[SwapDisk, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    set_by: str = ""
    """The file by which another service than networking, one that a boot starts, sets the guest's
    address; "" without one.
    """

    @property
    def interfaces(self) -> str:
        """interfaces(5) with the parts that it takes in."""
        own = self.files.get(INTERFACES, "")
        if not re.search(r"^\s*source(-directory)?\s+\S*interfaces\.d", own, re.MULTILINE):
            return own
        parts = [text for path, text in sorted(self.files.items()) if path.startswith(PARTS)]
        return "\n".join((own, *parts))

    @property
    def nameservers(self) -> tuple[str, ...]:
        """Those of resolv.conf(5)."""
        return tuple(re.findall(r"^nameserver\s+(\S+)", self.files.get(RESOLV, ""), re.MULTILINE))

    @property
    def lasting_swap(self) -> bool:
        """Whether fstab(5) names a swap space."""
        for line in entries(self.files.get(FSTAB, "")):
            row = line.split()
            if len(row) > 2 and row[2] == "swap":
                return True
        return False


def normal(locale: str) -> str:
    """A locale's name as `locale -a` prints it: "en_US.UTF-8" is "en_US.utf8"."""
    language, dot, rest = locale.partition(".")
    codeset, at, modifier = rest.partition("@")
    return f"{language}{dot}{codeset.lower().replace('-', '')}{at}{modifier}"


def _disk(line: str) -> SwapDisk:
    path, *words = line.split()
    about = dict(word.partition("=")[::2] for word in words)
    return SwapDisk(
        path=path,
        type=about.get("type", ""),
        uuid=about.get("uuid", ""),
        blank=about.get("blank") == "1",
        used=about.get("used") == "1",
    )


def parse(text: str) -> Inside:
    """Read `key: value` lines, then the files after "== files"."""
    head, _, tail = text.partition("== files\n")
    values = fields(head)
    addresses: list[str] = []
    keys: list[str] = []
    disks: list[SwapDisk] = []
    getty: dict[str, str] = {}
    for line in head.splitlines():
        name, _, value = line.partition(": ")
        if name == "address":
            addresses.append(value.strip())
        elif name == "key":
            keys.append(value.strip())
        elif name == "disk":
            disks.append(_disk(value))
        elif name.startswith("getty "):
            getty[name.removeprefix("getty ")] = value.strip()
    return Inside(
        kernel=values.get("kernel", ""),
        static=values.get("static", ""),
        full=values.get("full", ""),
        codename=values.get("codename", ""),
        devpts=values.get("devpts", ""),
        zone=values.get("zone", "").partition("zoneinfo/")[2],
        zone_file=values.get("zonefile", ""),
        password=values.get("password", ""),
        poweroff=values.get("poweroff", ""),
        logind=values.get("logind", ""),
        button=values.get("button") == "yes",
        ssh=values.get("ssh", ""),
        gateway=values.get("gateway", ""),
        addresses=tuple(addresses),
        locales=tuple(values.get("locales", "").split()),
        keys=tuple(keys),
        swaps=tuple(values.get("swaps", "").split()),
        getty=getty,
        disks=tuple(disks),
        files=sections(tail),
        set_by=values.get("set by", ""),
    )


_SCRIPT = rf"""echo "kernel: $(hostname)"
echo "static: $(cat /etc/hostname)"
echo "full: $(timeout 10 hostname -f)"
echo "codename: $(. /etc/os-release; echo "$VERSION_CODENAME")"
echo "devpts: $(findmnt -no FSTYPE,OPTIONS /dev/pts)"
echo "zone: $(readlink /etc/localtime)"
echo "zonefile: $(cat /etc/timezone)"
of_root='$1 == "root" {{ print $2 == "" ? "empty" : $2 ~ /^[!*]/ ? "locked" : "set" }}'
echo "password: $(awk -F: "$of_root" /etc/shadow)"
read -r off </proc/sys/kernel/poweroff_cmd; [ -x "$off" ] && echo "poweroff: $off"
echo "logind: $(systemctl is-active systemd-logind)"
grep -qsx 'Power Button' /sys/class/input/*/name && [ -n "$(ls /dev/input/event*)" ] &&
  echo "button: yes"
echo "ssh: $(systemctl is-enabled ssh) $(systemctl is-active ssh)"
for line in hvc0 ttyS0; do
  unit=serial-getty@$line
  echo "getty $line: $(systemctl is-enabled "$unit") $(systemctl is-active "$unit")"
done
via='s/^default via \([0-9.]*\).*/\1/p'
echo "gateway: $(ip -4 route show default | sed -n "$via" | head -n 1)"
ip -o -4 addr show scope global | while read -r n card family address rest; do
  echo "address: $card $address"
done
echo "locales: $(locale -a | tr '\n' ' ')"
grep -oE '^(ssh|ecdsa|sk)-[^ ]+ [^ ]+' /root/.ssh/authorized_keys | sed 's/^/key: /'
echo "swaps: $(tail -n +2 /proc/swaps | while read -r path rest; do printf '%s ' "$path"; done)"
for d in /dev/xvdb /dev/vdb; do
  [ -b "$d" ] || continue
  blank=0; used=0
  [ "$(head -c 1048576 "$d" | tr -d '\000' | wc -c)" = 0 ] && blank=1
  [ -n "$(lsblk -nro MOUNTPOINT "$d" | tr -d '\n')" ] && used=1
  [ "$(lsblk -nro NAME "$d" | wc -l)" = 1 ] || used=1
  type=$(blkid -p -s TYPE -o value "$d")
  case $? in 0|2) ;; 8) type=several ;; *) type=unreadable ;; esac
  head -c 1048576 "$d" >/dev/null || type=unreadable
  uuid=$(blkid -p -s UUID -o value "$d")
  echo "disk: $d type=$type uuid=$uuid blank=$blank used=$used"
done
echo '== files'
{files(" ".join((*_FILES, f"{PARTS}*")))}"""
_SET_BY = r"""set_by() {
  systemctl -q is-enabled "$1" || return
  shift
  found=$(grep -lsE "(^|[^0-9.])@ADDRESS([^0-9.]|$)" "$@" | head -n 1)
  [ -z "$found" ] || echo "set by: $found"
}
set_by systemd-networkd.service /etc/systemd/network/*.network /etc/netplan/*.yaml
set_by NetworkManager.service /etc/NetworkManager/system-connections/* /etc/netplan/*.yaml
"""
"""systemd.network(5), netplan(5), nm-settings-keyfile(5)."""


def in_guests(script: str, answers: Answers, host: str) -> str:
    """The script, or nothing to do on a host that is no guest."""
    return script if host in [guest.short for guest in answers.guests] else ":"


def _inside_script(answers: Answers, host: str) -> str:
    for guest in answers.guests:
        if guest.short == host:
            address = re.escape(str(guest.ip))
            return filled(_SET_BY, {"ADDRESS": address}) + _SCRIPT
    return ":"


INSIDE = Fact(
    name="guest",
    script=_inside_script,
    parse=parse,
)
"""hostname(1), os-release(5), shadow(5), systemctl(1), /proc/swaps, blkid(8); the kernel's sysctl
poweroff_cmd.
"""


@dataclass(frozen=True)
class Outside:
    """Guests as another machine sees them, by address: whether ping is answered, and the ssh
    greeting.
    """

    pings: Mapping[str, bool] = field(default_factory=dict)
    banners: Mapping[str, str] = field(default_factory=dict)


def parse_outside(text: str) -> Outside:
    """Read `ADDRESS: yes|no GREETING` lines."""
    pings: dict[str, bool] = {}
    banners: dict[str, str] = {}
    for address, value in fields(text).items():
        answer, _, greeting = value.partition(" ")
        pings[address] = answer == "yes"
        banners[address] = greeting
    return Outside(pings, banners)


def _outside_script(answers: Answers, host: str) -> str:
    if host not in [node.short for node in answers.nodes]:
        return ":"
    addresses = shlex.join(str(guest.ip) for guest in answers.guests)
    greeting = 'exec 3<>"/dev/tcp/$0/22" && IFS= read -r line <&3 && printf "%s" "$line"'
    return f"""for a in {addresses}; do
  {{ p=no; ping -n -q -c 2 -i 0.3 -W 4 "$a" >/dev/null && p=yes
    b=$(timeout 10 bash -c '{greeting}' "$a")
    printf '%s\\n' "$a: $p $b" | tr -d '\\r'
  }} &
done
wait"""


OUTSIDE = Fact(name="guests-outside", script=_outside_script, parse=parse_outside)
"""ping(8), and what sshd says first (RFC 4253, 4.2), asked by each node."""
