"""What /proc/drbd says of a minor: states that people met, and all those that its source has."""

from __future__ import annotations

import pytest

from steps.ganeti.facts.drbdminors import REPLICAS, Minor, parse
from steps.ganeti.replication import get_on, let_write, progress
from steps.recover.facts.drbdstates import parse as parse_states
from wizard.answers import Answers

HEAD = "version: 8.4.11 (api:1/proto:86-101)\nsrcversion: F73C670A7EC572DB9CF3E5B \n\n"
COUNTERS = "    ns:0 nr:8 dw:8 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:"
HEALTHY = [
    "cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C r-----",
    "cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate A r-----",
    "cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r---d-",
    "cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r---ns",
    "cs:VerifyT ro:Secondary/Primary ds:UpToDate/UpToDate C r-----",
]
"""The fifth letter is what input and output wait for this moment, the sixth that the log of active
extents is off, which it is while the whole disk is out of sync.
"""
ILL = [
    # the protocol is a blank while no connection is configured (clustervision/trinity #651)
    "cs:StandAlone ro:Primary/Unknown ds:UpToDate/Inconsistent   r-----",
    "cs:StandAlone ro:Primary/Unknown ds:UpToDate/DUnknown   r-----",
    "cs:WFConnection ro:Secondary/Unknown ds:Inconsistent/DUnknown C r-----",
    "cs:WFConnection ro:Primary/Unknown ds:UpToDate/Outdated C s-----",
    "cs:WFReportParams ro:Primary/Unknown ds:UpToDate/DUnknown C r-----",
    "cs:Unconnected ro:Primary/Unknown ds:UpToDate/DUnknown C r-----",
    "cs:Timeout ro:Primary/Unknown ds:UpToDate/DUnknown C r-----",
    "cs:BrokenPipe ro:Primary/Unknown ds:UpToDate/DUnknown C r-----",
    "cs:NetworkFailure ro:Secondary/Unknown ds:UpToDate/DUnknown C r---d-",
    "cs:ProtocolError ro:Secondary/Unknown ds:UpToDate/DUnknown C r-----",
    "cs:TearDown ro:Primary/Unknown ds:UpToDate/DUnknown C r-----",
    "cs:Disconnecting ro:Primary/Unknown ds:UpToDate/DUnknown C r-----",
    "cs:Ahead ro:Primary/Secondary ds:UpToDate/Consistent A r-----",
    "cs:Behind ro:Secondary/Primary ds:Inconsistent/UpToDate A r-----",
    "cs:Connected ro:Secondary/Primary ds:Attaching/UpToDate C r-----",
    "cs:Connected ro:Secondary/Primary ds:Negotiating/UpToDate C r-----",
    "cs:Connected ro:Secondary/Primary ds:Outdated/UpToDate C r-----",
    "cs:Connected ro:Primary/Secondary ds:Diskless/UpToDate C r-----",
    "cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C s-----",
    "cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C sa-u--",
]


def minor_of(states: str, below: str = "0\n") -> Minor:
    text = f"{HEAD} 7: {states}\n{COUNTERS}{below}"
    (minor,) = parse(text).minors
    assert parse_states(text).minors == (minor,)
    assert (minor.number, minor.cs) == (7, states[3:].partition(" ")[0])
    return minor


@pytest.mark.parametrize("states", HEALTHY)
def test_a_copy_that_is_whole(states: str) -> None:
    minor = minor_of(states)
    assert minor.healthy and not minor.suspended


@pytest.mark.parametrize("states", ILL)
def test_a_copy_that_is_not_whole(states: str) -> None:
    minor = minor_of(states)
    assert not minor.healthy and not minor.differs
    assert minor.suspended == (" s" in states)
    assert minor.states.endswith(", writes suspended") == minor.suspended


@pytest.mark.parametrize(
    ("flags", "said", "mend"),
    [
        ("r-----", "waits for its turn", "wait"),
        ("ra----", "waits for its turn", "wait"),
        ("r--u--", "paused it on this node", "resume-sync N on this node, N being its minor there"),
        ("r-p---", "paused it on the other node", "resume-sync N on the other node"),
        ("rapu--", "paused it on this node and the other node", "this node and the other node"),
    ],
)
def test_a_synchronisation_that_waits_is_told_from_one_that_was_paused(
    flags: str, said: str, mend: str
) -> None:
    minor = minor_of(f"cs:PausedSyncS ro:Primary/Secondary ds:UpToDate/Inconsistent C {flags}")
    assert minor.synchronises and said in progress(minor) and mend in get_on(minor, "wait")


@pytest.mark.parametrize(
    ("below", "said"),
    [
        # 2,000 hours to go, and the line broken below 4 GiB
        (
            "4194304000\n\t[>....................] sync'ed:  0.1% (4096000/4096100)M\n"
            "\tfinish: 2013:04:10 speed: 576 (1,024) want: 30,720 K/sec\n",
            "synchronises, 0.1 %",
        ),
        (
            "1024\n\t[==================>.] sync'ed: 99.9% (1024/1048576)K\n"
            "\tfinish: 0:00:00 speed: 12,345,678 (9,876) K/sec\n",
            "synchronises, 99.9 %",
        ),
        (
            "1024\n\t[=>..................] sync'ed:  5.0% (1024/1048576)K\n\t"
            "finish: 0:17:26 speed: 0 (0 -- 0) K/sec (stalled)\n"
            "\t  1% sector pos: 0/8388608\n\tresync: used:0/61 hits:4 misses:4 starving:0\n",
            "synchronises, 5 %, and stands still",
        ),
        ("1024\n", "begins to synchronise"),
    ],
)
def test_progress_whatever_its_form(below: str, said: str) -> None:
    states = "cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate C r-----"
    assert said in progress(minor_of(states, below))


def test_writes_are_let_go_only_where_both_copies_are_connected() -> None:
    connected = minor_of("cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C s-----")
    alone = minor_of("cs:WFConnection ro:Primary/Unknown ds:UpToDate/Outdated C s-----")
    assert let_write(connected, "look first").endswith("drbdsetup resume-io 7")
    assert let_write(alone, "look first") == "look first"


def test_drbd_9_is_known_by_its_version_whatever_it_lists() -> None:
    nine = (
        "version: 9.2.12 (api:2/proto:118-122)\nGIT-hash: 1 build by x\nTransports (api:21): tcp\n"
    )
    assert parse(nine).strange and not parse(nine).minors
    assert parse(f"{nine} 0: {HEALTHY[0]}\n{COUNTERS}0\n").strange
    assert not parse(HEAD).strange and not parse("").strange


def test_a_group_whose_name_speaks_of_secrets_keeps_its_volumes() -> None:
    assert "grep -v shared-secret" in REPLICAS.script_for(Answers(), "node1")
