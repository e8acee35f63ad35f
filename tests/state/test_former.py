"""A build begun with a former version goes on with this one.

`former/` is a state directory as commit 5e34514 left it, when it was cut off in the step `backup`:
19 steps verified, a command in flight, the header of an encrypted volume kept, host keys trusted.
The wizard's own ssh key is left out. It was made over simulated hosts.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.play.opened import Beginning, at, opened
from wizard.answers import Answers
from wizard.base.exits import Exit
from wizard.base.secrets import Secret
from wizard.cli import main
from wizard.hosts.access import known_hosts
from wizard.model.review import State
from wizard.run.outcome import End
from wizard.run.session import Session
from wizard.state.store import Store

FORMER = Path(__file__).parent / "former"
FLIGHT = "gw-backup-aadd07c80d"
"""The unit of the command in flight, without what tells its attempts apart."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy that may be written to."""
    return Path(shutil.copytree(FORMER, tmp_path / "state"))


def goes_on(session: Session, name: str) -> End:
    """Agree to what a step plans, round after round; how it ended."""
    review = session.review(session.engine.step(name))
    end = End.DONE
    while review.state is State.READY:
        for prompt in review.plan.prompts:
            session.secrets.put(prompt.key, Secret("only for this test"))
        outcome = session.run(review, review.plan.confirmations)
        end = outcome.end
        review = outcome.review
        if end is not End.MORE:
            break
    return end


def test_its_answers_are_read_and_would_be_written_as_they_were(folder: Path) -> None:
    store = Store(folder)
    answers = store.load()
    assert answers.backup.host.name == "backup1.name.org"
    assert answers.vault.volumes[0].recovery and answers.guest.timezone == "Europe/Moscow"
    before = json.loads(store.answers_path.read_text())
    store.save(answers)
    after = json.loads(store.answers_path.read_text())
    assert _known(after, before) == before


def _known(after: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """What is written now, of sections and fields that the former version had; later ones are as if
    nobody had decided about them.
    """
    undecided = Answers().model_dump(mode="json")
    known: dict[str, Any] = {}
    for section, value in after.items():
        former = before.get(section)
        if former is None:
            assert value == undecided[section], section
        else:
            known[section] = _former_part(value, former, undecided[section])
    return known


def _former_part(value: Any, former: Any, undecided: Any) -> Any:
    """What the former version had of a section, or of an element of a list in it."""
    if isinstance(value, list):
        if len(value) != len(undecided):
            # No default to compare with: it has to be as it was.
            return value
        triples = zip(value, former, undecided, strict=True)
        return [_former_part(*triple) for triple in triples]
    if not isinstance(value, dict):
        return value
    later = {field: value[field] for field in value.keys() - former.keys()}
    assert later == {field: undecided[field] for field in later}
    kept = {}
    for field in value.keys() - later.keys():
        kept[field] = value[field]
        # What is kept by a host's name has no default of its own.
        if field in undecided:
            kept[field] = _former_part(value[field], former[field], undecided[field])
    return kept


def test_its_journal_claims_what_it_claimed() -> None:
    progress = Store(FORMER).journal().progress()
    verified = [name for name, claim in progress.items() if claim.verified]
    assert len(verified) == 19 and verified[-1] == "vault"
    (flight,) = progress["backup"].flights.values()
    assert (flight.host, flight.kind) == ("inst1", "unit")
    assert flight.unit.startswith(FLIGHT)


def test_status_prints_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--state", str(folder), "status"]) == Exit.PENDING
    told = [line.split() for line in capsys.readouterr().out.splitlines()]
    for line in (FORMER / "status.txt").read_text().splitlines():
        assert line.split() in told


def test_its_hosts_are_still_trusted() -> None:
    trusted = known_hosts(Store(FORMER))
    assert [entry.kind for entry in trusted.of("192.168.0.111", 22)] == ["ssh-ed25519"]


def test_the_flight_is_settled_and_the_build_goes_on_to_its_end(folder: Path) -> None:
    session, _ = opened(folder, Beginning())
    session.connect()
    claimed = [step for step in session.steps if session.progress.get(step.id)]
    looked = {review.step.id: review.state for review in session.survey(claimed)}
    assert looked.pop("backup") is State.READY
    assert set(looked.values()) == {State.DONE}
    assert not session.progress["backup"].flights
    last = [record for record in session.journal.records if record["kind"] == "looked"]
    assert [record["found"] for record in last] == ["ended with 0"]
    for name in ("backup", "restoretest", "configbackup"):
        assert goes_on(session, name) is End.DONE, name
    former = [step for step in session.steps if step.id in session.progress]
    assert all(review.state is State.DONE for review in session.survey(former))
    session.close()


def test_a_kept_header_still_forbids_to_format(folder: Path, tmp_path: Path) -> None:
    session, _ = opened(tmp_path / "other", at("vault"))
    session.connect()
    vault = session.engine.step("vault")
    session.engine.apply(session.review(vault))
    formats = [c for c in session.review(vault).plan.commands if c.unless]
    assert formats and all((folder / command.unless).exists() for command in formats)
    session.close()
