"""Files and small programs that the guest step puts into an instance."""

from __future__ import annotations

import re

from wizard.answers import Answers, Instance

LOCALES = """set -e; missing=
for l in "$@"; do
  line=$(grep -E "^$l( |$)" /usr/share/i18n/SUPPORTED | head -n 1)
  if [ -z "$line" ]; then echo "there is no locale $l in /usr/share/i18n/SUPPORTED" >&2; \
missing=1; continue; fi
  grep -qxF "$line" /etc/locale.gen || printf '%s\\n' "$line" >>/etc/locale.gen
done
[ -z "$missing" ] || exit 1
exec locale-gen"""
"""Adds lines to /etc/locale.gen, locale.gen(5), and compiles what it lists."""

ZONE = """set -e; [ -f "/usr/share/zoneinfo/$1" ] || \
{ echo "there is no time zone $1" >&2; exit 1; }
printf '%s\\n' "$1" >/etc/timezone; ln -sfn "/usr/share/zoneinfo/$1" /etc/localtime"""
"""Both files: timedatectl(1) of Debian 12 leaves /etc/timezone as it was."""

SWAP = """set -e
head -c 1048576 "$1" >/dev/null || { echo "$1 cannot be read" >&2; exit 1; }
rc=0; blkid -p "$1" >/dev/null || rc=$?
if [ "$rc" = 2 ]; then
  [ "$(head -c 1048576 "$1" | tr -d '\\000' | wc -c)" = 0 ] || \
{ echo "$1 is not empty" >&2; exit 1; }
  mkswap -L swap "$1"
fi
[ "$(blkid -p -s TYPE -o value "$1")" = swap ] || { echo "$1 holds something else" >&2; exit 1; }
uuid=$(blkid -p -s UUID -o value "$1")
if ! grep -Eq '^[^#[:space:]]+[[:space:]]+[^[:space:]]+[[:space:]]+swap[[:space:]]' /etc/fstab; then
  [ -z "$(tail -c 1 /etc/fstab)" ] || echo >>/etc/fstab
  printf 'UUID=%s   none   swap   sw   0   0\\n' "$uuid" >>/etc/fstab
fi
grep -q "^$(readlink -f "$1") " /proc/swaps || swapon "$1"
cat /proc/swaps"""
"""Makes an empty disk a swap space, names it in fstab(5), and uses it; refuses a disk that holds
something.
"""

STANDARD = """list=$(tasksel --task-packages standard) || exit 1
[ -n "$list" ] || { echo "nothing is missing"; exit 0; }
exec env DEBIAN_FRONTEND=noninteractive \
apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
  -o APT::Install-Recommends=true \
-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold install $list"""
"""What `tasksel install standard` runs, without debconf-apt-progress, which hides what apt-get
says.
"""

KEYS = """set -e; umask 077; file=/root/.ssh/authorized_keys; mkdir -p /root/.ssh; touch "$file"
[ -z "$(tail -c 1 "$file")" ] || echo >>"$file"
cat >>"$file"; sync "$file" """


def sources(answers: Answers, guest: Instance) -> str:
    """The text of sources.list(5): the release, its updates, its security updates."""
    setup = answers.guest
    rows = (
        (setup.mirror, guest.suite),
        (setup.mirror, f"{guest.suite}-updates"),
        (setup.security, f"{guest.suite}-security"),
    )
    return "".join(f"deb {archive} {suite} main\n" for archive, suite in rows if archive)


def proxy(answers: Answers) -> str:
    """The text of apt's proxy setting; "" when none is wanted."""
    if not answers.guest.proxy:
        return ""
    return f'Acquire::http::Proxy "{answers.guest.proxy}";\n'


def resolv(nameservers: tuple[str, ...]) -> str:
    """The text of resolv.conf(5)."""
    return "".join(f"nameserver {address}\n" for address in nameservers)


def has_address(interfaces: str, ip: str) -> bool:
    """Whether interfaces(5) gives the address to some card for good."""
    line = rf"^\s*address\s+{re.escape(ip)}(/\d+)?\s*$"
    return re.search(line, interfaces, re.MULTILINE) is not None


def has_gateway(interfaces: str, ip: str) -> bool:
    """Whether interfaces(5) sets this default gateway for good."""
    line = rf"^\s*gateway\s+{re.escape(ip)}\s*$"
    return re.search(line, interfaces, re.MULTILINE) is not None


def interfaces(card: str, ip: str, prefix: int, gateway: str) -> str:
    """The text of interfaces(5), as the hook gw-20-network writes it."""
    route = f"    gateway {gateway}\n" if gateway else ""
    return (
        "auto lo\n"
        "iface lo inet loopback\n"
        "\n"
        f"auto {card}\n"
        f"iface {card} inet static\n"
        f"    address {ip}/{prefix}\n"
        f"{route}"
    )
