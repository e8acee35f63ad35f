"""What the engine does and what a look shows, as plain lines."""

from __future__ import annotations

from wizard.base.stdio import say
from wizard.model.events import Ended, Event, Note, Output, Started, Unknown, Verified
from wizard.model.review import Review


def told(event: Event) -> list[str]:
    """An event as lines of text, each beginning with its host; none where it has nothing to say."""
    match event:
        case Started(command=command, index=index, total=total):
            return [f"[{command.host}] {index}/{total} {command.shown}"]
        case Output(command=command, text=text):
            return [f"[{command.host}]   {line}" for line in text.splitlines()]
        case Ended(command=command, rc=rc, ok=ok, seconds=seconds):
            how = "ok" if ok else f"FAILED with exit code {rc}"
            return [f"[{command.host}] {how} after {seconds:.1f} s"]
        case Unknown(command=command, reason=reason):
            return [f"[{command.host}] UNKNOWN: {command.shown}: {reason}"]
        case Note(host=host, text=text):
            return [f"[{host or 'all'}] {text}"]
        case Verified(step=step, problems=problems):
            return [f"{step}: {'NOT right yet' if problems else 'verified'}"]
    return []


def tell(event: Event) -> None:
    """An Emit that prints."""
    for line in told(event):
        say(line)


def show(review: Review) -> None:
    """A review as text: state, blockers, commands, problems."""
    step = review.step
    say(f"== {step.id}: {step.title}: {review.state.value}, {len(review.plan)} commands")
    for finding in review.blockers:
        say(f"   blocked: {finding}")
    for command in review.plan.commands:
        say(f"   [{command.host}] ({command.danger.value}) {command.shown}")
        say(f"        why: {command.why}")
    if review.blockers:
        return
    for finding in review.problems:
        say(f"   wrong: {finding}")
