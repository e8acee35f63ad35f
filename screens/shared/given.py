"""What the operator gave in for a step: judged by its model, and kept among the answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from screens.shared.questions import Question, default_of, questions
from wizard.answers import Answers
from wizard.answers.documents import plain, told
from wizard.answers.sections import with_section
from wizard.base.errors import AnswersError
from wizard.model.review import Review

Model = type[BaseModel]
Values = Mapping[str, Any]
"""Values as they were typed, by the dotted name of the question."""
Data = dict[str, Any]
"""Values as a model takes them: models within a model are dictionaries within a dictionary."""
Wrong = dict[str, str]
"""What is wrong with answers, by the dotted name of the question; "" stands for the whole."""


def nest(values: Values) -> Data:
    """Dotted names back into models within models."""
    made: Data = {}
    for dotted, value in values.items():
        *path, name = dotted.split(".")
        model = made
        for part in path:
            model = model.setdefault(part, {})
        model[name] = value
    return made


def split(model: Model, values: Values) -> Data:
    """Values as they were typed, those that stand for several taken apart at the commas."""
    made = dict(values)
    for question in questions(model):
        value = values.get(question.name)
        if question.many and isinstance(value, str):
            made[question.name] = parts(value)
    return made


def parts(text: str) -> list[str]:
    """What stands between commas, without blanks around it."""
    pieces = []
    for between in text.split(","):
        piece = between.strip()
        if piece:
            pieces.append(piece)
    return pieces


def check(model: Model, values: Values) -> tuple[BaseModel | None, Wrong]:
    """The model made of values as they were typed, or what is wrong with them."""
    nested = nest(split(model, values))
    try:
        return model.model_validate(nested), {}
    except ValidationError as error:
        return None, _wrong_by_question(model, error)


def _wrong_by_question(model: Model, error: ValidationError) -> Wrong:
    """pydantic's errors, the first one of each question, in words."""
    wrong: Wrong = {}
    for detail in error.errors(include_url=False):
        # The place holds the names of fields, and numbers where one value of several is meant.
        place = detail["loc"]
        names = [part for part in place if isinstance(part, str)]
        one_of_many = len(names) < len(place)
        text = told(detail) if one_of_many else plain(detail)
        question = _known(model, names)
        wrong.setdefault(question, text)
    return wrong


def wrong_with(model: Model, question: Question, given: Any) -> str:
    """What is wrong with one answer by itself, "" when nothing is; the others are not looked at."""
    alone = {question.name: given}
    _, wrong = check(model, alone)
    return wrong.get(question.name, "")


def _known(model: Model, path: list[str]) -> str:
    """The longest part of an error's place that is a question of the model."""
    names = {question.name for question in questions(model)}
    for length in range(len(path), 0, -1):
        beginning = path[:length]
        dotted = ".".join(beginning)
        if dotted in names:
            return dotted
    return ""


def decide(review: Review, values: Values, erase: set[str]) -> tuple[Answers | None, Wrong]:
    """The answers with what the operator gave in for a step, or what is wrong with it, by field.

    A field that was left at its default stays open, so that a later look may still suggest a value;
    one that is never asked is kept. `erase` holds the words of disks in use that the operator
    typed; they go to the section's field of that name, and those of disks that are not chosen leave
    it.
    """
    step = review.step
    assert step.section is not None
    values = split(step.section, values)
    # Judged before anything is kept: the answers hold nothing that a model refuses.
    section, wrong = check(step.section, values)
    if section is None:
        return None, wrong
    old = getattr(review.answers, step.id)
    data = _kept_and_decided(old, section, values)
    if "erase" in step.section.model_fields:
        # What was consented to before stays so, as long as the disk is chosen.
        before = data.pop("erase", ())
        words = erase.union(before)
        words -= _left_out(review, values)
        if words:
            data["erase"] = sorted(words)
    try:
        return with_section(review.answers, step.id, data), {}
    except AnswersError as error:
        return None, {"": error.what}


def _kept_and_decided(old: BaseModel, new: BaseModel, values: Values) -> Data:
    """What a section says now: what was not asked, and what was asked and decided."""
    kept = old.model_dump(exclude_unset=True)
    decided = {}
    for name, value in values.items():
        kept.pop(name, None)
        if _decided(old, new, name):
            decided[name] = value
    return _over(kept, nest(decided))


def _left_out(review: Review, values: Values) -> set[str]:
    """The words of offered disks that are not chosen: consent to overwrite them is taken back."""
    left: set[str] = set()
    for name, offered_on in review.choices.items():
        # Disks are chosen per host; an answer of another shape gives no consent.
        given = values.get(name)
        chosen = given if isinstance(given, dict) else {}
        for host, taken in chosen.items():
            choices = offered_on.get(host, ())
            for choice in choices:
                if choice.value not in taken:
                    left.add(choice.consent)
    return left


def _over(old: Values, new: Values) -> Data:
    """New values over old ones, model by model: what is never asked (a way to log in) stays."""
    made = dict(old)
    for name, value in new.items():
        before = old.get(name)
        if isinstance(before, dict) and isinstance(value, dict):
            made[name] = _over(before, value)
        else:
            made[name] = value
    return made


def _decided(old: BaseModel, new: BaseModel, dotted: str) -> bool:
    """Whether the operator has said something about a field, now or before."""
    name, _, _ = dotted.partition(".")
    if name in old.model_fields_set:
        return True
    field = type(new).model_fields[name]
    value = getattr(new, name)
    return bool(value != default_of(field))
