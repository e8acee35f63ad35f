"""One section of the answers replaced by another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from wizard.answers import Answers
from wizard.answers.documents import explain
from wizard.base.errors import AnswersError


def with_section(answers: Answers, section: str, values: Mapping[str, Any]) -> Answers:
    """The answers with one section replaced; raises AnswersError that names the wrong field."""
    data = answers.model_dump(exclude_unset=True)
    data[section] = dict(values)
    try:
        return Answers.model_validate(data)
    except ValidationError as error:
        raise AnswersError(explain(error), where=section) from error
