"""A hypervisor that does not answer beside copies that are apart: anything may run there."""

from __future__ import annotations

import pytest

from steps.recover.steps.parted import flip, part
from tests.steps.recover.accident import AFTER, NOW, OTHER, SAME, Accident
from tests.steps.recover.test_situations import ALONE, CUT, runbook
from wizard.model.accident import Case

MUTE = "type: xen\ncapabilities: control_d\nkvm: no\n"
CASE = Case("reconnect", "20261122T160850Z-reconnect", "me", NOW)


def parted() -> Accident:
    """The newer copy is on node1, and Ganeti's primary is node2; it runs nowhere that is seen."""
    accident = Accident().drbd("node1", CUT).drbd("node2", CUT)
    accident.generations("node1", AFTER, "1:1:1:0:0:0:0").generations(
        "node2", SAME, "1:1:0:1:0:0:0"
    )
    accident.raw["node2"]["hypervisor"] = accident.raw["node1"]["hypervisor"]
    return accident


@pytest.mark.parametrize("mute", ["node1", "node2"])
def test_nothing_is_exchanged_or_started_that_may_run(mute: str) -> None:
    accident = parted()
    step = flip.step(CASE)
    assert list(step.blockers(accident.answers, accident.facts)) == []
    accident.raw[mute]["hypervisor"] = MUTE
    (found,) = step.blockers(accident.answers, accident.facts)
    assert (found.host, found.what) == (mute, "its hypervisor does not say what runs")


@pytest.mark.parametrize("text", [MUTE, None])
def test_ganeti_is_not_told_where_it_runs_while_it_may_run_twice(text: str | None) -> None:
    accident = Accident()
    guest = "guest: inst1.name.org\ndom0_mib"
    accident.change("node1", "hypervisor", "dom0_mib", guest)
    accident.change("node2", "hypervisor", "guest: inst1.name.org", "")
    assert runbook(accident.situation("elsewhere"), "cleanup").offered
    if text is None:
        accident.hang("node2", "hypervisor")
    else:
        accident.raw["node2"]["hypervisor"] = text
    refused = runbook(accident.situation("elsewhere"), "cleanup")
    assert "may run there too" in refused.refused or "one thing at a time" in refused.refused
    assert not refused.offered


@pytest.mark.parametrize("mute", ["node1", "node2"])
def test_no_side_is_given_up_where_it_may_run(mute: str) -> None:
    accident = Accident().drbd("node1", ALONE).drbd("node2", ALONE)
    accident.generations("node1", AFTER, "1:1:1:0:0:0:0").generations(
        "node2", OTHER, "1:1:1:0:0:0:0"
    )
    chosen = {"victim": "node1/inst1.name.org"}
    case = Case("split-brain", "20261122T160850Z-split-brain", "me", NOW, chosen=chosen)
    step = part.step(case)
    assert list(step.blockers(accident.answers, accident.facts)) == []
    accident.raw[mute]["hypervisor"] = MUTE
    blocked = list(step.blockers(accident.answers, accident.facts))
    assert any("its hypervisor does not say" in one.what for one in blocked)
