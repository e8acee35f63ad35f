"""A reboot that was ordered before the wizard ended: waited for, told from one that did not happen,
never repeated.
"""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.sim import SimHost
from wizard.base.errors import LoginRefused, Unreachable
from wizard.model.events import Event, Note
from wizard.model.flight import Flight
from wizard.remote import reboot
from wizard.run import inflight
from wizard.state.journal import Journal

OLD, NEW = "11111111", "22222222"


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    journal = Journal(tmp_path / "journal.jsonl")
    common = {"step": "reboot", "host": "node1", "key": "k"}
    journal.add("start", **common, line="systemctl reboot", kind_of="reboot", unit="u")
    journal.add("boot", **common, boot=OLD)
    return journal


def flight(journal: Journal) -> Flight:
    (found,) = journal.progress()["reboot"].flights.values()
    return found


def settled(journal: Journal, host: SimHost, events: list[Event] | None = None) -> bool:
    return inflight.settle(
        flight(journal), {"node1": host}, journal, (events if events is not None else []).append
    )


def says(*lines: str) -> SimHost:
    answers = list(lines)
    return SimHost("node1", on_run=lambda *_: answers.pop(0) if len(answers) > 1 else answers[0])


def test_a_host_that_goes_down_or_is_away_still_reboots(journal: Journal) -> None:
    assert settled(journal, says(f"{OLD}\nstopping\n"))
    assert settled(journal, says(f"{OLD}\nrunning\n"))
    assert settled(journal, SimHost("node1", down=Unreachable("no answer", where="node1")))
    assert flight(journal).boot == OLD


def test_another_boot_id_ends_it(journal: Journal) -> None:
    events: list[Event] = []
    assert not settled(journal, says(f"{NEW}\nrunning\n"), events)
    assert any(isinstance(event, Note) and "has rebooted" in event.text for event in events)
    assert not journal.progress()["reboot"].flights and journal.records[-1]["ok"]


def test_a_host_that_did_not_obey_is_looked_at(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reboot, "GOING_DOWN", 0.0)
    assert settled(journal, says(f"{OLD}\nstopping\n"))
    assert not settled(journal, says(f"{OLD}\nrunning\n"))
    assert not journal.records[-1]["ok"]


def test_away_for_too_long_or_refusing_is_an_error(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LoginRefused):
        settled(journal, SimHost("node1", down=LoginRefused("no key", where="node1")))
    monkeypatch.setattr(reboot, "BOOT_TIMEOUT", 0.0)
    with pytest.raises(Unreachable):
        settled(journal, SimHost("node1", down=Unreachable("no answer", where="node1")))
    assert flight(journal).boot == OLD


def test_it_is_followed_until_the_host_is_back(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reboot, "PAUSE", 0.01)
    host = says(f"{OLD}\n", f"{OLD}\n", f"{NEW}\n", f"{NEW}\nrunning\n")
    inflight.follow(
        flight(journal), {"node1": host}, journal, lambda event: None, threading.Event()
    )
    assert not journal.progress()["reboot"].flights
