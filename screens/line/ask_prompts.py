"""The dialogue of questionary's prompts: lists to move in, fields to edit, and what is wrong said
while one types.

Only this module and `prompt_keys` know questionary, and only from the first prompt on. Every prompt
is asked by `unsafe_ask`, since `ask` would turn Ctrl-C into an answer that is None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from screens.line.ask import (
    ANYTHING,
    ASIDES,
    NOT_UTF8,
    Expected,
    can_be_picked,
    is_text,
    label_of,
    obey,
    with_default,
)
from screens.line.say import columns, say, wrapped
from wizard.base.plain import plain
from wizard.model.step import Choice

if TYPE_CHECKING:
    import questionary

SIGN = 4
"""Columns that questionary takes before a prompt's text or a choice's."""
LIST_INDENT = 9
"""Columns before a choice's text: pointer, sign of its state, number."""
LIST_KEYS = "arrows move, Enter takes it"
TICK_KEYS = "arrows move, space ticks, Enter is done"
YES_KEYS = "y or n, then Enter"


class PromptAsker:
    """See `Asker`. A default stands in the field already, to be edited or removed."""

    def text(self, prompt: str, default: str = "", expected: Expected = ANYTHING) -> str:
        """See `Asker`."""
        import questionary

        from screens.line.prompt_keys import Known

        message = _message(f"{prompt}:")
        while True:
            kept: dict[str, Any] = {"default": default, "validate": _judge(expected)}
            if expected.known:
                completer = Known(expected.known, several=expected.several)
                known = list(expected.known)
                asked = questionary.autocomplete(message, known, completer=completer, **kept)
            elif expected.file:
                asked = questionary.path(message, **kept)
            else:
                asked = questionary.text(message, **kept)
            given = str(_answer(asked)).strip()
            if not is_text(given):
                say(NOT_UTF8)
                continue
            obey(given)
            wrong = expected.wrong(given)
            if not wrong:
                return given
            say(f"! {wrong}")
            default = given

    def secret(self, prompt: str) -> str:
        """See `Asker`."""
        import questionary

        while True:
            given = str(_answer(questionary.password(_message(f"{prompt}:"))))
            if is_text(given):
                obey(given)
                return given
            say(NOT_UTF8)

    def yes(self, prompt: str, *, default: bool = False) -> bool:
        """See `Asker`. A single key is not enough: Enter confirms what it shows."""
        import questionary

        hint = f"({'Y/n' if default else 'y/N'}: {YES_KEYS}) "
        asked = questionary.confirm(
            _message(prompt), default=default, auto_enter=False, instruction=hint
        )
        return bool(_answer(asked))

    def pick(self, prompt: str, choices: Sequence[Choice], default: str = "") -> str:
        """See `Asker`."""
        import questionary

        offered = with_default(choices, default)
        if not any(can_be_picked(choice, default) for choice in offered):
            for choice in offered:
                say(f"  {label_of(choice)}")
            say("nothing of this can be chosen")
            return default
        rows = []
        for choice in offered:
            rows.append(
                questionary.Choice(
                    _title(choice),
                    value=choice.value,
                    # A reason given here would be shown behind the title, and not wrapped.
                    disabled="refused" if not can_be_picked(choice, default) else None,
                )
            )
        asked = questionary.select(
            _message(prompt),
            rows,
            default=default or None,
            pointer=">",
            use_jk_keys=False,
            instruction=f"({LIST_KEYS})",
        )
        return str(_answer(asked))

    def tick(self, prompt: str, choices: Sequence[Choice], ticked: Sequence[str]) -> list[str]:
        """See `Asker`."""
        import questionary

        rows = []
        for choice in choices:
            now = choice.value in ticked
            rows.append(questionary.Choice(_title(choice), value=choice.value, checked=now))
        asked = questionary.checkbox(
            _message(prompt),
            rows,
            pointer=">",
            use_jk_keys=False,
            instruction=f"({TICK_KEYS})",
        )
        return [str(value) for value in _answer(asked)]


def _answer(asked: questionary.Question) -> Any:
    """Ask it, with the keys that work everywhere; Ctrl-C and Ctrl-D raise Leave."""
    from screens.line.prompt_keys import add_keys

    add_keys(asked.application)
    return asked.unsafe_ask()


def _message(prompt: str) -> str:
    lines = wrapped(plain(prompt), columns() - SIGN).split("\n")
    return "\n  ".join(line.strip() for line in lines)


def _title(choice: Choice) -> str:
    lines = wrapped(plain(label_of(choice)), columns() - LIST_INDENT - SIGN).split("\n")
    return f"\n{' ' * LIST_INDENT}".join(line.strip() for line in lines)


def _judge(expected: Expected) -> Callable[[str], bool | str]:
    """A validator as questionary wants it: True, or what is wrong in words.

    It shows them in one row, whose end is cut off: what is longer is said after Enter instead.
    """

    def judge(given: str) -> bool | str:
        text = given.strip()
        if text in ASIDES:
            return True
        wrong = expected.wrong(text)
        return wrong if wrong and len(wrong) < columns() else True

    return judge
