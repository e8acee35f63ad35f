"""What two machines noted is put in order by one clock: each of them may be hours off."""

from __future__ import annotations

import pytest

from steps.recover.clocks import converted
from steps.recover.scene import Scene
from steps.recover.storage.olddata import forgotten
from tests.steps.recover.accident import NOW, Accident
from tests.steps.recover.test_situations import node_dead, runbook


def beat_of_node2(accident: Accident, time: int) -> None:
    """node2 left a sign of life on the backup host, by the clock there."""
    beat = f"alive: node2 {time}\n== takeover"
    accident.change("backup", "configuration-copies", "== takeover", beat)


def clock_of(accident: Accident, host: str, ahead: int) -> None:
    """A host's clock is ahead by so many seconds, and so are all times that it noted."""
    raw = accident.raw[host]
    raw["pulse"] = accident.pulse(now=NOW + ahead)
    for stamp in (NOW - 300, NOW - 900000):
        raw["history"] = raw.get("history", "").replace(str(stamp), str(stamp + ahead))


def told(accident: Accident) -> str:
    situation = accident.situation("node-dead")
    return "\n".join(evidence.what for evidence in situation.evidence)


@pytest.mark.parametrize("ahead", [-7200, 0, 7200])
@pytest.mark.parametrize("host", ["node1", "backup"])
@pytest.mark.parametrize(
    ("later", "word"), [(-600, "node1 is fresh"), (280, "node1 is stale by 4 min")]
)
def test_a_clock_that_is_off_makes_no_copy_fresh_or_stale(
    host: str, ahead: int, later: int, word: str
) -> None:
    # Both lost each other 300 s ago; the sign of life is so much later than that.
    accident = node_dead()
    clock_of(accident, host, ahead)
    beat_of_node2(accident, NOW - 300 + later + (ahead if host == "backup" else 0))
    assert word in told(accident)


def test_a_sign_of_life_by_an_unknown_clock_proves_nothing() -> None:
    accident = node_dead()
    beat_of_node2(accident, NOW - 3600)
    accident.raw["backup"].pop("pulse")
    assert "node1 is unknown" in told(accident)


def test_a_fresh_copy_says_by_what_it_is_taken_for_one() -> None:
    accident = node_dead()
    beat_of_node2(accident, NOW - 3600)
    what = "(the latest is its hourly sign of life on backup, 2026-11-22 15:08:50 UTC)"
    assert what in told(accident)


@pytest.mark.parametrize("ahead", [-7200, 0, 7200])
@pytest.mark.parametrize(("ago", "missing"), [(2000, True), (4900, False)])
def test_whether_a_newer_half_is_missing_is_told_by_one_clock(
    ahead: int, ago: int, missing: bool
) -> None:
    accident = Accident()
    # node1's boot began 600 s ago; its journal of the one before ends 5000 s ago.
    accident.raw["node1"]["pulse"] = accident.pulse(uptime=600)
    accident.raw["node1"]["history"] = f"boot: {NOW - 5000}.1 node kernel: x\n== drbd\n"
    clock_of(accident, "backup", ahead)
    beat = f"alive: node1 {NOW - ago + ahead}\n== takeover"
    accident.change("backup", "configuration-copies", "== takeover", beat)
    scene = Scene(accident.answers, accident.facts, NOW)
    assert bool(list(forgotten(scene, "node1"))) is missing


def test_a_moment_by_ones_own_clock_needs_no_other() -> None:
    accident = Accident()
    accident.raw["backup"].pop("pulse")
    scene = Scene(accident.answers, accident.facts, NOW)
    assert converted(scene, 7, "backup", "backup") == 7
    assert converted(scene, 7, "backup", "node1") is None


@pytest.mark.parametrize(("now", "words"), [(946684800, "days behind"), (NOW + 86400 * 3, "ahead")])
def test_the_clock_of_a_server_alone_lost_its_battery(now: int, words: str) -> None:
    accident = node_dead()
    accident.raw["node1"]["pulse"] = accident.pulse(now=now)
    assert accident.situations == ["crypto", "node-dead"]
    assert words in str(accident.situation("crypto").evidence)
    ways = accident.situation("crypto").runbooks
    assert [way.id for way in ways][:2] == ["wait", "clocks"]
    assert not runbook(accident.situation("node-dead"), "node-dead").offered
    # Where nobody else tells the time, this machine's clock accuses no other.
    accident.down("backup")
    assert "crypto" not in accident.situations
