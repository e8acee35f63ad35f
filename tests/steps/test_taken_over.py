"""After a takeover every step works with the new master, and gives the others no command for it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from steps import by_id
from steps.ganeti.acting import master_host
from steps.ganeti.facts.ganeti import GANETI
from tests.cases import case_path, content, load
from tests.steps import takeover
from tests.steps.test_steps import CASES
from wizard.model.facts import Facts
from wizard.model.review import Review, State, look

OF_GANETI = re.compile(r"\bgnt-[a-z]+ ")


def given(review: Review) -> list[str]:
    """The hosts of the commands that Ganeti takes on its master only, in their order."""
    return [
        command.host for command in review.plan.commands if OF_GANETI.search(" ".join(command.argv))
    ]


def with_ganeti(path: Path) -> bool:
    """Whether a case's step looks at Ganeti."""
    return GANETI in by_id(path.parent.name).facts


def of_two_members(path: Path) -> bool:
    """Whether both nodes have the configuration, are in it, and name node1 their master."""
    if not with_ganeti(path):
        return False
    raw = content(path)["facts"]
    for host in (takeover.FORMER, takeover.MASTER):
        stored = GANETI.parse(raw[host]["ganeti"])
        config = stored.config
        names = (config.node_name(config.master),) if config and len(config.nodes) == 2 else ()
        if names != ("node1.name.org",) or stored.ssconf.get("master_node") != names:
            return False
    return True


CASES_OF_GANETI = [path for path in CASES if with_ganeti(path)]
CLUSTERS = [path for path in CASES if of_two_members(path)]


def named(paths: list[Path]) -> list[str]:
    return [f"{path.parent.name}/{path.stem}" for path in paths]


@pytest.mark.parametrize("path", CASES_OF_GANETI, ids=named(CASES_OF_GANETI))
def test_commands_of_ganeti_go_to_the_acting_master_only(path: Path) -> None:
    step, _, answers, facts = load(path)
    master = master_host(answers, facts)
    assert set(given(look(step, answers, facts))) <= {master}


@pytest.mark.parametrize("path", CLUSTERS, ids=named(CLUSTERS))
def test_after_a_takeover_they_go_to_the_new_one(path: Path) -> None:
    step, _, answers, facts = load(path)
    built = look(step, answers, facts)
    taken = look(step, answers, takeover.rejoined(facts.raw))
    assert set(given(taken)) <= {takeover.MASTER}
    if step.id not in ("node", "console"):
        # Another node is to be added, and the new master has no verification of its own yet; all
        # else stays as it was.
        assert len(given(taken)) == len(given(built))


@pytest.mark.parametrize("path", CLUSTERS, ids=named(CLUSTERS))
def test_with_two_masters_nobody_gets_one(path: Path) -> None:
    step, _, answers, facts = load(path)
    review = look(step, answers, takeover.torn(facts.raw))
    assert given(review) == []
    assert any("master is not decided" in blocker.what for blocker in review.blockers)


def taken_over(case: str, made: str) -> Review:
    """A case's step, looked at on the same cluster after a takeover."""
    step, _, answers, facts = load(case_path(*case.split("/")))
    after: Facts = getattr(takeover, made)(facts.raw)
    return look(step, answers, after)


TWO_NODES = "cluster/synthetic-master-moved"
"""The recorded cluster of two nodes that the step `cluster` has."""


def test_the_cluster_is_done_when_the_former_master_is_back_in_it() -> None:
    review = taken_over(TWO_NODES, "rejoined")
    assert (review.blockers, len(review.plan), review.problems) == ((), 0, ())
    assert taken_over("node/done", "rejoined").state is State.DONE
    assert taken_over("instance/done", "rejoined").state is State.DONE
    assert taken_over("guest/synthetic-done", "rejoined").state is State.DONE


def test_confd_alone_is_started_beside_the_daemons_that_run() -> None:
    step, _, answers, _ = load(case_path(*TWO_NODES.split("/")))
    facts = taken_over(TWO_NODES, "rejoined").facts.raw
    data = json.loads(facts["node2"]["ganeti"])
    data["daemons"].remove("ganeti-confd")
    facts["node2"]["ganeti"] = json.dumps(data)
    (command,) = look(step, answers, Facts(facts)).plan.commands
    assert command.host == "node2"
    assert command.argv[-1] == "ganeti-confd"
    assert "restart" not in command.line


