"""Help pages for reading line by line: paragraphs in one piece, so that they can be wrapped at any
width, and tables as one line a cell.
"""

from __future__ import annotations

import re

STARTS_BLOCK = re.compile(r"\s*([-*] |\d+\. |#|$)")
"""A line that ends a paragraph: an item of a list, a heading, nothing at all."""
CELL_BORDER = re.compile(r"(?<!\\)\|")
CODE_OR_EMPHASIS = re.compile(
    r"(?P<code>`[^`]*`)|\*\*(?P<strong>.+?)\*\*|(?<![\w*])\*(?!\s)(?P<weak>[^*]+?)\*(?![\w*])"
)


def as_lines(page: str) -> str:
    """The page with each paragraph and each item of a list on one line, without emphasis."""
    lines: list[str] = []
    header: list[str] = []
    open_paragraph = False
    for line in page.rstrip().split("\n"):
        is_row = line.startswith("|")
        is_code = line.startswith("    ")
        if is_row:
            cells = _cells(line)
            lines += _row(header, cells)
            header = header or cells
        elif open_paragraph and not is_code and not STARTS_BLOCK.match(line):
            lines[-1] += " " + line.strip()
        else:
            lines.append(line.lstrip("# ") if line.startswith("#") else line)
        if not is_row:
            header = []
        open_paragraph = not is_row and not is_code and line != "" and not line.startswith("#")
    return "\n".join(line if line.startswith("    ") else _plain(line) for line in lines)


def _cells(row: str) -> list[str]:
    cells = CELL_BORDER.split(row.strip().removeprefix("|").removesuffix("|"))
    return [cell.strip().replace(r"\|", "|") for cell in cells]


def _row(header: list[str], cells: list[str]) -> list[str]:
    """A row of a table: a line a cell, with the name of its column. The header itself is none."""
    if not header or not any(cell.strip("-: ") for cell in cells):
        return []
    named = [f"{name}: {cell}" for name, cell in zip(header, cells, strict=False)]
    return [f"- {named[0]}", *(f"  {cell}" for cell in named[1:])]


def _plain(line: str) -> str:
    return CODE_OR_EMPHASIS.sub(lambda found: next(filter(None, found.groups())), line)
