"""The commands in hooks, in the forms that people write."""

from __future__ import annotations

import pytest

from steps.network.commands import gives, gives_default, made, routes_added, rules_added, says
from steps.network.hooks import verdict
from steps.network.options import Belongs

IP, GATEWAY = "192.168.0.111", "192.168.0.1"


@pytest.mark.parametrize(
    "command",
    [
        f"ip addr add {IP}/24 dev eth0",
        f"/sbin/ip a a {IP}/24 dev eth0",
        f"ip -4 address replace dev eth0 {IP}/24",
        f"ip -f inet addr add local {IP}/24 brd + dev eth0 label eth0:1",
        f"ip addr add {IP} peer {GATEWAY}/32 dev eth0 || true",
        f"ip addr add {IP}/24 dev eth0 # office",
    ],
)
def test_a_command_that_gives_the_address_and_no_more(command: str) -> None:
    assert gives(command, IP)


@pytest.mark.parametrize(
    "command",
    [
        f"ip addr add 10.0.0.2/24 broadcast {IP} dev eth0",
        f"ip addr add 10.0.0.2 peer {IP}/32 dev eth0",
        f"ip addr add {IP}1/24 dev eth0",
        f"ip addr del {IP}/24 dev eth0",
        f"ip addr add {IP}/24 dev eth0 && ip route add default via {GATEWAY}",
        f"ip addr add {IP}/24 dev eth0 || /sbin/alarm",
        f"ip route add {IP}/32 dev eth0",
        f"sh -c 'ip addr add {IP}/24 dev eth0'",
        f"ip addr add '{IP}/24",
        "ip",
        "",
    ],
)
def test_a_command_that_does_something_else(command: str) -> None:
    assert not gives(command, IP)


@pytest.mark.parametrize(
    "command",
    [
        f"ip route add default via {GATEWAY}",
        f"ip -4 r a default via {GATEWAY} dev eth0 metric 0",
        f"ip ro replace 0/0 via {GATEWAY} || true",
        f"ip route add to 0.0.0.0/0 via {GATEWAY} table main",
        f"ip route add via {GATEWAY}",
        f"sleep 1; ip route append default via {GATEWAY} src {IP}",
        f"route add default gw {GATEWAY} eth0",
        f"/sbin/route add -net 0.0.0.0 netmask 0.0.0.0 gw {GATEWAY}",
    ],
)
def test_the_default_route_in_many_forms(command: str) -> None:
    assert gives_default(command, GATEWAY)


@pytest.mark.parametrize(
    "command",
    [
        f"ip route add default via {GATEWAY} table 100",
        f"ip route add default via {GATEWAY}0",
        f"ip route add 10.0.0.0/8 via {GATEWAY} metric 0",
        f"ip route del default via {GATEWAY}",
        f"ip rule add from {GATEWAY} table 0",
        f"route del default gw {GATEWAY}",
        f"echo default {GATEWAY}",
        "ip route add default dev eth0",
        "ip route add to",
    ],
)
def test_what_is_no_default_route(command: str) -> None:
    assert not gives_default(command, GATEWAY)


@pytest.mark.parametrize(
    ("command", "place"),
    [
        ("ip link set dev eth0 mtu 9000 txqueuelen 5000 up", Belongs.LINK),
        ("ip l set eth0 promisc on", Belongs.LINK),
        ("ip link set eth0 vf 0 mac 52:54:00:00:00:01 trust on", Belongs.LINK),
        ("ip link add link eth0 name eth0.7 type vlan id 7", Belongs.LINK),
        ("ifup eth0.5", Belongs.LINK),
        ("ifup eth0:5", Belongs.ADDRESS),
        ("ip token set ::5 dev eth0", Belongs.ADDRESS),
        ("arp -i eth0 -s 192.168.0.1 52:54:00:00:00:01", Belongs.ADDRESS),
        ("/sbin/ifenslave eth0 eno1 eno2", Belongs.LINK),
        ("ifenslave -c $IFACE eno1", Belongs.LINK),
        ("ifenslave bond0 eth0", None),
        ("ifenslave bond0 $IFACE", None),
        ("ip link set eth0 master br7", None),
        ("ip link set eth0 nomaster", None),
        ("ip link set eth0 netns blue", None),
        ("ip link set eth0 name lan", None),
        ("ip link delete eth0", None),
        ("ip link add mv0 link eth0 type macvlan", None),
        ("ip link add vx0 type vxlan id 7 dev eth0", None),
        ("ip link set eth0 mtu", None),
        ("ip tunnel add t0 mode gre remote 192.0.2.1 dev eth0", None),
        ("echo a#b; ip link delete eth0", None),
    ],
)
def test_where_a_command_of_the_card_belongs(command: str, place: Belongs | None) -> None:
    judged = verdict(command, "eth0")
    assert (judged.place if judged else None) is place


