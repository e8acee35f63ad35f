"""Files and pipes are read and written as UTF-8, never as the locale has it: in an 8-bit locale a
name with an umlaut would come back changed, or not at all.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import CODE, ROOT

pytestmark = pytest.mark.slow


def _named(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _mode(call: ast.Call) -> str:
    """The mode in which a file is opened; "b" where it is none that stands there."""
    given = {word.arg: word.value for word in call.keywords}
    position = 0 if isinstance(call.func, ast.Attribute) else 1
    mode = given.get("mode") or (call.args[position] if len(call.args) > position else None)
    if mode is None:
        # `open()` of something else than a path has no mode.
        return "r" if isinstance(call.func, ast.Name) else "b"
    text = mode.value if isinstance(mode, ast.Constant) and isinstance(mode.value, str) else "b"
    return text if set(text) <= set("rwaxbt+") else "b"


def _goes_by_the_locale(call: ast.Call) -> bool:
    given = {word.arg: word.value for word in call.keywords}
    if "encoding" in given:
        return False
    name = _named(call)
    if name == "read_text":
        return not call.args
    if name == "write_text":
        return len(call.args) < 2
    if name == "open":
        return "b" not in _mode(call)
    text = given.get("text", given.get("universal_newlines"))
    return isinstance(text, ast.Constant) and text.value is True


def _calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            yield node


def test_no_file_and_no_pipe_goes_by_the_locale() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for room in CODE
        for path in (ROOT / room).rglob("*.py")
        for call in _calls(path)
        if _goes_by_the_locale(call)
    ]
    assert found == []


def test_what_goes_by_the_locale_is_seen() -> None:
    bad = "p.read_text(); p.write_text(x); open(p); p.open('a+'); run(argv, text=True)"
    good = (
        "p.read_text('utf-8'); p.write_text(x, 'utf-8'); open(p, 'rb'); p.open('ab'); lock.open();"
        "open(p, encoding='utf-8'); run(argv, text=True, encoding='utf-8')"
    )
    for text, wanted in ((bad, True), (good, False)):
        calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
        assert {_goes_by_the_locale(call) for call in calls} == {wanted}
