"""Files on a host that must hold a certain text, and the texts among our own assets."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

from wizard.model.step import Command, write_file


def put(
    host: str,
    path: str,
    text: str,
    why: str,
    *,
    now: str | None,
    mode: str = "644",
    undo: str = "",
    **more: Any,
) -> Iterator[Command]:
    """Write a file that must hold exactly this text; nothing when it does.

    `now` is the text that is there, None where the file is missing. Without an `undo` of its own
    the file is taken to be wholly ours: it can be removed. `more` goes to the command.
    """
    if now != text:
        yield write_file(host, path, text, why, mode=mode, undo=undo or f"rm {path}", **more)


@cache
def template(name: str) -> str:
    """The text of one of our files for hosts, named by its path below assets/templates."""
    file = resources.files("assets").joinpath("templates", *name.split("/"))
    return file.read_text(encoding="utf-8")
