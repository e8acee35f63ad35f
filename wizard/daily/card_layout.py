"""Where each word of the card goes: pure arithmetic over a measuring function, so that it fits one
page or says no.

All lengths in points (1/72 inch); A4 is 595 by 842 of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.model.card import Block, Card, Row

WIDTH = 595.28
HEIGHT = 841.89
SMALLEST = 11.0
"""No text is smaller: it is read on a wall, in a hurry, perhaps by a torch."""

Measure = Callable[[str, str, float], float]
"""The width of a text in a face ("text", "bold", "command", "condensed") and size."""


@dataclass(frozen=True)
class Style:
    """A size of type, the distance of lines as a multiple of it, the page's margin, the gap before
    a block.

    `command` is the face of what is to be typed.
    """

    size: float
    leading: float
    margin: float
    gap: float
    command: str = "command"

    @property
    def line(self) -> float:
        """The distance between two lines."""
        return self.size * self.leading

    @property
    def room(self) -> float:
        """The width between the margins."""
        return WIDTH - 2 * self.margin


def _styles() -> list[Style]:
    styles = []
    for size in (13.0, 12.5, 12.0, 11.5, SMALLEST):
        styles += [
            Style(size, leading=1.3, margin=34.0, gap=8.0),
            Style(size, leading=1.25, margin=34.0, gap=7.0),
            Style(size, leading=1.2, margin=30.0, gap=6.0),
            Style(size, leading=1.15, margin=28.0, gap=5.0),
        ]
    styles += [
        Style(SMALLEST, leading=1.1, margin=24.0, gap=3.0),
        Style(SMALLEST, leading=1.1, margin=24.0, gap=3.0, command="condensed"),
    ]
    return styles


STYLES = tuple(_styles())
"""From roomy to tight; the first that fits is taken. 24 points (8.5 mm) is what printers and the
foil's rim need.
"""


@dataclass(frozen=True)
class Piece:
    """A text at its place: `x` from the left, `y` of its base line from the top."""

    x: float
    y: float
    text: str
    face: str
    size: float


@dataclass(frozen=True)
class Layout:
    """The pieces, the rules (y and whether heavy), and where the last line ends."""

    pieces: tuple[Piece, ...]
    rules: tuple[float, ...]
    bottom: float
    style: Style

    @property
    def fits(self) -> bool:
        """Whether all of it is on the page."""
        return self.bottom <= HEIGHT - self.style.margin


def wrap(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """Break a text into lines no wider than `width`, at blanks; a word that is too wide is cut."""
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        longer = f"{current} {word}" if current else word
        if measure(longer) <= width:
            current = longer
            continue
        if current:
            lines.append(current)
        current = word
        while measure(current) > width and len(current) > 1:
            cut = _letters_that_fit(current, width, measure)
            lines.append(current[:cut])
            current = current[cut:]
    if current:
        lines.append(current)
    return lines


def _letters_that_fit(word: str, width: float, measure: Callable[[str], float]) -> int:
    """How many of a word's letters fit, at least one and never all."""
    for count in range(len(word) - 1, 1, -1):
        if measure(word[:count]) <= width:
            return count
    return 1


RAGGED = 0.6
"""What a remark that does not stand in its column costs, in lines."""
NARROWEST = 100.0
"""A column for remarks that is no wider is not worth having."""


class _Part(NamedTuple):
    """Lines of a row that stand below each other."""

    left: float
    """From the margin."""
    skip: int
    """How many lines below the row's first one they begin."""
    lines: list[str]
    face: str


