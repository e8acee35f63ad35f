"""A form from a model: the right field for each of its questions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel

from screens.form.field_disks import DisksField
from screens.form.field_list import ListField
from screens.form.fields import ChoiceField, Choices, Field, FlagField, PickField, TextField
from screens.form.form import Form
from screens.shared.questions import Question, questions, value_of


def form_for(
    model: type[BaseModel],
    value: BaseModel | None,
    nodes: tuple[str, ...],
    choices: Mapping[str, Choices] | None = None,
) -> Form:
    """The questions of a model, filled in with `value`."""
    offered = choices or {}
    fields = []
    for question in questions(model, nodes):
        given = value_of(value, question)
        fields.append(field_for(question, given, nodes, offered.get(question.name, {})))
    return Form(fields)


def field_for(question: Question, value: Any, nodes: tuple[str, ...], choices: Choices) -> Field:
    """The right field for a question."""
    if question.how == "disks":
        return DisksField(question, value, nodes, choices)
    if question.how == "choice":
        return ChoiceField(question, value, nodes, choices)
    if question.how == "list":
        return ListField(question, value, partial(form_for, nodes=nodes))
    if question.how == "flag":
        return FlagField(question, value)
    options = question.options or choices.get("", ())
    return PickField(question, value, options) if options else TextField(question, value)
