"""The vocabulary of a step: frozen values that say what to look at, what to run and why."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from wizard.model.facts import Fact, Facts
from wizard.model.undo import Undo

if TYPE_CHECKING:
    from wizard.answers import Answers


class Danger(Enum):
    """How much a command can hurt; the value is what the screen shows."""

    READ = "reads only"
    CHANGE = "changes the system"
    OUTAGE = "interrupts service"
    DESTROY = "destroys data"


class Kind(Enum):
    """How the engine carries a command out."""

    EXEC = "exec"
    """A short command over the connection."""
    UNIT = "unit"
    """Lasts, or must not be cut in half: a transient systemd unit that is followed and re-attached.
    """
    JOB = "job"
    """A Ganeti operation given with --submit --print-jobid; the job is followed."""
    REBOOT = "reboot"
    """Detached; the host is awaited with a new boot id."""
    ROLLBACK = "rollback"
    """May cut the connection: a unit that undoes itself unless the wizard reaches the host again.
    """


_TAKES: dict[Kind, frozenset[str]] = {
    Kind.EXEC: frozenset({"stdin", "send", "prompts", "keep", "guard"}),
    Kind.JOB: frozenset({"stdin", "prompts", "guard"}),
    Kind.UNIT: frozenset({"guard"}),
    Kind.REBOOT: frozenset(),
    Kind.ROLLBACK: frozenset({"rollback"}),
}
"""What a command of each kind can have beside its argv.

A transient unit and a reboot run without the connection: nothing could be fed to them, and their
output is a file on the host. A job's output is its number.
"""
_IN_FOLDER = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")
"""A file of the state directory, or below it, and of no other."""
SUBMIT = ("--submit", "--print-jobid")
"""What makes a gnt- command give its job to Ganeti and end with the job's number (ganeti(7))."""
REFUSED = 75
"""A guarded command ends with it, unbegun, when its guard says no: what the plan was made from is
no longer so (sysexits.h, EX_TEMPFAIL).
"""


@dataclass(frozen=True)
class Prompt:
    """A secret that a command reads: its key among the secrets of the run, what to ask, and whether
    it is a new one.

    A `new` secret is typed twice and its strength is shown; any other is one that exists already.
    """

    key: str
    label: str
    new: bool = False


@dataclass(frozen=True)
class Command:
    """One command on one host, with all that an operator needs to judge it.

    `stage` orders commands across hosts: all of stage n end, everywhere, before stage n+1 begins.
    Within a stage, hosts work side by side and each host keeps the order of the plan. `stdin` is
    shown in the plan and may not hold a secret; `prompts` are secrets that follow it on standard
    input, a line each, asked of the operator before the run and held in memory only. `confirm` is
    what must be typed before a DESTROY command runs (a disk's serial). `ok` lists the exit codes
    that count as success. `keep` names a file in the state directory that takes the command's
    output in place of log and screen (`wizard.remote.keep` says in which form); `unless` names one
    that forbids the command: while it is there, what the command overwrites is worth something.
    `guard` is a shell test that is made on the host in the same line, just before the command: when
    it fails nothing is run, and the exit code is REFUSED. `turning` marks the point of no return.
    `send` is a file of the operator's machine that is the command's input, in place of `stdin`.
    `writes` is the path of the file that it replaces as a whole, `old` the text that a look showed
    there ("" where there is none), None where that is not known. `undo` is the command that undoes
    it; a text tells what a person could do, and that no command of the wizard does it: it is empty
    or begins with "none" where nobody can, and with NONE_NEEDED where there is nothing to undo.
    """

    host: str
    argv: tuple[str, ...]
    why: str
    danger: Danger = Danger.CHANGE
    risk: str = ""
    undo: Undo | str = ""
    kind: Kind = Kind.EXEC
    stdin: str | None = None
    prompts: tuple[Prompt, ...] = ()
    confirm: str = ""
    keep: str = ""
    unless: str = ""
    stage: int = 0
    title: str = ""
    ok: tuple[int, ...] = (0,)
    rollback: tuple[str, ...] = ()
    minutes: float = 0.0
    guard: str = ""
    turning: bool = False
    send: str = ""
    writes: str = ""
    old: str | None = None

    def __post_init__(self) -> None:
        """Refuse a mix that could not be carried out as it is written, by a ValueError."""
        given = {
            "stdin": self.stdin is not None,
            "prompts": bool(self.prompts),
            "keep": bool(self.keep),
            "rollback": bool(self.rollback),
            "guard": bool(self.guard),
            "send": bool(self.send),
        }
        for name, there in given.items():
            if there and name not in _TAKES[self.kind]:
                raise ValueError(f"a command of the kind {self.kind.value} takes no {name}")
        if self.send and (self.stdin is not None or self.prompts):
            raise ValueError("a command has one input: a file, or a text with its secrets")
        if self.kind is Kind.ROLLBACK and not self.rollback:
            raise ValueError("a command of the kind rollback wants a way back")
        for name in (self.keep, self.unless):
            if name and not _IN_FOLDER.fullmatch(name):
                raise ValueError(f"{name!r} is no file in the state directory")
        if not self.ok:
            raise ValueError(f"no exit code of this {self.kind.value} would be a success")
        if self.guard and REFUSED in self.ok:
            raise ValueError(f"{REFUSED} is what a guard refuses with, and no success")

    @property
    def guarded(self) -> tuple[str, ...]:
        """What is carried out: argv behind its guard, in one shell line."""
        if not self.guard:
            return self.argv
        # The guard gets neither the command's input nor its output, which may be a job's number.
        script = f'( {self.guard}\n) </dev/null >&2 || exit {REFUSED}; exec "$@"'
        return ("sh", "-c", script, "guarded", *self.argv)

    @property
    def line(self) -> str:
        """The command as typed in a shell: the one place where argv is quoted."""
        return shlex.join(self.argv)

    @property
    def stakes(self) -> str:
        """How much it can hurt, and by what: the words that every front end shows."""
        return f"{self.danger.value}: {self.risk}" if self.risk else self.danger.value

    @property
    def shown(self) -> str:
        """What a list of commands shows: the title, or else the line itself."""
        return self.title or self.line

    @property
    def key(self) -> str:
        """A short name of this very command, stable over processes, for the journal and the unit's
        name.
        """
        text = "\0".join([self.host, *self.guarded, "\0", self.stdin or ""])
        return hashlib.sha256(text.encode()).hexdigest()[:10]


