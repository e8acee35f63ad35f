"""Answers about archive tables (row 18)."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator

from wizard.answers.backups import Folder
from wizard.answers.section import SUGGESTED, Section

_SQL_NAME = r"[0-9A-Za-z_$][0-9A-Za-z_$-]{0,54}"
SqlName = Annotated[str, StringConstraints(pattern=rf"^{_SQL_NAME}$")]
"""A schema or table: at most 55 of the 64 characters that the server allows, since names of views
are made of it; none begins like an option.
"""
Place = Annotated[
    str,
    StringConstraints(
        pattern=r"^(([a-z_][a-z0-9_-]{0,31}@)?[A-Za-z0-9][A-Za-z0-9.-]*:/[\w./-]*)?$"
    ),
]
"""A directory on another machine as ssh and scp name it: [user@]host:/path; empty while undecided.
"""
Recipient = Annotated[str, StringConstraints(pattern=r"^age1[02-9ac-hj-np-z]{58}$")]
"""The public half of a key of age(1), as age-keygen prints it."""
_DIRECTIVE = re.compile(r"%(.?)")


class Archive(Section):
    """Archive tables (row 18): which tables move to a schema of their own, and where their copies
    go.
    """

    instance: str = Field("", description="Instance with the database; empty means the first one")
    database: SqlName = Field("UTM5", description="Database whose finished tables are moved")
    target: Annotated[str, StringConstraints(pattern=rf"^({_SQL_NAME})?$")] = Field(
        "", description="Schema that takes them; empty means the database's name with _archive"
    )
    preset: Literal["none", "utm5"] = Field(
        "none", description="utm5 takes the tables that UTM5's own list `archives` names"
    )
    tables: list[SqlName] = Field(
        default_factory=list, description="Tables by name, whatever their age"
    )
    patterns: list[str] = Field(
        default_factory=list,
        description="Tables by name and date, such as dhs_sessions_log_%Y%m (%Y %m %d, or %s)",
    )
    months: int = Field(
        12, ge=0, le=600, description="By date, only tables that ended so many whole months ago"
    )
    quiet_hours: int = Field(
        24, ge=0, le=8760, description="A table written to within so many hours is not finished"
    )
    first: Place = Field("", description="Place of the first copy, [user@]host:/path")
    second: Place = Field("", description="Place of the second copy, on another machine")
    recipients: list[Recipient] = Field(
        default_factory=list,
        description=(
            "Encrypt the copies by age for these public keys (age1…); none: let their "
            "disks be encrypted"
        ),
    )
    work: Folder = Field(
        "/var/lib/ganeti-wizard/archive",
        description=(
            "Folder of the instance where dumps wait; on the encrypted volume where there is one"
        ),
        json_schema_extra=SUGGESTED,
    )
    ssh_config: str = Field(
        "", description="ssh's configuration file in the instance for the copies; empty: root's"
    )
    defaults: str = Field(
        "", description="Option file for the database's client; empty: root by the server's socket"
    )

    @property
    def schema_name(self) -> str:
        """The schema that takes the tables."""
        return self.target or f"{self.database}_archive"

    @property
    def places(self) -> tuple[str, ...]:
        """The places of the copies that are decided."""
        return tuple(place for place in (self.first, self.second) if place)

    @field_validator("tables", "patterns", "recipients", mode="before")
    @classmethod
    def _words(cls, value: object, info: ValidationInfo) -> object:
        """Words that were typed, with blanks or commas between; in a file it is a list."""
        if info.mode == "json" or not isinstance(value, str):
            return value
        words = value.strip(" ,\n")
        return re.split(r"[\s,]+", words) if words else []

    @field_validator("patterns")
    @classmethod
    def _dated(cls, value: list[str]) -> list[str]:
        for pattern in value:
            kinds = _DIRECTIVE.findall(pattern)
            if sorted(kinds) not in (["Y"], ["Y", "m"], ["Y", "d", "m"], ["s"]):
                raise ValueError(
                    f"{pattern}: a pattern has %Y, %Y and %m, %Y, %m and %d, or %s, each once"
                )
            rest = _DIRECTIVE.sub("", pattern)
            if not re.fullmatch(r"[0-9A-Za-z_$-]{0,55}", rest) or pattern.startswith("-"):
                raise ValueError(
                    f"{pattern}: besides the date only letters, digits, _ $ and, not first, -"
                )
        return value

    @model_validator(mode="after")
    def _apart(self) -> Archive:
        if self.schema_name == self.database:
            raise ValueError(f"the archive cannot be {self.database} itself")
        hosts = [place.partition(":")[0].rpartition("@")[2] for place in self.places]
        if len(hosts) == 2 and hosts[0] == hosts[1]:
            raise ValueError(f"both copies would be on {hosts[0]}: name two machines")
        return self
