"""The help pages, as they lie among the assets."""

from __future__ import annotations

from importlib import resources


def help_text(name: str) -> str:
    """The help page of that name, or of the program as a whole when there is none: Markdown."""
    folder = resources.files("assets") / "help"
    page = folder / f"{name}.md"
    return (page if page.is_file() else folder / "general.md").read_text("utf-8")
