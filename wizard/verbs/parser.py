"""A command line whose options and arguments are never empty."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


class Parser(argparse.ArgumentParser):
    """Refuses an empty text, mostly a shell variable that is not set, as a wrong use.

    Taken as it is, it would mean everything (no step named: all steps) or this folder (a path).
    Verbs below get the same kind of parser. An argument with `type=str` may be empty.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.register("type", None, _filled)
        self.register("type", Path, _filled_path)


def _filled(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return text


def _filled_path(text: str) -> Path:
    return Path(_filled(text))
