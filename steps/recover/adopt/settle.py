"""One value after the other into the answers: what a section cannot hold is said and left out, and
where the cluster differs from the kit's answers that is said as well.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError

from wizard.answers import Answers
from wizard.answers.documents import explain
from wizard.answers.section import is_full

Row = dict[str, Any]
"""One object of the answers, as data."""


class Draft:
    """Answers as they are made: `data` is what they will be read from, `told` what people must
    know.
    """

    def __init__(self, kit: Answers | None) -> None:
        self.data: Row = {}
        self.told: list[str] = []
        if kit is not None:
            # A field that nobody decided stays open for a proposal.
            self.data = kit.model_dump(exclude_unset=True)

    def section(self, name: str) -> Row:
        """The data of one section."""
        made: Row = self.data.setdefault(name, {})
        return made

    def settle(self, section: str, field: str, value: Any) -> None:
        """Let the cluster's value win, if the section can hold it; an empty one says nothing."""
        if value in ("", 0):
            return
        model = Answers.model_fields[section].annotation
        assert isinstance(model, type) and issubclass(model, BaseModel)
        try:
            made = model.model_validate({field: value})
        except ValidationError as error:
            self.told.append(f"{section}: left out, as answers cannot hold it: {explain(error)}")
            return
        # As the section reads it: an address, say, and not its text.
        checked = getattr(made, field)
        self.replace(f"{section}.{field}", self.section(section), field, checked)

    def call(self, place: str, values: Row, field: str, name: str) -> None:
        """Put a host's name, which may be none that a build would give."""
        self.replace(place, values, field, name)
        if not is_full(name):
            values["any_name"] = True

    def replace(self, place: str, values: Row, field: str, value: Any) -> None:
        """Put a value that fits; say it where the kit had another one."""
        old = values.get(field, value)
        if old != value:
            self.told.append(f"{place}: the kit says {old}, the cluster has {value}")
        values[field] = value
