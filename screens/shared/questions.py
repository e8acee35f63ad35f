"""What a step asks, read off its pydantic model: the same list for the form and for line mode. No
widget here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from wizard.model.step import Choice


@dataclass(frozen=True)
class Question:
    """One field of a model: what to ask, and how."""

    name: str
    """Where the field is in the model: its name, behind those of the models around it and dots."""
    text: str
    """What is asked, for people."""
    how: str
    """One of "text", "flag", "pick", "disks", "choice", "list"."""
    default: Any = None
    """The model's own; None where it has none."""
    options: tuple[Choice, ...] = ()
    """The values of a "pick"."""
    item: type[BaseModel] | None = None
    """The model of a "list"'s elements."""
    many: bool = False
    """A "text" that stands for several values, with commas between."""
    like: str = ""
    """What a "text" is, where values are known that can be offered: "zone", "locale", or a "file"
    of this machine.
    """


def questions(
    model: type[BaseModel], nodes: tuple[str, ...] = (), prefix: str = ""
) -> list[Question]:
    """The questions of a model; those of a model within it follow in line, with dotted names."""
    asked: list[Question] = []
    for name, field in model.model_fields.items():
        dotted = prefix + name
        if _extra(field, "ask") == "never":
            continue
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            asked += questions(inner, nodes, f"{dotted}.")
        else:
            asked.append(_question(dotted, field, nodes))
    return asked


def _extra(field: FieldInfo, key: str) -> str:
    """What the model says of a field beside its type: how to ask for it, what it is like."""
    extra = field.json_schema_extra
    if not isinstance(extra, dict):
        return ""
    return str(extra.get(key, ""))


def _question(name: str, field: FieldInfo, nodes: tuple[str, ...]) -> Question:
    """How to ask for a field: as its model says, else by its type."""
    how = _extra(field, "ask")
    kind = field.annotation
    text = field.description or name
    question = Question(name, text, how, default_of(field))
    if how == "list":
        # list[Model]: the questions about an item are those of its model.
        item = get_args(kind)[0]
        return replace(question, item=item)
    if how == "node":
        options = _options(nodes)
        return replace(question, how="pick", options=options)
    if how:
        return question
    if kind is bool:
        return replace(question, how="flag")
    if get_origin(kind) is Literal:
        options = _options(get_args(kind))
        return replace(question, how="pick", options=options)
    several = get_origin(kind) is list
    return replace(question, how="text", many=several, like=_extra(field, "like"))


def default_of(field: FieldInfo) -> Any:
    """A field's own value; None where the model has none."""
    if field.is_required():
        return None
    return field.get_default(call_default_factory=True)


def _options(values: Iterable[Any]) -> tuple[Choice, ...]:
    """Values that are their own labels."""
    texts = [str(value) for value in values]
    return tuple(Choice(text, text) for text in texts)


def shown(value: Any) -> str:
    """A value as it stands in an input; a list with commas between."""
    if value is None:
        return ""
    if isinstance(value, list):
        values = [str(part) for part in value]
        return ", ".join(values)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def value_of(model: BaseModel | None, question: Question) -> Any:
    """The present value of a question, or its default."""
    value: Any = model
    for name in question.name.split("."):
        if not isinstance(value, BaseModel):
            return question.default
        value = getattr(value, name)
    return value


def offered(choices: tuple[Choice, ...], chosen: Iterable[str]) -> tuple[Choice, ...]:
    """What can be chosen, and behind it what was chosen and is not offered now: it stays unless it
    is taken out.
    """
    known = {choice.value for choice in choices}
    entries = list(choices)
    for value in chosen:
        if value not in known:
            entries.append(Choice(value, f"{value}: not seen now"))
    return tuple(entries)
