"""The questions of a model, asked line by line until the answers are valid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from screens.line.ask import Asker, Back
from screens.line.fields import Choices, ask_field
from screens.line.say import say
from screens.shared.given import check
from screens.shared.questions import Question, questions, value_of

Values = dict[str, Any]
Judge = Callable[[Values, set[str]], tuple["T | None", dict[str, str]]]
"""Makes something of the values and of the serials of disks in use that were typed, or says what is
wrong, by the name of the question; "" stands for all of them together.
"""
T = TypeVar("T")


def ask_item(
    asker: Asker,
    model: type[BaseModel],
    value: BaseModel | None,
    nodes: tuple[str, ...],
    choices: Mapping[str, Choices] | None = None,
) -> BaseModel:
    """Ask a whole model until it is valid. Raises Back at its first question."""
    return ask_until(
        asker, model, value, nodes, choices or {}, lambda values, erase: check(model, values)
    )


def ask_until(
    asker: Asker,
    model: type[BaseModel],
    value: BaseModel | None,
    nodes: tuple[str, ...],
    choices: Mapping[str, Choices],
    judge: Judge[T],
) -> T:
    """Ask until `judge` makes something of the answers.

    Only what was wrong is asked again; where that is no single answer, all are, each with what was
    typed as default. Raises Back at the first question.
    """
    form = LineForm(asker, model, value, nodes, choices)
    form.ask(form.questions)
    while True:
        made, wrong = judge(form.values, form.erase)
        if made is not None:
            return made
        form.tell(wrong)
        form.ask_again(wrong)


def ask_all(
    asker: Asker,
    model: type[BaseModel],
    value: BaseModel | None,
    nodes: tuple[str, ...],
    choices: Mapping[str, Choices],
) -> tuple[Values, set[str]]:
    """Values by dotted name, and serials of disks in use that were typed."""
    form = LineForm(asker, model, value, nodes, choices)
    form.ask(form.questions)
    return form.values, form.erase


class LineForm:
    """The questions of one model with what was given in so far, by dotted name.

    `erase` holds the words of disks in use that were typed.
    """

    def __init__(
        self,
        asker: Asker,
        model: type[BaseModel],
        value: BaseModel | None,
        nodes: tuple[str, ...],
        choices: Mapping[str, Choices],
    ) -> None:
        self.asker = asker
        self.model = model
        self.nodes = nodes
        self.choices = choices
        self.questions = questions(model, nodes)
        self.before = {question.name: value_of(value, question) for question in self.questions}
        self.values: Values = {}
        self.erase: set[str] = set()

    def ask(self, asked: Sequence[Question]) -> None:
        """Ask some of the questions; Back leads to the one before, with what was typed there."""
        at = 0
        while at < len(asked):
            question = asked[at]
            try:
                self.values[question.name] = self._ask(question)
            except Back:
                if at == 0:
                    raise
                at -= 1
            else:
                at += 1

    def _ask(self, question: Question) -> Any:
        given = self.before[question.name]
        if question.name in self.values:
            given = _typed(question, self.values[question.name])
        return ask_field(self, question, given)

    def ask_within(
        self, model: type[BaseModel], value: BaseModel | None, choices: Mapping[str, Choices]
    ) -> BaseModel:
        """Ask a model that is an answer of this one, until it is valid."""
        return ask_item(self.asker, model, value, self.nodes, choices)

    def tell(self, wrong: Mapping[str, str]) -> None:
        """Say what is wrong."""
        texts = {question.name: question.text for question in self.questions}
        for name, reason in wrong.items():
            say(f"! {texts.get(name, 'all together')}: {reason}")

    def ask_again(self, wrong: Mapping[str, str]) -> None:
        """Ask what was wrong, from what stood there before; or else all, each as it was typed."""
        names = {question.name for question in self.questions}
        if not wrong.keys() <= names:
            self.ask(self.questions)
            return
        for name in wrong:
            self.values.pop(name, None)
        self.ask([question for question in self.questions if question.name in wrong])


def _typed(question: Question, value: Any) -> Any:
    """What was given in, as a value to offer again."""
    if question.item is None:
        return value
    return [question.item.model_validate(one) for one in value]
