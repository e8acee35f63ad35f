"""Networks as people have them, by what differs from a recorded node: what is refused, and how."""

from __future__ import annotations

import json
from typing import Any

import pytest

from steps.network.bridge import STEP
from tests.cases import answers_of, case_path, content
from wizard.model.facts import Facts
from wizard.model.review import Review, look
from wizard.model.step import Danger

NODES = ("node1", "node2")


def review(case: str, change: Any = None, answers: dict[str, Any] | None = None) -> Review:
    """The look at a recorded case after `change`, called with each node's facts."""
    whole = content(case_path("bridge", case))
    for host in NODES:
        if change:
            change(whole["facts"][host])
    return look(STEP, answers_of(answers or whole.get("answers", {})), Facts(whole["facts"]))


def managed(lines: str) -> Any:
    """A change: other programs manage interfaces."""

    def change(facts: dict[str, str]) -> None:
        facts["network"] = facts["network"].replace("== managed\n", f"== managed\n{lines}")

    return change


def owners(lines: str) -> Any:
    """A change: what else is seen of programs that write network files."""

    def change(facts: dict[str, str]) -> None:
        facts["network"] += f"== owners\n{lines}"

    return change


def rows(facts: dict[str, str], edit: Any) -> None:
    """Change the rows of `ip -j addr`."""
    head, _, rest = facts["network"].partition("== addr\n")
    line, _, tail = rest.partition("\n")
    links = json.loads(line)
    edit(links)
    facts["network"] = f"{head}== addr\n{json.dumps(links)}\n{tail}"


@pytest.mark.parametrize("program", ["NetworkManager", "systemd-networkd"])
def test_who_manages_the_card_with_the_address_is_named_with_a_mend(program: str) -> None:
    seen = review("synthetic-one-card-static", managed(f"ens3 {program}\n"))
    assert not seen.plan
    texts = [str(blocker) for blocker in seen.blockers]
    assert len(texts) == 2 and all(f"{program} manages it" in text for text in texts)
    assert all("taken as it is" in text and "choose another" not in text for text in texts)


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("bridge_ports bond0.100", "bridge_ports none"),
        ("bridge_ports bond0.100", "bridge_ports eno3"),
        ("    bridge_ports bond0.100\n", ""),
        ("/24", "/25"),
        ("auto br100\n", ""),
    ],
)
def test_a_bridge_that_would_not_come_up_as_it_is_is_said(said: str, instead: str) -> None:
    def change(facts: dict[str, str]) -> None:
        facts["ifupdown"] = facts["ifupdown"].replace(said, instead)

    seen = review("synthetic-bridge-over-vlan-over-bond", change)
    assert not seen.plan and len(seen.blockers) == 2
    assert all("would not come up so at boot" in str(blocker) for blocker in seen.blockers)


@pytest.mark.parametrize(
    "lines",
    [
        "bridge-ports bond0.100 eno3",
        "bridge_ports regex bond.*",
        "up ip link set bond0.100 master br100",
        "pre-up brctl addif br100 bond0.100",
    ],
)
def test_a_bridge_gets_its_ports_in_many_ways(lines: str) -> None:
    def change(facts: dict[str, str]) -> None:
        facts["ifupdown"] = facts["ifupdown"].replace("bridge_ports bond0.100", lines)

    seen = review("synthetic-bridge-over-vlan-over-bond", change)
    assert not seen.blockers and not seen.plan


def test_instances_on_the_bridge_are_in_no_way() -> None:
    def change(facts: dict[str, str]) -> None:
        rows(facts, lambda links: links.append({"ifname": "vif3.0", "master": "br100"}))
        facts["network"] = facts["network"].replace(
            "== managed", "vif3.0 carrier=1 physical=1 wireless=0 bridge=0\n== managed"
        )

    seen = review("synthetic-bridge-over-vlan-over-bond", change)
    assert not seen.blockers and not seen.plan and not seen.problems


@pytest.mark.parametrize("method", ["static", "dhcp"])
def test_a_stanza_under_another_name_of_the_card_is_said(method: str) -> None:
    def change(facts: dict[str, str]) -> None:
        text = facts["ifupdown"].replace("ens3", "enp0s3")
        facts["ifupdown"] = text.replace("inet static", f"inet {method}")

    seen = review("synthetic-one-card-static", change)
    assert not seen.plan and any("write ens3" in str(blocker) for blocker in seen.blockers)


