"""The way back from what a step did: the undoing commands in their order, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wizard.model.step import Command, Danger, Kind
from wizard.model.undo import NONE_NEEDED, Undo, in_words
from wizard.model.write import NOT_KEPT

Record = Mapping[str, Any]


def is_lasting(command: Command) -> bool:
    """Whether a command leaves something behind that no command undoes."""
    if isinstance(command.undo, Undo) or command.danger is Danger.READ:
        return False
    return not command.undo.startswith(NONE_NEEDED)


def noted(command: Command) -> dict[str, Any]:
    """How a command is undone, for its record in the journal."""
    undo = command.undo
    if isinstance(undo, Undo):
        return {"argv": list(undo.argv), "title": undo.title, "last": undo.last, "unit": undo.unit}
    return {"lasting": in_words(undo)} if is_lasting(command) else {}


def backwards(commands: Iterable[Command]) -> list[Command]:
    """The commands that undo these, in the order in which they are to run, each once."""
    undoing = []
    for command in commands:
        undo = command.undo
        if isinstance(undo, Undo):
            undoing.append((_undoing(command.host, undo, command.shown), undo.last))
    return _ordered(undoing)


def _ordered(undoing: Iterable[tuple[Command, bool]]) -> list[Command]:
    """What is put back comes first, the last change first. What makes anew what follows from it
    comes afterwards, in the order of the plan.
    """
    first: dict[str, Command] = {}
    last: dict[str, Command] = {}
    for command, comes_last in undoing:
        order = last if comes_last else first
        order.setdefault(command.key, command)
    return [*reversed(first.values()), *last.values()]


def _undoing(host: str, undo: Undo, shown: str, ok: tuple[int, ...] = (0,)) -> Command:
    return Command(
        host,
        undo.argv,
        f"undoes: {shown}",
        undo=NONE_NEEDED,
        title=undo.title,
        ok=ok,
        kind=Kind.UNIT if undo.unit else Kind.EXEC,
    )


@dataclass(frozen=True)
class WayBack:
    """What is left of a step's commands, by the journal.

    `commands` undo it, in this order; `lasting` is what no command undoes, `untold` what was run by
    a version that noted nothing about that.
    """

    commands: tuple[Command, ...] = ()
    lasting: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.commands or self.lasting or self.untold)


def undoing_of(step: str) -> str:
    """The name under which the undoing of a step stands in the journal."""
    return f"undo-{step}"


def way_back(step: str, records: Iterable[Record]) -> WayBack:
    """The way back from all that a journal's records say of a step.

    A command that failed, or whose end is not known, may have done its work: it is undone too.
    """
    left: dict[str, Record] = {}
    well: set[str] = set()
    for record in records:
        kind = record.get("kind")
        of = record.get("step")
        key = str(record.get("key", ""))
        ended_well = kind in ("end", "looked") and bool(record.get("ok"))
        if kind == "undone" and of == step:
            left.clear()
        elif kind == "start" and of == step:
            # The last run of a command counts, where it stands.
            left.pop(key, None)
            left[key] = record
            well.discard(key)
        elif ended_well and of == step:
            well.add(key)
        elif ended_well and of == undoing_of(step):
            left = {name: one for name, one in left.items() if not _is_undone_by(one, key)}
    return _sorted(left.values(), well)


def _is_undone_by(started: Record, key: str) -> bool:
    undo = _undo_of(started)
    return undo is not None and _undoing(str(started.get("host")), undo, "").key == key


def _undo_of(started: Record) -> Undo | None:
    """The undoing command that a record names; None where it names none that could be run."""
    told = started.get("undo")
    argv = told.get("argv") if isinstance(told, dict) else None
    if not isinstance(argv, list) or not argv or not all(isinstance(word, str) for word in argv):
        return None
    assert isinstance(told, dict)
    title = str(told.get("title", ""))
    return Undo(tuple(argv), title, last=bool(told.get("last")), unit=bool(told.get("unit")))


def _sorted(started: Iterable[Record], well: set[str]) -> WayBack:
    undoing: list[tuple[Command, bool]] = []
    lasting: list[str] = []
    untold: list[str] = []
    for record in started:
        host = str(record.get("host", ""))
        line = str(record.get("line", ""))
        told = record.get("undo")
        undo = _undo_of(record)
        if undo is not None:
            ok = (0,) if record.get("key") in well else (0, NOT_KEPT)
            undoing.append((_undoing(host, undo, line, ok), undo.last))
        elif not isinstance(told, dict) or "argv" in told:
            untold.append(f"{host}: {line}")
        elif "lasting" in told:
            lasting.append(f"{host}: {line}: {told['lasting']}")
    return WayBack(tuple(_ordered(undoing)), tuple(lasting), tuple(untold))
