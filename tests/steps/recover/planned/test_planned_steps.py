"""The steps of planned work are pure: what each refuses, plans, calls done, by facts alone."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace

import pytest

from steps.recover.planned import clear, handover, relocate, returned, settle
from steps.recover.planned.errands import PLANNED
from steps.recover.planned.live import STOP, WAY
from tests.steps.recover.accident import AFTER, NOW, SAME, Accident
from tests.steps.recover.test_situations import WAITS
from tests.verbs.planned.cluster import REBOOTED, Cluster
from wizard.model.accident import Case
from wizard.model.facts import Facts
from wizard.model.review import Review, State, look
from wizard.model.step import Danger, Kind, Step

INSTANCE = "inst1.name.org"


def case(subject: str = INSTANCE, target: str = "node1.name.org") -> Case:
    name = "20261122T160850Z-test"
    return Case("move", name, "me@desk:/x", NOW, subject=subject, target=target)


def freeing(node: str) -> Case:
    other = {"node1": "node2", "node2": "node1"}[node]
    return case(f"{node}.name.org", f"{other}.name.org")


def review(step: Step, world: Cluster) -> Review:
    world.refresh()
    return look(step, world.accident.answers, world.accident.facts)


def blockers(made: Review) -> str:
    return "; ".join(str(finding) for finding in made.blockers)


def member(world: Cluster, name: str, **flags: bool) -> None:
    for host in ("node1", "node2"):
        stored = json.loads(world.accident.raw[host]["ganeti"])
        for node in stored["config"]["nodes"]:
            if node["name"] == name:
                node.update(flags)
        world.accident.raw[host]["ganeti"] = json.dumps(stored)


def stopped(world: Cluster) -> None:
    world.configure(lambda config: config["instances"][0].update(state="down"))
    world._stop("node2")
    for host in ("node1", "node2"):
        world.accident.drbd(host, "")
        world.accident.generations(host, SAME, "1:1:0:0:0:0:0", attached=False)


def test_a_move_that_ended_half_way_names_the_way_out() -> None:
    """As seen where the former primary could not let its disks go: Ganeti has the other node."""
    world = Cluster()
    world._stop("node2")
    for host, ids in (("node1", AFTER), ("node2", SAME)):
        world.accident.drbd(host, WAITS)
        world.accident.generations(host, ids, "1:1:0:0:0:0:0")
    told = blockers(review(settle.step(freeing("node2")), world))
    assert "ganeti-wizard recover diagnose has the way" in told


def test_a_move_says_what_it_costs_and_asks_once_more() -> None:
    made = review(relocate.step(case()), Cluster())
    passphrase, move = made.plan.commands
    assert passphrase.host == "inst1"
    assert passphrase.danger is Danger.READ
    assert passphrase.stage < move.stage
    assert [prompt.key for prompt in passphrase.prompts] == ["vault-inst1"]
    assert move.host == "node1"
    assert move.kind is Kind.JOB
    assert move.danger is Danger.OUTAGE
    assert "nobody reaches it until it has booted" in move.risk
    assert "node2.name.org" in move.guard


def test_it_runs_on_where_the_hypervisor_can() -> None:
    step = relocate.step(case())
    (move,) = review(step, Cluster(shadow=True)).plan.commands
    assert move.argv[1] == "migrate"
    chosen = relocate.step(replace(case(), chosen={WAY: STOP}))
    assert review(chosen, Cluster(shadow=True)).plan.commands[-1].argv[1] == "failover"
    another = Cluster(shadow=True)
    another.accident.change("node2", "hypervisor", "4.17.7", "4.17.5")
    assert "Xen is 4.17.5 on node2" in review(step, another).plan.commands[-1].why
    kvm = Cluster()
    kvm.configure(lambda config: config.update(hypervisors=["kvm"]))
    assert review(step, kvm).plan.commands[-1].argv[1] == "migrate"
    other = Cluster()
    other.configure(lambda config: config.update(hypervisors=["lxc"]))
    assert "under lxc" in review(step, other).plan.commands[-1].why


def test_a_stopped_instance_changes_its_home_only_if_both_copies_are_the_same() -> None:
    world = Cluster()
    world.room = 10
    stopped(world)
    (move,) = review(relocate.step(case()), world).plan.commands
    assert move.danger is Danger.CHANGE
    assert not move.turning
    world.accident.generations("node1", SAME, "0:1:0:0:0:0:0", attached=False)
    assert "both copies" in blockers(review(relocate.step(case()), world))


def test_a_move_that_was_cut_off_is_gone_on_with_by_a_start() -> None:
    world = Cluster()
    world._instance("failover")
    world._stop("node1")
    (start,) = review(relocate.step(case()), world).plan.commands
    assert start.argv[1] == "startup"
    world.accident.change("node2", "hypervisor", "dom0_mib: 1536", "")
    assert "does not say what runs" in blockers(review(relocate.step(case()), world))
    world.accident.change("node2", "hypervisor", "kvm: no", "kvm: no\ndom0_mib: 1536")
    world.start_instance("node1")
    assert review(relocate.step(case()), world).state is State.DONE


def test_what_is_not_replicated_stays() -> None:
    world = Cluster()

    def plain(config: dict[str, list[dict[str, object]]]) -> None:
        for disk in config["disks"]:
            disk.update(nodes=[], minors=[])

    world.configure(plain)
    assert "is not replicated" in blockers(review(relocate.step(case()), world))


def test_an_instance_that_runs_elsewhere_or_twice_is_not_moved() -> None:
    world = Cluster()
    world.accident.raw["node1"]["hypervisor"] += f"\nguest: {INSTANCE}\n"
    assert "runs on node1 and node2" in blockers(review(relocate.step(case()), world))


def test_all_that_runs_on_a_node_leaves_it() -> None:
    step = clear.step(freeing("node2"))
    assert review(step, Cluster()).plan.commands[-1].argv[1] == "failover"
    assert review(clear.step(freeing("node1")), Cluster()).state is State.DONE
    world = Cluster()
    stopped(world)
    assert review(step, world).state is State.DONE
    world.accident.raw["node2"]["hypervisor"] += "\nguest: byhand\n"
    assert "byhand" in "; ".join(finding.what for finding in review(step, world).wrong())


def test_room_for_all_of_them_at_once() -> None:
    world = Cluster()
    world.room = 300
    assert review(clear.step(freeing("node2")), world).plan
    world.room = 200
    assert "256 MiB are needed" in blockers(review(clear.step(freeing("node2")), world))


def test_the_role_goes_to_a_node_that_can_have_it() -> None:
    step = handover.step(freeing("node1"))
    flush, lead = review(step, Cluster()).plan.commands
    assert (flush.host, lead.host) == ("node1", "node2")
    assert lead.turning
    assert review(handover.step(freeing("node2")), Cluster()).state is State.DONE
    world = Cluster()
    member(world, "node2.name.org", candidate=False)
    assert "no candidate" in blockers(review(step, world))
    world = Cluster()
    world.accident.down("node2")
    assert "node2" in blockers(review(step, world))


def test_a_node_is_back_when_its_boot_is_through() -> None:
    step = returned.step(freeing("node2"))
    assert review(step, Cluster()).state is State.DONE
    world = Cluster()
    world.reboot("node2")
    (wait,) = review(step, world).plan.commands
    assert wait.danger is Danger.READ
    world.accident.raw["node2"]["pulse"] = world._pulse(REBOOTED)
    assert review(step, world).state is State.DONE
    world.accident.raw["node2"]["ganeti-running"] += "daemon: ganeti-luxid -\n"
    assert "runs ganeti-luxid, and node1 leads" in blockers(review(step, world))
    member(world, "node2.name.org", drained=True)
    assert "is marked drained" in blockers(review(step, world))
    world.accident.down("node2")
    assert "does not answer" in blockers(review(step, world))


def test_what_the_answers_do_not_know_goes_back_to_where_it_came_from() -> None:
    world = Cluster()
    known = freeing("node2")

    def renamed(config: dict[str, list[dict[str, object]]]) -> None:
        config["instances"][0].update(name="other.name.org")

    world._instance("failover")
    world.configure(renamed)
    for host in ("node1", "node2"):
        text = world.accident.raw[host]["hypervisor"]
        world.accident.raw[host]["hypervisor"] = text.replace(INSTANCE, "other.name.org")
    assert review(settle.step(known), world).state is State.DONE
    carried = replace(known, carried=("other.name.org",))
    assert review(settle.step(carried), world).plan.commands[-1].argv[-1] == "other.name.org"


def test_a_name_stays_one_word_in_guard_and_command() -> None:
    hostile = "inst1; reboot #.name.org"
    world = Cluster()
    for host in ("node1", "node2"):
        for fact, text in world.accident.raw[host].items():
            world.accident.raw[host][fact] = text.replace(INSTANCE, hostile)
    made = look(relocate.step(case(hostile)), world.accident.answers, world.accident.facts)
    move = made.plan.commands[-1]
    assert move.argv[-1] == hostile
    assert hostile in shlex.split(move.guard.partition("$(")[2].partition(")")[0])


@pytest.mark.parametrize("errand", ["move", "maintenance", "back", "back_alone"])
def test_no_fact_is_needed_to_judge_a_step(errand: str) -> None:
    about = case() if errand == "move" else freeing("node2")
    steps = getattr(PLANNED, errand).play.steps(about)
    names = [step.id for step in steps]
    assert len(names) == len(set(names))
    assert names[0] == "hold"
    assert "service" in names
    whole = Cluster().accident
    for fact in sorted({name for texts in whole.facts.raw.values() for name in texts}):
        raw = {host: dict(texts) for host, texts in whole.facts.raw.items()}
        for texts in raw.values():
            texts.pop(fact, None)
        facts = Facts(raw)
        for step in steps:
            assert look(step, whole.answers, facts).step is step
        found = getattr(PLANNED, errand)
        assert list(found.passengers(about, whole.answers, facts)) is not None
        assert list(found.objections(about, whole.answers, facts)) is not None


def test_the_accident_of_a_well_cluster_is_a_cluster() -> None:
    assert Accident().situations == []
