"""A node comes back whose certificate is another one: the cluster's was renewed meanwhile."""

from __future__ import annotations

import json
from typing import Any

from tests.steps.recover.accident import Accident
from tests.steps.recover.combined.test_kinds_of_instances import configured
from tests.steps.recover.test_situations import WAITS, runbook
from wizard.model.recovery import Runbook

OTHER = ":".join(["CD"] * 32)


def back(fingerprint: str) -> Accident:
    def offline(config: dict[str, Any]) -> None:
        for node in config["nodes"]:
            node["offline"] = node["name"] == "node2.name.org"

    accident = configured(Accident(), offline)
    accident.raw["node2"]["hypervisor"] = accident.raw["node1"]["hypervisor"]
    accident.drbd("node2", "").drbd("node1", WAITS)
    told = accident.certificates(fingerprint=fingerprint) if fingerprint else ""
    accident.raw["node2"]["ganeti-certificates"] = told
    if not fingerprint:
        stored = json.loads(accident.raw["node2"]["ganeti"])
        accident.raw["node2"]["ganeti"] = json.dumps({**stored, "cert": ""})
    return accident


def way(accident: Accident) -> Runbook:
    return runbook(accident.situation("rejoin"), "rejoin")


def test_what_must_be_thrown_away_first_is_named() -> None:
    refused = way(back(OTHER))
    assert "node2 has another cluster certificate" in refused.refused
    assert "/usr/lib/ganeti/tools/node-cleanup --yes-do-it on node2" in refused.lifted


def test_once_that_is_done_it_may_be_taken_in() -> None:
    accident = back("")
    shown = accident._presence("node1")
    # Its noded was stopped with the rest.
    closed = shown.replace("port 192.168.0.112 1811 open", "port 192.168.0.112 1811 refused")
    assert closed != shown
    accident.raw["node1"]["presence"] = closed
    assert way(accident).offered
    nothing = closed.replace("port 192.168.0.112 22 open", "port 192.168.0.112 22 silent")
    accident.raw["node1"]["presence"] = nothing
    assert not way(accident).offered


def test_a_certificate_that_cannot_be_read_is_not_taken_for_absent() -> None:
    accident = back("")
    accident.raw["node2"]["ganeti"] = back(OTHER).raw["node2"]["ganeti"]
    assert json.loads(accident.raw["node2"]["ganeti"])["cert"]
    assert "another cluster certificate" in way(accident).refused
