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
MeasureText = Callable[[str], float]
"""The same for one face and size."""


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


def wrap(text: str, width: float, measure: MeasureText) -> list[str]:
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
        *cut_off, current = _pieces(word, width, measure)
        lines += cut_off
    if current:
        lines.append(current)
    return lines


def _pieces(word: str, width: float, measure: MeasureText) -> list[str]:
    """A word cut so that each piece fits; one that fits is one piece."""
    pieces = []
    rest = word
    while measure(rest) > width and len(rest) > 1:
        count = _letters_that_fit(rest, width, measure)
        pieces.append(rest[:count])
        rest = rest[count:]
    return [*pieces, rest]


def _letters_that_fit(word: str, width: float, measure: MeasureText) -> int:
    """How many of a word's letters fit, at least one and never all."""
    for count in range(len(word) - 1, 1, -1):
        if measure(word[:count]) <= width:
            return count
    return 1


ASCENT = 0.8
"""From the top of a line down to its base line, as a part of the size."""
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

    def width(self, face: str, larger: float = 0.0) -> MeasureText:
        """How wide a text is in a face, `larger` points above the style's size."""
        size = self.style.size + larger
        return lambda text: self.measure(text, face, size)

    def put(self, x: float, skip: int, lines: list[str], face: str, size: float = 0.0) -> None:
        """Set lines below each other, the first `skip` lines below the place, which stays."""
        size = size or self.style.size
        left = self.style.margin + x
        for number, text in enumerate(lines, skip):
            top = self.y + number * self.style.line
            base = top + size * ASCENT
            piece = Piece(left, base, text, face, size)
            self.pieces.append(piece)

    def paragraph(self, text: str, face: str, larger: float = 0.0) -> None:
        """A text over the whole width; the place moves below it."""
        size = self.style.size + larger
        lines = wrap(text, self.style.room, self.width(face, larger))
        for line in lines:
            self.put(0, 0, [line], face, size)
            self.y += size * self.style.leading

    def block(self, block: Block) -> None:
        """A rule, the heading, the rows."""
        self.y += self.style.gap
        self.rules.append(self.y - 1)
        self.y += 3
        if block.title:
            self.paragraph(block.title, "bold", larger=1.0)
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
            lines = self._command(row)
            lead = _Part(self._indent(row), 0, lines, self.style.command)
        elif row.label:
            lines = wrap(row.label, self.style.room, self.width("bold"))
            lead = _Part(0.0, 0, lines, "bold")
        else:
            lines = wrap(row.text, self.style.room, self.width(face))
            return [_Part(0.0, 0, lines, face)]
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
            lines = wrap(text, room, measure)
            return _Part(beside, last, lines, face)
        after = lead.left + used + self.space
        if after + measure(text) <= self.style.room:
            return _Part(after, last, [text], face)
        below = 2 * self.style.size
        lines = wrap(text, self.style.room - below, measure)
        return _Part(below, last + 1, lines, face)

    def _indent(self, row: Row) -> float:
        """Room for a command's number."""
        if not row.command:
            return 0.0
        return self.style.size * 1.3

    def _command(self, row: Row) -> list[str]:
        """A command that is too wide goes on after a backslash, as the shell reads it."""
        measure = self.width(self.style.command)
        room = self.style.room - self._indent(row)
        if measure(row.command) <= room:
            return [row.command]
        room_before_backslash = room - measure(" \\")
        lines = wrap(row.command, room_before_backslash, measure)
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
        of_command = self.width(self.style.command)
        of_label = self.width("bold")
        widths = set()
        for row in block.rows:
            if row.command:
                widths.add(of_command(row.command))
            elif row.label:
                widths.add(of_label(row.label))
        # Of two that cost the same, the wider one.
        return min(
            widths,
            key=lambda column: (self._cost(block, column), -column),
            default=0.0,
        )

    def _cost(self, block: Block, column: float) -> float:
        cost = 0.0
        for row in block.rows:
            parts = self._parts(row, column)
            cost += _height(parts)
            if len(parts) == 1:
                continue
            lead, remark = parts
            in_its_column = lead.left + column + self.space
            if remark.left != in_its_column:
                cost += RAGGED
        return cost


def _height(parts: list[_Part]) -> int:
    """How many lines a row takes."""
    return max(part.skip + len(part.lines) for part in parts)


def set_card(card: Card, below: str, measure: Measure) -> Layout:
    """The roomiest layout that fits one page; raises WizardError when none does."""
    for style in STYLES:
        setter = _Setter(style, measure)
        setter.paragraph(card.title, "bold", larger=6.0)
        setter.paragraph(below, "text")
        for block in card.blocks:
            setter.block(block)
        made = Layout(tuple(setter.pieces), tuple(setter.rules), setter.y, style)
        if made.fits:
            return made
    # `made` is the tightest one now; floor division of what is below zero rounds the lines up.
    left_over = HEIGHT - made.style.margin - made.bottom
    over = -int(left_over // made.style.line)
    raise WizardError(
        f"the card does not fit one page: {over} lines too many at {SMALLEST:g} points",
        mend=(
            "fewer or shorter entries in card.phones; for very many instances or very long "
            "names, take --markdown"
        ),
        code=Exit.BLOCKED,
    )
