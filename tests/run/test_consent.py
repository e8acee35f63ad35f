"""Consent to overwrite disks: for the call that it was given in, and for one preparation of the
disks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from screens.shared.given import decide
from tests.screens.toys import LVM, PARTITION, Machines, session
from wizard import cli
from wizard.answers import Answers, Raid, documents
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.model.facts import Facts
from wizard.model.review import Review
from wizard.model.step import Choice, Step
from wizard.run.session import Session
from wizard.verbs import headless

SERIALS = ["QM011", "QM012", "QM021", "QM022"]
RAID = replace(LVM, id="raid", section=Raid, needs=("partition",))
STEPS = (PARTITION, RAID, replace(LVM, needs=("raid",)))


def consenting(folder: Path, machines: Machines) -> Session:
    """A build whose saved answers hold consent for all disks."""
    build = session(folder, machines, STEPS)
    build.decide(Answers.model_validate({"partition": {"erase": SERIALS, "size_gib": 5}}))
    build.connect()
    return build


def test_what_an_earlier_run_saved_confirms_nothing(tmp_path: Path) -> None:
    machines = Machines()
    build = consenting(tmp_path, machines)
    with pytest.raises(
        WizardError, match="lacks the confirmation of: QM011, QM012, QM021, QM022"
    ) as caught:
        headless.apply(build, [PARTITION], ())
    assert caught.value.code is Exit.CONSENT and "--answers FILE" in caught.value.mend
    assert not any(argv[0] == "sfdisk" for host in machines.made.values() for argv in host.ran)
    build.close()


def test_consent_ends_when_the_disks_are_prepared(tmp_path: Path) -> None:
    build = consenting(tmp_path, Machines())
    assert headless.apply(build, STEPS[:2], SERIALS) is Exit.OK
    assert build.store.load().partition.erase == SERIALS, "the volume group may still want it"
    assert headless.apply(build, STEPS, SERIALS) is Exit.OK
    assert build.answers.partition.erase == build.store.load().partition.erase == []
    assert (
        build.answers.partition.size_gib == 5
        and build.answers.partition.disks["node1"] == SERIALS[:2]
    )
    build.close()


def test_a_look_at_prepared_disks_ends_consent_too(tmp_path: Path) -> None:
    machines = Machines()
    for node in ("node1", "node2"):
        machines.hoist(node, "partition", "lvm")
    build = consenting(tmp_path, machines)
    assert headless.verify(build, STEPS) is Exit.OK
    assert build.store.load().partition.erase == []
    build.close()


def test_an_export_holds_no_consent(tmp_path: Path) -> None:
    answers = Answers.model_validate({"partition": {"erase": SERIALS}})
    assert "QM011" not in documents.write(answers) and answers.partition.erase == SERIALS


def test_the_answers_of_this_call_confirm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[list[str]] = []

    def apply(build: Session, steps: Iterable[Step], typed: Iterable[str]) -> Exit:
        given.append(list(typed))
        return Exit.OK

    monkeypatch.setattr(headless, "apply", apply)
    (tmp_path / "a.toml").write_text("version = 1\n[partition]\nerase = ['A', 'node1:sdb']\n")
    state = ["--state", str(tmp_path / "s")]
    assert cli.main([*state, "apply", "--answers", str(tmp_path / "a.toml")]) == 0
    assert cli.main([*state, "apply"]) == 0
    assert cli.main([*state, "apply", "--confirm", "B"]) == 0
    assert given == [["A", "node1:sdb"], [], ["B"]]


def test_a_disk_that_is_taken_out_of_the_choice_loses_its_consent() -> None:
    rows = (Choice("A", "sda"), Choice("sdb", "sdb", "it is not empty", "node1:sdb"))
    old = Answers.model_validate({"partition": {"erase": ["node1:sdb", "node2:sdb", "X"]}})
    review = Review(
        PARTITION, old, Facts({}), choices={"disks": {"node1": rows, "node2": rows[:1]}}
    )
    answers, _ = decide(review, {"disks": {"node1": ["A"]}, "size_gib": "0"}, set())
    assert answers is not None and answers.partition.erase == ["X", "node2:sdb"]
    answers, _ = decide(review, {"disks": {"node1": ["A", "sdb"]}, "size_gib": "0"}, {"node1:sdb"})
    assert answers is not None and answers.partition.erase == ["X", "node1:sdb", "node2:sdb"]
    answers, _ = decide(review, {"disks": {"node1": ["A"]}, "size_gib": "0"}, {"node1:sdb"})
    assert answers is not None and answers.partition.erase == ["X", "node2:sdb"]
