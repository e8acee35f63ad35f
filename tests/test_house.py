"""The limits of the house, and that its measure sees what is over them."""

from __future__ import annotations

from pathlib import Path

from tests import house


def test_nothing_is_over_a_limit() -> None:
    assert house.over_limits(house.files(house.TREES)) == []


def test_no_import_goes_up() -> None:
    assert house.arrows_up() == []


def test_no_imports_go_in_a_circle() -> None:
    assert house.circle() == []


def test_what_is_too_large_is_named(tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    for number in range(house.MOST_FILES + 1):
        (full / f"file{number:02}.py").touch()
    (full / "file00.py").write_text("x = 1\n" * (house.MOST_LINES + 1))
    (full / "file01.py").write_text("def long():\n" + "    pass\n" * house.MOST_FUNCTION_LINES)
    assert house.over_limits(house.files(["full"], tmp_path)) == [
        "full: 21 files, at most 20",
        "full/file00.py: 351 lines, at most 350",
        "full/file01.py:1: long: 61 lines, at most 60",
    ]


def test_what_is_as_large_as_it_may_be_is_not(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    for number in range(house.MOST_FILES):
        (tmp_path / "full" / f"file{number:02}.py").write_text("x = 1\n" * house.MOST_LINES)
    short = "def long():\n" + "    pass\n" * (house.MOST_FUNCTION_LINES - 1)
    (tmp_path / "full" / "file01.py").write_text(short)
    assert house.over_limits(house.files(["full"], tmp_path)) == []


def test_an_import_that_goes_up_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[[tool.importlinter.contracts]]\ntype = "layers"\n'
        'containers = ["wizard"]\nlayers = ["run", "hosts : state", "base"]\n'
    )
    for room in ("run", "hosts", "state", "base"):
        (tmp_path / "wizard" / room).mkdir(parents=True)
    (tmp_path / "wizard" / "run" / "engine.py").write_text("from wizard.hosts import host\n")
    (tmp_path / "wizard" / "base" / "shell.py").write_text("import sys\nimport wizard.run.engine\n")
    (tmp_path / "wizard" / "state" / "store.py").write_text("from wizard import run\n")
    assert house.arrows_up(tmp_path) == [
        house.Arrow("wizard.base.shell", "wizard.run.engine", 2),
        house.Arrow("wizard.state.store", "wizard.run", 1),
    ]


def test_a_circle_of_imports_is_named(tmp_path: Path) -> None:
    for tree in house.CODE:
        (tmp_path / tree).mkdir()
    (tmp_path / "wizard" / "__init__.py").touch()
    (tmp_path / "wizard" / "one.py").write_text("import wizard.two\n")
    (tmp_path / "wizard" / "two.py").write_text("from wizard import three\n")
    (tmp_path / "wizard" / "three.py").write_text("x = 1\n")
    assert house.circle(tmp_path) == []
    (tmp_path / "wizard" / "three.py").write_text("def lazily():\n    from wizard.one import x\n")
    found = house.circle(tmp_path)
    assert set(found) == {"wizard.one", "wizard.two", "wizard.three"}
    assert found[0] == found[-1]


def test_the_figures_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "small.py"
    file.write_text("# why\n\ndef f(a: int) -> int:\n    b, c = a, 1\n    return b if c else a\n")
    found = house.measured(file, tmp_path)
    assert (found.lines, found.code, found.comments) == (5, 4, 1)
    assert (found.conditionals, found.tuples, found.comprehensions) == (1, 1, 0)
    assert found.functions == (house.Function("f", 3, 3, annotated=True),)
