"""What the engine does and what a look shows, as plain lines."""

from __future__ import annotations

from wizard.base.names import counted
from wizard.base.plain import printed_lines
from wizard.base.stdio import say
from wizard.model.changes import change, cut
from wizard.model.events import (
    Ended,
    Event,
    Gathering,
    Note,
    Output,
    Started,
    Unknown,
    Verified,
)
from wizard.model.plan import TURNING
from wizard.model.review import Review
from wizard.model.step import Command, Danger
from wizard.model.undo import NONE_NEEDED, in_words

OfCommand = Started | Output | Ended | Unknown
"""The events of a running command."""


def told(event: Event) -> list[str]:
    """An event as lines of text, each beginning with its host; none where it has nothing to say."""
    match event:
        case Gathering():
            return []
        case Note():
            host = event.host or "all"
            return [f"[{host}] {event.text}"]
        case Verified():
            result = "NOT right yet" if event.problems else "verified"
            return [f"{event.step}: {result}"]
    head = f"[{event.command.host}]"
    return [f"{head} {line}" for line in _of_command(event)]


def _of_command(event: OfCommand) -> list[str]:
    """What is said behind the host's name."""
    shown = event.command.shown
    match event:
        case Started():
            return [f"{event.index}/{event.total} {shown}"]
        case Output():
            # Further in than what the wizard itself says.
            return [f"  {line}" for line in printed_lines(event.text)]
        case Ended():
            how = "ok" if event.ok else f"FAILED with exit code {event.rc}"
            return [f"{how} after {event.seconds:.1f} s"]
        case Unknown():
            return [f"UNKNOWN: {shown}: {event.reason}"]


def tell(event: Event) -> None:
    """An Emit that prints."""
    for line in told(event):
        say(line)


MOST = 20
"""Lines of a file's change in a list of commands, unless all are wanted."""


def show(review: Review, *, whole: bool = False) -> None:
    """A review as text: state, blockers, commands, problems. `whole`: changes of files to their
    end.
    """
    step = review.step
    state = review.state.value
    say(f"== {step.id}: {step.title}: {state}, {counted(len(review.plan), 'command')}")
    for finding in review.blockers:
        say(f"   blocked: {finding}")
    for command in review.plan.commands:
        danger = command.danger.value
        if command.turning:
            say(f"   {TURNING}")
        say(f"   [{command.host}] ({danger}) {command.shown}")
        say(f"        why: {command.why}")
        if command.risk:
            say(f"        danger: {command.stakes}")
        _show_undo(command)
        changed = change(command)
        for line in changed if whole else cut(changed, MOST, "`plan STEP -v` shows all"):
            say(f"        | {line}")
    if review.plan.lasting:
        lasting = len(review.plan.lasting)
        say(f"   no command undoes {lasting} of these {len(review.plan)}: see each one's `undo`")
    if review.blockers:
        return
    for finding in review.problems:
        say(f"   wrong: {finding}")


def _show_undo(command: Command) -> None:
    """How it is undone, where there is anything to undo."""
    told = in_words(command.undo)
    if command.danger is not Danger.READ and not told.startswith(NONE_NEEDED):
        say(f"        undo: {told}")
