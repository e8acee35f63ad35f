"""Copies that are connected and do not become the same, or let nobody write: states of DRBD 8.4 as
its user's guide, drbdsetup(8) and the kernel's drbd_proc.c have them.
"""

from __future__ import annotations

import pytest

from steps.recover.planned.errands import TOLERATED
from tests.steps.recover.accident import Accident
from tests.steps.recover.test_situations import runbook

WELL = "ro:Primary/Secondary ds:UpToDate/UpToDate"


def states(primary: str, secondary: str, flags: str = "r-----", oos: int = 64) -> Accident:
    """inst1 runs on node2; both minors of both nodes are in these states."""
    accident = Accident().drbd("node2", primary).drbd("node1", secondary)
    for host in ("node1", "node2"):
        accident.change(host, "drbd-states", "oos:64", f"oos:{oos}")
    return accident.change("node2", "drbd-states", " C r-----", f" C {flags}")


def told(accident: Accident) -> str:
    """All that the situation says, in one text."""
    situation = accident.situation("uneven")
    words = [evidence.what for evidence in situation.evidence]
    for way in situation.runbooks:
        words += [word.text for word in way.words]
    return " / ".join([situation.title, *words])


def mirrored(states: str) -> str:
    """The same as the other side has it."""
    cs, roles, disks = states.split()
    ends = {"SyncSource": "SyncTarget", "PausedSyncS": "PausedSyncT", "VerifyS": "VerifyT"}
    flip = [part.partition(":")[2].partition("/") for part in (roles, disks)]
    (role, _, peer), (disk, _, other) = flip
    return f"{ends.get(cs, cs)} ro:{peer}/{role} ds:{other}/{disk}"


@pytest.mark.parametrize(
    ("seen", "flags", "oos", "words"),
    [
        # drbdsetup suspend-io, by a snapshot program that was killed.
        (f"Connected {WELL}", "s-----", 0, "drbdsetup resume-io 0"),
        # What an online verification found is copied at the next connection only.
        (f"Connected {WELL}", "r-----", 128, "gnt-instance replace-disks -s inst1.name.org"),
        # pause-sync by hand; the resync waits for ever.
        (
            "PausedSyncS ro:Primary/Secondary ds:UpToDate/Inconsistent",
            "r--u--",
            128,
            "drbdsetup resume-sync",
        ),
        ("Connected ro:Primary/Secondary ds:UpToDate/Inconsistent", "r-----", 9, "replace-disks"),
        ("Connected ro:Primary/Secondary ds:UpToDate/Outdated", "r-----", 9, "replace-disks"),
    ],
)
def test_it_is_told_with_what_lets_it_go_on(seen: str, flags: str, oos: int, words: str) -> None:
    accident = states(seen, mirrored(seen), flags, oos)
    assert accident.situations == ["uneven"]
    assert words in told(accident)
    situation = accident.situation("uneven")
    assert not situation.runbooks[0].changes
    assert runbook(situation, "uneven").changes
    # Planned work refuses it, and its mend is this diagnosis.
    assert "uneven" not in TOLERATED


def test_who_stands_still_is_in_the_title() -> None:
    accident = states(f"Connected {WELL}", mirrored(f"Connected {WELL}"), "s-----", 0)
    assert "it stands still" in accident.situation("uneven").title


def test_the_only_whole_copy_is_never_thrown_away() -> None:
    seen = "Connected ro:Primary/Secondary ds:Inconsistent/UpToDate"
    accident = states(seen, mirrored(seen))
    assert "replace-disks" not in told(accident)
    assert [way.id for way in accident.situation("uneven").runbooks] == ["ask"]


@pytest.mark.parametrize(
    "seen",
    [
        f"VerifyS {WELL}",
        "SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent",
        # It waits for another one's turn (drbdsetup(8), resync-after).
        "PausedSyncS ro:Primary/Secondary ds:UpToDate/Inconsistent",
    ],
)
def test_what_goes_on_by_itself_is_nothing_to_be_mended(seen: str) -> None:
    assert states(seen, mirrored(seen)).situations == []


def test_what_is_parted_is_connected_first() -> None:
    accident = states(f"Connected {WELL}", mirrored(f"Connected {WELL}"))
    accident.drbd("node1", "WFConnection ro:Secondary/Unknown ds:UpToDate/DUnknown")
    assert "uneven" not in accident.situations
