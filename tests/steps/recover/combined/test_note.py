"""The note of a takeover outlives it: what it says must be put right, or it rules the next one."""

from __future__ import annotations

import json
import time

import pytest

from steps.recover.facts.lineage import TAKEOVER, Takeover, takeover
from steps.recover.steps import lead
from tests.steps.recover.accident import NOW, Accident
from tests.steps.recover.combined.test_two_lives import note
from tests.steps.recover.test_situations import node_dead, runbook
from wizard.model.accident import Case

MONTH = 30 * 86400
CASE = Case("home", "20261122T160850Z-home", "me", NOW)


def test_a_role_that_was_given_back_by_hand_leaves_a_note_that_must_be_put_right() -> None:
    accident = Accident()
    for host in ("node2", "backup"):
        note(accident, host, "node2", "node1", ago=MONTH)
    situation = accident.situation("home")
    assert accident.situations == ["home"]
    assert [one.host for one in situation.evidence] == ["node2", "backup"]
    assert "the note of a takeover names node2, and node1 leads" in situation.evidence[0].what
    home = runbook(situation, "home")
    assert home.offered
    removed = [word.host for word in home.words if word.text == f"rm {TAKEOVER}"]
    assert removed == ["node2", "backup"]
    (first, *_) = home.words
    assert first.text == "ganeti-wizard recover apply home"
    assert "forbids to go on without the other node" in situation.runbooks[0].words[0].text


def test_a_note_that_is_true_is_no_matter() -> None:
    accident = Accident()
    note(accident, "backup", "node1", "node2", ago=MONTH)
    assert accident.situations == []


def test_a_refusal_by_a_note_says_where_it_lies_and_how_old_it_is() -> None:
    accident = node_dead()
    note(accident, "backup", "node2", "node1", ago=MONTH)
    refused = runbook(accident.situation("node-dead"), "node-dead")
    assert "a takeover made node2.name.org master (2026-10-23 16:08:50 UTC)" in refused.refused
    assert "if you know that node1 was made master again since" in refused.lifted
    assert f"{TAKEOVER} is removed from backup" in refused.lifted
    # What is named lifts it.
    accident.raw["backup"]["configuration-copies"] = Accident().raw["backup"][
        "configuration-copies"
    ]
    assert runbook(accident.situation("node-dead"), "node-dead").offered


def test_a_copy_that_is_newer_names_who_must_answer() -> None:
    accident = node_dead()
    made = "node2-20261122T160000Z-31.tar.gz\n== takeover"
    accident.change("backup", "configuration-copies", "== takeover", made)
    refused = runbook(accident.situation("node-dead"), "node-dead")
    assert "configuration 31 of node2" in refused.refused
    assert refused.lifted == "node2 answers, whose configuration is newer"


@pytest.mark.parametrize(("ago", "offered"), [(3600, True), (60, False)])
def test_what_a_former_master_left_before_a_takeover_is_no_newer_configuration(
    ago: int, offered: bool
) -> None:
    # node1 took over from node2, which had counted further; before its next copy it died again.
    accident = node_dead()
    note(accident, "node1", "node1", "node2", ago=1800)
    made = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(NOW - ago))
    accident.change(
        "backup", "configuration-copies", "== takeover", f"node2-{made}-31.tar.gz\n== takeover"
    )
    assert runbook(accident.situation("node-dead"), "node-dead").offered is offered


@pytest.mark.parametrize("ahead", [-7200, 86400])
def test_a_later_note_outranks_one_by_a_clock_that_was_ahead(ahead: int) -> None:
    # The takeover was noted by a clock that was a day ahead; the backup host is away at the way
    # home, and has the old note when it is back.
    accident = Accident()
    for host in ("node1", "node2"):
        note(accident, host, "node2", "node1", ago=-ahead)
    accident.down("backup")
    answers = accident.answers
    commands = list(lead.step(CASE).plan(answers, accident.facts))
    notes = {command.host: command.stdin for command in commands if command.stdin}
    assert set(notes) == {"node1", "node2"}
    old = Takeover("node2.name.org", "node1.name.org", NOW + ahead)
    for text in notes.values():
        written = takeover(str(text))
        assert written.time > old.time
        assert json.loads(str(text))["master"] == "node1.name.org"
