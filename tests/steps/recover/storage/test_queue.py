"""Situation 23 and what is done about jobs: named ones only, and none of an earlier life runs."""

from __future__ import annotations

import json

import pytest

from steps.recover.runbooks import RECOVERY
from steps.recover.steps import alone, lead, readd, takeover
from steps.recover.steps.jobs import unblock
from tests.steps.recover.accident import AFTER, Accident
from tests.steps.recover.test_runbook_steps import blockers, case, review
from tests.steps.recover.test_situations import ALONE, WAITS, idle_dead, runbook

INSTANCE = "inst1.name.org"
QUEUED = {"id": 44, "op": "OP_CLUSTER_VERIFY", "status": "queued", "age": 9000, "alive": None}
WAITING = {"id": 45, "op": "OP_INSTANCE_REBOOT", "status": "waiting", "age": 9000, "alive": True}
CRASHED = {"id": 46, "op": "OP_INSTANCE_REBOOT", "status": "running", "age": 9000, "alive": False}
WORKS = {"id": 47, "op": "OP_BACKUP_EXPORT", "status": "running", "age": 9000, "alive": True}


def stalls(*jobs: dict[str, object], dead: tuple[str, ...] = ()) -> Accident:
    accident = Accident()
    accident.raw["node1"]["ganeti-stalled"] = accident.stalled(*jobs, dead=dead)
    return accident


def given_up() -> Accident:
    accident = Accident()
    text = accident.raw["node2"]["hypervisor"]
    accident.raw["node2"]["hypervisor"] = text.replace(f"guest: {INSTANCE}", "")
    accident.raw["node1"]["ganeti-stalled"] = accident.stalled(tries=5)
    del accident.raw["inst1"]
    return accident


def lines(accident: Accident) -> list[str]:
    made = review(unblock.step(case("queue", "")), accident)
    assert not made.blockers
    return [command.line for command in made.plan.commands]


def test_a_drained_queue() -> None:
    accident = Accident().change("node1", "lineage", "pause:", "drained: yes\npause:")
    assert runbook(accident.situation("queue"), "queue").offered
    assert lines(accident) == ["gnt-cluster queue undrain"]


def test_the_jobs_that_were_named_are_cancelled_while_they_stand_as_they_did() -> None:
    accident = stalls(QUEUED, WAITING)
    situation = accident.situation("queue")
    assert "job 44 (OP_CLUSTER_VERIFY) is queued for 150 min" in situation.evidence[0].what
    assert not runbook(situation, "queue").by_hand
    made = review(unblock.step(case("queue", "")), accident)
    assert [command.line for command in made.plan.commands] == [
        "gnt-job cancel 44",
        "gnt-job cancel 45",
    ]
    assert '-o status 44)" = queued ]' in made.plan.commands[0].guard


@pytest.mark.parametrize(
    "jobs",
    [
        (WORKS, WAITING, QUEUED),
        ({**WORKS, "alive": None}, WAITING),
        ({**WAITING, "age": 60},),
        ({**CRASHED, "age": 60}, WAITING),
    ],
)
def test_what_may_wait_for_somebody_is_left_alone(jobs: tuple[dict[str, object], ...]) -> None:
    accident = stalls(*jobs)
    assert accident.situations == []
    assert lines(accident) == []


def test_locks_of_the_dead_are_released_before_anybody_who_waits_is_cancelled() -> None:
    accident = stalls(CRASHED, WAITING, dead=("46",))
    assert "46 holds locks" in str(accident.situation("queue").evidence)
    assert lines(accident) == ["gnt-debug wconfd cleanuplocks"]
    assert "locks.data" not in str(runbook(accident.situation("queue"), "queue").words)


def test_locks_that_nobody_waits_for_are_wconfds_own_affair() -> None:
    assert stalls(dead=("46",)).situations == []


def test_without_luxid_nobody_takes_orders_about_jobs() -> None:
    accident = Accident()
    accident.raw["node1"]["ganeti-running"] = accident.running("192.168.0.111", "noded")
    jobs = [{"id": 44, "op": "OP_X", "status": "queued", "instance": "", "node": "", "message": ""}]
    accident.raw["node1"]["ganeti-jobs"] = json.dumps(jobs)
    refused = runbook(accident.situation("queue"), "queue")
    assert "does not lead" in refused.refused
    assert "no node acts as master" in blockers(review(unblock.step(case("queue", "")), accident))