def not_done(commands: Iterable[Command]) -> Iterator[Finding]:
    """What a plan still holds, as findings of a verification: a step is done when nothing is left
    of it.
    """
    for command in commands:
        yield Finding(command.host, f"not done yet: {command.shown}", step=THIS_STEP)


THIS_STEP = "this"
"""In place of a step's id: the very step that the finding belongs to."""


def remedy(mend: str, step: str) -> str:
    """What to do about something that is wrong, in words: by hand first, then by a step."""
    if not step:
        return mend
    by_step = "run this step again" if step == THIS_STEP else f"run the step `{step}`"
    return f"{mend}; then {by_step}" if mend else by_step


@dataclass(frozen=True)
class Finding:
    """Something that is wrong on a host ("" for all), and how to mend it.

    A blocker before a plan, a problem after it. `mend` is what the operator does by hand, `step`
    the id of the step that mends it: a front end can go there.
    """

    host: str
    what: str
    mend: str = ""
    step: str = ""

    @property
    def remedy(self) -> str:
        """How to mend it, in words."""
        return remedy(self.mend, self.step)

    def __str__(self) -> str:
        return f"{self.host}: {self.what}. To mend it: {self.remedy}"


@dataclass(frozen=True)
class Choice:
    """One thing that a question offers: its value in the answers, a label, and why it cannot be
    chosen.

    `word` is what must be typed to have it in spite of the refusal, where that is not the value.
    """

    value: str
    label: str
    refused: str = ""
    word: str = ""

    @property
    def consent(self) -> str:
        """What is typed to take it in spite of its refusal."""
        return self.word or self.value


Look = Callable[["Answers", Facts], Iterable[Finding]]
Planner = Callable[["Answers", Facts], Iterable[Command]]


def _nothing(answers: Answers, facts: Facts) -> Iterable[Finding]:
    return ()


def _no_suggestion(answers: Answers, facts: Facts) -> Mapping[str, Any]:
    return {}


def _no_choices(answers: Answers, facts: Facts) -> Mapping[str, Mapping[str, tuple[Choice, ...]]]:
    return {}


def nobody(answers: Answers) -> Sequence[str]:
    """No host."""
    return ()


def on_nodes(answers: Answers) -> Sequence[str]:
    """The hosts of a step that concerns the servers: their short names."""
    return [node.short for node in answers.nodes]


@dataclass(frozen=True)
class Step:
    """One step of a sequence. `id` is its journal key, command-line name, help page and test
    folder.

    `reason` is the article's reason in a few lines, `then` what the article typed in 2009, `now`
    what runs today. `section` is the model in `Answers` (attribute of the same name as `id`) whose
    fields are asked. `plan` yields nothing when the state is already right; `verify` yields nothing
    when all is well. `suggest` returns defaults for the section's fields, read off the hosts;
    `choices` gives, per field and per host (short name, or "" for all), what can be chosen. `hosts`
    names the hosts that the step looks at and works on; the silence of those in `may_miss` is a
    datum like another, which blockers and plan judge, and hinders no look. `secrets` are the keys
    of all that its commands may ask for (`Prompt.key`).
    """

    id: str
    title: str
    reason: str
    then: str
    now: str
    plan: Planner
    verify: Look
    section: type[BaseModel] | None = None
    facts: tuple[Fact[Any], ...] = ()
    needs: tuple[str, ...] = ()
    blockers: Look = _nothing
    suggest: Callable[[Answers, Facts], Mapping[str, Any]] = _no_suggestion
    choices: Callable[[Answers, Facts], Mapping[str, Mapping[str, tuple[Choice, ...]]]] = (
        _no_choices
    )
    hosts: Callable[[Answers], Sequence[str]] = on_nodes
    may_miss: Callable[[Answers], Sequence[str]] = nobody
    secrets: Callable[[Answers], Sequence[str]] = nobody
    minutes: float = 1.0
