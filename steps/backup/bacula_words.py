"""Bacula's configuration as Bacula reads it: names of resources and directives count whatever their
letters and blanks are, a comment ends with its line, @ takes in what a file or a program says (main
manual, Customizing the Configuration Files; src/lib/lex.c).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<quoted>"(?:[^"\\]|\\.)*")
    |(?P<include>@(?:\|?"(?:[^"\\]|\\.)*"|\S*))
    |(?P<sign>[{}=;,\n])
    |(?P<blank>[^\S\n]+)
    |(?P<word>[^\s{}=;,"#@][^\s{}=;,"#]*)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass
class Resource:
    """A resource, by its kind in small letters without blanks, and its own directives."""

    kind: str
    values: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What it is called."""
        return self.values.get("name", "")


@dataclass
class Words:
    """All resources of a file; `includes` is whether it takes in others, `whole` whether each
    quotation and each brace in it has its end.
    """

    resources: list[Resource] = field(default_factory=list)
    includes: bool = False
    whole: bool = True

    def named(self, kind: str) -> list[str]:
        """The names of the resources of a kind."""
        return [resource.name for resource in self.resources if resource.kind == kind]


class _Reader:
    def __init__(self) -> None:
        self.words = Words()
        self.depth = 0
        self.said: list[str] = []
        self.key = ""

    def take(self, kind: str, text: str) -> None:
        """One token that is neither blank nor comment."""
        if kind == "include":
            self.words.includes = True
        elif kind in ("word", "quoted"):
            self.said.append(text.strip('"') if kind == "quoted" else text)
        elif text == "{":
            self._open()
        elif text == "=" and not self.key:
            self.key = "".join(self.said).lower()
            self.said.clear()
        elif text != "=":
            self._end(text)

    def _open(self) -> None:
        if self.depth == 0:
            self.words.resources.append(Resource("".join(self.said).lower()))
        self.depth += 1
        self._forget()

    def _end(self, sign: str) -> None:
        """The end of a directive, or of a resource as well."""
        if self.depth == 1 and self.key:
            self.words.resources[-1].values.setdefault(self.key, " ".join(self.said))
        # A resource may have its brace in the line after its kind.
        if self.depth or sign != "\n":
            self._forget()
        if sign == "}":
            self.depth -= 1
            self.words.whole = self.words.whole and self.depth >= 0

    def _forget(self) -> None:
        self.said.clear()
        self.key = ""


def words(text: str) -> Words:
    """Read a configuration file."""
    reader = _Reader()
    for kind, token in _tokens(text):
        if kind == "unclear":
            reader.words.whole = False
            break
        reader.take(kind, token)
    reader.words.whole = reader.words.whole and reader.depth == 0
    return reader.words


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            yield "unclear", text[at]
            return
        at = found.end()
        if found.lastgroup not in ("comment", "blank"):
            yield str(found.lastgroup), found[0]
