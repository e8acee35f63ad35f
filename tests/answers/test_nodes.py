"""Changing the servers: what else follows them."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from pydantic import ValidationError

from wizard.answers import Answers, Hosts, Instance, Instances, Node
from wizard.answers.nodes import with_nodes
from wizard.answers.proposals import proposed
from wizard.base.errors import AnswersError


def servers(*rows: tuple[str, str]) -> list[Node]:
    return [Node(name=name, ip=IPv4Address(ip)) for name, ip in rows]


def test_the_articles_servers_get_the_articles_names() -> None:
    found, answers = proposed(Answers().nodes), Answers()
    assert (found.cluster, found.cluster_ip) == (
        answers.hosts.cluster_name,
        answers.hosts.cluster_ip,
    )
    (only,) = answers.instance.wanted
    assert (found.instance, found.instance_ip) == (only.name, only.ip)


def test_names_and_addresses_follow_the_servers() -> None:
    answers = with_nodes(
        Answers(), servers(("a.isp.net", "10.1.2.254"), ("b.isp.net", "10.1.2.7")), {"node1": "a"}
    )
    assert (answers.hosts.cluster_name, str(answers.hosts.cluster_ip)) == (
        "cluster1.isp.net",
        "10.1.2.1",
    )
    (only,) = answers.instance.wanted
    assert (only.name, str(only.ip), only.primary, only.secondary) == (
        "inst1.isp.net",
        "10.1.2.2",
        "b",
        "a",
    )
    answers = with_nodes(
        answers, servers(("a.isp.net", "10.1.2.10"), ("b.isp.net", "10.1.2.11")), {}
    )
    assert [str(answers.hosts.cluster_ip), str(answers.instance.wanted[0].ip)] == [
        "10.1.2.12",
        "10.1.2.13",
    ]


def test_a_server_may_take_an_address_that_was_only_proposed() -> None:
    rows = (("node1.name.org", "192.168.0.113"), ("node2.name.org", "192.168.0.114"))
    answers = with_nodes(Answers(), servers(*rows), {})
    assert [str(answers.hosts.cluster_ip), str(answers.instance.wanted[0].ip)] == [
        "192.168.0.115",
        "192.168.0.116",
    ]


def test_what_the_operator_decided_stays() -> None:
    mine = Answers(
        hosts=Hosts(cluster_name="c.name.org", cluster_ip=IPv4Address("192.168.0.9")),
        instance=Instances(
            wanted=[Instance(name="billing.name.org", ip=IPv4Address("192.168.0.8"))]
        ),
    )
    answers = with_nodes(
        mine,
        servers(("a.isp.net", "10.1.2.3"), ("b.isp.net", "10.1.2.4")),
        {"node1": "a", "node2": "b"},
    )
    assert answers.hosts == mine.hosts
    assert [(one.name, str(one.ip), one.primary) for one in answers.instance.wanted] == [
        ("billing.name.org", "192.168.0.8", "b")
    ]


def test_a_cluster_that_was_begun_keeps_its_names_and_addresses() -> None:
    third = servers(
        ("node1.name.org", "192.168.0.111"),
        ("node2.name.org", "192.168.0.112"),
        ("node3.name.org", "192.168.0.120"),
    )
    followed, kept = (
        with_nodes(Answers(), third, {}),
        with_nodes(Answers(), third, {}, settled=True),
    )
    assert str(followed.hosts.cluster_ip) == "192.168.0.121"
    assert [str(kept.hosts.cluster_ip), str(kept.instance.wanted[0].ip)] == [
        "192.168.0.113",
        "192.168.0.114",
    ]


def test_a_clash_with_a_decision_is_refused() -> None:
    mine = Answers(hosts=Hosts(cluster_ip=IPv4Address("192.168.0.9")))
    with pytest.raises(AnswersError, match=r"192\.168\.0\.9 is used twice"):
        with_nodes(mine, servers(("a.isp.net", "192.168.0.9"), ("b.isp.net", "192.168.0.10")), {})


@pytest.mark.parametrize("hosts", [[], "", [["cluster_name", "c.name.org"]]])
def test_a_section_that_is_none_is_no_empty_one(hosts: object) -> None:
    nodes = [{"name": f"node{n}.name.org", "ip": f"192.168.0.{n}"} for n in (11, 12)]
    with pytest.raises(ValidationError, match="hosts"):
        Answers.model_validate({"nodes": nodes, "hosts": hosts})
