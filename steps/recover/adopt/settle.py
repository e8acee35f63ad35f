"""One value after the other into the answers: what a section cannot hold is said and left out, and
where the cluster differs from the kit's answers that is said as well.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError

from wizard.answers import Answers
from wizard.answers.documents import explain


class Draft:
    """Answers as they are made: `data` is what they will be read from, `told` what people must
    know.
    """

    def __init__(self, kit: Answers | None) -> None:
        self.data: dict[str, Any] = kit.model_dump(exclude_unset=True) if kit else {}
        self.told: list[str] = []

    def section(self, name: str) -> dict[str, Any]:
        """The data of one section."""
        made: dict[str, Any] = self.data.setdefault(name, {})
        return made

    def settle(self, section: str, field: str, value: Any) -> None:
        """Let the cluster's value win, if the section can hold it; an empty one says nothing."""
        if value in ("", 0):
            return
        model = Answers.model_fields[section].annotation
        assert isinstance(model, type) and issubclass(model, BaseModel)
        try:
            checked = getattr(model.model_validate({field: value}), field)
        except ValidationError as error:
            self.told.append(f"{section}: left out, as answers cannot hold it: {explain(error)}")
            return
        self.replace(f"{section}.{field}", self.section(section), field, checked)

    def replace(self, place: str, values: dict[str, Any], field: str, value: Any) -> None:
        """Put a value that fits; say it where the kit had another one."""
        old = values.get(field, value)
        if old != value:
            self.told.append(f"{place}: the kit says {old}, the cluster has {value}")
        values[field] = value
