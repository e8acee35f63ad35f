"""Answers out of config.data: those that it was made of, or what a foreign cluster allows."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steps import by_id
from steps.recover.adopt.adoption import from_copy
from steps.recover.adopt.configuration import read
from steps.recover.adopt.document import document
from steps.recover.adopt.sources import Sources
from tests.cases import answers_of, case_path, load
from tests.steps.recover.adopt.configdata import CANARY, configuration, identity, told_by
from tests.steps.recover.adopt.foreign import MASTER, OTHER, foreign
from wizard.answers import Answers, Ssh
from wizard.answers.documents import loads, write
from wizard.answers.limits import VG_NAMES
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.model.review import State, look

LABEL = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
GROUP = LABEL.filter(lambda name: name not in VG_NAMES)
"""A volume group's name: some are /dev's own."""
HELD = ("name", "ip", "primary", "secondary", "disk_mib", "swap_mib", "memory_mib", "vcpus")


@st.composite
def built(draw: st.DrawFn) -> Answers:
    """Answers of a build: two nodes, up to three instances, all in one network."""
    shorts = draw(st.lists(LABEL, min_size=6, max_size=6, unique=True))
    domain = f"{draw(LABEL)}.org"
    hosts = draw(st.lists(st.integers(1, 250), min_size=6, max_size=6, unique=True))
    ips = [f"10.20.30.{number}" for number in hosts]
    first = draw(st.integers(0, 1))
    wanted = []
    for number in range(draw(st.integers(0, 3))):
        wanted.append(
            {
                "name": f"{shorts[3 + number]}.{domain}",
                "ip": ips[3 + number],
                "primary": shorts[first],
                "secondary": shorts[1 - first],
                "disk_mib": draw(st.integers(1024, 1 << 20)),
                "swap_mib": draw(st.integers(64, 1 << 14)),
                "memory_mib": draw(st.integers(128, 1 << 16)),
                "vcpus": draw(st.integers(1, 32)),
                "suite": draw(st.sampled_from(["bookworm", "trixie"])),
            }
        )
    two = draw(st.booleans())
    nodes = []
    for number in range(2):
        second = f"172.16.0.{hosts[number]}" if two else ""
        node = {"name": f"{shorts[number]}.{domain}", "ip": ips[number], "secondary_ip": second}
        nodes.append(node)
    return Answers.model_validate(
        {
            "nodes": nodes,
            "hosts": {"cluster_name": f"{shorts[2]}.{domain}", "cluster_ip": ips[2]},
            "bridge": {"name": draw(st.sampled_from(["xenbr0", "br1"])), "prefix": 24},
            "lvm": {"vg": draw(GROUP)},
            "xen": {"hypervisor": draw(st.sampled_from(["xen-pvm", "kvm"]))},
            "cluster": {"resync_kib": draw(st.integers(512, 4194304))},
            "instance": {"wanted": wanted},
        }
    )


def adopted(data: Any, **given: Any) -> tuple[Answers, tuple[str, ...]]:
    return document(Sources(known=read(data), origin="node1", **given))


def held(answers: Answers) -> dict[str, Any]:
    """The part of answers that config.data holds."""
    wanted = []
    for one in sorted(answers.instance.wanted, key=lambda one: one.name):
        wanted.append({**{name: getattr(one, name) for name in HELD}, "suite": one.suite})
    return {
        "nodes": [(node.name, node.ip, node.secondary_ip) for node in answers.nodes],
        "hosts": answers.hosts,
        "bridge": (answers.bridge.name, answers.bridge.prefix),
        "vg": answers.lvm.vg,
        "hypervisor": answers.xen.hypervisor,
        "cluster": answers.cluster,
        "wanted": wanted,
    }


@pytest.mark.slow
@given(built())
@settings(max_examples=40, deadline=None)
def test_a_build_s_own_configuration_gives_its_answers(answers: Answers) -> None:
    data = json.loads(json.dumps(configuration(answers)))
    made, told = adopted(data)
    assert held(made) == held(answers)
    assert told == ()
    # With the kit below, nothing differs either, and what only the kit has is kept.
    kit = answers.model_copy(update={"card": answers.card})
    again, told = adopted(data, kit=kit)
    assert again == kit
    assert told == ()
    assert CANARY not in write(again)


def recorded(step: str) -> dict[str, Any]:
    """A finished cluster's config.data, by what a recorded node said of it."""
    facts = json.loads(case_path(step, "done").read_text())["facts"]
    return told_by(json.loads(facts["node1"]["ganeti"])["config"])


