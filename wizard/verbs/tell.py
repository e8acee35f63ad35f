"""What the engine does and what a look shows, as plain lines."""

from __future__ import annotations

from wizard.base.stdio import say
from wizard.model.events import Ended, Event, Note, Output, Started, Unknown, Verified
from wizard.model.review import Review


def tell(event: Event) -> None:
    """An Emit that prints: each line begins with its host."""
    match event:
        case Started(command=command, index=index, total=total):
            say(f"[{command.host}] {index}/{total} {command.shown}")
        case Output(command=command, text=text):
            for line in text.splitlines():
                say(f"[{command.host}]   {line}")
        case Ended(command=command, rc=rc, ok=ok, seconds=seconds):
            how = "ok" if ok else f"FAILED with exit code {rc}"
            say(f"[{command.host}] {how} after {seconds:.1f} s")
        case Unknown(command=command, reason=reason):
            say(f"[{command.host}] UNKNOWN: {command.shown}: {reason}")
        case Note(host=host, text=text):
            say(f"[{host or 'all'}] {text}")
        case Verified(step=step, problems=problems):
            say(f"{step}: {'NOT right yet' if problems else 'verified'}")
        case _:
            pass


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
