"""A certificate that ended, or a clock that is wrong, while other things are the matter as well."""

from __future__ import annotations

import json

import pytest

from tests.steps.recover.accident import NOW, Accident
from tests.steps.recover.test_situations import node_dead, runbook
from wizard.model.recovery import Runbook

ENDED = "Nov 21 16:00:00 2025 GMT"


def ended(accident: Accident) -> Accident:
    for host in ("node1", "node2"):
        if host in accident.raw:
            accident.raw[host]["ganeti-certificates"] = accident.certificates(ENDED)
    return accident


def renewal(accident: Accident) -> Runbook:
    return runbook(accident.situation("crypto"), "crypto")


def test_new_certificates_where_all_answer_by_clocks_that_agree() -> None:
    accident = ended(Accident())
    assert accident.situation("crypto").runbooks[0].id == "ask"
    made = renewal(accident)
    assert made.offered
    # The vote on which a start of wconfd depends is asked under the certificate that has ended.
    lines = [word.text for word in made.words if word.command and word.host == "node1"]
    renew = lines.index("gnt-cluster renew-crypto -f --new-cluster-certificate")
    before, after = lines[:renew], lines[renew + 1 :]
    assert [line for line in before if "no-voting" in line] == [
        "echo 'EXTRA_WCONFD_ARGS=\"--no-voting --yes-do-it\"' >>/etc/default/ganeti",
        "echo 'EXTRA_LUXID_ARGS=\"--no-voting --yes-do-it\"' >>/etc/default/ganeti",
    ]
    assert after[:4] == [
        "cp -p /root/ganeti.defaults /etc/default/ganeti",
        "service ganeti stop",
        "find /run/ganeti -name 'ganeti-*.pid' ! -user root -delete",
        "service ganeti start",
    ]


def test_without_luxid_nobody_takes_the_order() -> None:
    accident = ended(Accident())
    accident.raw["node1"]["ganeti-running"] = accident.running("192.168.0.111", "noded")
    assert "luxid does not run on node1" in renewal(accident).refused


@pytest.mark.parametrize("expired", [False, True])
def test_by_clocks_that_differ_no_certificate_is_made(expired: bool) -> None:
    accident = ended(Accident()) if expired else Accident()
    accident.raw["node2"]["pulse"] = accident.pulse(now=NOW + 7200)
    situation = accident.situation("crypto")
    assert [way.id for way in situation.runbooks] == ["wait", "clocks", "crypto"]
    assert not situation.runbooks[0].changes
    assert "the clocks of the nodes differ" in renewal(accident).refused


def test_a_clock_years_ahead_ends_no_certificate() -> None:
    accident = Accident()
    for host in ("node1", "node2"):
        accident.raw[host]["pulse"] = accident.pulse(now=NOW + 6 * 365 * 86400)
    assert "the machine that this program runs on" in renewal(accident).refused


def test_beside_a_silent_node_it_would_end_half_way() -> None:
    accident = ended(node_dead())
    refused = renewal(accident)
    assert "node2 does not answer and is not marked offline" in refused.refused
    assert "marked offline (gnt-node modify -f -O yes node2.name.org)" in refused.lifted


def _marked(accident: Accident) -> Accident:
    stored = json.loads(accident.raw["node1"]["ganeti"])
    for node in stored["config"]["nodes"]:
        node["offline"] = node["name"] == "node2.name.org"
    accident.raw["node1"]["ganeti"] = json.dumps(stored)
    return accident


def test_what_lifts_that_is_true() -> None:
    assert renewal(_marked(ended(node_dead()))).offered
