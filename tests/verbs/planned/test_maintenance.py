"""`maintenance`: a server is freed, worked on and taken back; killed anywhere, it goes on."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from types import SimpleNamespace

import pytest

from steps import checkup
from tests.steps.recover.world import Killed
from tests.verbs.planned.cluster import NOW, Cluster
from tests.verbs.planned.verb import Verb
from wizard.base.exits import Exit
from wizard.base.secrets import mask
from wizard.verbs import vault
from wizard.verbs.planned import maintenance

pytestmark = pytest.mark.slow

NOTES = (("node1", "lineage"), ("node2", "lineage"), ("backup", "configuration-copies"))
"""Where the note of a takeover lies, and which fact has it."""


def rebooting(verb: Verb, world: Cluster, node: str) -> None:
    """Let the node be rebooted as soon as it is waited for."""

    def reboot() -> None:
        if not world.boots:
            world.reboot(node)

    world.boots = 0
    verb.waits = reboot


def test_both_servers_one_after_the_other(verb: Verb) -> None:
    world = Cluster()
    rebooting(verb, world, "node2")
    assert verb(world, "maintenance", "node2") is Exit.OK
    said = verb.text
    free = said.index("node2.name.org IS FREE")
    assert said.index("DOWNTIME") < free < said.index("node2.name.org was rebooted")
    assert "do not reboot node1" in said
    assert world.home == "node2"
    assert len(world.exchanges) == 2
    assert not any("master-failover" in line for line in world.lines())

    world.later()
    rebooting(verb, world, "node1")
    assert verb(world, "maintenance", "node1.name.org") is Exit.OK
    leads = [line for line in world.lines() if "master-failover" in line]
    assert leads == ["node2: gnt-cluster master-failover", "node1: gnt-cluster master-failover"]
    assert "node2: /usr/lib/ganeti/daemon-util start ganeti-confd" in world.lines()
    assert world.master == "node1"
    assert len(world.exchanges) == 2
    assert world.runs_once
    assert world.serves
    assert all(accident.closed for accident in verb.accidents)
    assert not any("secret" in line for line in world.lines())
    assert verb.recover(world, "diagnose", json=False, schema=False, bundle=False) is Exit.OK
    assert "node1.name.org is free to be worked on" in verb.report
    assert "node1.name.org is to be taken back" in verb.report


def test_the_note_of_an_earlier_takeover_names_who_leads(verb: Verb) -> None:
    world = Cluster()
    note = json.dumps({"version": 1, "master": "node1.name.org", "former": "", "time": NOW - 9000})
    for host, fact in NOTES:
        world.accident.raw[host][fact] += note
    rebooting(verb, world, "node1")
    assert verb(world, "maintenance", "node1") is Exit.OK
    for host, fact in NOTES:
        assert '"master": "node1.name.org"' in world.accident.raw[host][fact]
    told = world.lines()
    assert sum("write-file" in line and "takeover.json" in line for line in told) == 6
    (path,) = world.reports
    # Once for each half, and the last one has both.
    assert sum("write-file" in line and path.partition(":")[2] in line for line in told) == 2
    assert "node1.name.org is to be taken back" in world.reports[path]
    world.later()
    assert verb.recover(world, "diagnose", json=False, schema=False, bundle=False) is Exit.OK


def test_volumes_are_open_before_the_role_is_handed_over(verb: Verb) -> None:
    world = Cluster()
    assert verb(world, "move", "inst1", to="node1") is Exit.OK
    assert verb(world, "maintenance", "node1", no_wait=True) is Exit.OK
    told = world.lines()
    unlocked = [n for n, line in enumerate(told) if "protected-volume unlock" in line]
    handed_over = [n for n, line in enumerate(told) if "master-failover" in line]
    assert unlocked[-1] < handed_over[0]
    assert verb.recover(world, "status") is Exit.PENDING
    assert "maintenance of node1.name.org: not at its end" in verb.text


def test_all_of_it_running(verb: Verb) -> None:
    world = Cluster(shadow=True)
    verb.secret = False
    rebooting(verb, world, "node2")
    assert verb(world, "maintenance", "node2") is Exit.OK
    assert ["migrate" in line for line in world.exchanges] == [True, True]
    assert world.home == "node2"


def test_a_terminal_is_asked_once_for_away_and_home(
    verb: Verb, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    world = Cluster()
    rebooting(verb, world, "node2")

    def typed(prompt: str) -> str:
        asked.append(prompt)
        return "secret"

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(vault.getpass, "getpass", typed)
    verb.secret = False
    assert verb(world, "maintenance", "node2") is Exit.OK
    assert len(asked) == 1
    assert world.home == "node2"
    assert world.serves
    assert mask("a secret") == "a secret"


def test_it_leaves_and_comes_back(verb: Verb) -> None:
    world = Cluster()
    assert verb(world, "maintenance", "node2", no_wait=True) is Exit.OK
    assert "When it is back: ganeti-wizard maintenance node2.name.org --back" in verb.text
    assert world.home == "node1"
    assert not verb.accidents[-1].closed
    before = list(world.exchanges)
    assert verb(world, "maintenance", "node2", no_wait=True) is Exit.OK
    assert world.exchanges == before
    assert verb(world, "maintenance", "node2", back=True) is Exit.OK
    assert world.home == "node2"
    assert len(verb.accidents) == 1
    assert verb.accidents[-1].closed


def test_a_second_one_waits_for_the_first(verb: Verb) -> None:
    world = Cluster()
    assert verb(world, "maintenance", "node2", no_wait=True) is Exit.OK
    error = verb.refused(world, "maintenance", "node1")
    assert error.code is Exit.BLOCKED
    assert "maintenance of node2.name.org" in error.what


def test_it_is_taken_back_where_nobody_knows_of_it_any_more(verb: Verb) -> None:
    world = Cluster()
    assert verb(world, "maintenance", "node2", no_wait=True) is Exit.OK
    world.reboot("node2")
    verb.folder = verb.folder.with_name("another")
    for host in ("node1", "node2"):
        # Whoever held it is gone with the state directory.
        world.accident.raw[host]["recovery-hold"] = ""
    world.refresh()
    assert verb(world, "maintenance", "node2", back=True) is Exit.OK
    assert world.home == "node2"
    assert verb.accidents[-1].case.runbook == "back"
    assert verb(world, "maintenance", "node2", back=True) is Exit.OK
    assert "all is at home" in verb.text


def test_while_the_node_is_away_the_same_command_waits_on(verb: Verb) -> None:
    world = Cluster()
    assert verb(world, "maintenance", "node2", no_wait=True) is Exit.OK
    raw = dict(world.accident.raw["node2"])
    world.accident.down("node2").drbd(
        "node1", "WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown"
    )
    world.refresh()

    def back() -> None:
        if not world.boots:
            world.accident.raw["node2"] = raw
            world.accident.silent.clear()
            world.accident.missing.clear()
            world.reboot("node2")

    error = verb.refused(world, "maintenance", "node2", back=True)
    assert "does not answer" in error.what
    assert error.code is Exit.BLOCKED
    verb.waits = back
    assert verb(world, "maintenance", "node2") is Exit.OK
    assert world.home == "node2"
    assert len(world.exchanges) == 2


def test_whoever_interrupts_the_wait_goes_on_with_the_same_command(verb: Verb) -> None:
    world = Cluster()

    def interrupted() -> None:
        raise KeyboardInterrupt

    verb.waits = interrupted
    with pytest.raises(KeyboardInterrupt):
        verb(world, "maintenance", "node2")
    assert "is taken back as soon as it has booted anew" in verb.text
    world.reboot("node2")
    assert verb(world, "maintenance", "node2") is Exit.OK
    assert world.home == "node2"
    assert len(world.exchanges) == 2


def test_on_the_server_itself_it_leaves_and_goes_on_after_the_boot(verb: Verb) -> None:
    world = Cluster()
    world.accident.elsewhere()
    world.refresh()
    assert verb(world, "maintenance", "node1") is Exit.OK
    assert "node1.name.org IS FREE" in verb.text
    assert world.master == "node2"
    assert not verb.accidents[-1].closed
    world.reboot("node1")
    assert verb(world, "maintenance", "node1") is Exit.OK
    assert world.master == "node1"
    assert verb.accidents[-1].closed


def test_it_ends_with_a_look_at_the_health(verb: Verb) -> None:
    world = Cluster()
    verb.checkup = checkup()
    rebooting(verb, world, "node2")
    assert verb(world, "maintenance", "node2") is Exit.OK
    assert "-- health" in verb.text


def test_it_is_not_waited_for_ever(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "WAIT_SECONDS", 30)
    world = Cluster()
    assert verb(world, "maintenance", "node2") is Exit.PENDING
    assert "was not rebooted within" in verb.text
    assert world.home == "node1"


def test_a_plan_writes_nothing(verb: Verb) -> None:
    world = Cluster()
    assert verb(world, "maintenance", "node1", plan=True) is Exit.PENDING
    assert "handover" in verb.text
    assert world.ran == []
    assert not verb.folder.exists()


def test_a_stranger_keeps_it_from_beginning(verb: Verb) -> None:
    world = Cluster()
    world.accident.raw["node1"]["hypervisor"] += "\nguest: byhand\n"
    world.refresh()
    error = verb.refused(world, "maintenance", "node1")
    assert "byhand runs here" in error.what
    assert error.code is Exit.BLOCKED
    assert verb.refused(world, "maintenance", "node9").code is Exit.USAGE


@pytest.mark.slow
@pytest.mark.parametrize("node", ["node1", "node2"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_each_command_it_comes_to_the_same_end(verb: Verb, node: str, when: str) -> None:
    world = Cluster()
    killed: set[str] = set()

    def dies(line: str) -> str:
        # The same words are run twice, on the way there and on the way back.
        named = f"{world.boots} {line}"
        if named in killed:
            return ""
        killed.add(named)
        return when

    world.dies = dies
    rebooting(verb, world, node)
    code = Exit.FAILED
    for _ in range(60):
        with suppress(Killed):
            code = verb(world, "maintenance", node)
        if code is Exit.OK:
            break
    assert code is Exit.OK
    assert world.boots == 1
    assert world.home == "node2"
    assert world.master == "node1"
    assert world.runs_once
    assert world.serves
    assert len(verb.accidents) == 1
    if when == "after":
        assert len(world.exchanges) == (2 if node == "node2" else 0)
        leads = [line for line in world.lines() if "master-failover" in line]
        assert len(leads) == (2 if node == "node1" else 0)