def test_netplan_is_named_where_the_files_are_its_own() -> None:
    def change(facts: dict[str, str]) -> None:
        managed("ens3 systemd-networkd\n")(facts)
        owners("netplan on\n")(facts)

    seen = review("synthetic-one-card-static", change)
    assert all("netplan try" in blocker.mend for blocker in seen.blockers) and seen.blockers


def test_a_bond_that_no_file_makes_is_refused() -> None:
    def change(facts: dict[str, str]) -> None:
        facts["ifupdown"] = "==> /etc/network/interfaces <==\nauto lo\niface lo inet loopback\n"

    seen = review("synthetic-address-on-bond", change)
    assert seen.blockers and all("at boot" in str(blocker) for blocker in seen.blockers)


def test_one_bridge_that_is_there_gives_the_other_node_its_name() -> None:
    whole = content(case_path("bridge", "synthetic-bridge-over-vlan-over-bond"))
    plain = content(case_path("bridge", "synthetic-one-card-static"))
    facts = Facts({"node1": whole["facts"]["node1"], "node2": plain["facts"]["node2"]})
    seen = look(STEP, answers_of({}), facts)
    assert not seen.blockers and seen.answers.bridge.name == "br100"
    assert set(seen.plan.hosts) == {"node2"} and seen.plan.commands[-1].argv[5] == "br100"


def test_bridges_of_two_names_are_said() -> None:
    whole = content(case_path("bridge", "synthetic-bridge-over-vlan-over-bond"))
    for name in ("network", "ifupdown"):
        facts = whole["facts"]["node2"]
        facts[name] = facts[name].replace("br100", "br7")
    seen = look(STEP, answers_of({}), Facts(whole["facts"]))
    assert not seen.plan and {blocker.host for blocker in seen.blockers} == set(NODES)
    assert all("every node" in blocker.mend for blocker in seen.blockers)


@pytest.mark.parametrize("program", ["NetworkManager", "systemd-networkd"])
def test_a_bridge_that_another_program_made_is_taken(program: str) -> None:
    def change(facts: dict[str, str]) -> None:
        facts["ifupdown"] = ""
        facts["packages"] = ""
        lines = f"br100 {program}\nbond0.100 {program}\n"
        facts["network"] = facts["network"].replace("== managed\n", f"== managed\n{lines}")

    seen = review("synthetic-bridge-over-vlan-over-bond", change)
    assert not seen.blockers and not seen.plan and not seen.problems
    assert seen.answers.bridge.name == "br100"


def test_ifupdown2_is_not_removed_by_installing_ifupdown() -> None:
    seen = review("synthetic-one-card-static", owners("ifupdown2 on\n"))
    assert not seen.plan and all("ifupdown2" in str(blocker) for blocker in seen.blockers)

    def change(facts: dict[str, str]) -> None:
        facts["packages"] = facts["packages"].replace("ii \tifupdown\t", "ii \tifupdown2\t")

    assert not review("synthetic-one-card-static", change).plan
    kept = review("synthetic-bridge-over-vlan-over-bond", change)
    assert not kept.blockers and not kept.plan


@pytest.mark.parametrize("state", ["off", "absent"])
def test_cloud_init_that_leaves_the_network_alone_is_in_no_way(state: str) -> None:
    seen = review("synthetic-cloud-init-writes-it", owners(f"cloud-init {state}\n"))
    assert not seen.blockers and seen.plan
    assert review("synthetic-cloud-init-writes-it", owners("cloud-init on\n")).blockers


def test_a_decided_prefix_that_differs_is_said() -> None:
    answers = {"bridge": {"prefix": 24}}
    seen = review("synthetic-prefix-26", answers=answers)
    assert [
        str(b) for b in seen.blockers if "/26" in str(b) and "set bridge.prefix to 26" in b.mend
    ]
    assert not seen.plan


def test_another_card_than_what_lies_below_the_bridge_is_said() -> None:
    answers = {"bridge": {"device": {"node1": "eno3", "node2": "eno1"}}}
    seen = review("synthetic-bridge-over-vlan-over-bond", answers=answers)
    (blocker,) = seen.blockers
    assert blocker.host == "node1" and "not over eno3" in str(blocker)


