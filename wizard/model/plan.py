"""A plan: the exact commands of a step, their digest, as a table and as a script that runs without
the wizard.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import Enum

from wizard.base.plain import plain_line
from wizard.model.changes import change
from wizard.model.step import REFUSED, SUBMIT, Command, Danger, Kind, Prompt
from wizard.model.undo import in_words
from wizard.model.way_back import backwards, is_lasting


def _row(command: Command) -> dict[str, object]:
    """A command as JSON takes it: words in place of enumerations."""
    row = asdict(command)
    for name, value in row.items():
        if isinstance(value, Enum):
            row[name] = value.value
    return row


TURNING = f"{'-' * 12} the point of no return {'-' * 12}"
"""Stands before a command that cannot be taken back, wherever a plan is shown."""


@dataclass(frozen=True)
class Plan:
    """Commands in order. Two plans are the same when their digests are; consent is given to a
    digest.
    """

    commands: tuple[Command, ...] = ()

    @classmethod
    def of(cls, commands: Iterable[Command]) -> Plan:
        """Sort by stage, keeping the order within each."""
        return cls(tuple(sorted(commands, key=lambda command: command.stage)))

    def __bool__(self) -> bool:
        return bool(self.commands)

    def __len__(self) -> int:
        return len(self.commands)

    @property
    def digest(self) -> str:
        """12 hex digits over everything that the operator sees of the commands."""
        rows = [_row(command) for command in self.commands]
        text = json.dumps(rows, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def stages(self) -> tuple[tuple[Command, ...], ...]:
        """The commands grouped by stage."""
        stages: dict[int, list[Command]] = {}
        for command in self.commands:
            stages.setdefault(command.stage, []).append(command)
        return tuple(tuple(stages[number]) for number in sorted(stages))

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that something runs on, in order of appearance."""
        return tuple(dict.fromkeys(c.host for c in self.commands))

    @property
    def confirmations(self) -> tuple[str, ...]:
        """What the operator has to type before it may run: serials, or names."""
        return tuple(dict.fromkeys(c.confirm for c in self.commands if c.confirm))

    @property
    def prompts(self) -> tuple[Prompt, ...]:
        """The secrets that must be typed before it may run."""
        return tuple(dict.fromkeys(prompt for c in self.commands for prompt in c.prompts))

    @property
    def lasting(self) -> tuple[Command, ...]:
        """Those that no command undoes."""
        return tuple(command for command in self.commands if is_lasting(command))

    @property
    def danger(self) -> Danger:
        """The worst danger of any command."""
        order = list(Danger)
        return max((c.danger for c in self.commands), key=order.index, default=Danger.READ)

    def on(self, host: str) -> tuple[Command, ...]:
        """The commands of one host."""
        return tuple(c for c in self.commands if c.host == host)

    def script(self, host: str) -> str:
        """A shell script with the host's commands, for running by hand; it stops at the first
        failure.
        """
        lines = [
            "#!/bin/sh",
            _comment(
                f"On {host}, as root. Other hosts have a part of their own: keep the stages in "
                "step."
            ),
            "set -e",
        ]
        stage = -1
        for command in self.on(host):
            if command.stage != stage:
                stage = command.stage
                lines.append(f"\n# stage {stage}")
            if command.turning:
                lines.append(f"# {TURNING}")
            lines.append(_comment(command.why))
            lines += [
                _comment(line) for line in (*change(command), f"undo: {in_words(command.undo)}")
            ]
            if command.unless:
                lines.append(
                    _comment(
                        f"not while {command.unless} in the wizard's state directory is a "
                        "copy of what this overwrites"
                    )
                )
            lines.append(by_hand(command))
        return "\n".join(lines) + "\n"

    def script_back(self, host: str) -> str:
        """A shell script with what undoes the host's commands, for running by hand; "" where no
        command undoes any of them. It stops at the first failure.
        """
        undoing = backwards(self.on(host))
        if not undoing:
            return ""
        lines = ["#!/bin/sh", _comment(f"On {host}, as root: undoes what the other script did.")]
        for command in self.on(host):
            if is_lasting(command):
                lines.append(_comment(f"not undone: {command.shown}: {in_words(command.undo)}"))
        lines.append("set -e")
        for command in undoing:
            lines += [_comment(command.why), by_hand(command)]
        return "\n".join(lines) + "\n"

    def difference(self, newer: Plan) -> list[str]:
        """What changed between this plan and a newer one: lines with "-" or "+" before host and
        command.
        """
        ours = [f"{c.host}: {c.shown}" for c in self.commands]
        theirs = [f"{c.host}: {c.shown}" for c in newer.commands]
        gone = [f"- {line}" for line in ours if line not in theirs]
        come = [f"+ {line}" for line in theirs if line not in ours]
        return gone + come or ["~ the same commands, with other contents or in another order"]


def _comment(text: str) -> str:
    """A comment for a shell: words of hosts may stand in it, and none of them ends it."""
    return f"# {plain_line(text)}"


def by_hand(command: Command) -> str:
    """The command as a shell takes it from a person: with its guard and its input, waiting for its
    job, or with its way back.
    """
    line = shlex.join(
        word for word in command.argv if command.kind is not Kind.JOB or word not in SUBMIT
    )
    if command.guard:
        line = f"( {command.guard}\n) </dev/null >&2 || exit {REFUSED}; {line}"
    if command.kind is Kind.ROLLBACK:
        return _roped(line, shlex.join(command.rollback))
    if command.prompts:
        asked = "; ".join(prompt.label for prompt in command.prompts)
        return f"{_comment(f'it reads from standard input, a line each: {asked}')}\n{line}"
    if command.send:
        path = shlex.quote(command.send)
        return f"# its input is a file of the wizard's machine: bring it here\n{line} <{path}"
    return line if command.stdin is None else _fed(line, command.stdin)


def _fed(line: str, text: str) -> str:
    if text and not text.endswith("\n"):
        return f"printf %s {shlex.quote(text)} | {line}"
    end = "GW_END"
    while end in text:
        end += "_"
    return f"{line} <<'{end}'\n{text}{end}"


def _roped(line: str, back: str) -> str:
    """A change that may cut the connection it is typed over, and the timer that undoes it."""
    there, again = "/run/gw-change.sh", "/run/gw-way-back.sh"
    parts = (
        "# After a minute it is undone. When the host answers over the changed network, "
        "keep it from a new login:",
        "#   systemctl stop gw-way-back.timer",
        _fed(f"cat >{again}", f"{back}\n"),
        _fed(f"cat >{there}", f"{line}\n"),
        f"systemd-run --quiet --collect --unit=gw-way-back --on-active=60s sh {again}",
        f"systemd-run --quiet --collect --wait --unit=gw-change sh {there}",
    )
    return "\n".join(parts)
