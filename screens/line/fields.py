"""The questions line by line, one function for each way of asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from pydantic import BaseModel

from screens.line.ask import Asker, Back, Expected
from screens.line.say import say
from screens.shared.field_summary import summary
from screens.shared.given import parts, wrong_with
from screens.shared.known_values import known
from screens.shared.questions import Question, offered, shown
from wizard.model.step import Choice

Picks = tuple[Choice, ...]
"""What can be chosen at one place."""
Choices = Mapping[str, Picks]
"""What can be chosen, per host; "" stands for all hosts."""
Texts = dict[str, str]
"""One value per node."""
Serials = dict[str, list[str]]
"""The serials of disks, per node."""
ITEM_MENU = (
    Choice("keep", "keep it"),
    Choice("edit", "edit it"),
    Choice("drop", "leave it out"),
)


class Form(Protocol):
    """What a question wants to know of the questions around it (`screens.line.form`)."""

    asker: Asker
    model: type[BaseModel]
    nodes: tuple[str, ...]
    choices: Mapping[str, Choices]
    erase: set[str]

    def ask_within(
        self, model: type[BaseModel], value: BaseModel | None, choices: Mapping[str, Choices]
    ) -> BaseModel:
        """Ask a model that is an answer of this one, until it is valid."""


def ask_field(form: Form, question: Question, given: Any) -> Any:
    """Ask one question with `given` as its default; returns what the model takes for it."""
    choices = form.choices.get(question.name, {})
    match question.how:
        case "disks":
            serials = dict(given or {})
            return _disks(form, question, serials, choices)
        case "choice":
            values = dict(given or {})
            return _per_node(form, question, values, choices)
        case "list":
            items = list(given or [])
            return _items(form, question, items)
        case "flag":
            return form.asker.yes(question.text, default=bool(given))
    picks = question.options or choices.get("", ())
    return _value(form, question, given, picks)


def _value(form: Form, question: Question, given: Any, picks: Picks) -> Any:
    """One value or several: from a list where there is one, else typed."""
    if question.many and picks:
        return _several(form, question, given, picks)
    default = shown(given)
    if picks:
        return form.asker.pick(question.text, picks, default)
    expected = _expected(form.model, question)
    return form.asker.text(question.text, default, expected)


def _expected(model: type[BaseModel], question: Question) -> Expected:
    return Expected(
        wrong=partial(wrong_with, model, question),
        known=known(question.like),
        several=question.many,
        file=question.like == "file",
    )


def _several(form: Form, question: Question, given: Any, choices: Picks) -> list[str]:
    """Values to tick, and others to type behind them."""
    now = _values(given)
    ticked = form.asker.tick(question.text, choices, now)
    listed = {choice.value for choice in choices}
    others = []
    for value in now:
        if value not in listed:
            others.append(value)
    prompt = "Others that are not in the list, with commas"
    default = shown(others)
    expected = _expected(form.model, question)
    typed = form.asker.text(prompt, default, expected)
    values = [*ticked, *parts(typed)]
    # Each value once, in the order in which they were given.
    return list(dict.fromkeys(values))


def _values(given: Any) -> list[str]:
    """The values that stand now: as they were typed, or as the model has them."""
    if isinstance(given, str):
        return parts(given)
    return [str(value) for value in given or ()]


def _per_node(form: Form, question: Question, given: Texts, choices: Choices) -> Texts:
    """A value per node: picked where something was found on it, else typed; none is left out."""
    values = dict(given)
    for node in form.nodes:
        prompt = f"{question.text}: {node}"
        options = choices.get(node, ())
        before = given.get(node, "")
        if options:
            values[node] = form.asker.pick(prompt, options, before)
        else:
            values[node] = form.asker.text(prompt, before)
    # Nothing given in: nobody decided about this node.
    return {node: value for node, value in values.items() if value}


def _disks(form: Form, question: Question, given: Serials, choices: Choices) -> Serials:
    """Serials per node; a node that nobody decided about stays out."""
    say(question.text)
    chosen = dict(given)
    for node in form.nodes:
        before = given.get(node, [])
        there = choices.get(node, ())
        options = offered(there, before)
        if not options:
            say(f"{node}: no disk was found here")
            continue
        say(f"{node}:")
        prompt = f"{node}: disks"
        ticked = form.asker.tick(prompt, options, before)
        taken: list[str] = []
        for disk in options:
            if disk.value in ticked and _agreed(form, node, disk):
                taken.append(disk.value)
        # To leave out all of them is a decision where some were chosen before.
        if taken or node in given:
            chosen[node] = taken
    return chosen


def _agreed(form: Form, node: str, disk: Choice) -> bool:
    """A refused disk wants its word typed, mostly its serial."""
    if not disk.refused:
        return True
    say(f"! {node}: {disk.label}: {disk.refused}")
    word = disk.consent
    prompt = f"type {word} to take it all the same, Enter to leave it out"
    typed = form.asker.text(prompt)
    agreed = typed == word
    if agreed:
        # The consent is kept in the answers, for a later run.
        form.erase.add(word)
    return agreed


def _items(form: Form, question: Question, items: Sequence[BaseModel]) -> list[dict[str, Any]]:
    """The items there are, one by one, then further ones; as data for the model."""
    assert question.item is not None
    inner = _choices_within(form, question)
    kept: list[BaseModel] = []
    say(f"{question.text}:")
    for item in items:
        line = summary(item)
        say(f"  {line}")
        match form.asker.pick("This one", ITEM_MENU, "keep"):
            case "keep":
                kept.append(item)
            case "edit":
                edited = _edited(form, question.item, item, inner)
                kept.append(edited)
    while form.asker.yes("One more?"):
        try:
            added = form.ask_within(question.item, None, inner)
        except Back:
            # Its first question was left: there is none after all.
            say("no further one")
            continue
        kept.append(added)
    return [item.model_dump(mode="json") for item in kept]


def _choices_within(form: Form, question: Question) -> dict[str, Choices]:
    """What can be chosen for the questions about an item.

    By their names within it: `items.size` of the section is `size` there.
    """
    prefix = f"{question.name}."
    inner = {}
    for name, choices in form.choices.items():
        if name.startswith(prefix):
            name_within = name.removeprefix(prefix)
            inner[name_within] = choices
    return inner


def _edited(
    form: Form, model: type[BaseModel], item: BaseModel, choices: Mapping[str, Choices]
) -> BaseModel:
    """The item as it is edited; Back at its first question leaves it as it was."""
    try:
        return form.ask_within(model, item, choices)
    except Back:
        say("it stays as it was")
        return item
