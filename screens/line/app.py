"""The wizard line by line: for serial consoles, screen readers and terminals that cannot show a
screen, and for whoever likes it better.

The same engine and the same texts as the screens, in one of two dialogues: questionary's prompts,
or plain lines where nothing may move the cursor. Lines of a host's output begin with `[host]`.
Each step ends with a line that holds DONE.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from screens.line.asides import Dialogue
from screens.line.ask import NONE, Asker, Back, Leave
from screens.line.ask_plain import PlainAsker
from screens.line.ask_prompts import PromptAsker
from screens.line.login import log_in, servers
from screens.line.planned import LinePlanned
from screens.line.recover import LineRecovery
from screens.line.say import say
from screens.line.step import LineStep, catch_up
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.model.events import Event
from wizard.model.planned import Wish
from wizard.run.session import Session
from wizard.verbs.tell import told

PLAIN_KEYS = (
    f"At every prompt: Enter takes what stands in brackets, {NONE} empties it; "
    "? is help, ?log, ?health, ?back; Ctrl-D leaves."
)
PROMPT_KEYS = (
    "At every prompt: Enter takes what is shown; F1 or ? is help, F3 or ?log, F4 or ?health, "
    "Esc or ?back; Ctrl-D leaves."
)


def run(session: Session, *, plain: bool = True) -> int:
    """Lead through the build; returns the exit code. Without a terminal it refuses.

    `plain` takes the plain dialogue, else it is questionary's prompts.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise WizardError(
            "line mode asks questions, and there is no terminal to answer them",
            mend="run it in a terminal, or use `ganeti-wizard apply --answers FILE`",
            code=Exit.TERMINAL,
        )
    return _led(session, plain, _lead)


def recover(session: Session, *, plain: bool = True) -> int:
    """The diagnosis of a cluster that is there, and the ways out; returns the exit code."""

    def lead(build: Session, dialogue: Dialogue) -> int:
        say(f"ganeti-wizard recover, line mode. {dialogue.keys}")
        LineRecovery(build, dialogue).lead()
        return Exit.OK

    return _led(session, plain, lead)


def planned(session: Session, wish: Wish, *, plain: bool = True) -> int:
    """Planned work as it was typed, led through; returns the exit code."""

    def lead(build: Session, dialogue: Dialogue) -> int:
        say(f"ganeti-wizard {wish.verb}, line mode. {dialogue.keys}")
        return LinePlanned(build, dialogue, wish).lead()

    return _led(session, plain, lead)


def _led(session: Session, plain: bool, lead: Callable[[Session, Dialogue], int]) -> int:
    """Lead through with one of the two dialogues, until the end or until the operator leaves."""
    session.emit = _tell
    inner: Asker = PlainAsker() if plain else PromptAsker()
    dialogue = Dialogue(inner, session, PLAIN_KEYS if plain else PROMPT_KEYS)
    try:
        return lead(session, dialogue)
    except (Leave, EOFError, KeyboardInterrupt) as reason:
        if session.hosts:
            session.engine.close()
        say(f"\nLeft; nothing is lost. Go on with: {session.resume_command}")
        return Exit.INTERRUPTED if isinstance(reason, KeyboardInterrupt) else Exit.PENDING


def _tell(event: Event) -> None:
    for line in told(event):
        say(line)


def _lead(session: Session, dialogue: Dialogue) -> int:
    say(f"ganeti-wizard, line mode. {dialogue.keys}")
    _begin(session, dialogue)
    _catch_up(session, dialogue)
    total = len(session.steps)
    number = 0
    again = False
    while number < total:
        step = session.steps[number]
        dialogue.topic = step.id
        try:
            LineStep(session, dialogue, step).walk(f"{number + 1}/{total}", again=again)
        except Back:
            if number == 0:
                dialogue.topic = "line"
                _begin(session, dialogue)
            again = number > 0
            number = max(0, number - 1)
        else:
            again = False
            number += 1
    say("All steps are done on all hosts.")
    return Exit.OK


def _catch_up(session: Session, dialogue: Dialogue) -> None:
    try:
        catch_up(session, dialogue)
    except Back:
        say("it goes on there; from the first step:")


def _begin(session: Session, dialogue: Dialogue) -> None:
    """From the servers to the login; Back leads to its first question."""
    while True:
        try:
            resume = session.resumable and _resume(session, dialogue)
            if not resume:
                servers(session, dialogue)
            log_in(session, dialogue, resume=resume)
        except Back:
            say("back at the first question")
        else:
            return


def _resume(session: Session, dialogue: Dialogue) -> bool:
    say(f"Earlier work in {session.store.folder}. The journal says:")
    progress = session.progress
    for step in session.steps:
        if step.id in progress:
            say(f"  {step.title}: {progress[step.id].words}")
    say("Every claim is looked at again on the hosts; nothing is repeated blindly.")
    return dialogue.yes("Go on with the same servers?", default=True)
