"""The report of an accident on the backup host, simulated."""

from __future__ import annotations

from contextlib import suppress

import pytest

from tests.cases import answers_of
from tests.steps.recover.test_situations import idle_dead, node_dead
from tests.steps.recover.world import Killed, World
from tests.verbs.recovery.verb import Verb
from wizard.base.errors import ConnectionLost
from wizard.base.exits import Exit
from wizard.daily.report_copy import FOLDER

pytestmark = pytest.mark.slow

INSTANCE = "inst1.name.org"
NODE_DEAD = {"dead": "node2.name.org", "fenced": "cables", "confirm": [INSTANCE]}


def gone(verb: Verb, world: World) -> str:
    """The report on the operator's machine, after the runbook came to its end."""
    assert verb(world, "apply", "node-dead", **NODE_DEAD) is Exit.OK
    (accident,) = verb.accidents
    assert accident.closed
    return (accident.store.folder / "report.md").read_text()


def test_it_is_on_the_backup_host_and_whole(verb: Verb) -> None:
    world = World(node_dead())
    own = gone(verb, world)
    (accident,) = verb.accidents
    path = f"{FOLDER}/{accident.case.accident}.md"
    copy = world.reports[f"backup:{path}"]
    assert "The runbook came to its end." in copy
    assert f"typed: {INSTANCE}" in copy
    assert "thaw: seen done on the machines" in copy
    # The folder with the evidence is elsewhere.
    assert f"{accident.case.owner}/recover/{accident.case.accident}" in copy
    told = f"A copy of the report is on backup: {path}"
    assert told in own
    assert told in verb.text
    (argv,) = [argv for argv in world.hosts["backup"].ran if path in argv]
    # All that machines said goes by standard input.
    assert argv[:2] == ("sh", "-c")
    assert argv[3:] == ("write-file", path, "600", str(len(copy.encode())))


def test_a_backup_host_that_is_away_is_no_error(verb: Verb) -> None:
    world = World(node_dead().down("backup").elsewhere())
    own = gone(verb, world)
    assert world.reports == {}
    told = "backup got NO copy of the report: backup port 22 cannot be reached"
    assert told in own
    assert told in verb.text


def test_without_a_backup_host_it_is_said(verb: Verb) -> None:
    world = World(idle_dead())
    world.accident.answers = answers_of({})
    dead = {"dead": "node1.name.org", "fenced": "cables"}
    assert verb(world, "apply", "takeover", **dead) is Exit.OK
    assert "There is no backup host" in verb.text
    assert world.reports == {}


def test_a_disk_that_is_full_is_no_error(verb: Verb) -> None:
    world = World(node_dead())
    world.fails[f"write-file {FOLDER}"] = 1
    assert "backup got NO copy of the report: writing it ended with 1" in gone(verb, world)


def test_a_link_that_breaks_is_no_error(verb: Verb) -> None:
    world = World(node_dead())

    def breaks(host: str, line: str) -> None:
        if FOLDER in line:
            raise ConnectionLost("no end after 60 s", where=host)

    world.before = breaks
    assert "backup got NO copy of the report: no end after 60 s" in gone(verb, world)


def test_a_run_that_failed_leaves_its_report_too(verb: Verb) -> None:
    world = World(node_dead())
    world.fails["gnt-instance failover"] = 1
    code = verb(world, "apply", "node-dead", **NODE_DEAD)
    assert code is not Exit.OK
    (copy,) = world.reports.values()
    assert "has not come to its end" in copy
    assert "exit 1" in copy and "came to its end" not in copy


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_while_it_is_written_it_is_written_again(verb: Verb, when: str) -> None:
    world = World(node_dead())
    killed = []

    def dies(line: str) -> str:
        if FOLDER in line and not killed:
            killed.append(line)
            return when
        return ""

    world.dies = dies
    with suppress(Killed):
        verb(world, "apply", "node-dead", **NODE_DEAD)
    assert killed
    gone(verb, world)
    (copy,) = world.reports.values()
    assert "The runbook came to its end." in copy
    assert sum("gnt-instance failover" in line for line in world.lines()) == 1
