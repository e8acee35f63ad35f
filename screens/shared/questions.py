"""What a step asks, read off its pydantic model: the same list for the form and for line mode. No
widget here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
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
    several, with commas between. `like` names what a "text" is, where values are known that can be
    offered: "zone", "locale", or a "file" of this machine.
    """

    name: str
    text: str
    how: str
    default: Any = None
    options: tuple[Choice, ...] = ()
    item: type[BaseModel] | None = None
    many: bool = False
    like: str = ""


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
    how = str(extra.get("ask", ""))
    kind = field.annotation
    question = Question(name, field.description or name, how, _default_of(field))
    if how == "list":
        return replace(question, item=get_args(kind)[0])
    if how == "node":
        return replace(question, how="pick", options=_options(nodes))
    if how:
        return question
    if kind is bool:
        return replace(question, how="flag")
    if get_origin(kind) is Literal:
        return replace(question, how="pick", options=_options(get_args(kind)))
    several = get_origin(kind) is list
    return replace(question, how="text", many=several, like=str(extra.get("like", "")))


def _default_of(field: FieldInfo) -> Any:
    return None if field.is_required() else field.get_default(call_default_factory=True)


def _options(values: Iterable[Any]) -> tuple[Choice, ...]:
    return tuple(Choice(str(value), str(value)) for value in values)


def shown(value: Any) -> str:
    """A value as it stands in an input; a list with commas between."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
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
    unseen = [value for value in chosen if value not in known]
    return (*choices, *(Choice(value, f"{value}: not seen now") for value in unseen))


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
    made = dict(values)
    for name, value in values.items():
        if name in many and isinstance(value, str):
            made[name] = parts(value)
    return made


def parts(text: str) -> list[str]:
    """What stands between commas, without blanks around it."""
    return [part.strip() for part in text.split(",") if part.strip()]


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
        for detail in error.errors(include_url=False):
            place = detail["loc"]
            names = [part for part in place if isinstance(part, str)]
            one_of_many = len(names) < len(place)
            text = told(detail) if one_of_many else plain(detail)
            wrong.setdefault(_known(model, names), text)
        return None, wrong


def wrong_with(model: type[BaseModel], question: Question, given: Any) -> str:
    """What is wrong with one answer by itself, "" when nothing is; the others are not looked at."""
    _, wrong = check(model, {question.name: given})
    return wrong.get(question.name, "")


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
    decided = {name: value for name, value in values.items() if _decided(old, section, name)}
    rest = old.model_dump(exclude_unset=True)
    for name in values:
        rest.pop(name, None)
    words = ({*rest.pop("erase", ())} | erase) - _left_out(review, values)
    if words and "erase" in step.section.model_fields:
        rest["erase"] = sorted(words)
    try:
        return with_section(review.answers, step.id, _over(rest, nest(decided))), {}
    except AnswersError as error:
        return None, {"": error.what}


def _left_out(review: Review, values: Mapping[str, Any]) -> set[str]:
    """The words of offered disks that are not chosen: consent to overwrite them is taken back."""
    left: set[str] = set()
    for name, offered_on in review.choices.items():
        given = values.get(name)
        chosen = given if isinstance(given, dict) else {}
        for host, taken in chosen.items():
            for choice in offered_on.get(host, ()):
                if choice.value not in taken:
                    left.add(choice.consent)
    return left


def _over(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """New values over old ones, model by model: what is never asked (a way to log in) stays."""
    made = dict(old)
    for name, value in new.items():
        before = made.get(name)
        if isinstance(before, dict) and isinstance(value, dict):
            value = _over(before, value)
        made[name] = value
    return made


def _decided(old: BaseModel, new: BaseModel, dotted: str) -> bool:
    name = dotted.partition(".")[0]
    default = _default_of(type(new).model_fields[name])
    return name in old.model_fields_set or getattr(new, name) != default
