"""The steps of a recovery are pure: what each refuses, plans and calls done, by the facts alone."""

from __future__ import annotations

import json
import re

import pytest

from steps.recover.runbooks import RECOVERY
from steps.recover.steps import connect, freeze, move, offline, readd, service, takeover, thaw
from tests.daily.scene import DEAD, LOCKED
from tests.steps.recover.accident import AFTER, NOW, SAME, Accident
from tests.steps.recover.test_situations import ALONE, WAITS, idle_dead, node_dead
from wizard.base.errors import Reach
from wizard.model.accident import CLAIM_SECONDS, Case, Claim
from wizard.model.facts import Facts
from wizard.model.review import Review, State, look
from wizard.model.step import Danger, Step

INSTANCE = "inst1.name.org"


def case(runbook: str = "node-dead", dead: str = "node2.name.org", made: int = NOW) -> Case:
    claim = Claim(dead, "cables", made, made - 30) if dead else None
    return Case(runbook, "20261122T160850Z-test", "me@desk:/x", NOW, claim)


def review(step: Step, accident: Accident) -> Review:
    return look(step, accident.answers, accident.facts)


def offline_in(accident: Accident, name: str) -> Accident:
    for host in ("node1", "node2"):
        if host in accident.raw:
            stored = json.loads(accident.raw[host]["ganeti"])
            for node in stored["config"]["nodes"]:
                if node["name"] == name:
                    node["offline"] = True
            accident.raw[host]["ganeti"] = json.dumps(stored)
    return accident


def blockers(made: Review) -> str:
    return "; ".join(str(finding) for finding in made.blockers)


def test_offline_is_guarded_and_done_by_the_facts() -> None:
    made = review(offline.step(case()), node_dead())
    (command,) = made.plan.commands
    assert command.host == "node1"
    assert "192.168.0.112" in command.guard
    assert command.ok == (0, 1)
    done = review(offline.step(case(dead="")), offline_in(node_dead(), "node2.name.org"))
    assert done.state is State.DONE


@pytest.mark.parametrize(
    ("given", "accident", "reason"),
    [
        (case(dead=""), node_dead(), "nobody has said that it is without power"),
        (case(made=NOW - CLAIM_SECONDS - 60), node_dead(), "more than 30 minutes ago"),
        (case(dead="node1.name.org"), node_dead(), "it was said to be dead, and: answers"),
        (case(dead="eve.name.org"), node_dead(), "no server of this cluster"),
        (case(), Accident().down("node2", Reach.REFUSED), "it was said to be dead"),
        (case(), Accident().down("node2"), "is connected to node2"),
    ],
)
def test_offline_is_refused(given: Case, accident: Accident, reason: str) -> None:
    made = review(offline.step(given), accident)
    assert made.state is State.BLOCKED or not made.plan
    assert reason in blockers(made)


def test_a_configuration_that_is_newer_elsewhere_forbids_the_takeover() -> None:
    accident = idle_dead().change("backup", "configuration-copies", "Z-20.", "Z-21.")
    made = review(takeover.step(case("takeover", "node1.name.org")), accident)
    assert "configuration 21 of node1" in blockers(made)


def test_a_takeover_bars_the_former_master_in_the_same_plan() -> None:
    accident = idle_dead()
    accident.raw["node2"]["ganeti-stalled"] = accident.stalled(
        {"id": 44, "status": "queued", "age": 9000}, {"id": 45, "status": "waiting", "age": 9000}
    )
    made = review(takeover.step(case("takeover", "node1.name.org")), accident)
    shown = [command.shown for command in made.plan.commands]
    assert shown[0] == "set the queued jobs 44 aside"
    assert shown[1] == "gnt-cluster master-failover --no-voting --yes-do-it"
    assert "-O yes" in shown[2]
    assert [command.turning for command in made.plan.commands] == [False, True, False]
    assert "192.168.0.113" in made.plan.commands[1].guard
    assert "192.168.0.113" not in made.plan.commands[2].guard


def test_a_takeover_of_three_is_left_to_their_vote() -> None:
    accident = idle_dead()
    answers = accident.answers
    third = answers.nodes[0].model_copy(update={"name": "node3.name.org"})
    more = answers.model_copy(update={"nodes": [*answers.nodes, third]})
    made = look(takeover.step(case("takeover", "node1.name.org")), more, accident.facts)
    assert "not exactly two servers" in blockers(made)


def moved(accident: Accident) -> Review:
    return review(move.step(case()), offline_in(accident, "node2.name.org"))


