"""Situation 13: two masters side by side, a person says which is right, one is left with a vote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from steps.recover.contenders import CHOICE, options, overwritten
from steps.recover.steps.common import scene_of
from steps.recover.steps.masters import spread, stand_down
from steps.recover.steps.masters.stand_down import GIVE_BACK, VOTE_AGAIN
from tests.steps.recover.accident import NOW, Accident
from tests.steps.recover.test_runbook_scripts import program, sh
from tests.steps.recover.test_runbook_steps import blockers, offline_in, review
from tests.steps.recover.test_situations import node_dead, runbook
from wizard.base.errors import Reach
from wizard.model.accident import Case
from wizard.model.review import State
from wizard.model.step import Danger

NODE2 = "bb91eb7c-9f64-4474-bd8b-e7707730c0d8"
LINE = 'LUXID_ARGS="--no-voting --yes-do-it"'


def two_masters(serial: int = 25) -> Accident:
    """node2 took over while it did not hear node1, which went on: both lead now."""
    accident = Accident()
    stored = json.loads(accident.raw["node2"]["ganeti"])
    stored["config"] |= {"master": NODE2, "serial": serial}
    stored["ssconf"]["master_node"] = ["node2.name.org"]
    accident.raw["node2"]["ganeti"] = json.dumps(stored)
    running = accident.running("192.168.0.112", "noded", "rapi", cluster=True)
    running += "daemon: ganeti-luxid unvoted\ndaemon: ganeti-wconfd unvoted\n"
    accident.raw["node2"]["ganeti-running"] = running
    accident.raw["node2"]["bypass"] = f"setting: {LINE}\n"
    return accident


def chosen(value: str = "node2") -> Case:
    return Case("one-master", "20261122T160850Z-x", "me@desk:/x", NOW, None, {CHOICE: value})


def test_two_masters() -> None:
    accident = Accident()
    accident.raw["node2"]["ganeti-running"] = accident.running(
        "192.168.0.112", "luxid", "noded", "wconfd", cluster=True
    )
    situation = accident.situation("one-master")
    assert accident.situations[0] == "one-master"
    assert "daemon-util stop-master" in str(runbook(situation, "one-master").words)


def test_the_address_is_given_back_as_ganeti_set_it() -> None:
    """A cluster with --master-netmask 25 whose address is on a VLAN."""
    accident = two_masters()
    for host in ("node1", "node2"):
        stored = json.loads(accident.raw[host]["ganeti"])
        stored["config"] |= {"netmask": 25, "netdev": "bond0.5"}
        accident.raw[host]["ganeti"] = json.dumps(stored)
    words = runbook(accident.situation("one-master"), "one-master").words
    lines = [word.text for word in words if "addr del" in word.text]
    assert lines == ["ip addr del 192.168.0.113/25 dev bond0.5"]


def test_a_vote_that_is_bypassed_for_good() -> None:
    accident = Accident()
    accident.raw["node1"]["bypass"] = 'setting: LUXID_ARGS="--no-voting --yes-do-it"\n'
    assert accident.situations == ["one-master"]


def test_both_are_shown_side_by_side_the_better_lineage_first() -> None:
    accident = two_masters()
    known = options(accident.answers, accident.facts)
    assert [option.value for option in known] == ["node2", "node1"]
    assert "configuration 25; names node2 as master" in known[0].words
    assert "inst1.name.org runs there" in known[0].words
    assert "the worse one" in known[1].words
    situation = accident.situation("one-master")
    offered = runbook(situation, "one-master")
    assert offered.offered
    assert not offered.by_hand
    told = [(evidence.host, evidence.what.partition(";")[0]) for evidence in situation.evidence]
    assert ("node1", "configuration 20") in [(host, what[:16]) for host, what in told]
    assert ("node2", "configuration 25") in told


def test_a_takeovers_note_outranks_a_higher_serial() -> None:
    accident = two_masters(serial=1)
    note = json.dumps({"master": "node2.name.org", "former": "node1.name.org", "time": NOW - 900})
    accident.change("node2", "lineage", "== takeover\n", f"== takeover\n{note}\n")
    assert options(accident.answers, accident.facts)[0].value == "node2"


def test_the_better_one_ends_only_when_the_worse_ones_name_was_typed() -> None:
    made = review(stand_down.step(chosen("node1")), two_masters())
    stop = next(command for command in made.plan.commands if "stop-master" in command.line)
    assert (stop.host, stop.confirm, stop.danger) == ("node2", "node1.name.org", Danger.DESTROY)
    made = review(stand_down.step(chosen("node2")), two_masters())
    stop = next(command for command in made.plan.commands if "stop-master" in command.line)
    assert (stop.host, stop.confirm, stop.danger) == ("node1", "", Danger.OUTAGE)
    assert stop.turning
    shown = [(command.host, command.shown) for command in made.plan.commands]
    assert shown[1:] == [
        ("node2", "take --no-voting out of /etc/default/ganeti"),
        ("node1", "ip addr del 192.168.0.113"),
    ]


def test_nobody_is_ended_before_somebody_chose() -> None:
    made = review(stand_down.step(chosen("")), two_masters())
    assert "nobody has said which of them is the master" in blockers(made)
    accident = two_masters().down("node1", Reach.REFUSED)
    assert options(accident.answers, accident.facts) == ()


def test_two_holders_of_the_address_are_two_masters() -> None:
    accident = Accident()
    running = accident.running("192.168.0.112", "noded", cluster=True)
    accident.raw["node2"]["ganeti-running"] = running
    assert accident.situations[0] == "one-master"
    made = review(stand_down.step(chosen("node1")), accident)
    assert [command.shown for command in made.plan.commands] == ["ip addr del 192.168.0.113"]


def test_a_setting_alone_asks_nothing() -> None:
    accident = Accident()
    for host in ("node1", "node2"):
        accident.raw[host]["bypass"] = f"setting: {LINE}\n"
    assert options(accident.answers, accident.facts) == ()
    made = review(stand_down.step(chosen("")), accident)
    assert [command.host for command in made.plan.commands] == ["node1", "node2"]


def ended(accident: Accident) -> Accident:
    """node1 has stood down, and goes on to name itself."""
    accident.raw["node1"]["ganeti-running"] = accident.running("192.168.0.111", "noded")
    return accident


def test_who_names_itself_is_told_before_anybody_votes() -> None:
    accident = ended(two_masters())
    made = review(spread.step(chosen()), accident)
    (command,) = made.plan.commands
    assert (command.host, command.argv[3:]) == ("node2", ("tell-anew", "gw-told"))


def test_its_own_queue_runs_nowhere() -> None:
    accident = ended(two_masters())
    job = {"id": 44, "op": "OP_X", "status": "queued", "age": 9000, "alive": None}
    accident.raw["node1"]["ganeti-stalled"] = accident.stalled(job)
    made = review(spread.step(chosen()), accident)
    assert made.plan.commands[0].shown == "set the queued jobs 44 aside"


def test_a_node_that_is_offline_is_left_to_its_own_runbook() -> None:
    accident = offline_in(ended(two_masters()), "node1.name.org")
    assert review(spread.step(chosen()), accident).state is State.DONE


def test_the_address_comes_back() -> None:
    accident = ended(two_masters())
    accident.change("node2", "ganeti-running", "192.168.0.113/32", "192.168.0.99/32")
    lines = [command.line for command in review(spread.step(chosen()), accident).plan.commands]
    assert lines[-1] == "gnt-cluster activate-master-ip"


@pytest.mark.parametrize(
    ("copy", "reason"),
    [
        ("node2-20261122T160000Z-31.tar.gz", "its copy on backup is of configuration 31"),
        ("node2-20261122T160000Z-24.tar.gz", ""),
        # Another master's serials say nothing about this one's file.
        ("node1-20261122T160000Z-99.tar.gz", ""),
    ],
)
def test_a_file_that_somebody_else_wrote_is_found_by_its_copy(copy: str, reason: str) -> None:
    accident = ended(two_masters())
    accident.raw["backup"]["configuration-copies"] = f"{copy}\n== takeover\n"
    said = blockers(review(spread.step(chosen()), accident))
    assert (reason in said) if reason else not said


def test_a_file_that_names_the_other_one_was_overwritten() -> None:
    accident = ended(two_masters())
    stored = json.loads(accident.raw["node2"]["ganeti"])
    stored["config"]["master"] = json.loads(accident.raw["node1"]["ganeti"])["config"]["master"]
    accident.raw["node2"]["ganeti"] = json.dumps(stored)
    scene = scene_of(accident.answers, accident.facts)
    assert "names node1 as master: it was overwritten" in overwritten(scene, "node2")


def test_without_a_way_to_the_other_node_nothing_is_sent() -> None:
    accident = ended(two_masters())
    text = accident._presence("node2")
    port = "port 192.168.0.111 1811"
    accident.raw["node2"]["presence"] = text.replace(f"{port} open", f"{port} silent")
    assert "does not reach noded of node1" in blockers(review(spread.step(chosen()), accident))


def test_only_the_vote_is_taken_out_of_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "ganeti"
    text = (
        f'NODED_ARGS="-b 0.0.0.0"\n# {LINE}\nLUXID_ARGS="-d --no-voting --yes-do-it"\n'
        "  WCONFD_ARGS='--no-voting --yes-do-it'\n"
    )
    path.write_text(text)
    assert sh(VOTE_AGAIN, str(path)).returncode == 0
    assert path.read_text() == (
        f'NODED_ARGS="-b 0.0.0.0"\n# {LINE}\nLUXID_ARGS="-d"\n  WCONFD_ARGS=\'\'\n'
    )
    assert path.with_name("ganeti.gw-before").read_text() == text


def test_the_address_is_given_back_on_whatever_device_it_is(tmp_path: Path) -> None:
    program(
        tmp_path,
        "ip",
        f'echo "$*" >>{tmp_path}/said; case $* in *show*) echo '
        "'4: xenbr0    inet 192.168.0.113/32 scope global xenbr0:0' ;; esac",
    )
    assert sh(GIVE_BACK, "192.168.0.113", path=tmp_path).returncode == 0
    said = (tmp_path / "said").read_text().splitlines()
    assert said == ["-4 -o addr show to 192.168.0.113", "addr del 192.168.0.113/32 dev xenbr0"]


def test_the_address_on_a_node_that_does_not_lead_makes_no_second_master_of_it() -> None:
    accident = Accident()
    running = accident.running("192.168.0.112", "noded", cluster=True)
    accident.raw["node2"]["ganeti-running"] = running
    situation = accident.situation("one-master")
    assert situation.title == "the cluster's address is on node1 and node2, and node1 leads"
    assert not any("was overwritten" in evidence.what for evidence in situation.evidence)


def test_a_setting_weighs_less_than_a_node_that_is_silent() -> None:
    accident = node_dead()
    accident.raw["node1"]["bypass"] = f"setting: {LINE}\n"
    assert accident.situations == ["node-dead", "one-master"]
    dead = accident.situation("node-dead")
    assert any(one.offered for one in dead.runbooks if one.changes)
    # Alone it wins no vote: what lets it lead stays until both are well.
    (leave,) = [one for one in accident.situation("one-master").runbooks if one.changes]
    assert "alone the other one wins no vote" in leave.refused