@pytest.mark.parametrize(
    ("command", "added"),
    [
        ("ip r a 10.1.2.3/8 via 10.0.0.1 table 7", [("10.0.0.0/8", "10.0.0.1", "7")]),
        ("ip route add to 10.0.0.9/32 dev eth0", [("10.0.0.9", "", "main")]),
        ("ip -6 route add ::/0 via fe80::1 dev eth0", [("default", "fe80::1", "main")]),
        (
            "route add -net 10.0.0.0 netmask 255.0.0.0 gw 10.9.9.9; route add -host 10.1.1.1 eth0",
            [("10.0.0.0/8", "10.9.9.9", "main"), ("10.1.1.1", "", "main")],
        ),
        ("route add -net 10.0.0.0/8 gw 10.9.9.9", [("10.0.0.0/8", "10.9.9.9", "main")]),
        ("route -A inet6 add default gw FE80:0::1 dev eth0", [("default", "fe80::1", "main")]),
        ("route --inet6 add 2001:db8::/32 dev eth0", [("2001:db8::/32", "", "main")]),
        ("route -6 add ::/0 gw fe80::1 eth0", [("default", "fe80::1", "main")]),
        ("ip route add 10.0.0.0/8 via '' dev eth0", [("10.0.0.0/8", "", "main")]),
        ("ip route del 10.0.0.0/8", []),
        ("ip route add", [("", "", "main")]),
        ("route add", [("", "", "main")]),
    ],
)
def test_routes_are_known(command: str, added: list[tuple[str, str, str]]) -> None:
    assert list(routes_added(command)) == added


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("ip link add link eth0 name v7 type vlan id 7", ["v7"]),
        ("ip link add d0 type dummy; ip link set d0 up", ["d0"]),
        ("ip tunnel add t0 mode gre remote 192.0.2.1", ["t0"]),
        ("ip link add d0 type dummy || true", []),
        ("ip link set d0 up", []),
    ],
)
def test_what_a_command_makes(command: str, names: list[str]) -> None:
    assert list(made(command)) == names


def test_rules_are_known_with_their_words() -> None:
    line = "ip rule add from 10.0.0.0/8 table 7; ip -6 ru a to 2001:db8::/32 pref 9 || true"
    assert [rule.words("del") for rule in rules_added(line)] == [
        "rule del from 10.0.0.0/8 table 7",
        "-6 rule del to 2001:db8::/32 pref 9",
    ]
    for other in (
        "ip rule add iif $IFACE table 7",
        "ip rule del from 10.0.0.1",
        "ip rule add '",
        "",
    ):
        assert not list(rules_added(other))


@pytest.mark.parametrize(
    ("text", "address", "named"),
    [
        ("address 2001:DB8:0:0::0:2/64", "2001:db8::2", True),
        ("up ip -6 addr add 2001:0db8::0002/64 dev eth0", "2001:db8::2", True),
        ("address 2001:db8::22/64", "2001:db8::2", False),
        ("hwaddress 02:00:00:00:00:02", "2001:db8::2", False),
        ("address 192.168.0.11/24", "192.168.0.1", False),
        ("address 192.168.0.1/24", "192.168.0.1", True),
    ],
)
def test_an_address_is_known_in_any_form(text: str, address: str, named: bool) -> None:
    assert says(text, address) is named
