"""Programs that write the network's configuration by themselves, as far as files show it."""

from __future__ import annotations

from dataclasses import dataclass

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

    @property
    def cloud_init_may_write(self) -> bool:
        """Whether cloud-init may write files of its own anew; yes where it is unknown."""
        return self.cloud_init not in (ABSENT, OFF)


UNSEEN = Owners()
"""Where nobody looked."""


def parse_owners(text: str) -> Owners:
    """Read lines such as `cloud-init on`, `ifupdown2 on`, `service connman`."""
    cloud_init = ""
    switched_on = set()
    services = []
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        if name == CLOUD_INIT and value in (ABSENT, OFF, ON):
            cloud_init = value
        elif name == "service":
            services.append(value)
        elif value == ON:
            switched_on.add(name)
    return Owners(
        cloud_init=cloud_init,
        ifupdown2="ifupdown2" in switched_on,
        netplan="netplan" in switched_on,
        services=tuple(services),
    )


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
ls /etc/netplan/*.yaml /run/netplan/*.yaml /lib/netplan/*.yaml | grep -q . && echo "netplan on"
for s in connman wicked dhcpcd; do
  [ "$(systemctl is-active "$s")" = active ] && echo "service $s"
done
"""
"""cloud-init(1) and its network configuration: what turns that off, by file or at boot."""
