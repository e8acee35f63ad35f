"""The card as Markdown, for a wiki or a text terminal."""

from __future__ import annotations

import re

from wizard.daily.card.pdf import below
from wizard.model.card import Block, Card, Row

_SPECIAL = re.compile(r"([\\`*_<>\[\]#|])")


def markdown(card: Card, made: str) -> str:
    """The whole card; commands as code, steps numbered."""
    parts = [f"# {_plain(card.title)}", _plain(below(card, made))]
    for block in card.blocks:
        parts.append(_block(block))
    return "\n\n".join(parts) + "\n"


def _plain(text: str) -> str:
    """A text in which nothing is markup; a blank that does not break is a blank."""
    return _SPECIAL.sub(r"\\\1", text.replace("\u00a0", " "))


def _block(block: Block) -> str:
    lines = []
    if block.title:
        lines.append(f"## {_plain(block.title)}")
        lines.append("")
    number = 0
    for row in block.rows:
        if row.command:
            number += 1
        lines.append(_row(row, number))
    return "\n".join(lines)


def _row(row: Row, number: int) -> str:
    text = _plain(row.text)
    if row.danger:
        text = f"**{text}**"
    if row.label:
        text = f"**{_plain(row.label)}** {text}"
    if not row.command:
        return f"- {text}"
    command = f"{number}. `{row.command}`"
    return f"{command}: {text}" if text else command