class _Setter:
    """Sets one card in one style."""

    def __init__(self, style: Style, measure: Measure) -> None:
        self.style = style
        self.measure = measure
        self.pieces: list[Piece] = []
        self.rules: list[float] = []
        self.y = style.margin
        self.space = style.size * 0.9

    def width(self, face: str) -> Callable[[str], float]:
        """How wide a text is in a face, at the style's size."""
        return lambda text: self.measure(text, face, self.style.size)

    def put(self, x: float, skip: int, lines: list[str], face: str, size: float = 0.0) -> None:
        """Set lines below each other, the first `skip` lines below the place, which stays."""
        size = size or self.style.size
        for number, text in enumerate(lines, skip):
            y = self.y + number * self.style.line + size * 0.8
            self.pieces.append(Piece(self.style.margin + x, y, text, face, size))

    def paragraph(self, text: str, face: str, larger: float = 0.0) -> None:
        """A text over the whole width; the place moves below it."""
        size = self.style.size + larger
        for line in wrap(text, self.style.room, lambda line: self.measure(line, face, size)):
            self.put(0, 0, [line], face, size)
            self.y += size * self.style.leading

    def block(self, block: Block) -> None:
        """A rule, the heading, the rows."""
        self.y += self.style.gap
        self.rules.append(self.y - 1)
        self.y += 3
        if block.title:
            self.paragraph(block.title, "bold", 1.0)
        column = self._column(block)
        number = 0
        for row in block.rows:
            if row.command:
                number += 1
                self.put(0, 0, [f"{number}"], "bold")
            parts = self._parts(row, column)
            for part in parts:
                self.put(part.left, part.skip, part.lines, part.face)
            self.y += _height(parts) * self.style.line

    def _parts(self, row: Row, column: float) -> list[_Part]:
        """What a row consists of: its command or label, then its text beside it, after it, or
        below.
        """
        face = "bold" if row.danger else "text"
        if row.command:
            lead = _Part(self._indent(row), 0, self._command(row), self.style.command)
        elif row.label:
            lead = _Part(0.0, 0, wrap(row.label, self.style.room, self.width("bold")), "bold")
        else:
            text = wrap(row.text, self.style.room, self.width(face))
            return [_Part(0.0, 0, text, face)]
        if not row.text:
            return [lead]
        return [lead, self._remark(row.text, face, lead, column)]

    def _remark(self, text: str, face: str, lead: _Part, column: float) -> _Part:
        """A row's text: in its column, or right after the lead, or on lines of its own below."""
        measure = self.width(face)
        last = len(lead.lines) - 1
        used = self.width(lead.face)(lead.lines[last])
        beside = lead.left + column + self.space
        room = self.style.room - beside
        if used <= column and room > NARROWEST:
            return _Part(beside, last, wrap(text, room, measure), face)
        after = lead.left + used + self.space
        if after + measure(text) <= self.style.room:
            return _Part(after, last, [text], face)
        below = 2 * self.style.size
        lines = wrap(text, self.style.room - below, measure)
        return _Part(below, last + 1, lines, face)

    def _indent(self, row: Row) -> float:
        return self.style.size * 1.3 if row.command else 0.0

    def _command(self, row: Row) -> list[str]:
        """A command that is too wide goes on after a backslash, as the shell reads it."""
        measure = self.width(self.style.command)
        room = self.style.room - self._indent(row)
        if measure(row.command) <= room:
            return [row.command]
        lines = wrap(row.command, room - measure(" \\"), measure)
        parts = []
        rest = row.command
        for line in lines[:-1]:
            rest = rest[len(line) :]
            if rest.startswith(" "):
                parts.append(line + " \\")
                rest = rest.removeprefix(" ")
            else:
                # Cut within a word: a blank before the backslash would make two words of it.
                parts.append(line + "\\")
        return [*parts, lines[-1]]

    def _column(self, block: Block) -> float:
        """The width of the column of commands or labels that costs fewest lines and leaves fewest
        remarks astray.
        """
        widths = {0.0}
        for row in block.rows:
            if row.command:
                widths.add(self.width(self.style.command)(row.command))
            elif row.label:
                widths.add(self.width("bold")(row.label))
        if len(widths) > 1:
            widths.remove(0.0)
        return min(widths, key=lambda column: (self._cost(block, column), -column))

    def _cost(self, block: Block, column: float) -> float:
        cost = 0.0
        for row in block.rows:
            parts = self._parts(row, column)
            cost += _height(parts)
            if len(parts) == 1:
                continue
            lead, remark = parts
            if remark.left != lead.left + column + self.space:
                cost += RAGGED
        return cost


def _height(parts: list[_Part]) -> int:
    """How many lines a row takes."""
    return max(part.skip + len(part.lines) for part in parts)


def set_card(card: Card, below: str, measure: Measure) -> Layout:
    """The roomiest layout that fits one page; raises WizardError when none does."""
    for style in STYLES:
        setter = _Setter(style, measure)
        setter.paragraph(card.title, "bold", 6.0)
        setter.paragraph(below, "text")
        for block in card.blocks:
            setter.block(block)
        made = Layout(tuple(setter.pieces), tuple(setter.rules), setter.y, style)
        if made.fits:
            return made
    over = -int((HEIGHT - made.style.margin - made.bottom) // made.style.line)
    raise WizardError(
        f"the card does not fit one page: {over} lines too many at {SMALLEST:g} points",
        mend=(
            "fewer or shorter entries in card.phones; for very many instances or very long "
            "names, take --markdown"
        ),
        code=Exit.BLOCKED,
    )
