"""Every library that is declared is used by the product, and every one that is used is declared."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ROOMS = ("wizard", "steps", "screens")
NAMED = ("textual", "questionary", "fabric", "pydantic", "platformdirs")
"""The libraries that the project was asked to build on."""
COMES_WITH = {
    "cryptography": "paramiko",
    "fpdf": "fpdf2",
    "prompt_toolkit": "questionary",
    "pydantic_core": "pydantic",
    "rich": "textual",
}
"""Modules of another name than the declared library that brings them."""


@cache
def imported() -> dict[str, set[str]]:
    """Which files import each library, by its module's name."""
    users: dict[str, set[str]] = {}
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for module in _modules(ast.parse(path.read_text("utf-8"))):
                name = module.partition(".")[0]
                if name not in sys.stdlib_module_names and name not in (*ROOMS, "assets"):
                    users.setdefault(name, set()).add(str(path.relative_to(ROOT)))
    return users


def _modules(tree: ast.Module) -> list[str]:
    """What a file imports when it runs: what is for the type checker alone does not count."""
    found: list[str] = []
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append(node.module)
        waiting += ast.iter_child_nodes(node)
    return found


def declared() -> set[str]:
    """The libraries that pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = [re.split(r"[^\w.-]", wanted, maxsplit=1)[0] for wanted in project["dependencies"]]
    return {name.lower().replace("-", "_") for name in names}


@pytest.mark.parametrize("name", NAMED)
def test_each_library_that_was_asked_for_is_used(name: str) -> None:
    assert name in declared()
    assert imported().get(name)


def test_what_is_imported_is_what_is_declared() -> None:
    used = {COMES_WITH.get(name, name) for name in imported()}
    assert used == declared()
