"""The way back from what a step did: the undoing commands in their order, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

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
        return {
            "argv": list(undo.argv),
            "title": undo.title,
            "last": undo.last,
            "unit": undo.unit,
        }
    if is_lasting(command):
        return {"lasting": in_words(undo)}
    return {}


def backwards(commands: Iterable[Command]) -> list[Command]:
    """The commands that undo these, in the order in which they are to run, each once."""
    order = _Order()
    for command in commands:
        undo = command.undo
        if isinstance(undo, Undo):
            undoing = _undoing(command.host, undo, command.shown)
            order.add(undoing, last=undo.last)
    return order.commands()


class _Order:
    """Undoing commands, each once, in the order in which they are to run."""

    def __init__(self) -> None:
        self._put_back: dict[str, Command] = {}
        self._made_anew: dict[str, Command] = {}

    def add(self, undoing: Command, *, last: bool) -> None:
        """Take one more, in the order of the plan; `last` is that of its `Undo`."""
        part = self._made_anew if last else self._put_back
        part.setdefault(undoing.key, undoing)

    def commands(self) -> list[Command]:
        """What is put back comes first, the last change first. What makes anew what follows from it
        comes afterwards, in the order of the plan.
        """
        last_change_first = reversed(self._put_back.values())
        return [*last_change_first, *self._made_anew.values()]


def _undoing(host: str, undo: Undo, shown: str, ok: tuple[int, ...] = (0,)) -> Command:
    kind = Kind.EXEC
    if undo.unit:
        kind = Kind.UNIT
    return Command(
        host,
        undo.argv,
        f"undoes: {shown}",
        undo=NONE_NEEDED,
        title=undo.title,
        ok=ok,
        kind=kind,
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
    left = _Left()
    undoing_step = undoing_of(step)
    for record in records:
        of = record.get("step")
        if of == step:
            left.see(record)
        elif of == undoing_step and _ended_well(record):
            left.drop_undone_by(_key(record))
    return left.way_back()


class _Left:
    """The commands of one step that were begun and are not undone yet, as far as its records are
    read.
    """

    def __init__(self) -> None:
        self._started: dict[str, Record] = {}
        """By the command's key, in the order of their last runs: the record of its start."""
        self._well: set[str] = set()
        """The keys of those that are known to have ended well."""

    def see(self, record: Record) -> None:
        """Read the next record of the step itself."""
        kind = record.get("kind")
        if kind == "undone":
            self._started.clear()
        elif kind == "start":
            self._start(record)
        elif _ended_well(record):
            self._well.add(_key(record))

    def _start(self, record: Record) -> None:
        """The last run of a command counts, where it stands."""
        key = _key(record)
        self._started.pop(key, None)
        self._started[key] = record
        self._well.discard(key)

    def drop_undone_by(self, key: str) -> None:
        """The undoing command of that key ended well: what it undoes is no longer left."""
        for name, started in list(self._started.items()):
            if _is_undone_by(started, key):
                del self._started[name]

    def way_back(self) -> WayBack:
        """What undoes all of it, and what nothing does."""
        order = _Order()
        lasting: list[str] = []
        untold: list[str] = []
        for record in self._started.values():
            host = str(record.get("host", ""))
            line = str(record.get("line", ""))
            undo = _undo_of(record)
            if undo is not None:
                undoing = _undoing(host, undo, line, self._ok(record))
                order.add(undoing, last=undo.last)
                continue
            told = record.get("undo")
            if not isinstance(told, dict) or "argv" in told:
                untold.append(f"{host}: {line}")
            elif "lasting" in told:
                lasting.append(f"{host}: {line}: {told['lasting']}")
        return WayBack(tuple(order.commands()), tuple(lasting), tuple(untold))

    def _ok(self, started: Record) -> tuple[int, ...]:
        """The exit codes with which the undoing of a command ends well."""
        if started.get("key") in self._well:
            return (0,)
        # It may have ended before it kept anything: then there is nothing to put back.
        return (0, NOT_KEPT)


def _key(record: Record) -> str:
    return str(record.get("key", ""))


def _ended_well(record: Record) -> bool:
    is_end = record.get("kind") in ("end", "looked")
    return is_end and bool(record.get("ok"))


def _is_undone_by(started: Record, key: str) -> bool:
    undo = _undo_of(started)
    if undo is None:
        return False
    undoing = _undoing(str(started.get("host")), undo, "")
    return undoing.key == key


def _undo_of(started: Record) -> Undo | None:
    """The undoing command that a record names; None where it names none that could be run."""
    told = started.get("undo")
    if not isinstance(told, dict):
        return None
    argv = told.get("argv")
    if not _could_be_run(argv):
        return None
    return Undo(
        tuple(argv),
        title=str(told.get("title", "")),
        last=bool(told.get("last")),
        unit=bool(told.get("unit")),
    )


def _could_be_run(argv: object) -> TypeGuard[list[str]]:
    """Whether that is a command line: words, and at least one."""
    if not isinstance(argv, list) or not argv:
        return False
    return all(isinstance(word, str) for word in argv)