def test_a_copy_of_unknown_age_wants_the_instances_name() -> None:
    (command,) = moved(node_dead()).plan.commands
    assert command.confirm == INSTANCE
    assert command.danger is Danger.DESTROY
    assert command.turning
    assert "192.168.0.114" in command.guard
    assert "nobody knows how old" in command.risk


def test_a_card_that_no_answer_knows_of_is_looked_for_as_well() -> None:
    accident = offline_in(node_dead(), "node2.name.org")
    stored = json.loads(accident.raw["node1"]["ganeti"])
    stored["config"]["instances"][0]["ips"] = ["192.168.0.114", None, "2001:db8::5", "10.7.0.114"]
    accident.raw["node1"]["ganeti"] = json.dumps(stored)
    (command,) = review(move.step(case()), accident).plan.commands
    assert "for ip in 192.168.0.112 192.168.0.114 10.7.0.114; do" in command.guard
    # The failover was cut off: it is started where Ganeti has it, and may not run elsewhere.
    stored["config"]["instances"][0]["primary"] = stored["config"]["master"]
    accident.raw["node1"]["ganeti"] = json.dumps(stored)
    (command,) = review(move.step(case()), accident).plan.commands
    assert "gnt-instance startup" in command.line
    assert "192.168.0.114 10.7.0.114" in command.guard


def copy_made(accident: Accident, later: int) -> Accident:
    """Let node2 have lived that many seconds after its link was gone, 300 s before now."""
    import time

    made = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(NOW - 300 + later))
    return accident.change(
        "backup", "configuration-copies", "== takeover", f"node2-{made}-20.tar.gz\n== takeover"
    )


def test_a_fresh_copy_wants_no_word_and_a_stale_one_says_by_how_much() -> None:
    (fresh,) = moved(copy_made(node_dead(), -60)).plan.commands
    assert fresh.confirm == ""
    assert fresh.danger is Danger.OUTAGE
    (stale,) = moved(copy_made(node_dead(), 600)).plan.commands
    assert stale.confirm == INSTANCE
    assert "the last 11 minutes" in stale.risk


def test_a_failover_that_was_cut_off_is_not_given_again() -> None:
    accident = offline_in(node_dead(), "node2.name.org")
    stored = json.loads(accident.raw["node1"]["ganeti"])
    stored["config"]["instances"][0]["primary"] = "ce559928-f5fa-486b-906c-1d531f3d5e5d"
    accident.raw["node1"]["ganeti"] = json.dumps(stored)
    (command,) = review(move.step(case()), accident).plan.commands
    assert "startup" in command.argv
    accident.raw["node1"]["hypervisor"] += f"guest: {INSTANCE}\n"
    assert review(move.step(case()), accident).state is State.DONE


def test_nothing_is_moved_before_the_node_is_offline() -> None:
    assert "not marked offline" in blockers(review(move.step(case()), node_dead()))


def test_an_incomplete_copy_is_never_started() -> None:
    accident = node_dead().drbd("node1", WAITS.replace("UpToDate/", "Inconsistent/"))
    assert "Inconsistent" in blockers(review(offline.step(case()), accident))
    assert moved(accident).plan.commands == ()


def test_a_hypervisor_that_says_nothing_forbids_a_start() -> None:
    accident = node_dead()
    text = accident.raw["node1"]["hypervisor"]
    accident.raw["node1"]["hypervisor"] = re.sub(r"dom0_mib.*", "", text)
    assert "does not say what runs" in blockers(moved(accident))


def test_copies_are_connected_from_the_right_side_only() -> None:
    right = Accident().drbd("node1", WAITS).drbd("node2", ALONE)
    right.generations("node2", AFTER, "1:1:1:0:0:0:0")
    step = connect.step(case("reconnect", ""))
    (command,) = review(step, right).plan.commands
    assert "activate-disks" in command.argv
    wrong = Accident().drbd("node1", ALONE).drbd("node2", WAITS)
    wrong.generations("node1", AFTER, "1:1:1:0:0:0:0").generations("node2", SAME, "1:1:0:1:0:0:0")
    assert "Ganeti's primary is node2" in blockers(review(step, wrong))
    assert review(step, Accident()).state is State.DONE


def test_a_resync_is_waited_for() -> None:
    accident = Accident().drbd("node2", "SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent")
    accident.drbd("node1", "SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate")
    (command,) = review(connect.step(case("reconnect", "")), accident).plan.commands
    assert command.danger is Danger.READ
    assert command.argv[-2:] == ("0", "1")


