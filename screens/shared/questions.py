"""What a step asks, read off its pydantic model: the same list for the form and for line mode. No
widget here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from wizard.answers import Answers
from wizard.answers.documents import plain, told
from wizard.answers.sections import with_section
from wizard.base.errors import AnswersError
from wizard.model.review import Review
from wizard.model.step import Choice


@dataclass(frozen=True)
class Question:
    """One field: its dotted name in the model, what to ask, and how.

    `how` is one of "text", "flag", "pick", "disks", "choice", "list". `options` are the values of a
    "pick"; `item` is the model of a "list"'s elements. `many` marks a "text" that stands for
    several, with commas between.
    """

    name: str
    text: str
    how: str
    default: Any = None
    options: tuple[Choice, ...] = ()
    item: type[BaseModel] | None = None
    many: bool = False


def questions(
    model: type[BaseModel], nodes: tuple[str, ...] = (), prefix: str = ""
) -> list[Question]:
    """The questions of a model; those of a model within it follow in line, with dotted names."""
    asked: list[Question] = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            if field.json_schema_extra != {"ask": "never"}:
                asked += questions(inner, nodes, f"{prefix}{name}.")
            continue
        question = _question(prefix + name, field, nodes)
        if question.how != "never":
            asked.append(question)
    return asked


def _question(name: str, field: FieldInfo, nodes: tuple[str, ...]) -> Question:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    text = field.description or name
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    how = str(extra.get("ask", ""))
    kind = field.annotation
    if how == "list":
        return Question(name, text, how, default, item=get_args(kind)[0])
    if how == "node":
        return Question(name, text, "pick", default, tuple(Choice(node, node) for node in nodes))
    if how:
        return Question(name, text, how, default)
    if kind is bool:
        return Question(name, text, "flag", default)
    if get_origin(kind) is Literal:
        return Question(
            name, text, "pick", default, tuple(Choice(str(v), str(v)) for v in get_args(kind))
        )
    return Question(name, text, "text", default, many=get_origin(kind) is list)


def shown(value: Any) -> str:
    """A value as it stands in an input; a list with commas between."""
    if value is None or isinstance(value, NoneType):
        return ""
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


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
    known = {one.value for one in choices}
    return (
        *choices,
        *(Choice(value, f"{value}: not seen now") for value in chosen if value not in known),
    )


def nest(values: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted names back into models within models."""
    made: dict[str, Any] = {}
    for name, value in values.items():
        *path, last = name.split(".")
        inner = made
        for part in path:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return made


def split(model: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as they were typed, those that stand for several taken apart at the commas."""
    many = {question.name for question in questions(model) if question.many}
    return {name: _several(value) if name in many else value for name, value in values.items()}


def _several(value: Any) -> Any:
    return (
        [one.strip() for one in value.split(",") if one.strip()]
        if isinstance(value, str)
        else value
    )


def check(
    model: type[BaseModel], values: Mapping[str, Any]
) -> tuple[BaseModel | None, dict[str, str]]:
    """The model made of values as they were typed, or what is wrong by dotted name; "" stands for
    the whole.
    """
    try:
        return model.model_validate(nest(split(model, values))), {}
    except ValidationError as error:
        wrong: dict[str, str] = {}
        for one in error.errors(include_url=False):
            names = [part for part in one["loc"] if isinstance(part, str)]
            one_of_many = len(names) < len(one["loc"])
            wrong.setdefault(_known(model, names), told(one) if one_of_many else plain(one))
        return None, wrong


def _known(model: type[BaseModel], path: list[str]) -> str:
    """The longest part of an error's place that is a question of the model."""
    names = {question.name for question in questions(model)}
    for length in range(len(path), 0, -1):
        if ".".join(path[:length]) in names:
            return ".".join(path[:length])
    return ""


def decide(
    review: Review, values: Mapping[str, Any], erase: set[str]
) -> tuple[Answers | None, dict[str, str]]:
    """The answers with what the operator gave in for a step, or what is wrong with it, by field.

    A field that was left at its default stays open, so that a later look may still suggest a value;
    one that is never asked is kept. `erase` holds the words of disks in use that the operator
    typed; they go to the section's field of that name, and those of disks that are not chosen leave
    it.
    """
    step = review.step
    assert step.section is not None
    values = split(step.section, values)
    section, wrong = check(step.section, values)
    if section is None:
        return None, wrong
    old = getattr(review.answers, step.id)
    kept = {name: value for name, value in values.items() if _decided(old, section, name)}
    rest = {n: v for n, v in old.model_dump(exclude_unset=True).items() if n not in values}
    words = ({*rest.pop("erase", ())} | erase) - _left_out(review, values)
    if words and "erase" in step.section.model_fields:
        rest["erase"] = sorted(words)
    try:
        return with_section(review.answers, step.id, _over(rest, nest(kept))), {}
    except AnswersError as error:
        return None, {"": error.what}


def _left_out(review: Review, values: Mapping[str, Any]) -> set[str]:
    """The words of offered disks that are not chosen: consent to overwrite them is taken back."""
    left = set()
    for name, hosts in review.choices.items():
        given = values.get(name)
        chosen = given if isinstance(given, dict) else {}
        left |= {
            one.consent
            for host in chosen
            for one in hosts.get(host, ())
            if one.value not in chosen[host]
        }
    return left


def _over(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """New values laid over old ones, model by model: what is never asked (a way to log in) stays."""  # noqa: E501
    made = dict(old)
    for name, value in new.items():
        was = made.get(name)
        made[name] = (
            _over(was, value) if isinstance(was, dict) and isinstance(value, dict) else value
        )
    return made


def _decided(old: BaseModel, new: BaseModel, dotted: str) -> bool:
    name = dotted.partition(".")[0]
    field = type(new).model_fields[name]
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    return name in old.model_fields_set or getattr(new, name) != default
