"""The words and signs of a state: a word always stands beside its sign and its colour."""

from __future__ import annotations

from wizard.model.events import Ended, Event, Note, Started, Unknown
from wizard.model.flight import Claim, Progress
from wizard.model.review import State
from wizard.model.step import Danger

SIGNS = {
    State.DONE: "[x]",
    State.READY: "[ ]",
    State.BLOCKED: "[!]",
    State.WRONG: "[!]",
    State.RUNNING: "[>]",
    State.UNSEEN: "[?]",
}
DANGERS = {
    Danger.READ: "reads",
    Danger.CHANGE: "changes",
    Danger.OUTAGE: "OUTAGE",
    Danger.DESTROY: "DESTROYS",
}


SHORT_CLAIMS = {
    Claim.UNKNOWN: "(unknown)",
    Claim.FAILED: "(failed)",
    Claim.VERIFIED: "(verified)",
    Claim.BEGUN: "(begun)",
    Claim.NOT_BEGUN: "",
}


def signed(state: State) -> str:
    """A state as tables show it."""
    return f"{SIGNS[state]} {state.value}"


def cell(state: State) -> str:
    """A state as the overview's narrow columns show it."""
    return "[?] not seen" if state is State.UNSEEN else signed(state)


def short_claim(progress: Progress) -> str:
    """What the journal claims, in one word between parentheses; "" when it claims nothing."""
    return SHORT_CLAIMS[progress.claim]


def clock(seconds: float) -> str:
    """An elapsed time as minutes and seconds, with hours when there are any."""
    minutes, second = divmod(int(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute:02}:{second:02}"


def sentence(event: Event) -> str:
    """An event in one line, for the status line and for line mode; "" when it has nothing to say
    there.
    """
    match event:
        case Started(command=command, index=index, total=total):
            return f"{command.host}: {index}/{total} {command.shown}"
        case Ended(command=command, rc=rc, ok=ok, seconds=seconds):
            return (
                f"{command.host}: {'ok' if ok else f'FAILED, exit code {rc},'} after "
                f"{seconds:.1f} s"
            )
        case Unknown(command=command, reason=reason):
            return f"{command.host}: STATE UNKNOWN: {command.shown}: {reason}"
        case Note(host=host, text=text):
            return f"{host or 'all hosts'}: {text}"
    return ""
