"""The card as a PDF: one A4 page, black on white, by fpdf2."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wizard import __version__
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.daily.card.layout import HEIGHT, WIDTH, Layout, set_card
from wizard.model.card import Card

if TYPE_CHECKING:
    from fpdf import FPDF

CORE = {
    "text": ("helvetica", ""),
    "bold": ("helvetica", "B"),
    "command": ("courier", "B"),
    "condensed": ("courier", "B"),
}
"""Fonts that every PDF reader has; they know Latin-1 only."""
WIDE = {"text": ("wide", ""), "bold": ("wide", "B")}
FOLDERS = (
    "/usr/share/fonts/truetype/dejavu",
    "/usr/share/fonts/dejavu-sans-fonts",
    "/usr/share/fonts/TTF",
)
FILES = {"text": "DejaVuSans.ttf", "bold": "DejaVuSans-Bold.ttf"}
CONDENSED = 85.0
"""Per cent of their width that the letters of the condensed face have."""
UNIT = 100.0
"""The size in which texts are measured; widths grow with it."""


class Pen:
    """Measures and writes; a text that is not Latin-1 gets a font of the system that has its
    letters.
    """

    def __init__(self) -> None:
        from fpdf import FPDF

        self.pdf: FPDF = FPDF(unit="pt", format="A4")
        self.pdf.set_auto_page_break(False)
        self.pdf.add_page()
        self._loaded: set[str] = set()
        self._widths: dict[tuple[str, str], float] = {}

    def _take(self, text: str, face: str, size: float) -> None:
        try:
            text.encode("latin-1")
            family, style = CORE[face]
        except UnicodeEncodeError:
            family, style = WIDE[face]
            self._load(face, text)
        self.pdf.set_font(family, style, size)
        self.pdf.set_stretching(CONDENSED if face == "condensed" else 100.0)

    def _load(self, face: str, text: str) -> None:
        family, style = WIDE[face]
        if face not in self._loaded:
            path = next(
                (path for one in FOLDERS if (path := Path(one) / FILES[face]).is_file()), None
            )
            if path is None:
                raise _letters(
                    text, f"there is no {FILES[face]} here: apt-get install fonts-dejavu-core"
                )
            self.pdf.add_font(family, style, path)
            self._loaded.add(face)
        known = getattr(self.pdf.fonts[family + style], "cmap", {})
        if any(ord(letter) not in known for letter in text):
            raise _letters(text, "the font DejaVu does not have them")

    def width(self, text: str, face: str, size: float) -> float:
        """A Measure."""
        if (text, face) not in self._widths:
            self._take(text, face, UNIT)
            self._widths[text, face] = float(self.pdf.get_string_width(text)) / UNIT
        return self._widths[text, face] * size

    def write(self, layout: Layout) -> None:
        """Everything at its place."""
        self.pdf.set_line_width(1.2)
        for y in layout.rules:
            self.pdf.line(layout.style.margin, y, WIDTH - layout.style.margin, y)
        for piece in layout.pieces:
            self._take(piece.text, piece.face, piece.size)
            self.pdf.text(piece.x, piece.y, piece.text.replace("\u00a0", " "))


def _letters(text: str, why: str) -> WizardError:
    return WizardError(
        f"the letters of {text!r} cannot be printed: {why}",
        mend=(
            "install the font, write it in Latin letters (card.phones in the answers), or "
            "take --markdown"
        ),
        code=Exit.BLOCKED,
    )


def below(card: Card, made: str) -> str:
    """The line under the title: what tells whether the card still holds."""
    return (
        f"Made {made} · configuration {card.serial} · still right? ganeti-wizard card "
        f"--check {card.digest}"
    )


def pdf(card: Card, made: str) -> bytes:
    """The file; `made` is the day as 2026-11-22. Raises WizardError when it does not fit or cannot
    be printed.
    """
    pen = Pen()
    pen.write(set_card(card, below(card, made), pen.width))
    assert (pen.pdf.page, HEIGHT) == (1, 841.89)
    pen.pdf.set_title(f"{card.title}: what to do")
    pen.pdf.set_creator(f"ganeti-wizard {__version__}")
    pen.pdf.set_creation_date(datetime.fromisoformat(f"{made}T00:00:00+00:00"))
    return bytes(pen.pdf.output())