@pytest.mark.parametrize("step", ["cluster", "node", "instance"])
def test_adopted_answers_plan_nothing_on_the_recorded_cluster(step: str) -> None:
    _, _, answers, facts = load(case_path(step, "done"))
    assert look(by_id(step), answers, facts).state is State.DONE
    data = recorded("instance")
    # The recordings are of several clusters, of which one was given another ceiling.
    data["cluster"]["diskparams"]["drbd"]["c-max-rate"] = answers.cluster.resync_kib
    if step == "instance":
        data = recorded("instance")
    made, told = adopted(data)
    assert told == ()
    review = look(by_id(step), made, facts)
    assert review.plan.commands == ()
    assert review.blockers == ()
    assert review.state is State.DONE


def test_a_foreign_cluster() -> None:
    resolved = {"mail.example.net": "10.9.9.25"}
    made, told = adopted(foreign(), resolved=resolved, prefix=24)
    assert [node.name for node in made.nodes] == ["zeus.example.net", "apollo.example.net"]
    assert made.nodes[1].addresses == ("10.1.0.3", "172.16.5.3")
    assert made.hosts.cluster_ip == IPv4Address("10.1.0.10")
    assert (made.xen.hypervisor, made.lvm.vg, made.bridge.name) == ("kvm", "ganeti", "br0")
    (mail,) = made.instance.wanted
    assert (mail.primary, mail.secondary, mail.memory_mib) == ("apollo", "zeus", 1024)
    # Its mail server is in another network than the servers, which a decided prefix would refuse.
    assert "prefix" not in made.bridge.model_fields_set
    text = "\n".join(told)
    for reason in (
        "br-guests",
        "mail.example.net: left out, as answers cannot hold it: disk_mib",
        "web.example.net is left out of the answers: neither Ganeti nor the servers know its",
        "scratch.example.net is left out of the answers: neither",
    ):
        assert reason in text
    assert "vault" not in made.model_dump(exclude_unset=True)
    assert CANARY not in write(made)


def test_what_answers_do_not_need_costs_no_instance() -> None:
    data = foreign()
    web = data["instances"][identity("web.example.net")]
    web["os"] = "noop image"
    web["nics"] = [{"ip": "2001:db8::5"}, {"ip": "10.9.9.80"}]
    (disk,) = (data["disks"][uuid] for uuid in web["disks"])
    disk["name"] = "root (ssd)"
    made, _ = adopted(data)
    (only,) = made.instance.wanted
    assert (only.name, str(only.ip), only.disk_mib) == ("web.example.net", "10.9.9.80", 10240)


def test_names_that_ganeti_allows_and_no_build_makes() -> None:
    data = foreign()
    data["cluster"]["cluster_name"] = "ganeti"
    data["nodes"][MASTER]["name"] = "zeus"
    data["nodes"][OTHER]["name"] = "apollo_2.example.net"
    data["instances"][identity("mail.example.net")]["name"] = "Mail-01"
    data["instances"][identity("web.example.net")]["name"] = "web"
    made, _ = adopted(data, resolved={"Mail-01": "10.9.9.25", "web": "10.9.9.80"})
    assert made.hosts.cluster_name == "ganeti"
    assert [node.name for node in made.nodes] == ["zeus", "apollo_2.example.net"]
    assert [node.short for node in made.nodes] == ["zeus", "apollo_2"]
    placed = {one.name: (one.primary, one.secondary) for one in made.instance.wanted}
    assert placed == {"Mail-01": ("apollo_2", "zeus"), "web": ("apollo_2", "zeus")}
    # They are kept, and read again as they are.
    assert held(loads(write(made), "answers.toml")) == held(made)


@pytest.mark.parametrize(
    "name", ["-o", "web;id", "web 1", "web..net", "wéb", "web\n", "x" * 254, "$(id)", "_web", ""]
)
def test_a_name_that_no_command_may_get_is_refused(name: str) -> None:
    data = foreign()
    data["nodes"][OTHER]["name"] = name
    with pytest.raises(WizardError) as caught:
        adopted(data)
    assert "which is not a host name" in caught.value.what


def test_limits_of_a_foreign_cluster_are_told() -> None:
    made = from_copy(json.dumps(foreign()), "", "zeus-20261129T120000Z-4711.tar.gz", Ssh())
    assert made.limits == ("instances have disks of the kind rbd, which no runbook knows",)
    assert made.serial == 4711


def kit() -> Answers:
    """A build's answers, with what config.data knows nothing of."""
    return answers_of(
        {
            "nodes": [
                {"name": "node1.name.org", "ip": "192.168.0.111", "ssh": {"user": "admin"}},
                {"name": "node2.name.org", "ip": "192.168.0.112", "ssh": {"key": "/home/x/key"}},
            ],
            "backup": {"host": {"name": "backup.name.org", "ip": "192.168.0.150"}},
            "guest": {"timezone": "Europe/Berlin"},
            "vault": {"volumes": [{"instance": "inst1.name.org", "size_mib": 2048}]},
            "card": {"phones": [{"name": "Duty", "number": "+49 30 1234567"}]},
            "partition": {"erase": ["S3R1AL"]},
        }
    )


