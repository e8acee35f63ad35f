"""Who acts as the master: by every kind of facts that two nodes can show."""

from __future__ import annotations

import json

import pytest

from steps.ganeti.acting import acting_master, cluster, master_is_ready
from tests.cases import case_path, content
from tests.steps import takeover
from wizard.answers import Answers
from wizard.base.errors import WizardError
from wizard.model.facts import Facts

ANSWERS = Answers()
RAW = content(case_path("instance", "done"))["facts"]


def facts(**texts: str) -> Facts:
    """The fact `ganeti` of each node that answers."""
    missing = {}
    for host in ("node1", "node2"):
        if host not in texts:
            missing[host] = takeover.gone(host)
    return Facts({host: {"ganeti": text} for host, text in texts.items()}, missing)


def recorded(host: str, facts_of: Facts) -> str:
    return facts_of.raw[host]["ganeti"]


BUILT = Facts(RAW)
LEADS, FOLLOWS = recorded("node1", BUILT), recorded("node2", BUILT)
TAKEN = takeover.rejoined(RAW)
NOTHING = takeover.stored(LEADS, config=None, ssconf={}, daemons=[], files=[], cert="")
STOPPED = takeover.stored(LEADS, daemons=["ganeti-noded"])
AT_NODE1 = takeover.stored(recorded("node1", TAKEN), addresses=[takeover.ADDRESS])

DECIDED = {
    "before the cluster exists": (facts(node1=NOTHING, node2=NOTHING), "node1"),
    "before it exists, one silent": (facts(node2=NOTHING), "node1"),
    "as it was built": (BUILT, "node1"),
    "as it was built, the other silent": (facts(node1=LEADS), "node1"),
    "the master silent": (facts(node2=FOLLOWS), "node1"),
    "its daemons stopped": (facts(node1=STOPPED, node2=FOLLOWS), "node1"),
    "the first node bare, its cluster alive": (facts(node1=NOTHING, node2=FOLLOWS), "node1"),
    "taken over": (TAKEN, "node2"),
    "taken over, the former master silent": (takeover.silent(RAW), "node2"),
    "taken over, the former master back": (takeover.back(RAW), "node2"),
    "taken over, the former master bare": (
        facts(node1=NOTHING, node2=recorded("node2", TAKEN)),
        "node2",
    ),
}


@pytest.mark.parametrize("name", DECIDED)
def test_decided(name: str) -> None:
    seen, expected = DECIDED[name]
    acting = acting_master(ANSWERS, seen)
    assert (acting.node.short, acting.undecided) == (expected, "")


UNDECIDED = {
    "two lead": (takeover.torn(RAW), "node1 and node2 both run the master's daemons"),
    "nobody leads, each is named": (
        facts(node1=STOPPED, node2=takeover.stored(recorded("node2", TAKEN), daemons=[])),
        "node1 and node2 are both named, and neither leads",
    ),
    "one leads and names the other": (
        facts(node1=takeover.stored(recorded("node1", TAKEN), daemons=list(takeover.ROLE))),
        "node1 runs the master's daemons and names node2.name.org",
    ),
    "the address is elsewhere": (
        facts(node1=AT_NODE1, node2=recorded("node2", TAKEN)),
        "node2 leads, and the cluster's address is on node1",
    ),
    "a stranger is named": (
        facts(node1=takeover.stored(STOPPED, ssconf={"master_node": ["node9.name.org"]})),
        "node9.name.org is named, and it is none of the servers in the answers",
    ),
}


@pytest.mark.parametrize("name", UNDECIDED)
def test_undecided_has_its_evidence_and_no_configuration(name: str) -> None:
    seen, reason = UNDECIDED[name]
    acting = acting_master(ANSWERS, seen)
    assert reason in acting.undecided
    assert acting.evidence
    assert cluster(ANSWERS, seen) is None
    (finding,) = master_is_ready(ANSWERS, seen)
    assert reason in finding.what
    assert all(line in finding.what for line in acting.evidence)
    assert "recover" in finding.mend


def test_another_cluster_has_no_say() -> None:
    data = json.loads(recorded("node2", TAKEN))
    data["config"]["name"] = "other.name.org"
    seen = facts(node1=LEADS, node2=json.dumps(data))
    acting = acting_master(ANSWERS, seen)
    assert (acting.node.short, acting.undecided, len(acting.evidence)) == ("node1", "", 1)


def test_a_silent_master_is_named_with_the_reason_and_has_no_configuration() -> None:
    seen = facts(node2=FOLLOWS)
    assert cluster(ANSWERS, seen) is None
    (finding,) = master_is_ready(ANSWERS, seen)
    assert finding.host == "node1" and "no answer on port 22" in finding.what


def test_the_configuration_is_that_of_the_acting_master() -> None:
    config = cluster(ANSWERS, takeover.back(RAW))
    assert config is not None
    assert config.node_name(config.master) == "node2.name.org"


def test_what_is_not_understood_is_said_and_not_passed_over() -> None:
    with pytest.raises(WizardError, match="not understood"):
        acting_master(ANSWERS, facts(node1=LEADS, node2="{"))
