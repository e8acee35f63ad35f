"""Where each word of the card goes: pure arithmetic over a measuring function, so that it fits one
page or says no.

All lengths in points (1/72 inch); A4 is 595 by 842 of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.model.card import Block, Card, Row

WIDTH, HEIGHT = 595.28, 841.89
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


STYLES = (
    *(
        Style(size, leading, margin, gap)
        for size in (13.0, 12.5, 12.0, 11.5, SMALLEST)
        for leading, margin, gap in (
            (1.3, 34.0, 8.0),
            (1.25, 34.0, 7.0),
            (1.2, 30.0, 6.0),
            (1.15, 28.0, 5.0),
        )
    ),
    Style(SMALLEST, 1.1, 24.0, 3.0),
    Style(SMALLEST, 1.1, 24.0, 3.0, "condensed"),
)
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
    found, current = [], ""
    for word in text.split(" "):
        longer = f"{current} {word}" if current else word
        if measure(longer) <= width:
            current = longer
            continue
        if current:
            found.append(current)
        current = word
        while measure(current) > width and len(current) > 1:
            cut = max(n for n in range(1, len(current)) if n == 1 or measure(current[:n]) <= width)
            found.append(current[:cut])
            current = current[cut:]
    return [*found, current] if current else found


RAGGED = 0.6
"""What a remark that does not stand in its column costs, in lines."""


class _Setter:
    """Sets one card in one style."""

    def __init__(self, style: Style, measure: Measure) -> None:
        self.style, self.measure = style, measure
        self.pieces: list[Piece] = []
        self.rules: list[float] = []
        self.y = style.margin
        self.space = style.size * 0.9

    def width(self, face: str) -> Callable[[str], float]:
        """How wide a text is in a face, at the style's size."""
        return lambda text: self.measure(text, face, self.style.size)

    def put(self, x: float, skip: int, lines: list[str], face: str, size: float = 0.0) -> None:
        """Set lines below each other, the first `skip` lines below the present place, which stays."""  # noqa: E501
        size = size or self.style.size
        for number, text in enumerate(lines, skip):
            y = self.y + number * self.style.line + size * 0.8
            self.pieces.append(Piece(self.style.margin + x, y, text, face, size))

    def paragraph(self, text: str, face: str, larger: float = 0.0) -> None:
        """A text over the whole width; the place moves below it."""
        size = self.style.size + larger
        for line in wrap(text, self.style.room, lambda one: self.measure(one, face, size)):
            self.put(0, 0, [line], face, size)
            self.y += size * self.style.leading

    def block(self, block: Block) -> None:
        """A rule, the heading, the rows."""
        self.y += self.style.gap
        self.rules.append(self.y - 1)
        self.y += 3
        if block.title:
            self.paragraph(block.title, "bold", 1.0)
        column, number = self._column(block), 0
        for row in block.rows:
            number += bool(row.command)
            if row.command:
                self.put(0, 0, [f"{number}"], "bold")
            parts = self._parts(row, column)
            for part in parts:
                self.put(*part)
            self.y += _height(parts) * self.style.line

    def _parts(self, row: Row, column: float) -> list[_Part]:
        """What a row consists of: its command or label, then its text beside it, after it, or
        below.
        """
        face, indent = "bold" if row.danger else "text", self._indent(row)
        if not (row.command or row.label):
            return [(0.0, 0, wrap(row.text, self.style.room, self.width(face)), face)]
        lead, lines = (
            (self.style.command, self._command(row)) if row.command else ("bold", self._label(row))
        )
        parts: list[_Part] = [(indent, 0, lines, lead)]
        if row.text:
            used, last = self.width(lead)(lines[-1]), len(lines) - 1
            beside = indent + column + self.space
            if used <= column and self.style.room - beside > 100:
                parts.append(
                    (beside, last, wrap(row.text, self.style.room - beside, self.width(face)), face)
                )
            elif indent + used + self.space + self.width(face)(row.text) <= self.style.room:
                parts.append((indent + used + self.space, last, [row.text], face))
            else:
                below = wrap(row.text, self.style.room - 2 * self.style.size, self.width(face))
                parts.append((2 * self.style.size, last + 1, below, face))
        return parts

    def _indent(self, row: Row) -> float:
        return self.style.size * 1.3 if row.command else 0.0

    def _label(self, row: Row) -> list[str]:
        return wrap(row.label, self.style.room, self.width("bold"))

    def _command(self, row: Row) -> list[str]:
        """A command that is too wide goes on after a backslash, as the shell reads it."""
        measure, room = self.width(self.style.command), self.style.room - self._indent(row)
        if measure(row.command) <= room:
            return [row.command]
        lines, parts, rest = wrap(row.command, room - measure(" \\"), measure), [], row.command
        for line in lines[:-1]:
            rest = rest[len(line) :]
            parts.append(line + (" \\" if rest.startswith(" ") else "\\"))
            rest = rest.removeprefix(" ")
        return [*parts, lines[-1]]

    def _column(self, block: Block) -> float:
        """The width of the column of commands or labels that costs fewest lines and leaves fewest
        remarks astray.
        """
        pairs = {
            (row.command or row.label, self.style.command if row.command else "bold")
            for row in block.rows
        }
        widths = sorted(self.width(face)(text) for text, face in pairs if text) or [0.0]
        return min(widths, key=lambda column: (self._cost(block, column), -column))

    def _cost(self, block: Block, column: float) -> float:
        cost = 0.0
        for row in block.rows:
            parts = self._parts(row, column)
            cost += _height(parts)
            if len(parts) > 1 and parts[1][0] != self._indent(row) + column + self.space:
                cost += RAGGED
        return cost


_Part = tuple[float, int, list[str], str]
"""Left edge, lines to skip, lines, face."""


def _height(parts: list[_Part]) -> int:
    """How many lines a row takes."""
    return max(skip + len(lines) for _, skip, lines, _ in parts)


def set_card(card: Card, below: str, measure: Measure) -> Layout:
    """The roomiest layout that fits one page; raises WizardError when not even the tightest does."""  # noqa: E501
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
