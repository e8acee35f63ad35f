"""Secrets for commands, line by line."""

from __future__ import annotations

from screens.line.ask import Asker
from screens.line.say import say
from wizard.base.secrets import Secret
from wizard.model.step import Prompt

TRIES = 5
"""How often a new secret may differ from its repetition."""


def ask_secret(asker: Asker, prompt: Prompt) -> Secret | None:
    """The secret of a prompt; None when none was given. A new one is judged, and typed twice."""
    for _ in range(TRIES if prompt.new else 1):
        if prompt.new and asker.yes(f"{prompt.label}: show random words to take for it?"):
            _suggest()
        text = asker.secret(f"{prompt.label} (Enter: none, nothing is run)")
        if not text or not prompt.new:
            return Secret(text) if text else None
        from wizard.verbs.strength import judge

        say(str(judge(text)))
        if asker.secret("Once more") == text:
            return Secret(text)
        say("! the two differ")
    return None


def _suggest() -> None:
    from wizard.verbs.strength import words

    say(f"Note it down, then type it twice:  {words().reveal()}")
