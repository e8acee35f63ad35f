"""What an instance looks like from the inside."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.common.facts.texts import fields, files, sections
from wizard.answers import Answers
from wizard.model.step import Fact

HOSTS = "/etc/hosts"
RESOLV = "/etc/resolv.conf"
FSTAB = "/etc/fstab"
INTERFACES = "/etc/network/interfaces"
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

    @property
    def nameservers(self) -> tuple[str, ...]:
        """Those of resolv.conf(5)."""
        return tuple(re.findall(r"^nameserver\s+(\S+)", self.files.get(RESOLV, ""), re.MULTILINE))

    @property
    def lasting_swap(self) -> bool:
        """Whether fstab(5) names a swap space."""
        rows = [
            line.split()
            for line in self.files.get(FSTAB, "").splitlines()
            if not line.lstrip().startswith("#")
        ]
        return any(len(row) > 2 and row[2] == "swap" for row in rows)


def normal(locale: str) -> str:
    """A locale's name as `locale -a` prints it: "en_US.UTF-8" is "en_US.utf8"."""
    name, dot, rest = locale.partition(".")
    codeset, at, modifier = rest.partition("@")
    return name + (dot and "." + codeset.lower().replace("-", "")) + (at and "@" + modifier)


def _disk(line: str) -> SwapDisk:
    path, *words = line.split()
    about = dict(word.partition("=")[::2] for word in words)
    return SwapDisk(
        path,
        about.get("type", ""),
        about.get("uuid", ""),
        about.get("blank") == "1",
        about.get("used") == "1",
    )


def parse(text: str) -> Inside:
    """Read `key: value` lines, then the files after "== files"."""
    head, _, tail = text.partition("== files\n")
    values = fields(head)
    rows = [line.partition(": ")[::2] for line in head.splitlines()]
    many = {
        name: tuple(value.strip() for key, value in rows if key == name)
        for name in ("address", "key", "disk")
    }
    return Inside(
        **{
            name: values.get(name, "")
            for name in ("kernel", "static", "full", "codename", "devpts", "password")
        },
        **{name: values.get(name, "") for name in ("poweroff", "logind", "ssh", "gateway")},
        zone=values.get("zone", "").partition("zoneinfo/")[2],
        zone_file=values.get("zonefile", ""),
        button=values.get("button") == "yes",
        addresses=many["address"],
        locales=tuple(values.get("locales", "").split()),
        keys=many["key"],
        swaps=tuple(values.get("swaps", "").split()),
        getty={key[6:]: value.strip() for key, value in rows if key.startswith("getty ")},
        disks=tuple(_disk(value) for value in many["disk"]),
        files=sections(tail),
    )


_SCRIPT = rf"""echo "kernel: $(hostname)"
echo "static: $(cat /etc/hostname)"
echo "full: $(timeout 10 hostname -f)"
echo "codename: $(. /etc/os-release; echo "$VERSION_CODENAME")"
echo "devpts: $(findmnt -no FSTYPE,OPTIONS /dev/pts)"
echo "zone: $(readlink /etc/localtime)"
echo "zonefile: $(cat /etc/timezone)"
echo "password: $(awk -F: '$1 == "root" {{ print $2 == "" ? "empty" : $2 ~ /^[!*]/ ? "locked" : "set" }}' /etc/shadow)"
read -r off </proc/sys/kernel/poweroff_cmd; [ -x "$off" ] && echo "poweroff: $off"
echo "logind: $(systemctl is-active systemd-logind)"
grep -qsx 'Power Button' /sys/class/input/*/name && [ -n "$(ls /dev/input/event*)" ] && echo "button: yes"
echo "ssh: $(systemctl is-enabled ssh) $(systemctl is-active ssh)"
for line in hvc0 ttyS0; do
  unit=serial-getty@$line
  echo "getty $line: $(systemctl is-enabled "$unit") $(systemctl is-active "$unit")"
done
echo "gateway: $(ip -4 route show default | sed -n 's/^default via \([0-9.]*\).*/\1/p' | head -n 1)"
ip -o -4 addr show scope global | while read -r n card family address rest; do echo "address: $card $address"; done
echo "locales: $(locale -a | tr '\n' ' ')"
grep -oE '^(ssh|ecdsa|sk)-[^ ]+ [^ ]+' /root/.ssh/authorized_keys | sed 's/^/key: /'
echo "swaps: $(tail -n +2 /proc/swaps | while read -r path rest; do echo "$path"; done | tr '\n' ' ')"
for d in /dev/xvdb /dev/vdb; do
  [ -b "$d" ] || continue
  blank=0; used=0
  [ "$(head -c 1048576 "$d" | tr -d '\000' | wc -c)" = 0 ] && blank=1
  [ -n "$(lsblk -nro MOUNTPOINT "$d" | tr -d '\n')" ] || [ "$(lsblk -nro NAME "$d" | wc -l)" != 1 ] && used=1
  echo "disk: $d type=$(blkid -p -s TYPE -o value "$d") uuid=$(blkid -p -s UUID -o value "$d") blank=$blank used=$used"
done
echo '== files'
{files(" ".join(_FILES))}"""  # noqa: E501


def in_guests(script: str, answers: Answers, host: str) -> str:
    """The script, or nothing to do on a host that is no guest."""
    return script if any(one.short == host for one in answers.guests) else ":"


INSIDE = Fact(
    name="guest", script=lambda answers, host: in_guests(_SCRIPT, answers, host), parse=parse
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
    rows = {address: value.partition(" ") for address, value in fields(text).items()}
    return Outside(
        {address: value[0] == "yes" for address, value in rows.items()},
        {address: value[2] for address, value in rows.items()},
    )


def _outside_script(answers: Answers, host: str) -> str:
    if host not in [node.short for node in answers.nodes]:
        return ":"
    addresses = shlex.join(str(one.ip) for one in answers.guests)
    return f"""for a in {addresses}; do
  {{ p=no; ping -n -q -c 2 -i 0.3 -W 4 "$a" >/dev/null && p=yes
    b=$(timeout 10 bash -c 'exec 3<>"/dev/tcp/$0/22" && IFS= read -r line <&3 && printf "%s" "$line"' "$a")
    printf '%s\\n' "$a: $p $b" | tr -d '\\r'
  }} &
done
wait"""  # noqa: E501


OUTSIDE = Fact(name="guests-outside", script=_outside_script, parse=parse_outside)
"""ping(8), and what sshd says first (RFC 4253, 4.2), asked by each node."""