def test_the_kit_s_answers_below_the_configuration() -> None:
    made, told = adopted(configuration(kit()), kit=kit(), other=Ssh(key="/root/own"))
    assert told == ()
    assert made.backup == kit().backup.model_copy(update={"host": made.backup.host})
    assert made.backup.host.ssh.key == "/root/own"
    assert made.card == kit().card
    assert made.vault == kit().vault
    assert [node.ssh.user for node in made.nodes] == ["admin", "root"]
    assert {node.ssh.key for node in made.nodes} == {"/root/own"}
    assert made.partition.erase == []


def test_what_differs_from_the_kit_is_said_and_the_cluster_wins() -> None:
    now = answers_of(
        {
            "nodes": [
                {"name": "node1.name.org", "ip": "192.168.0.121"},
                {"name": "node3.name.org", "ip": "192.168.0.112"},
            ],
            "instance": {
                "wanted": [
                    {"name": "inst1.name.org", "primary": "node3", "memory_mib": 512},
                    {"name": "inst2.name.org", "ip": "192.168.0.130", "primary": "node1"}
                    | {"secondary": "node3"},
                ]
            },
        }
    )
    made, told = adopted(configuration(now), kit=loads(write(kit()), "as a server has it"))
    assert held(made) == held(now)
    text = "\n".join(told)
    for difference in (
        "node1.name.org: ip: the kit says 192.168.0.111, the cluster has 192.168.0.121",
        "node2.name.org: the kit has it, and it is no node",
        "inst1.name.org: primary: the kit says node2, the cluster has node3",
        "inst1.name.org: memory_mib: the kit says 256, the cluster has 512",
    ):
        assert difference in text


def test_an_instance_away_from_home_keeps_the_kit_s_home() -> None:
    data = configuration(kit())
    (instance,) = data["instances"].values()
    instance["primary_node"] = identity("node1.name.org")
    made, told = adopted(data, kit=kit())
    assert made.instance.wanted[0].primary == "node2"
    assert told == ("inst1.name.org is on node1 now; by the kit its home is node2, which stays so",)
    made, _ = adopted(data)
    assert made.instance.wanted[0].primary == "node1"


def test_a_kit_that_fits_no_more_is_left_aside() -> None:
    other = kit().model_copy(deep=True)
    other.backup.host.ip = "192.168.0.112"
    made, told = adopted(configuration(kit()), kit=other)
    assert told[0].startswith("the kit's answers are left aside: ")
    assert made.backup_host is None


ATTACK = "x'; touch /tmp/gw-owned; $(id) \x1b[2J"


def _spots(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a document where a value stands."""
    spots: list[tuple[Any, Any]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        spots.append((value, key))
        if isinstance(inner, dict | list):
            spots += _spots(inner)
    return spots


@pytest.mark.slow
@pytest.mark.parametrize("evil", [ATTACK, "", None, -1, 1e308, [["x"]]])
def test_no_value_of_a_configuration_gets_into_answers_but_by_a_grammar(evil: Any) -> None:
    """Each value in turn is something else: a finding, or answers without it."""
    count = len(_spots(configuration(kit())))
    for number in range(count):
        data = configuration(kit())
        holder, key = _spots(data)[number]
        holder[key] = evil
        try:
            made, told = adopted(data)
        except WizardError as error:
            assert error.code is Exit.BLOCKED
            assert error.mend
            assert "\x1b" not in error.what
            continue
        assert "gw-owned" not in write(made)
        assert not any("\x1b" in line for line in told)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "cannot be read"),
        ("[]", "it holds no object"),
        ("{}", "a cluster of 0 nodes"),
        ("[" * 100000, "cannot be read"),
        (json.dumps(configuration(kit()))[:900], "cannot be read"),
        (json.dumps({**configuration(kit()), "nodes": {}}), "a cluster of 0 nodes"),
    ],
)
def test_a_damaged_or_foreign_file_is_a_finding(text: str, reason: str) -> None:
    with pytest.raises(WizardError) as caught:
        from_copy(text, "", "copy.tar.gz", Ssh())
    assert reason in caught.value.what
    assert caught.value.where == "copy.tar.gz"
    assert caught.value.mend


def test_a_kit_in_a_copy_that_is_no_answers_file() -> None:
    config = json.dumps(configuration(kit()))
    made = from_copy(config, "version = 7\n", "copy", Ssh())
    assert "left aside" in made.told[0]
    assert replace(made, told=()) == replace(from_copy(config, "", "copy", Ssh()), told=())
