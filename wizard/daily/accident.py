"""The folder of an accident: a store of its own in the build's state directory.

What an earlier accident's journal claims to be done says nothing about this one. A folder is gone
on with until its runbook came to its end.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from wizard.base.errors import StateError
from wizard.base.own_files import read_whole
from wizard.model.accident import Case
from wizard.state.files import write_whole
from wizard.state.journal import Record
from wizard.state.owner import account
from wizard.state.store import Store

FOLDER = "recover"
_NAME = re.compile(r"\d{8}T\d{6}Z-[a-z-]+")
BEGUN = "accident.json"
REPORT = "report.md"
THAW = "thaw"
"""The runbook that gives hold and watcher back: what was begun before it is given up. Also the step
of all runbooks that does it.
"""
FREEZE = "freeze"
"""The step that pauses the watcher."""
_TRIFLES = {"before", "claim", "choice", "back", "outage", "verified", "after"}
"""The kinds of records of which none says that a machine was touched, or that work is at its end.
"""


@dataclass(frozen=True)
class Accident:
    """One accident's folder and what was written at its beginning."""

    store: Store
    case: Case

    @property
    def records(self) -> list[Record]:
        """What its journal holds."""
        return self.store.journal().records

    @property
    def begun(self) -> bool:
        """Whether anything was agreed to in it."""
        return any(record["kind"] == "consent" for record in self.records)

    @property
    def idle(self) -> bool:
        """Whether no machine was touched so far, and nothing was brought to an end."""
        return all(record["kind"] in _TRIFLES for record in self.records)

    @property
    def closed(self) -> bool:
        """Whether its runbook came to its end."""
        return any(record["kind"] == "closed" for record in self.records)


def owner(build: Store) -> str:
    """Who works here, as other machines are told it: account, machine, state directory."""
    named = f"{account()}@{socket.gethostname()}:{build.folder.absolute()}"
    return re.sub(r"[^\w.@:/ -]", "_", named)[:200]


def imagined(build: Store, runbook: str, now: float, about: Case | None = None) -> Accident:
    """The accident that a run would begin now; nothing is written. `about` has what planned work is
    about.
    """
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    name = f"{stamp}-{runbook}"
    case = Case(runbook, name, owner(build), int(now))
    if about is not None:
        case = replace(case, subject=about.subject, target=about.target, carried=about.carried)
    return Accident(Store(build.folder / FOLDER / name), case)


def begin(build: Store, runbook: str, now: float, about: Case | None = None) -> Accident:
    """Make the folder of a new accident; raises StateError when it cannot be written."""
    made = imagined(build, runbook, now, about)
    case = made.case
    folder = made.store.folder
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(
            f"cannot write: {error.strerror}",
            where=str(folder),
            mend="free space there, correct the permissions, or move away what is no folder",
        ) from error
    told: dict[str, object] = {"runbook": runbook, "owner": case.owner, "opened": case.opened}
    if case.subject:
        told |= {"subject": case.subject, "target": case.target, "carried": case.carried}
    write_whole(folder / BEGUN, f"{json.dumps(told)}\n")
    return made


def discard(accident: Accident) -> None:
    """Leave nothing of an accident that is idle, whose folder holds nothing but what stands in each
    from the beginning; one that cannot be removed stays.
    """
    store = accident.store
    own = {BEGUN, REPORT, "lock"}
    own |= {path.name for path in (store.journal_path, store.answers_path, store.log_dir)}
    with suppress(OSError):
        if all(path.name in own for path in store.folder.rglob("*")):
            shutil.rmtree(store.folder)
            store.folder.parent.rmdir()


def accidents(build: Store) -> Iterator[Accident]:
    """All accidents of this build, the oldest first; what cannot be read is passed over."""
    try:
        folders = sorted((build.folder / FOLDER).iterdir())
    except OSError:
        return
    for folder in folders:
        made = _read(folder) if _NAME.fullmatch(folder.name) else None
        if made is not None:
            yield made


def _read(folder: Path) -> Accident | None:
    try:
        data = json.loads(read_whole(folder / BEGUN))
        case = Case(
            str(data["runbook"]),
            folder.name,
            str(data["owner"]),
            int(data["opened"]),
            subject=str(data.get("subject", "")),
            target=str(data.get("target", "")),
            carried=tuple(str(name) for name in data.get("carried", ())),
        )
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return Accident(Store(folder), case)


def left_unfinished(build: Store, runbooks: Iterable[str]) -> list[Accident]:
    """Of each of these runbooks its latest accident, where something was agreed to in it, it did
    not come to its end, and nobody gave it up since by letting the watcher work again.
    """
    thawed = 0
    for accident in accidents(build):
        if accident.case.runbook == THAW and accident.closed:
            thawed = accident.case.opened
    left = []
    for runbook in runbooks:
        latest = unfinished(build, runbook)
        if latest is not None and latest.begun and latest.case.opened > thawed:
            left.append(latest)
    return left


def unfinished(build: Store, runbook: str) -> Accident | None:
    """The latest accident of a runbook that did not come to its end."""
    latest = None
    for accident in accidents(build):
        if accident.case.runbook == runbook:
            latest = accident
    return latest if latest is not None and not latest.closed else None


def watcher_paused(build: Store) -> bool:
    """Whether some runbook paused the watcher and none let it work again since, as far as the
    journals here know.
    """
    turns = sorted(_turns(build), key=lambda turn: turn[0])
    return bool(turns) and turns[-1][1]


def _turns(build: Store) -> Iterator[tuple[float, bool]]:
    """When some runbook paused the watcher (True) or let it work again (False)."""
    paused = ("start", FREEZE)
    thawed = ("verified", THAW)
    for accident in accidents(build):
        try:
            records = accident.records
        except StateError:
            continue
        for record in records:
            step = (record["kind"], record.get("step"))
            if step in (paused, thawed):
                yield _seconds(record["at"]), step == paused


def _seconds(at: str) -> float:
    """When a record was made, in seconds since 1970; 0 where that cannot be read."""
    try:
        return datetime.fromisoformat(at).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0
