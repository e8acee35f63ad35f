"""Situations: a well cluster has none, each accident its own, and what is refused says why."""

from __future__ import annotations

import pytest

from steps.recover.situations import ORDER
from tests.steps.recover.accident import AFTER, NOW, OTHER, SAME, Accident
from wizard.base.errors import Reach
from wizard.model.recovery import HERE, Runbook, Situation, Standing

ALONE = "WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown"
CUT = "StandAlone ro:Secondary/Unknown ds:UpToDate/DUnknown"
WAITS = "WFConnection ro:Secondary/Unknown ds:UpToDate/DUnknown"
PARTED = f"{NOW - 300}.5 node kernel: drbd resource%d: conn( Connected -> Timeout )\n"


def runbook(situation: Situation, identity: str) -> Runbook:
    for one in situation.runbooks:
        if one.id == identity:
            return one
    raise AssertionError(f"{identity} is none of {[one.id for one in situation.runbooks]}")


def idle_dead() -> Accident:
    """node1 is master and silent; the instance runs on node2."""
    accident = (
        Accident().down("node1").drbd("node2", ALONE).generations("node2", AFTER, "1:1:1:0:0:0:0")
    )
    accident.raw["node2"]["history"] += PARTED % 0 + PARTED % 1
    return accident


def node_dead() -> Accident:
    """node2 is silent; the instance ran there."""
    accident = Accident().down("node2").drbd("node1", WAITS)
    del accident.raw["inst1"]
    accident.raw["node1"]["history"] += PARTED % 0 + PARTED % 1
    return accident


def test_nothing_is_the_matter_with_a_well_cluster() -> None:
    findings = Accident().findings
    assert findings.situations == ()
    assert findings.vantages == ("node1", "node2", "backup", HERE)
    assert {seen.presence.state for seen in findings.hosts} == {Standing.ANSWERS}
    assert all(not seen.lacking for seen in findings.hosts)


def test_an_idle_master_is_silent() -> None:
    accident = idle_dead()
    situation = accident.situation("master-idle-dead")
    assert accident.situations == ["master-idle-dead"]
    assert situation.runbooks[0].id == "wait"
    assert "do not restart Ganeti" in situation.runbooks[0].words[0].text
    assert runbook(situation, "takeover").offered


def test_the_node_that_ran_the_instance_is_silent() -> None:
    accident = node_dead()
    situation = accident.situation("node-dead")
    takeover = runbook(situation, "node-dead")
    assert takeover.offered
    lines = [word.text for word in takeover.words]
    assert lines[0].startswith("Pull the power cables of node2")
    assert "gnt-node modify -f -O yes node2.name.org" in lines
    assert "gnt-instance failover -f inst1.name.org" in lines
    assert not any("master-failover" in line for line in lines)
    told = [evidence.what for evidence in situation.evidence]
    assert any("3 readings" in what for what in told)
    assert any("the copy on node1 is unknown" in what for what in told)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda a: a.down("backup").elsewhere(), "looked for from node1 only"),
        (lambda a: a.raw[HERE].update(presence=""), "was read 1 times only"),
        (lambda a: a.drbd("node1", WAITS.replace("UpToDate/", "Inconsistent/")), "Inconsistent"),
        (
            lambda a: a.change("backup", "configuration-copies", "Z-20.", "Z-21."),
            "configuration 21 of node1",
        ),
    ],
)
def test_a_takeover_is_refused_on_evidence(change: object, reason: str) -> None:
    accident = node_dead()
    change(accident)  # type: ignore[operator]
    refused = runbook(accident.situation("node-dead"), "node-dead")
    assert not refused.offered
    assert reason in refused.refused or accident.situations[0] == "incomplete"
    assert refused.lifted


def test_a_refused_port_is_life() -> None:
    accident = Accident().down("node2", Reach.REFUSED)
    seen = {host.name: host.presence for host in accident.findings.hosts}
    assert seen["node2"].state is Standing.ALIVE
    assert accident.situations[0] == "hung"
    assert "node-dead" not in accident.situations


@pytest.mark.parametrize("reach", [Reach.LOGIN, Reach.HOST_KEY])
def test_a_login_that_fails_takes_nobodys_power(reach: Reach) -> None:
    accident = Accident().down("node2", reach)
    assert accident.situations[0] == "kept-out"
    assert "hung" not in accident.situations
    assert not any(one.changes for one in accident.situation("kept-out").runbooks)


def test_of_two_that_hang_one_at_a_time_is_powered_off() -> None:
    accident = Accident().hang("node1", "md").hang("node2", "md")
    hung = [one for one in accident.findings.situations if one.id == "hung"]
    assert [runbook(one, "hung").offered for one in hung] == [True, False]


def test_replication_is_life() -> None:
    accident = Accident().down("node2")
    assert "node-dead" not in accident.situations
    signs = [sign.what for host in accident.findings.hosts for sign in host.presence.signs]
    assert any("is connected to node2" in sign for sign in signs)


