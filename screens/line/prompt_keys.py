"""Keys that work in each of questionary's prompts, and what is offered while one types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.keys import Keys

from screens.line.ask import HEALTH, HELP, LOG, Aside, Back, Leave

KEYS = {
    Keys.F1: lambda: Aside(HELP),
    Keys.F3: lambda: Aside(LOG),
    Keys.F4: lambda: Aside(HEALTH),
    Keys.Escape: Back,
    Keys.ControlC: Leave,
    Keys.ControlD: Leave,
    Keys.SIGINT: Leave,
}
"""What each key ends a prompt with; the same as on the screens where they have it."""


def add_keys(application: Application[Any]) -> None:
    """Let the keys end a prompt; they outweigh the prompt's own of the same name."""
    bindings = KeyBindings()
    for key, reason in KEYS.items():
        _end_by(bindings, key, reason)
    own = application.key_bindings
    application.key_bindings = merge_key_bindings([own, bindings] if own else [bindings])


def _end_by(bindings: KeyBindings, key: Keys, reason: Any) -> None:
    @bindings.add(key, eager=True)
    def end(event: KeyPressEvent) -> None:
        event.app.exit(exception=reason(), style="class:aborting")


class Known(Completer):
    """Offers the known values that hold what was typed, anywhere in them.

    With `several`, that is what was typed since the last comma.
    """

    def __init__(self, values: Sequence[str], *, several: bool) -> None:
        self.values = values
        self.several = several

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterator[Completion]:
        """See `Completer`."""
        typed = document.text_before_cursor
        if self.several:
            typed = typed.rpartition(",")[2].lstrip()
        for value in self.values:
            if typed.lower() in value.lower():
                yield Completion(value, start_position=-len(typed))
