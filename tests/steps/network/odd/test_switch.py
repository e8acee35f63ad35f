"""What the switch and its way back do beside the address: rules, routes, aliases."""

from __future__ import annotations

from tests.steps.network.odd.nodes import (
    GATEWAY,
    IP,
    LO,
    STATIC,
    link,
    route,
    seen,
    written,
)

RULES = (
    f"    up ip rule add from {IP} table 100 priority 7\n"
    f"    up ip -6 rule add from 2001:db8::/64 table 100\n    up ip rule add iif $IFACE table 9\n"
)


def test_rules_are_added_once_on_the_way_there_and_back() -> None:
    """docs.ovh.com, vRack: `post-up ip rule add` without a `down`; ifup(8) adds it a second time,
    and where it has a priority that is an error.
    """
    gone = f"rule del from {IP} table 100 priority 7\n-6 rule del from 2001:db8::/64 table 100"
    review = seen(LO + STATIC + RULES)
    switch = review.plan.on("node1")[-1]
    assert switch.argv[10] == gone and switch.rollback[10] == gone
    assert not [word for word in switch.rollback[11:] if "rule" in word], "ifup(8) adds them"
    bond = [link("eno1", master="bond0"), link("bond0", f"{IP}/24", kind="bond")]
    review = seen(LO + STATIC.replace("eth0", "bond0") + RULES, bond)
    switch = review.plan.on("node1")[-1]
    added = [word for word in switch.rollback[11:] if "rule" in word]
    assert added == [line.replace(" del ", " add ") for line in gone.split("\n")]


def test_routes_over_other_cards_are_added_once_as_well() -> None:
    files = LO + STATIC + "    up ip route add 10.7.0.0/16 via 10.5.0.1 metric 9\n"
    links = [link("eth0", f"{IP}/24"), link("eth1", "10.5.0.2/24")]
    ways = [
        route("default", gateway=GATEWAY),
        route("10.7.0.0/16", "eth1", gateway="10.5.0.1", metric=9),
        route("10.8.0.0/16", "eth1", gateway="10.5.0.1"),
    ]
    switch = seen(files, links, ways).plan.on("node1")[-1]
    gone = "route del 10.7.0.0/16 via 10.5.0.1 dev eth1 table main metric 9"
    assert switch.argv[10] == gone and switch.rollback[10] == gone
    assert switch.argv[12].endswith("\nroute show 10.7.0.0/16 dev eth1 table main")
    assert "route replace 10.7.0.0/16 via 10.5.0.1 dev eth1 metric 9" in switch.rollback
    assert "10.8.0.0" not in str(switch.argv) + str(switch.rollback)


def test_the_switch_ends_well_only_with_all_that_the_card_had() -> None:
    links = [link("eth0", f"{IP}/24", "2001:db8::2/64")]
    files = LO + STATIC + "\niface eth0 inet6 static\n    address 2001:db8::2/64\n"
    ways = [
        route("default", gateway=GATEWAY),
        route("10.7.0.0/16", gateway="192.168.0.9", table="100"),
    ]
    switch = seen(files, links, ways).plan.on("node1")[-1]
    assert switch.argv[12].split("\n") == [
        f"addr show dev xenbr0 to {IP}",
        "addr show dev xenbr0 to 2001:db8::2",
        "route show default dev xenbr0 table main",
        "route show 10.7.0.0/16 dev xenbr0 table 100",
    ]


def test_a_route_of_another_stanza_is_not_written_down_but_given_now() -> None:
    files = (
        f"{LO}{STATIC}\nauto eth1\niface eth1 inet static\n    address 10.5.0.2/24\n"
        "    up ip route add 10.7.0.0/16 via 192.168.0.9\n"
    )
    links = [link("eth0", f"{IP}/24"), link("eth1", "10.5.0.2/24")]
    ways = [route("default", gateway=GATEWAY), route("10.7.0.0/16", gateway="192.168.0.9")]
    review = seen(files, links, ways)
    switch = review.plan.on("node1")[-1]
    assert switch.argv[11] == "route replace 10.7.0.0/16 via 192.168.0.9 dev xenbr0"
    assert "route show 10.7.0.0/16 dev xenbr0 table main" in switch.argv[12]
    text = written(review)
    assert text.count("10.7.0.0/16") == 1
    assert text.index("auto xenbr0\n") < text.index("auto eth1\n")


def test_aliases_come_up_with_the_bridge_and_go_with_it() -> None:
    files = LO + STATIC + "\nauto eth0:1\niface eth0:1 inet static\n    address 10.8.0.2/24\n"
    card = link("eth0", f"{IP}/24", "10.8.0.2/24")
    card["addr_info"][1]["label"] = "eth0:1"
    switch = seen(files, [card]).plan.on("node1")[-1]
    assert switch.argv[9] == "xenbr0:1" and switch.rollback[9] == "xenbr0:1"


def test_what_somebody_waits_for_is_not_offered() -> None:
    links = [link("eth0", "10.0.2.2/24"), link("eth1"), link("eth2")]
    review = seen(LO, links, managed="eth1 NetworkManager watched\n")
    assert review.answers.bridge.device["node1"] == "eth2"