def test_a_node_that_is_back_and_offline_is_brought_back_by_its_runbook_only() -> None:
    review = taken_over("node/done", "back")
    (blocker,) = review.blockers
    assert blocker.host == "node1"
    assert "marked offline" in blocker.what
    assert "recover" in blocker.mend
    assert "rejoin" in blocker.mend


def test_nothing_is_started_while_a_node_is_out_of_service() -> None:
    review = taken_over("instance/synthetic-died", "back")
    assert not review.plan
    assert any("has to be looked at first" in blocker.what for blocker in review.blockers)


def test_a_degraded_instance_names_no_command_that_activates_disks() -> None:
    review = taken_over("instance/done", "back")
    assert review.problems
    for problem in review.problems:
        assert "activate-disks" not in problem.mend
        assert "startup" not in problem.mend


def test_an_export_has_no_place_beside_its_original() -> None:
    review = taken_over("export/synthetic-never-exported", "back")
    assert not review.plan
    assert any("no node but that of" in blocker.what for blocker in review.blockers)


STARTS = re.compile(r"gnt-instance .*(startup|reboot|activate-disks|reinstall|add)\b")


@pytest.mark.parametrize("made", ["silent", "back"])
@pytest.mark.parametrize("path", CLUSTERS, ids=named(CLUSTERS))
def test_beside_a_node_that_is_away_nothing_is_started(path: Path, made: str) -> None:
    step, _, answers, facts = load(path)
    review = look(step, answers, getattr(takeover, made)(facts.raw))
    assert review.state is not State.UNSEEN
    assert set(given(review)) <= {takeover.MASTER}
    for command in review.plan.commands:
        assert command.host != takeover.FORMER or made == "back"
        assert not STARTS.search(" ".join(command.argv)), command.line


WITHOUT_THE_FORMER_MASTER = (
    TWO_NODES,
    "guest/synthetic-done",
    "vault/synthetic-done-open",
)


@pytest.mark.parametrize("case", WITHOUT_THE_FORMER_MASTER)
def test_what_is_done_stays_done_while_the_former_master_is_silent(case: str) -> None:
    review = taken_over(case, "silent")
    assert (review.blockers, review.plan.commands, review.problems) == ((), (), ())
    assert review.state is State.DONE


def test_a_silent_node_is_brought_back_by_its_runbook_only() -> None:
    (blocker,) = taken_over("node/done", "silent").blockers
    assert blocker.host == "node1"
    assert "marked offline" in blocker.what
    assert "rejoin" in blocker.mend


def test_the_new_master_verifies_the_cluster_itself() -> None:
    review = taken_over("console/done", "silent")
    assert review.blockers == ()
    (command,) = review.plan.commands
    assert command.host == "node2"
    assert command.title.startswith("gnt-cluster verify")


def test_an_instance_that_runs_is_looked_at_without_the_former_master() -> None:
    review = taken_over("instance/done", "silent")
    assert review.blockers == ()
    assert not review.plan
    assert any("not fed" in problem.what for problem in review.problems)


def test_a_node_that_says_nonsense_is_judged_as_one_that_is_silent() -> None:
    step, _, answers, facts = load(case_path("node", "done"))
    raw = takeover.back(facts.raw).raw
    raw["node1"]["ganeti"] = "{"
    review = look(step, answers, Facts(raw))
    assert "not understood" in review.facts.missing["node1"].what
    assert any("marked offline" in blocker.what for blocker in review.blockers)


def test_the_copies_go_on_without_a_silent_node_and_it_is_told() -> None:
    step, _, answers, facts = load(case_path("configbackup", "done"))
    raw = {host: texts for host, texts in facts.raw.items() if host != "node1"}
    review = look(step, answers, Facts(raw, {"node1": takeover.gone("node1")}))
    assert review.blockers == ()
    assert not review.plan
    assert [problem.host for problem in review.problems] == ["node1"]