def test_nobody_could_look() -> None:
    accident = Accident()
    for host in ("node1", "node2", "backup", "inst1"):
        accident.down(host, Reach.NO_NETWORK)
    accident.raw.pop(HERE)
    findings = accident.findings
    assert findings.situations == ()
    assert {seen.presence.state for seen in findings.hosts} == {Standing.UNSEEN}


def test_a_hung_disk_does_not_hide_that_the_node_answers() -> None:
    accident = Accident().hang("node2", "md", "replicas", "lvm", "drbd-generations")
    seen = {host.name: host for host in accident.findings.hosts}
    assert seen["node2"].presence.state is Standing.PARTIAL
    assert "pulse" in seen["node2"].facts
    assert set(seen["node2"].lacking) >= {"md", "lvm"}
    assert accident.situations == ["hung"]


def test_the_instance_runs_twice() -> None:
    accident = Accident().change(
        "node1", "hypervisor", "dom0_mib", "guest: inst1.name.org\ndom0_mib"
    )
    situation = accident.situation("twice")
    assert accident.situations[0] == "twice"
    assert [word.text for word in situation.runbooks[0].words if word.command] == [
        "xl pause inst1.name.org",
        "ganeti-wizard recover apply twice",
    ]
    assert situation.runbooks[0].words[0].host == "node1"


def test_both_booted_and_nothing_else_is_the_matter() -> None:
    accident = Accident()
    for host in ("node1", "node2"):
        accident.raw[host]["pulse"] = accident.pulse(uptime=60)
    assert accident.situations == []


def test_while_a_node_starts_everything_else_is_refused() -> None:
    accident = Accident().drbd("node1", WAITS).drbd("node2", ALONE)
    accident.raw["node1"]["pulse"] = accident.pulse(uptime=60)
    assert accident.situations == ["starting", "reconnect"]
    assert all(not one.offered for one in accident.situation("reconnect").runbooks if one.changes)


def test_the_copies_can_be_connected() -> None:
    accident = Accident().drbd("node1", WAITS).drbd("node2", ALONE)
    accident.generations("node2", AFTER, "1:1:1:0:0:0:0")
    situation = accident.situation("reconnect")
    assert runbook(situation, "reconnect").offered
    assert any("node2 → node1" in evidence.what for evidence in situation.evidence)


def test_the_newer_copy_is_not_ganetis_primary() -> None:
    accident = Accident().drbd("node1", ALONE).drbd("node2", CUT)
    accident.generations("node1", AFTER, "1:1:1:0:0:0:0").generations(
        "node2", SAME, "1:1:0:1:0:0:0"
    )
    situation = accident.situation("reconnect")
    flip = runbook(situation, "reconnect")
    assert flip.offered
    assert "Make node1 the primary" in flip.title
    lines = [word.text for word in flip.words]
    stop = lines.index("gnt-instance shutdown --no-remember inst1.name.org")
    assert lines[stop + 2] == "gnt-instance failover -f inst1.name.org"
    # Where Ganeti's primary is in use, nothing of this is offered.
    accident.drbd("node2", CUT.replace("Secondary", "Primary"))
    assert "would be overwritten and is in use" in str(
        runbook(accident.situation("reconnect"), "reconnect").refused
    )


def test_a_split_brain_connects_nothing() -> None:
    accident = Accident().drbd("node1", CUT).drbd("node2", CUT.replace("Secondary", "Primary"))
    accident.generations("node1", AFTER, "1:1:0:0:0:0:0").generations(
        "node2", OTHER, "1:1:1:0:0:0:0"
    )
    situation = accident.situation("split-brain")
    assert not runbook(situation, "reconnect").offered
    assert any("rule 90" in evidence.what for evidence in situation.evidence)
    assert situation.runbooks[0].id == "ask"
    assert runbook(situation, "split-brain").offered


def test_a_resync_broken_off_is_no_copy() -> None:
    accident = node_dead().drbd("node1", WAITS.replace("UpToDate/", "Inconsistent/"))
    assert accident.situations[0] == "incomplete"
    assert not runbook(accident.situation("incomplete"), "force").offered


def test_a_primary_without_a_disk_is_not_restarted() -> None:
    accident = Accident().drbd("node2", "Connected ro:Primary/Secondary ds:Diskless/UpToDate")
    accident.drbd("node1", "Connected ro:Secondary/Primary ds:UpToDate/Diskless")
    words = [word.text for word in accident.situation("diskless").runbooks[0].words]
    assert "Neither stop" in words[0]


def test_a_node_is_back() -> None:
    accident = Accident()
    for host in ("node1", "node2"):
        text = accident.raw[host]["ganeti"]
        head, sign, tail = text.partition('"name": "node2.name.org",\n    "offline": false')
        assert sign
        accident.raw[host]["ganeti"] = head + sign.replace("false", "true") + tail
    accident.raw["node1"]["hypervisor"], accident.raw["node2"]["hypervisor"] = (
        accident.raw["node1"]["hypervisor"],
        accident.raw["node1"]["hypervisor"],
    )
    accident.drbd("node2", "").drbd("node1", WAITS)
    situation = accident.situation("rejoin")
    assert runbook(situation, "rejoin").offered
    accident.raw["node2"]["pulse"] = accident.pulse(uptime=100)
    assert "starting" in accident.situations


