"""The questions of a model, asked line by line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from screens.line.ask import Asker, say
from screens.shared.field_summary import summary
from screens.shared.questions import Question, check, offered, questions, shown, value_of
from wizard.model.step import Choice

Choices = Mapping[str, tuple[Choice, ...]]
T = TypeVar("T")


def ask_item(
    asker: Asker, model: type[BaseModel], value: BaseModel | None, nodes: tuple[str, ...]
) -> BaseModel:
    """Ask a whole model until it is valid."""
    return ask_until(asker, model, value, nodes, {}, lambda values, erase: check(model, values))


def ask_until(
    asker: Asker,
    model: type[BaseModel],
    value: BaseModel | None,
    nodes: tuple[str, ...],
    choices: Mapping[str, Choices],
    judge: Callable[[dict[str, Any], set[str]], tuple[T | None, dict[str, str]]],
) -> T:
    """Ask until `judge` makes something of the answers.

    Only what was wrong is asked again; where that is no single answer, all are, each with what was
    typed as default.
    """
    values, erase = ask_all(asker, model, value, nodes, choices)
    asked = {question.name: question for question in questions(model, nodes)}
    while True:
        made, wrong = judge(values, erase)
        if made is not None:
            return made
        for name, text in wrong.items():
            say(f"! {asked[name].text if name in asked else 'all together'}: {text}")
        for name, question in asked.items():
            if name in wrong or not wrong.keys() <= asked.keys():
                given = (
                    value_of(value, question) if name in wrong else _typed(question, values[name])
                )
                values[name] = _ask(asker, question, given, nodes, choices.get(name, {}), erase)


def _typed(question: Question, value: Any) -> Any:
    """What was given in, as a value to offer again."""
    return [question.item.model_validate(one) for one in value] if question.item else value


def ask_all(
    asker: Asker,
    model: type[BaseModel],
    value: BaseModel | None,
    nodes: tuple[str, ...],
    choices: Mapping[str, Choices],
) -> tuple[dict[str, Any], set[str]]:
    """Values by dotted name, and serials of disks in use that were typed."""
    erase: set[str] = set()
    values = {
        question.name: _ask(
            asker, question, value_of(value, question), nodes, choices.get(question.name, {}), erase
        )
        for question in questions(model, nodes)
    }
    return values, erase


def _ask(
    asker: Asker,
    question: Question,
    given: Any,
    nodes: tuple[str, ...],
    options: Choices,
    erase: set[str],
) -> Any:
    if question.how == "disks":
        return _disks(asker, question, dict(given or {}), nodes, options, erase)
    if question.how == "choice":
        return _per_node(asker, question, dict(given or {}), nodes, options)
    if question.how == "list":
        return _items(asker, question, list(given or []), nodes)
    if question.how == "flag":
        return asker.yes(question.text, default=bool(given))
    if picks := question.options or options.get("", ()):
        return asker.pick(question.text, picks, shown(given))
    return asker.text(question.text, shown(given))


def _per_node(
    asker: Asker,
    question: Question,
    given: dict[str, str],
    nodes: tuple[str, ...],
    offered: Choices,
) -> dict[str, str]:
    for node in nodes:
        prompt, options = f"{question.text}: {node}", offered.get(node, ())
        old = given.get(node, "")
        given[node] = asker.pick(prompt, options, old) if options else asker.text(prompt, old)
    return {node: value for node, value in given.items() if value}


def _disks(
    asker: Asker,
    question: Question,
    given: dict[str, list[str]],
    nodes: tuple[str, ...],
    choices: Choices,
    erase: set[str],
) -> dict[str, list[str]]:
    say(question.text)
    chosen = dict(given)
    for node in nodes:
        options = offered(choices.get(node, ()), given.get(node, ()))
        say(f"{node}:" if options else f"{node}: no disk was found here")
        if not options:
            continue
        for number, one in enumerate(options, 1):
            mark = "[x]" if one.value in given.get(node, []) else "[ ]"
            say(
                f" {number:>2} {mark} {one.label}"
                + (f" - REFUSED: {one.refused}" if one.refused else "")
            )
        default = ",".join(
            str(n) for n, one in enumerate(options, 1) if one.value in given.get(node, [])
        )
        while True:
            numbers = (
                asker.text(f"{node}: numbers of the disks, with commas", default)
                .replace(" ", "")
                .split(",")
            )
            if all(n.isdigit() and 1 <= int(n) <= len(options) for n in numbers if n):
                break
            say(f"please give numbers from 1 to {len(options)}")
        picked = [options[int(n) - 1] for n in numbers if n]
        taken = [one.value for one in picked if _agreed(asker, node, one, erase)]
        if taken or node in given:
            chosen[node] = taken
    return chosen


def _agreed(asker: Asker, node: str, disk: Choice, erase: set[str]) -> bool:
    """A refused disk wants its word typed, mostly its serial."""
    if not disk.refused:
        return True
    say(f"! {node}: {disk.label}: {disk.refused}")
    if (
        asker.text(f"type {disk.consent} to take it all the same, Enter to leave it out")
        != disk.consent
    ):
        return False
    erase.add(disk.consent)
    return True


def _items(
    asker: Asker, question: Question, items: list[BaseModel], nodes: tuple[str, ...]
) -> list[dict[str, Any]]:
    assert question.item is not None
    kept: list[BaseModel] = []
    say(f"{question.text}:")
    for item in items:
        say(f"  {summary(item)}")
        what = asker.pick(
            "This one",
            (Choice("keep", "keep it"), Choice("edit", "edit it"), Choice("drop", "leave it out")),
            "keep",
        )
        if what != "drop":
            kept.append(ask_item(asker, question.item, item, nodes) if what == "edit" else item)
    while asker.yes("One more?"):
        kept.append(ask_item(asker, question.item, None, nodes))
    return [item.model_dump(mode="json") for item in kept]
