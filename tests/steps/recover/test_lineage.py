"""What a takeover leaves, and what each server leaves on the backup host every hour."""

from __future__ import annotations

import json
import time

import pytest

from steps.recover.facts.copies import COPIES
from steps.recover.facts.lineage import Takeover, schema, takeover
from tests.steps.recover.accident import NOW, Accident
from tests.steps.recover.test_situations import node_dead

NOTE = Takeover("node2.name.org", "node1.name.org", 1795363730)


def test_a_note_is_read_as_it_was_written_and_has_what_its_schema_wants() -> None:
    written = json.loads(NOTE.text)
    assert takeover(NOTE.text) == NOTE
    assert list(written) == schema()["required"] == list(schema()["properties"])
    assert written["version"] == schema()["properties"]["version"]["const"]


@pytest.mark.parametrize("version", [2, "1", None])
def test_a_note_of_another_form_counts_as_none(version: object) -> None:
    assert takeover(json.dumps({**json.loads(NOTE.text), "version": version})) == Takeover()


@pytest.mark.parametrize("text", ["", "[]", "7", '{"master": "node2.name.org"}'])
def test_what_is_no_note_counts_as_none(text: str) -> None:
    assert takeover(text) == Takeover()


def test_the_backup_host_is_asked_for_the_signs_of_life_by_its_own_clock() -> None:
    script = COPIES.script_for(Accident().answers, "backup")
    for node in ("node1", "node2"):
        path = f"/srv/backup/backup-{node}/repo/heartbeat.json"
        assert f"stat -c 'alive: {node} %Y' {path}" in script
    assert "stat" not in COPIES.script_for(Accident().answers, "node1")


@pytest.mark.parametrize(("later", "word"), [(-3600, "fresh"), (600, "stale by 10")])
def test_a_later_sign_of_life_makes_the_copy_stale(later: int, word: str) -> None:
    accident = node_dead()
    beat = f"alive: node2 {NOW - 300 + later}\n== takeover"
    accident.change("backup", "configuration-copies", "== takeover", beat)
    told = [evidence.what for evidence in accident.situation("node-dead").evidence]
    assert any(f"the copy on node1 is {word}" in what for what in told)


@pytest.mark.parametrize(("later", "word"), [(-3600, "fresh"), (0, "fresh"), (600, "stale by 10")])
def test_a_later_copy_of_the_configuration_makes_the_copy_stale(later: int, word: str) -> None:
    accident = node_dead()
    made = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(NOW - 300 + later))
    name = f"node2-{made}-20.tar.gz\n== takeover"
    accident.change("backup", "configuration-copies", "== takeover", name)
    told = [evidence.what for evidence in accident.situation("node-dead").evidence]
    assert any(f"the copy on node1 is {word}" in what for what in told)
