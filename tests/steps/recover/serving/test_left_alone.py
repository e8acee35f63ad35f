"""The other server is away and stays so: what becomes of the instances at home on the one that is
left, of a node wrongly marked offline (Ganeti's issue 669), and of a boot that is never through.
"""

from __future__ import annotations

from typing import Any

import pytest

from steps.recover.planned import returned
from steps.recover.steps import move
from tests.steps.recover.accident import AFTER, NOW, Accident
from tests.steps.recover.combined.test_drained import offline
from tests.steps.recover.combined.test_kinds_of_instances import case, configured
from tests.steps.recover.test_situations import ALONE, runbook
from wizard.model.accident import Case


def at_home_on_node1(config: dict[str, Any]) -> None:
    home = next(one["uuid"] for one in config["nodes"] if one["name"] == "node1.name.org")
    config["instances"][0]["primary"] = home


def left_alone(*, runs: bool, marked: bool = True) -> Accident:
    """node2 is dead since long; node1 leads, and inst1 is at home there."""
    accident = configured(Accident(), at_home_on_node1)
    if marked:
        offline(accident)
    accident.down("node2").drbd("node1", ALONE).generations("node1", AFTER, "1:1:1:0:0:0:0")
    if runs:
        accident.change("node1", "hypervisor", "dom0_mib", "guest: inst1.name.org\ndom0_mib")
    else:
        del accident.raw["inst1"]
    return accident


@pytest.mark.parametrize("marked", [True, False])
def test_an_instance_that_stands_still_is_told_and_started(marked: bool) -> None:
    accident = left_alone(runs=False, marked=marked)
    situation = accident.situation("node-dead")
    assert situation.title == "node2 is silent; inst1.name.org runs nowhere"
    assert not situation.runbooks[0].changes
    way = runbook(situation, "node-dead")
    assert way.offered
    typed = [word.text for word in way.words]
    assert "gnt-instance startup inst1.name.org" in typed
    assert not any("failover" in text for text in typed)
    if marked:
        step = move.step(case())
        (command,) = step.plan(accident.answers, accident.facts)
        assert command.argv[1] == "startup"


def test_where_its_hypervisor_does_not_say_it_may_run() -> None:
    accident = left_alone(runs=False)
    accident.change("node1", "hypervisor", "dom0_mib: 1536", "")
    assert "runs nowhere" not in accident.situation("idle-dead").title


def test_what_is_marked_offline_is_not_to_be_marked_again() -> None:
    marked = left_alone(runs=True).situation("idle-dead")
    assert [way.id for way in marked.runbooks] == ["wait"]
    unmarked = left_alone(runs=True, marked=False).situation("idle-dead")
    assert runbook(unmarked, "node-offline").offered


def test_a_failover_off_a_node_wrongly_marked_stops_nothing() -> None:
    # The failover exchanged the primary and failed, and the instance went on where it was.
    accident = offline(configured(Accident(), at_home_on_node1))
    lifted = runbook(accident.situation("rejoin"), "rejoin").lifted
    assert "gnt-node modify -f -O no node2.name.org" in lifted


def test_a_boot_that_is_never_through_is_not_waited_for_for_ever() -> None:
    accident = Accident()
    accident.drbd("node1", "WFConnection ro:Secondary/Unknown ds:UpToDate/DUnknown")
    accident.drbd("node2", ALONE).generations("node2", AFTER, "1:1:1:0:0:0:0")
    accident.raw["node2"]["pulse"] = accident.pulse(uptime=900, system="starting")
    assert accident.situations == ["starting", "reconnect"]
    back = Case("back", "20261122T160850Z-back", "me", NOW, subject="node2.name.org")
    step = returned.step(back)
    assert "boot" in str(list(step.verify(accident.answers, accident.facts)))
    accident.raw["node2"]["pulse"] = accident.pulse(uptime=7200, system="starting")
    assert accident.situations == ["reconnect"]
    assert list(step.verify(accident.answers, accident.facts)) == []
