"""The wizard line by line: for serial consoles, screen readers and terminals that cannot show a
screen.

The same engine and the same texts as the screens. Every prompt ends with its default in brackets;
Enter takes it,
- empties it. Lines of a host's output begin with `[host]`. Each step ends with a line that holds
  DONE.
"""

from __future__ import annotations

import sys

from screens.line.ask import NONE, Asker, PlainAsker, say
from screens.line.login import log_in, servers
from screens.line.step import Leave, LineStep
from screens.shared.words import claim
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.run.session import Session
from wizard.verbs.headless import tell


def run(session: Session) -> int:
    """Lead through the build; returns the exit code. Without a terminal it refuses."""
    if not sys.stdin.isatty():
        raise WizardError(
            "line mode asks questions, and there is no terminal to answer them",
            mend="run it in a terminal, or use `ganeti-wizard apply --answers FILE`",
            code=Exit.TERMINAL,
        )
    session.emit = tell
    try:
        return _lead(session, PlainAsker())
    except (Leave, EOFError, KeyboardInterrupt) as reason:
        if session.hosts:
            session.engine.close()
        say(f"\nLeft; nothing is lost. Go on with: {session.resume_command}")
        return Exit.INTERRUPTED if isinstance(reason, KeyboardInterrupt) else Exit.PENDING


def _lead(session: Session, ask: Asker) -> int:
    say(
        f"ganeti-wizard, line mode. Enter takes what stands in brackets, {NONE} alone "
        "empties it. Ctrl-D leaves."
    )
    resume = session.resumable and _resume(session, ask)
    if not resume:
        servers(session, ask)
    log_in(session, ask, resume=resume)
    total = len(session.steps)
    for number, step in enumerate(session.steps, 1):
        LineStep(session, ask, step).walk(f"{number}/{total}")
    say("All steps are done on all hosts.")
    return Exit.OK


def _resume(session: Session, ask: Asker) -> bool:
    say(f"Earlier work in {session.store.folder}. The journal says:")
    progress = session.progress
    for step in session.steps:
        if step.id in progress:
            say(f"  {step.title}: {claim(progress[step.id])}")
    say("Every claim is looked at again on the hosts; nothing is repeated blindly.")
    return ask.yes("Go on with the same servers?", default=True)
