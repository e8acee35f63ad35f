"""A look with a bound: what arrived whole counts, whatever hung afterwards."""

from __future__ import annotations

import pytest

from tests.sim import SimHost
from wizard.answers import Answers
from wizard.base.errors import ConnectionLost, Reach, Unreachable, WizardError
from wizard.hosts.local import LocalHost
from wizard.model.facts import Fact
from wizard.run import within
from wizard.run.within import Wanted, gather_within

ONE = Fact(name="one", script="echo 1", parse=str.strip)
TWO = Fact(name="two", script="echo 2", parse=str.strip)
LATE = Fact(name="late", script="echo begun; sleep 3600", parse=str.strip)
THREE = Fact(name="three", script="echo 3; false", parse=str.strip)
TEXTS = {"one": "1", "two": "2", "three": "3"}


def test_two_hosts_that_answer() -> None:
    hosts = [SimHost("node1", TEXTS), SimHost("node2", TEXTS)]
    wanted = [Wanted(host, [[ONE], [TWO], [THREE]], 60) for host in hosts]
    facts, arrived = gather_within(wanted, Answers())
    assert not facts.missing
    assert not facts.cut
    assert facts.of("node2", THREE) == "3"
    assert set(arrived) == {"node1", "node2"}


def test_each_host_is_heard_as_soon_as_its_first_lane_has_ended() -> None:
    heard = dict[str, object]()
    gone = SimHost("node2", TEXTS, down=Unreachable("no answer", where="node2"))
    hosts = [SimHost("node1", TEXTS, hung="late"), gone]
    wanted = [Wanted(host, [[ONE], [LATE]], 60) for host in hosts]
    gather_within(wanted, Answers(), heard.__setitem__)
    assert heard["node1"] is None, "what hangs afterwards is no matter"
    assert isinstance(heard["node2"], Unreachable)


def test_a_host_that_hangs_in_one_lane_keeps_the_others() -> None:
    host = SimHost("node1", TEXTS, hung="late")
    facts, _ = gather_within([Wanted(host, [[ONE], [LATE, TWO], [THREE]], 60)], Answers())
    assert (facts.of("node1", ONE), facts.of("node1", THREE)) == ("1", "3")
    with pytest.raises(ConnectionLost):
        facts.of("node1", TWO)
    assert set(facts.cut) == {"node1"}
    assert not facts.missing


def test_a_silent_host_is_asked_once_and_hinders_nobody() -> None:
    error = Unreachable("no answer", where="node1", reach=Reach.TIMEOUT)
    silent = SimHost("node1", down=error)
    there = SimHost("node2", TEXTS)
    wanted = [Wanted(host, [[ONE], [TWO]], 60) for host in (silent, there)]
    facts, _ = gather_within(wanted, Answers())
    assert facts.missing["node1"] is error
    assert facts.of("node2", TWO) == "2"
    assert facts.only(["node2"]).missing == {}


def test_a_fact_that_does_not_end_is_left_behind_by_a_real_shell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(within, "FACT_SECONDS", 1)
    host = LocalHost("here", need_root=False)
    facts, _ = gather_within([Wanted(host, [[ONE, LATE, THREE]], 60)], Answers())
    # Its exit status is ignored, as ever.
    assert (facts.of("here", ONE), facts.of("here", THREE)) == ("1", "3")
    with pytest.raises(WizardError, match="late"):
        facts.of("here", LATE)


def test_a_slow_host_whose_facts_go_on_coming_is_waited_for() -> None:
    """Its bound is shorter than all of its facts together, and longer than each."""
    slow = [Fact(name=f"slow{at}", script="sleep 0.7; echo x", parse=str.strip) for at in range(5)]
    host = LocalHost("here", need_root=False)
    facts, arrived = gather_within([Wanted(host, [[ONE], slow], 3)], Answers())
    assert not facts.cut
    assert not facts.missing
    assert [facts.of("here", fact) for fact in slow] == ["x"] * 5
    assert set(arrived) == {"here"}


def test_one_that_says_nothing_new_is_not() -> None:
    host = LocalHost("here", need_root=False)
    facts, _ = gather_within([Wanted(host, [[ONE], [LATE, TWO], [THREE]], 1)], Answers())
    assert (facts.of("here", ONE), facts.of("here", THREE)) == ("1", "3")
    assert "nothing more came for 1 s; lacking: late, two" in facts.cut["here"].what


def test_a_defect_on_the_way_to_one_host_takes_no_other_away(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    broken, well = SimHost("node1", TEXTS), SimHost("node2", TEXTS)

    def fails(*argv: object, **given: object) -> None:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr(broken, "run", fails)
    facts, _ = gather_within([Wanted(host, [[ONE]], 60) for host in (broken, well)], Answers())
    assert facts.of("node2", ONE) == "1"
    assert "the wizard itself failed: KeyError" in facts.missing["node1"].what
    assert facts.missing["node1"].reach is Reach.UNTRIED and not capfd.readouterr().err
