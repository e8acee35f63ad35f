"""Programs that write the network's configuration by themselves, as far as files show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address

CLOUD_INIT = "cloud-init"
ABSENT, OFF, ON = "absent", "off", "on"


@dataclass(frozen=True)
class Owners:
    """Who else may write network files; empty where that was not looked at."""

    cloud_init: str = ""
    """`absent`, `off` (its network part is), `on`, or "" for unknown."""
    ifupdown2: bool = False
    netplan: bool = False
    """Whether there are files of netplan, from which the others' files are made (netplan(5))."""
    services: tuple[str, ...] = ()
    """Running programs that set up any interface that they find."""
    ifupdown_ng: bool = False
    not_at_boot: str = ""
    """Why networking.service brings up nothing at boot; "" when it does, or is not there yet."""
    links: tuple[tuple[str, str], ...] = ()
    """Network files that are symbolic links, and where these lead to."""
    scripts: tuple[tuple[str, str], ...] = ()
    """Scripts that ifup(8) runs for each interface, files of sysctl(8), /etc/rc.local, and files of
    daemons that serve an interface by its name, each with an interface that it names."""
    name_servers: tuple[str, ...] = ()
    """Those that resolvconf or systemd-resolved forgets when an interface goes down."""

    root: str = ""
    """By what the root file system comes over the network, such as `nfs4` or `iscsi`; "" where it
    lies in the machine."""

    @property
    def cloud_init_may_write(self) -> bool:
        """Whether cloud-init may write files of its own anew; yes where it is unknown."""
        return self.cloud_init not in (ABSENT, OFF)


UNSEEN = Owners()
"""Where nobody looked."""


def parse_owners(text: str) -> Owners:
    """Read lines such as `cloud-init on`, `ifupdown2 on`, `service connman`."""
    said: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        said.setdefault(name, []).append(value)
    cloud_init = [value for value in said.get(CLOUD_INIT, []) if value in (ABSENT, OFF, ON)]
    return Owners(
        cloud_init=cloud_init[-1] if cloud_init else "",
        ifupdown2=ON in said.get("ifupdown2", []),
        netplan=ON in said.get("netplan", []),
        services=tuple(said.get("service", [])),
        ifupdown_ng=ON in said.get("ifupdown-ng", []),
        not_at_boot=next(iter(said.get("networking", [])), ""),
        links=tuple(_pairs(said.get("link", []))),
        scripts=tuple(_pairs(said.get("script", []))),
        name_servers=tuple(dict.fromkeys(_servers(said.get("dns", [])))),
        root=next(iter(said.get("root", [])), ""),
    )


def _servers(values: Iterable[str]) -> Iterator[str]:
    """Addresses of name servers, but for one on the host itself."""
    for value in values:
        with suppress(ValueError):
            address = ip_address(value)
            if not address.is_loopback:
                yield str(address)


def _pairs(values: Iterable[str]) -> Iterator[tuple[str, str]]:
    for value in values:
        first, _, second = value.partition(" ")
        yield first, second


SCRIPT = r"""
cloud=absent
if command -v cloud-init >/dev/null; then
  cloud=on
  [ -e /etc/cloud/cloud-init.disabled ] && cloud=off
  for f in /etc/cloud/cloud.cfg /etc/cloud/cloud.cfg.d/*.cfg; do
    grep -v '^ *#' "$f" | tr -s '\n\t ' ' ' |
      grep -qE 'network: *\{? *config: *disabled' && cloud=off
  done
  grep -qwE 'cloud-init=disabled|network-config=disabled' /proc/cmdline && cloud=off
fi
echo "cloud-init $cloud"
[ -e /usr/share/ifupdown2 ] && echo "ifupdown2 on"
{ [ -d /usr/libexec/ifupdown-ng ] || [ -d /usr/lib/ifupdown-ng ]; } && echo "ifupdown-ng on"
if [ -d /run/systemd/system ]; then
  case $(systemctl is-enabled networking.service) in
    disabled|masked|masked-runtime) echo "networking networking.service is disabled";;
  esac
fi
if grep -qE '^[[:space:]]*CONFIGURE_INTERFACES=["'"'"']?no' /etc/default/networking; then
  echo "networking /etc/default/networking says CONFIGURE_INTERFACES=no"
fi
for f in /etc/network/interfaces /etc/network/interfaces.d /etc/network/interfaces.d/*; do
  [ -L "$f" ] && echo "link $f $(readlink -f "$f")"
done
names=$(ls /sys/class/net | grep -vxE 'lo|bonding_masters')
set -- /etc/network/if-*.d/* /etc/sysctl.conf /etc/sysctl.d/*.conf \
  /etc/keepalived/*.conf /etc/keepalived/*/*.conf /etc/dnsmasq.conf /etc/dnsmasq.d/* \
  /etc/default/isc-dhcp-server /etc/radvd.conf /etc/frr/*.conf /etc/bird.conf /etc/bird/*.conf \
  /etc/ppp/peers/*
[ -x /etc/rc.local ] && set -- "$@" /etc/rc.local
for f in $(grep -lwF -e "$names" "$@"); do
  grep -v '^[[:space:]]*[#;!]' "$f" | grep -owF -e "$names" | sort -u | sed "s|^|script $f |"
done
ls /etc/netplan/*.yaml /run/netplan/*.yaml /lib/netplan/*.yaml | grep -q . && echo "netplan on"
case $(readlink -f /etc/resolv.conf) in
  /run/resolvconf/*) cat /run/resolvconf/interface/*;;
  /run/systemd/resolve/*) cat /run/systemd/resolve/resolv.conf;;
esac | sed -n 's/^nameserver[[:space:]]*\([0-9A-Fa-f.:]*\).*/dns \1/p'
for s in connman wicked dhcpcd; do
  [ "$(systemctl is-active "$s")" = active ] && echo "service $s"
done
findmnt -n -v -o SOURCE,FSTYPE / | while read -r source kind; do
  case $kind in nfs*|cifs|smb3|ceph|9p) echo "root $kind"; continue;; esac
  lsblk -s -n -r -o KNAME,TRAN "$source" | while read -r n how; do
    case $n in nbd*|rbd*) echo "root ${n%%[0-9]*}";; esac
    case $how in iscsi|fcoe) echo "root $how";; esac
    d=/sys/block/$n/device
    cat "$d/transport" "$d"/nvme*/transport | sed -nE 's/^(tcp|rdma)$/root nvme-\1/p'
  done
done
"""
"""cloud-init(1) and its network configuration: what turns that off, by file or at boot;
/lib/systemd/system/networking.service and what it reads; interfaces(5): hook scripts; sysctl.d(5);
keepalived.conf(5): interface;
resolvconf(8) and systemd-resolved(8): where they keep name servers; findmnt(8), lsblk(8): TRAN."""
