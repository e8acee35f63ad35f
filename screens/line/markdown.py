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
        if line.startswith("|"):
            cells = _cells(line)
            lines += _row(header, cells)
            header = header or cells
            open_paragraph = False
            continue
        header = []
        if open_paragraph and _goes_on(line):
            lines[-1] += " " + line.strip()
        elif line.startswith("#"):
            lines.append(line.lstrip("# "))
            open_paragraph = False
        else:
            lines.append(line)
            open_paragraph = line != "" and not _is_code(line)
    # Only now: an emphasis may begin on one line of a paragraph and end on the next.
    return "\n".join(_plain(line) for line in lines)


def _is_code(line: str) -> bool:
    return line.startswith("    ")


def _goes_on(line: str) -> bool:
    """Whether a line belongs to the paragraph above it."""
    if _is_code(line):
        return False
    return not STARTS_BLOCK.match(line)


def _cells(row: str) -> list[str]:
    inside = row.strip().removeprefix("|").removesuffix("|")
    cells = []
    for cell in CELL_BORDER.split(inside):
        text = cell.strip()
        cells.append(text.replace(r"\|", "|"))
    return cells


def _row(header: list[str], cells: list[str]) -> list[str]:
    """A row of a table: a line a cell, with the name of its column. The header itself is none."""
    is_ruler = not any(cell.strip("-: ") for cell in cells)
    if not header or is_ruler:
        return []
    lines = []
    mark = "- "
    for name, cell in zip(header, cells, strict=False):
        lines.append(f"{mark}{name}: {cell}")
        mark = "  "
    return lines


def _plain(line: str) -> str:
    """A line without the stars of emphasis; code is left as it is."""
    if _is_code(line):
        return line
    return CODE_OR_EMPHASIS.sub(_inside, line)


def _inside(marked: re.Match[str]) -> str:
    """What is emphasised, or code within a line with its quotes: one of the groups is filled."""
    return marked["code"] or marked["strong"] or marked["weak"]