def test_a_returned_node_is_waited_for_then_barred_then_added() -> None:
    accident = idle_dead()
    back = Accident()
    accident.silent.clear()
    accident.missing.clear()
    accident.raw["node1"] = back.raw["node1"]
    accident.drbd("node1", "")
    # node2 took over while it was away, and did not bar it.
    stored = json.loads(accident.raw["node2"]["ganeti"])
    stored["config"]["master"] = "bb91eb7c-9f64-4474-bd8b-e7707730c0d8"
    stored["config"]["serial"] = 25
    stored["ssconf"]["master_node"] = ["node2.name.org"]
    accident.raw["node2"]["ganeti"] = json.dumps(stored)
    running = accident.running("192.168.0.112", "luxid", "noded", "wconfd", cluster=True)
    accident.raw["node2"]["ganeti-running"] = running
    accident.raw["node1"]["ganeti-running"] = accident.running("192.168.0.111", "noded")
    step = readd.step(case("rejoin", ""))
    shown = [command.shown for command in review(step, accident).plan.commands]
    assert "-O yes" in shown[0]
    assert shown[1].startswith("give Ganeti the host key of node1.name.org")
    assert shown[2].startswith("gnt-node add --readd node1.name.org")
    assert "redist-conf" in shown[3]
    accident.raw["node1"]["pulse"] = accident.pulse(uptime=60)
    (wait,) = review(step, accident).plan.commands
    assert wait.host == "node1"
    accident.raw["node1"]["pulse"] = accident.pulse()
    accident.raw["node1"]["ganeti-running"] = running
    assert "node1 runs ganeti-luxid" in blockers(review(step, accident))


def test_the_watcher_is_frozen_while_its_pause_is_long_enough() -> None:
    step = freeze.step(case())
    accident = Accident()
    for host in ("node1", "node2"):
        accident.change(host, "lineage", "pause: ", f"pause: {NOW + 3600}")
    assert review(step, accident).state is State.DONE
    accident.raw["node2"]["ganeti-running"] += "watcher: 4000\n"
    accident.change("node1", "lineage", f"{NOW + 3600}", f"{NOW + 600}")
    assert [command.host for command in review(step, accident).plan.commands] == ["node1", "node2"]


def test_nothing_thaws_over_a_split_brain() -> None:
    accident = Accident().drbd("node1", WAITS).drbd("node2", ALONE)
    accident.generations("node1", AFTER, "1:1:1:0:0:0:0")
    accident.change("node1", "lineage", "pause: ", f"pause: {NOW + 3600}\npause by: us")
    assert blockers(review(thaw.step(case()), accident))
    assert review(thaw.step(case()), Accident()).state is State.DONE


def test_the_service_is_more_than_an_instance_that_runs() -> None:
    step = service.step(case())
    assert review(step, Accident()).state is State.DONE
    accident = Accident()
    accident.raw["inst1"]["ciphers"] = LOCKED
    (unlock,) = review(step, accident).plan.commands
    assert [prompt.key for prompt in unlock.prompts] == ["vault-inst1"]
    accident = Accident()
    accident.raw["inst1"]["standing"] = DEAD
    (again,) = review(step, accident).plan.commands
    assert again.prompts == ()
    accident = Accident().down("inst1")
    made = review(step, accident)
    assert made.plan.commands[0].host == "node2"


def test_every_runbook_keeps_evidence_before_it_changes_anything_and_ends_with_the_service() -> (
    None
):
    for play in RECOVERY.plays.values():
        names = [step.id for step in play.steps(case(play.id))]
        if play.id == "twice":
            # Nothing waits while two copies write, and nothing thaws afterwards.
            assert names == ["pause", "hold", "bundle", "freeze"]
            continue
        assert names[:3] == ["hold", "bundle", "freeze"]
        assert names[-2:] == ["service", "thaw"]
        assert len(names) == len(set(names))


@pytest.mark.slow
def test_no_fact_is_needed_to_judge_a_step() -> None:
    whole = Accident()
    steps = {}
    for play in RECOVERY.plays.values():
        steps |= {step.id: step for step in play.steps(case(play.id))}
    for fact in sorted({name for texts in whole.facts.raw.values() for name in texts}):
        raw = {host: dict(texts) for host, texts in whole.facts.raw.items()}
        for texts in raw.values():
            texts.pop(fact, None)
        for step in steps.values():
            assert look(step, whole.answers, Facts(raw)).step is step
