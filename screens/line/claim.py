"""Saying that a machine has no power, line by line: Enter waits."""

from __future__ import annotations

from screens.line.ask import Asker
from screens.line.say import columns, say
from screens.shared.claim_texts import full_names, readings
from wizard.daily.recovering import Recovering
from wizard.model.accident import FENCED
from wizard.model.recovery import Diagnosis
from wizard.model.step import Choice

WAIT = Choice("wait", "wait: nothing is said of any machine")


def ask_claim(run: Recovering, asker: Asker, diagnosis: Diagnosis) -> bool:
    """Whether somebody took a silent server for dead, and nothing spoke against it.

    Raises WizardError for a sign of life.
    """
    silent = full_names(run.build.answers, diagnosis)
    if not silent:
        say("no server is silent: nobody has to be taken for dead")
        return False
    for seen in silent.values():
        say(readings(diagnosis, seen, columns() - 1))
    ways = [WAIT, *(Choice(how, words) for how, words in FENCED.items())]
    how = asker.pick("How did its power go", ways, WAIT.value)
    if how == WAIT.value:
        return False
    name = asker.text(f"Type {' or '.join(silent)} to say that it has no power")
    if name not in silent:
        say("that is not its full name")
        return False
    run.claims(name, how)
    return True