def test_an_instance_that_the_watcher_gave_up() -> None:
    accident = given_up()
    situation = accident.situation("queue")
    assert accident.situations == ["queue"]
    assert "the watcher has given up" in situation.title.replace("Ganeti's ", "the ")
    assert runbook(situation, "queue").offered


def test_it_is_not_started_from_the_wrong_side() -> None:
    accident = given_up().drbd("node1", ALONE).drbd("node2", WAITS)
    accident.generations("node1", AFTER, "1:1:1:0:0:0:0")
    refused = runbook(accident.situation("queue"), "queue")
    assert "Ganeti's primary is node2" in refused.refused
    start = RECOVERY.plays["startup"].steps(case("startup", ""))[3]
    assert start.id == "start"
    assert "Ganeti's primary is node2" in blockers(review(start, accident))


def test_what_the_hypervisor_does_not_tell_may_run() -> None:
    accident = given_up().hang("node1", "hypervisor")
    start = RECOVERY.plays["startup"].steps(case("startup", ""))[3]
    assert "does not say what runs there" in blockers(review(start, accident))


def test_an_unknown_queue_forbids_a_takeover() -> None:
    accident = idle_dead()
    del accident.raw["node2"]["ganeti-stalled"]
    made = review(takeover.step(case("takeover", "node1.name.org")), accident)
    assert "its job queue could not be read" in blockers(made)


def test_a_lone_master_runs_nothing_that_was_queued() -> None:
    accident = Accident().down("node2").drbd("node1", "")
    accident.raw["node1"]["ganeti-running"] = accident.running("192.168.0.111", "noded")
    accident.raw["node1"]["ganeti-stalled"] = accident.stalled(QUEUED, CRASHED)
    made = review(alone.step(case("alone")), accident)
    shown = [command.shown for command in made.plan.commands]
    assert shown[0] == "set the queued jobs 44 aside"
    assert "ganeti-wconfd" in shown[1]


def returned() -> Accident:
    """node1 was master and is back; node2 leads since, and has it marked offline."""
    accident = Accident()
    stored = json.loads(accident.raw["node2"]["ganeti"])
    stored["config"]["master"] = "bb91eb7c-9f64-4474-bd8b-e7707730c0d8"
    stored["config"]["serial"] = 25
    stored["ssconf"]["master_node"] = ["node2.name.org"]
    accident.raw["node2"]["ganeti"] = json.dumps(stored)
    running = accident.running("192.168.0.112", "luxid", "noded", "wconfd", cluster=True)
    accident.raw["node2"]["ganeti-running"] = running
    accident.raw["node1"]["ganeti-running"] = accident.running("192.168.0.111", "noded")
    accident.drbd("node1", "")
    accident.raw["node1"]["ganeti-stalled"] = accident.stalled(QUEUED)
    return accident


def test_a_node_that_comes_back_forgets_what_it_had_queued_before_it_is_taken_in() -> None:
    made = review(readd.step(case("rejoin", "")), returned())
    shown = [(command.host, command.shown) for command in made.plan.commands]
    hosts = [host for host, line in shown if line == "set the queued jobs 44 aside"]
    assert hosts == ["node1"]
    places = [line for _, line in shown]
    adds = [line for line in places if "--readd" in line]
    assert places.index("set the queued jobs 44 aside") < places.index(adds[0])


def test_who_leads_again_runs_nothing_that_the_master_does_not_know() -> None:
    accident = returned()
    for host in ("node1", "node2"):
        stored = json.loads(accident.raw["node2"]["ganeti"])
        accident.raw[host]["ganeti"] = json.dumps(stored)
    made = review(lead.step(case("home", "")), accident)
    shown = [command.shown for command in made.plan.commands]
    assert shown[0] == "set the queued jobs 44 aside"
    accident.raw["node2"]["ganeti-stalled"] = accident.stalled(QUEUED)
    made = review(lead.step(case("home", "")), accident)
    assert not any("aside" in command.shown for command in made.plan.commands)
