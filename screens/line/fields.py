"""The questions line by line, one function for each way of asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from screens.line.ask import Back, Expected
from screens.line.say import say
from screens.shared.field_summary import summary
from screens.shared.known_values import known
from screens.shared.questions import Question, offered, parts, shown, wrong_with
from wizard.model.step import Choice

if TYPE_CHECKING:
    from screens.line.form import LineForm

Choices = Mapping[str, tuple[Choice, ...]]
"""What can be chosen, per host; "" stands for all hosts."""
ITEM_MENU = (
    Choice("keep", "keep it"),
    Choice("edit", "edit it"),
    Choice("drop", "leave it out"),
)


def ask_field(form: LineForm, question: Question, given: Any) -> Any:
    """Ask one question with `given` as its default; returns what the model takes for it."""
    choices = form.choices.get(question.name, {})
    if question.how == "disks":
        return _disks(form, question, dict(given or {}), choices)
    if question.how == "choice":
        return _per_node(form, question, dict(given or {}), choices)
    if question.how == "list":
        return _items(form, question, list(given or []))
    if question.how == "flag":
        return form.asker.yes(question.text, default=bool(given))
    picks = question.options or choices.get("", ())
    if question.many and picks:
        return _several(form, question, given, picks)
    if picks:
        return form.asker.pick(question.text, picks, shown(given))
    return form.asker.text(question.text, shown(given), _expected(form.model, question))


def _expected(model: type[BaseModel], question: Question) -> Expected:
    return Expected(
        wrong=lambda given: wrong_with(model, question, given),
        known=known(question.like),
        several=question.many,
        file=question.like == "file",
    )


def _several(
    form: LineForm, question: Question, given: Any, choices: tuple[Choice, ...]
) -> list[str]:
    """Values to tick, and others to type behind them."""
    now = parts(given) if isinstance(given, str) else [str(value) for value in given or ()]
    ticked = form.asker.tick(question.text, choices, now)
    listed = {choice.value for choice in choices}
    others = [value for value in now if value not in listed]
    typed = form.asker.text(
        "Others that are not in the list, with commas",
        shown(others),
        _expected(form.model, question),
    )
    return list(dict.fromkeys([*ticked, *parts(typed)]))


def _per_node(
    form: LineForm, question: Question, given: dict[str, str], choices: Choices
) -> dict[str, str]:
    for node in form.nodes:
        prompt = f"{question.text}: {node}"
        options = choices.get(node, ())
        before = given.get(node, "")
        if options:
            given[node] = form.asker.pick(prompt, options, before)
        else:
            given[node] = form.asker.text(prompt, before)
    return {node: value for node, value in given.items() if value}


def _disks(
    form: LineForm, question: Question, given: dict[str, list[str]], choices: Choices
) -> dict[str, list[str]]:
    """Serials per node; a node that nobody decided about stays out."""
    say(question.text)
    chosen = dict(given)
    for node in form.nodes:
        before = given.get(node, [])
        options = offered(choices.get(node, ()), before)
        if not options:
            say(f"{node}: no disk was found here")
            continue
        say(f"{node}:")
        ticked = form.asker.tick(f"{node}: disks", options, before)
        taken = [
            disk.value for disk in options if disk.value in ticked and _agreed(form, node, disk)
        ]
        if taken or node in given:
            chosen[node] = taken
    return chosen


def _agreed(form: LineForm, node: str, disk: Choice) -> bool:
    """A refused disk wants its word typed, mostly its serial."""
    if not disk.refused:
        return True
    say(f"! {node}: {disk.label}: {disk.refused}")
    word = disk.consent
    typed = form.asker.text(f"type {word} to take it all the same, Enter to leave it out")
    if typed != word:
        return False
    form.erase.add(word)
    return True


def _items(form: LineForm, question: Question, items: Sequence[BaseModel]) -> list[dict[str, Any]]:
    assert question.item is not None
    prefix = f"{question.name}."
    inner = {
        name.removeprefix(prefix): choices
        for name, choices in form.choices.items()
        if name.startswith(prefix)
    }
    kept: list[BaseModel] = []
    say(f"{question.text}:")
    for item in items:
        say(f"  {summary(item)}")
        decision = form.asker.pick("This one", ITEM_MENU, "keep")
        if decision == "edit":
            item = _edited(form, question.item, item, inner)
        if decision != "drop":
            kept.append(item)
    while form.asker.yes("One more?"):
        try:
            kept.append(form.ask_within(question.item, None, inner))
        except Back:
            say("no further one")
    return [item.model_dump(mode="json") for item in kept]


def _edited(
    form: LineForm, model: type[BaseModel], item: BaseModel, choices: Mapping[str, Choices]
) -> BaseModel:
    """The item as it is edited; Back at its first question leaves it as it was."""
    try:
        return form.ask_within(model, item, choices)
    except Back:
        say("it stays as it was")
        return item
