"""What of an `iface` stanza goes with the address and what stays, and what is refused."""

from __future__ import annotations

import pytest

from steps.network.hooks import renamed, verdict
from steps.network.ifupdown import Wanted, configured, rewritten
from steps.network.options import TABLE, Belongs, belongs
from steps.network.owned import owner
from steps.network.stanzas import MAIN, active, stanzas
from steps.network.unclear import unclear

WANTED = Wanted("xenbr0", "eth0", "192.168.0.111/24", "192.168.0.1")
HEAD = "auto eth0\niface eth0 inet static\n    address 192.168.0.111/24\n"


def after(text: str, wanted: Wanted = WANTED) -> tuple[str, str]:
    """The card's stanza and the bridge's, of a main file that is rewritten."""
    files = {MAIN: text}
    assert not list(unclear(files, wanted)), list(unclear(files, wanted))
    written = rewritten(files, wanted)[MAIN]
    assert configured({MAIN: written}, wanted)
    card, _, bridge = written.partition("auto xenbr0\n")
    return card, bridge


@pytest.mark.parametrize(
    "line",
    [
        "mtu 9000",
        "hwaddress ether 02:00:00:00:00:01",
        "bond-slaves eno1 eno2",
        "bond_mode 802.3ad",
        "bond-xmit-hash-policy layer3+4",
        "vlan-raw-device eno1",
        "link-speed 1000",
        "ethernet-wol g",
        "offload-tso off",
        "hardware-dma-ring-rx 4096",
        "post-up ethtool -K eth0 gso off",
        "up ip link set $IFACE txqueuelen 5000",
        "pre-up /sbin/ip link set dev eth0 promisc on || true",
        "post-up tc qdisc add dev eth0 root fq",
        "up echo 0 > /sys/class/net/eth0/queues/rx-0/rps_cpus",
    ],
)
def test_what_belongs_to_the_link_stays(line: str) -> None:
    card, bridge = after(f"{HEAD}    {line}\n    gateway 192.168.0.1\n")
    assert f"    {line}\n" in card
    assert line not in bridge
    assert "auto eth0\n" in card


@pytest.mark.parametrize(
    ("line", "moved"),
    [
        ("gateway 192.168.0.1", "gateway 192.168.0.1"),
        ("broadcast 192.168.0.255", "broadcast 192.168.0.255"),
        ("metric 20", "metric 20"),
        ("pointopoint 192.168.0.1", "pointopoint 192.168.0.1"),
        ("dns-nameservers 192.168.0.1", "dns-nameservers 192.168.0.1"),
        ("ip-rp-filter 0", "ip-rp-filter 0"),
        (
            "up ip route add 10.0.0.0/8 via 192.168.0.2 dev eth0",
            "up ip route add 10.0.0.0/8 via 192.168.0.2 dev xenbr0",
        ),
        (
            "up route add -net 10.0.0.0 netmask 255.0.0.0 gw 192.168.0.2 dev eth0 || true",
            "up route add -net 10.0.0.0 netmask 255.0.0.0 gw 192.168.0.2 dev xenbr0 || true",
        ),
        ("up sysctl -w net.ipv4.conf.eth0.arp_filter=1", "net.ipv4.conf.xenbr0.arp_filter=1"),
        (
            "up echo 1 > /proc/sys/net/ipv4/conf/eth0/proxy_arp",
            "up echo 1 > /proc/sys/net/ipv4/conf/xenbr0/proxy_arp",
        ),
        ("up ip -4 addr add 10.1.1.1/24 dev eth0 label eth0:7", "dev xenbr0 label xenbr0:7"),
        ("up ip route add 10.0.0.0/8 via 192.168.0.2 dev $IFACE", "dev $IFACE"),
        ("pre-up iptables-restore < /etc/iptables.rules", "pre-up iptables-restore <"),
        ("up ip route add 10.5.0.0/16 dev eth0.5", "dev eth0.5"),
    ],
)
def test_what_belongs_to_the_address_moves(line: str, moved: str) -> None:
    card, bridge = after(f"{HEAD}    {line}\n")
    assert moved in bridge
    assert line not in card


@pytest.mark.parametrize(
    "line",
    [
        "frobnicate yes",
        "bond-master bond0",
        "bridge_ports eth1",
        "wpa-ssid home",
        "up iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE",
        "up /usr/local/sbin/firewall eth0",
        "up /usr/local/sbin/firewall $IFACE",
        "up ip addr add 10.0.0.1/24 dev eth0; ethtool -s eth0 wol g",
        "up sh -c 'ip route add 10.0.0.0/8 dev eth0'",
        "pre-up ip route add 10.0.0.0/8 dev eth0",
        "up ip route add $(cat /etc/net) dev eth0",
        "up ip rule add iif eth0 table 7 'unclosed",
    ],
)
def test_what_is_not_understood_is_refused(line: str) -> None:
    (why,) = unclear({MAIN: f"{HEAD}    {line}\n"}, WANTED)
    assert line.split()[0] in why


