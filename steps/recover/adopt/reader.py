"""Words, numbers and addresses out of a document that somebody else wrote, each by a grammar.

What a file or a machine says is believed in no form: what does not match is named by its place in
the document, and goes nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any, NamedTuple

from wizard.answers.limits import host_address
from wizard.answers.section import ANY_NAME
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.base.plain import plain_line

_SHOWN = 60
"""Characters of a strange word that an error repeats."""
LARGEST_MIB = 1 << 40
"""More than any disk or memory has."""
MEND = "compare config.data with an older copy of it, or name another server: --from-copy FILE"


class Form(NamedTuple):
    """What a word must look like, and that in words; what is to be done about another one."""

    pattern: re.Pattern[str]
    words: str
    mend: str = MEND


HOST_NAME = Form(re.compile(rf"(?=.{{1,253}}\Z){ANY_NAME}"), "a host name")
UUID = Form(re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "a UUID")
PLAIN = Form(re.compile(r"[A-Za-z0-9_.+-]{0,127}"), "a plain name")
OS = Form(re.compile(r"[A-Za-z0-9_.+-]{0,127}"), "the name of an OS definition")
MAC_PREFIX = Form(re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){2}"), "the first half of a MAC address")


@dataclass(frozen=True)
class Table:
    """One object of the document, and where it stands in it."""

    data: Mapping[str, Any]
    place: str

    def wrong(self, key: str, value: object, wanted: str, mend: str = MEND) -> WizardError:
        """The error for what does not match."""
        shown = plain_line(str(value))
        if len(shown) > _SHOWN:
            shown = f"{shown[:_SHOWN]}…"
        what = f"{self.place}.{key} is {shown!r}, which is not {wanted}"
        return WizardError(what, mend=mend, code=Exit.BLOCKED)

    def table(self, key: str) -> Table:
        """The object below that key; one that is absent is empty."""
        value = self.data.get(key)
        if value is None:
            value = {}
        if not isinstance(value, Mapping):
            raise self.wrong(key, value, "an object")
        return Table(value, f"{self.place}.{key}")

    def rows(self, key: str) -> Iterator[Table]:
        """The objects of the object, or of the list, below that key."""
        value = self.data.get(key)
        if value is None:
            return
        if isinstance(value, Mapping):
            rows = list(value.items())
        elif isinstance(value, list):
            rows = list(enumerate(value))
        else:
            raise self.wrong(key, value, "a list of objects")
        for name, row in rows:
            if not isinstance(row, Mapping):
                raise self.wrong(key, row, "an object")
            # A key is a strange word as well.
            shown = plain_line(str(name))[:_SHOWN]
            yield Table(row, f"{self.place}.{key}.{shown}")

    def list(self, key: str) -> list[Any]:
        """The list below that key; an empty one where there is none."""
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(key, value, "a list")
        return value

    def word(self, key: str, form: Form, default: str | None = None) -> str:
        """A word of that form; `default` where there is none, unless that is None."""
        value = self.data.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not form.pattern.fullmatch(value):
            raise self.wrong(key, value, form.words, form.mend)
        return value

    def word_if(self, key: str, form: Form) -> str:
        """A word of that form; "" where there is none, or one that is of no use here."""
        value = self.data.get(key)
        if isinstance(value, str) and form.pattern.fullmatch(value):
            return value
        return ""

    def words(self, key: str, form: Form) -> tuple[str, ...]:
        """A list of words of that form."""
        made = []
        for value in self.list(key):
            if not isinstance(value, str) or not form.pattern.fullmatch(value):
                raise self.wrong(key, value, f"a list of words, each {form.words}")
            made.append(value)
        return tuple(made)

    def number(self, key: str, default: int = 0) -> int:
        """A whole number from 0; true and false are none."""
        value = self.data.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_MIB:
            raise self.wrong(key, value, "a whole number")
        return value

    def flag(self, key: str) -> bool:
        """True or false; false where there is nothing."""
        return self.data.get(key) is True

    def address(self, key: str, default: str | None = None) -> str:
        """An IPv4 address that a machine can have; `default` where there is none."""
        value = self.data.get(key)
        if value in (None, "") and default is not None:
            return default
        try:
            if not isinstance(value, str):
                raise ValueError
            return str(host_address(IPv4Address(value)))
        except ValueError as error:
            raise self.wrong(key, value, "an IPv4 address of a machine") from error

    def address_if(self, key: str) -> str:
        """An IPv4 address that a machine can have; "" where there is none, or another one."""
        try:
            return self.address(key, "")
        except WizardError:
            return ""
