"""Files on a host that must hold a certain text, and the texts among our own assets."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

from wizard.model.step import Command
from wizard.model.write import write_file


def put(
    host: str,
    path: str,
    text: str,
    why: str,
    *,
    now: str | None,
    mode: str = "644",
    **more: Any,
) -> Iterator[Command]:
    """Write a file that must hold exactly this text; nothing when it does.

    `now` is the text that is there, None where the file is missing. `more` goes to the command.
    """
    if now != text:
        yield write_file(host, path, text, why, mode=mode, old=now or "", **more)


@cache
def template(name: str) -> str:
    """The text of one of our files for hosts, named by its path below assets/templates."""
    file = resources.files("assets").joinpath("templates", *name.split("/"))
    return file.read_text(encoding="utf-8")
