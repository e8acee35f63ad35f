"""The card as Markdown, for a wiki or a text terminal."""

from __future__ import annotations

import re

from wizard.daily.card_pdf import below
from wizard.model.card import Block, Card, Row

_SPECIAL = re.compile(r"([\\`*_<>\[\]#|])")


def markdown(card: Card, made: str) -> str:
    """The whole card; commands as code, steps numbered."""
    parts = [f"# {_plain(card.title)}", _plain(below(card, made)), *map(_block, card.blocks)]
    return "\n\n".join(parts) + "\n"


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text.replace("\u00a0", " "))


def _block(block: Block) -> str:
    lines, number = [f"## {_plain(block.title)}", ""] if block.title else [], 0
    for row in block.rows:
        number += bool(row.command)
        lines.append(_row(row, number))
    return "\n".join(lines)


def _row(row: Row, number: int) -> str:
    text = f"**{_plain(row.text)}**" if row.danger else _plain(row.text)
    if row.label:
        text = f"**{_plain(row.label)}** {text}"
    if not row.command:
        return f"- {text}"
    return f"{number}. `{row.command}`" + (f": {text}" if text else "")
