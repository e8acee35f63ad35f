"""An accident's folder in which nothing was done goes; one that holds anything else stays."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from wizard.daily.accident import Accident, begin, discard, watcher_paused
from wizard.daily.underway import NOTHING, PAUSED, ending
from wizard.state.store import Store


def begun(folder: Path, *kinds: str, runbook: str = "queue", now: float = 1e9) -> Accident:
    """An accident whose journal has records of these kinds."""
    accident = begin(Store(folder), runbook, now)
    for kind in kinds:
        accident.store.journal().add(kind, step="freeze" if kind == "start" else "thaw")
    return accident


def run(folder: Path) -> Any:
    return SimpleNamespace(build=SimpleNamespace(store=Store(folder)))


def test_what_only_looked_and_asked_goes(tmp_path: Path) -> None:
    accident = begun(tmp_path, "before", "claim", "choice", "after")
    accident.store.open()
    accident.store.close()
    assert accident.idle
    assert ending(run(tmp_path), accident) == [NOTHING]
    discard(accident)
    assert not any(tmp_path.iterdir())
    assert accident.idle


def test_what_somebody_put_there_stays(tmp_path: Path) -> None:
    accident = begun(tmp_path, "before")
    note = accident.store.folder / "note.txt"
    note.write_text("ask Anna")
    discard(accident)
    assert note.read_text() == "ask Anna"


def test_one_stays_while_another_goes(tmp_path: Path) -> None:
    kept = begun(tmp_path, "before", "consent", "start")
    idle = begun(tmp_path, "before", runbook="disk")
    assert not kept.idle
    discard(idle)
    assert [path.name for path in (tmp_path / "recover").iterdir()] == [kept.case.accident]


def test_the_watcher_is_paused_from_its_pause_until_it_is_let_go(tmp_path: Path) -> None:
    accident = begun(tmp_path, "before", "consent", "start")
    assert watcher_paused(Store(tmp_path))
    assert PAUSED in ending(run(tmp_path), accident)
    begun(tmp_path, "consent", "verified", "closed", runbook="thaw", now=1e9 + 60)
    assert not watcher_paused(Store(tmp_path))
    told = ending(run(tmp_path), accident)
    assert told[1:] == ["It has not come to its end."]