@pytest.mark.parametrize(
    "text",
    [
        "source /etc/network/$(hostname)\n",
        "source ~/net\n",
        "mapping eth*\n    script /usr/local/sbin/where\n",
        "auto eth0=home\n",
        "auto /eth*=home\n",
        "no-scripts eth0\n",
        "iface bond0 inet manual\n    bond-slaves eth0 eth1\n",
        "iface br7 inet manual\n    bridge_ports eth0\n",
        "iface br7 inet manual\n    bridge_ports all\n",
        "iface eth1 inet manual\n    up ip route add 10.0.0.0/8 dev eth0\n",
        "iface eth0 inet static inherits office\n",
        "iface eth0 inet ppp\n",
        "iface eth7 inet static\n    address 192.168.0.111/24\n",
        "iface eth0 inet tunnel\n",
        "iface eth0 inet6 v4tunnel\n",
        "iface eth0:1 inet static\n    address 192.168.0.111/24\n",
        "iface xenbr0 inet manual\n    bridge_ports eth1\n",
        "iface xenbr0 inet manual\n    bridge_ports eth0\n    bridge_vlan_aware yes\n",
    ],
)
def test_stanzas_that_are_not_understood_are_refused(text: str) -> None:
    assert list(unclear({MAIN: HEAD + text}, WANTED))


def test_a_file_elsewhere_is_not_changed() -> None:
    files = {MAIN: "source /srv/net/*\n", "/srv/net/eth0": HEAD}
    assert any("/srv/net/eth0" in why for why in unclear(files, WANTED))


def test_every_option_of_the_table_has_a_place_and_a_source() -> None:
    for place, names in TABLE.items():
        for name, source in names.items():
            assert belongs(name) is place and source
    assert belongs("bond_anything_to_come") is Belongs.LINK
    assert belongs("never_heard_of") is None


def test_vlans_and_what_depends_on_the_card_keep_their_order() -> None:
    bond = "auto bond0\niface bond0 inet static\n    address 192.168.0.111/24\n"
    vlan = "\nauto bond0.5\niface bond0.5 inet static\n    address 10.5.0.1/24\n"
    wanted = Wanted("xenbr0", "bond0", "192.168.0.111/24", starts_card=True)
    text = rewritten({MAIN: f"{bond}    bond-slaves none\n{vlan}"}, wanted)[MAIN]
    places = [text.index(name) for name in ("auto bond0\n", "auto bond0.5\n", "auto xenbr0\n")]
    assert places == sorted(places)
    assert "iface bond0.5 inet static\n    address 10.5.0.1/24\n" in text


def test_an_alias_becomes_one_of_the_bridge() -> None:
    alias = "auto eth0:1\niface eth0:1 inet static\n    address 10.1.1.1/24\n"
    card, bridge = after(HEAD + alias)
    assert "eth0:1" not in card
    assert "auto xenbr0:1\n" in bridge
    assert "iface xenbr0:1 inet static\n    address 10.1.1.1/24\n" in bridge


def test_only_files_that_ifup_reads_count() -> None:
    files = {
        MAIN: "source-directory interfaces.d\nsource more/*.cfg\n",
        f"{MAIN}.d/eth0": HEAD,
        f"{MAIN}.d/eth0.bak": HEAD,
        "/etc/network/more/a.cfg": "",
        "/etc/network/more/.b.cfg": "",
        "/etc/network/more/deeper/c.cfg": "",
    }
    assert active(files) == (MAIN, f"{MAIN}.d/eth0", "/etc/network/more/a.cfg")


@pytest.mark.parametrize(
    ("path", "text", "program"),
    [
        (f"{MAIN}.d/50-cloud-init", "", "cloud-init"),
        (MAIN, "# This file is generated from information by cloud-init\n", "cloud-init"),
        (MAIN, "# Ansible managed: do not edit\n", "Ansible"),
        (MAIN, "# This file is managed by Puppet\n", "Puppet"),
        (MAIN, "# This file describes the network interfaces on your system\n", ""),
        (MAIN, "iface eth0 inet static # managed by Puppet\n", ""),
        (MAIN, "### Hetzner Online GmbH installimage\n", ""),
    ],
)
def test_who_writes_a_file(path: str, text: str, program: str) -> None:
    assert owner(path, text) == program


@pytest.mark.parametrize(
    ("lines", "interface"),
    [
        ("address 192.168.0.5/26", "192.168.0.5/26"),
        ("address 192.168.0.5\nnetmask 255.255.255.192", "192.168.0.5/26"),
        ("address 192.168.0.5\nnetmask 26", "192.168.0.5/26"),
        ("address 192.168.0.5/26\nnetmask 255.255.255.0", "192.168.0.5/24"),
        ("address 192.168.0.5", "192.168.0.5/24"),
        ("address 10.1.2.3", "10.1.2.3/8"),
        ("address nonsense", ""),
        ("gateway 192.168.0.1", ""),
    ],
)
def test_an_address_is_read_as_ifup_reads_it(lines: str, interface: str) -> None:
    (stanza,) = stanzas(f"iface eth0 inet static\n{lines}\n")
    assert stanza.interface == interface


def test_another_interface_is_not_taken_for_the_card() -> None:
    assert renamed("dev eth0 eth0.5 veth0 eth01 my-eth0 eth0:1", "eth0", "br0") == (
        "dev br0 eth0.5 veth0 eth01 my-eth0 br0:1"
    )
    assert renamed("net.ipv4.conf.eth0/100.x", "eth0.100", "br0") == "net.ipv4.conf.br0.x"
    assert verdict("ip link set eth0.5 up", "eth0") is not None