def test_an_address_of_which_no_file_speaks_is_not_lost() -> None:
    def change(facts: dict[str, str]) -> None:
        extra = {"family": "inet", "local": "10.77.0.5", "prefixlen": 24, "scope": "global"}
        rows(facts, lambda links: links[1]["addr_info"].append(extra))

    seen = review("synthetic-one-card-static", change)
    assert all("10.77.0.5/24" in str(blocker) for blocker in seen.blockers) and seen.blockers


def test_a_stanza_that_says_another_prefix_than_the_kernel_is_said() -> None:
    def change(facts: dict[str, str]) -> None:
        facts["ifupdown"] = facts["ifupdown"].replace("255.255.255.0", "255.255.0.0")

    seen = review("synthetic-one-card-static", change)
    assert all("says 192.168.0.11" in str(blocker) for blocker in seen.blockers) and seen.blockers


def test_a_lease_on_a_bond_is_refused() -> None:
    def change(facts: dict[str, str]) -> None:
        head, _, _ = facts["ifupdown"].partition("inet static\n")
        facts["ifupdown"] = head + "inet dhcp\n    bond-slaves eno1 eno2\n"

    seen = review("synthetic-address-on-bond", change)
    assert all("DHCP" in str(blocker) for blocker in seen.blockers) and seen.blockers


def test_a_tunnel_is_no_port() -> None:
    def change(facts: dict[str, str]) -> None:
        def edit(links: list[dict[str, Any]]) -> None:
            links[1]["linkinfo"] = {"info_kind": "wireguard"}

        rows(facts, edit)

    seen = review("synthetic-one-card-static", change)
    assert seen.blockers and not seen.plan


def test_words_of_ip_that_make_no_sense_are_refused() -> None:
    def change(facts: dict[str, str]) -> None:
        rows(facts, lambda links: links[1]["addr_info"][0].update(label="ens3; reboot"))

    seen = review("synthetic-one-card-static", change)
    assert seen.blockers and not seen.plan


def test_what_excludes_a_bridge_is_refused() -> None:
    def change(facts: dict[str, str]) -> None:
        rider = {"ifname": "mv0", "link": "ens3", "linkinfo": {"info_kind": "macvlan"}}
        rows(facts, lambda links: links.append(rider))

    seen = review("synthetic-one-card-static", change)
    assert seen.blockers and all("mv0" in str(blocker) for blocker in seen.blockers)


@pytest.mark.parametrize(
    "route",
    [
        {"dst": "10.0.0.0/8", "nexthops": [{"gateway": "192.168.0.7", "dev": "ens3"}]},
        {"dst": "10.0.0.0/8", "via": {"family": "inet6", "host": "fe80::1"}, "dev": "ens3"},
    ],
)
def test_a_route_that_could_not_be_given_back_is_refused(route: dict[str, Any]) -> None:
    def change(facts: dict[str, str]) -> None:
        facts["network"] += f"== route4\n{json.dumps([route])}\n"

    seen = review("synthetic-one-card-static", change)
    assert seen.blockers and all("route" in str(blocker) for blocker in seen.blockers)


@pytest.mark.parametrize("part", ["addr", "route"])
def test_what_cannot_be_read_is_not_taken_for_nothing(part: str) -> None:
    def change(facts: dict[str, str]) -> None:
        facts["network"] = facts["network"].replace(f"== {part}\n[{{", f"== {part}\n[{{{{")

    seen = review("synthetic-one-card-static", change)
    assert seen.blockers and not seen.plan
    assert all("not understood" in str(blocker) for blocker in seen.blockers)


@pytest.mark.parametrize("case", ["synthetic-address-on-bond", "synthetic-address-on-vlan"])
def test_an_address_in_use_moves_on_one_node_after_the_other(case: str) -> None:
    switches = [command for command in review(case).plan.commands if command.rollback]
    assert [command.stage for command in switches] == [1, 2]
    assert {command.danger for command in switches} == {Danger.OUTAGE}
    for command in switches:
        assert "flush" in command.argv
        assert any(word.startswith("addr replace 192.168.0.11") for word in command.rollback)
        assert any(word.startswith("route replace default") for word in command.rollback)
