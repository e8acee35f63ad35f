"""A node that was drained by hand long before: Ganeti sends it nothing and lets it lead nothing."""

from __future__ import annotations

import json
from typing import Any

from steps.recover.steps import bring, lead
from tests.steps.recover.accident import NOW, Accident
from tests.steps.recover.test_situations import ALONE, runbook
from wizard.model.accident import Case

CASE = Case("home", "20261122T160850Z-home", "me", NOW)


def drained(node: str, *, master: str, primary: str) -> Accident:
    """node2 leads or has the instance, and the node where that belongs is drained."""
    accident = Accident()
    for host in ("node1", "node2"):
        stored = json.loads(accident.raw[host]["ganeti"])
        config: dict[str, Any] = stored["config"]
        for one in config["nodes"]:
            if one["name"] == f"{node}.name.org":
                one.update(drained=True, candidate=False)
            if one["name"] == f"{master}.name.org":
                config["master"] = one["uuid"]
            if one["name"] == f"{primary}.name.org":
                config["instances"][0]["primary"] = one["uuid"]
        stored["ssconf"]["master_node"] = [f"{master}.name.org"]
        accident.raw[host]["ganeti"] = json.dumps(stored)
        address = f"192.168.0.11{host[-1]}"
        daemons = ("confd", "luxid", "noded", "wconfd") if host == master else ("noded",)
        running = accident.running(address, *daemons, cluster=host == master)
        accident.raw[host]["ganeti-running"] = running
    return accident


def test_no_instance_is_brought_to_a_drained_node() -> None:
    accident = drained("node2", master="node1", primary="node1")
    found = list(bring.step(CASE).blockers(accident.answers, accident.facts))
    assert [one.mend for one in found if "drained" in one.what] == [
        "gnt-node modify -D no node2.name.org"
    ]


def test_a_drained_node_does_not_lead() -> None:
    accident = drained("node1", master="node2", primary="node2")
    (found,) = lead.step(CASE).blockers(accident.answers, accident.facts)
    assert (found.host, found.what) == ("node1", "is no candidate for the master's role")
    assert found.mend == (
        "gnt-node modify -D no node1.name.org; gnt-node modify -C yes node1.name.org"
    )


def offline(accident: Accident) -> Accident:
    """node2 was marked offline, by hand, and goes on as it did."""
    for host in ("node1", "node2"):
        stored = json.loads(accident.raw[host]["ganeti"])
        for one in stored["config"]["nodes"]:
            one["offline"] = one["name"] == "node2.name.org"
        accident.raw[host]["ganeti"] = json.dumps(stored)
    return accident


def test_a_node_that_never_went_away_need_not_stop_what_runs_there() -> None:
    refused = runbook(offline(Accident()).situation("rejoin"), "rejoin")
    assert "it never went away" in refused.lifted
    assert "on node1 `gnt-node modify -f -O no node2.name.org`" in refused.lifted


def test_a_second_copy_must_be_stopped() -> None:
    twice = offline(Accident())
    twice.change("node1", "hypervisor", "dom0_mib", "guest: inst1.name.org\ndom0_mib")
    apart = offline(Accident()).drbd("node2", ALONE)
    for accident in (twice, apart):
        refused = runbook(accident.situation("rejoin"), "rejoin")
        assert "an instance runs on node2" in refused.refused
        assert "never went away" not in refused.lifted