def test_a_returned_node_that_runs_a_guest_is_not_taken_in() -> None:
    accident = Accident()
    for host in ("node1", "node2"):
        text = accident.raw[host]["ganeti"]
        accident.raw[host]["ganeti"] = text.replace(
            '"name": "node2.name.org",\n    "offline": false',
            '"name": "node2.name.org",\n    "offline": true',
        )
    refused = runbook(accident.situation("rejoin"), "rejoin")
    assert "an instance runs on node2" in refused.refused
    assert "DRBD is Primary there" in refused.refused


def test_a_lone_master_that_restarted() -> None:
    accident = Accident().down("node2").drbd("node1", "")
    del accident.raw["inst1"]
    accident.raw["node1"]["ganeti-running"] = accident.running("192.168.0.111", "noded")
    # Its copies do not say that it was the last one up: the other one may hold newer data.
    assert not runbook(accident.situation("first-back"), "first-back").offered
    accident.generations("node1", AFTER, "1:1:1:0:0:0:0", attached=False)
    situation = accident.situation("alone")
    assert situation.runbooks[0].id == "wait"
    assert runbook(situation, "alone").offered
    # An instance that is not to run is no reason to wait.
    accident.generations("node1", SAME, "1:1:0:1:0:0:0", attached=False)
    accident.change("node1", "ganeti", '"state": "up"', '"state": "down"')
    assert accident.situations[0] == "alone"


def test_the_first_one_back_may_hold_older_data() -> None:
    accident = Accident().down("node1").drbd("node2", "")
    accident.raw["node2"]["hypervisor"] = Accident().raw["node1"]["hypervisor"]
    accident.generations("node2", SAME, "1:1:0:1:0:0:0", attached=False)
    refused = runbook(accident.situation("first-back"), "first-back")
    assert "nothing shows that node2 was the last one up" in refused.refused
    assert refused.claimable
    assert any(word.text.endswith("--choose older=node2") for word in refused.words)
    told = [evidence.what for evidence in accident.situation("first-back").evidence]
    assert any("lacks what node1 wrote of inst1.name.org from a time" in what for what in told)
    # It ran the instance when its power went, still connected: the other one may have gone on.
    accident.generations("node2", SAME.replace("D74C", "D74D"), "1:1:1:1:0:0:0", attached=False)
    assert not runbook(accident.situation("first-back"), "first-back").offered
    accident.generations("node2", AFTER, "1:1:1:0:0:0:0", attached=False)
    assert runbook(accident.situation("first-back"), "first-back").offered
    newer = accident.change("backup", "configuration-copies", "Z-20.", "Z-21.")
    assert not runbook(newer.situation("first-back"), "first-back").claimable


def test_nodes_that_do_not_hear_each_other() -> None:
    accident = Accident().drbd("node1", WAITS).drbd("node2", ALONE)
    accident.silent = {"node1"}
    text = accident._presence("node2")
    accident.silent = set()
    accident.raw["node2"]["presence"] = text
    assert accident.situations[0] == "link"
    assert not runbook(accident.situation("link"), "takeover").offered


def test_a_certificate_that_ended() -> None:
    accident = Accident()
    accident.raw["node1"]["ganeti-certificates"] = accident.certificates("Nov 21 16:00:00 2025 GMT")
    assert accident.situations == ["crypto"]


def test_somebody_else_answers_for_a_dead_machine() -> None:
    accident = Accident().down("node2", Reach.NO_SSH)
    shown = accident._presence("node1").replace(
        "certificate 192.168.0.112 AB", "certificate 192.168.0.112 CD"
    )
    accident.raw["node1"]["presence"] = shown
    assert accident.situations[0] == "stranger"
    assert "hung" not in accident.situations


def test_a_locked_volume() -> None:
    from tests.daily.scene import LOCKED

    accident = Accident()
    accident.raw["inst1"]["ciphers"] = LOCKED
    situation = accident.situation("service")
    assert accident.situations == ["service"]
    assert situation.runbooks[0].words[0].text == "ganeti-wizard unlock inst1"


def test_every_situation_begins_with_what_changes_nothing_or_must_be_done_at_once() -> None:
    accidents = [idle_dead(), node_dead(), Accident().drbd("node1", WAITS).drbd("node2", ALONE)]
    for accident in accidents:
        for situation in accident.findings.situations:
            assert situation.evidence
            assert not situation.runbooks[0].changes


def test_no_fact_is_needed_to_judge() -> None:
    whole = Accident()
    for fact in sorted({name for texts in whole.raw.values() for name in texts}):
        accident = Accident()
        for host, texts in accident.raw.items():
            if fact in texts and host != HERE:
                accident.hang(host, fact)
        assert accident.findings.hosts
    assert len(ORDER) == len(set(ORDER))
