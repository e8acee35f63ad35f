"""The figures of the house, for anyone to run: `python -m tests.house`, `… --files` for each file.

Files a folder, imports against the layers of pyproject.toml, lines, functions, syntax nodes a line,
comments. `tests/test_house.py` holds the limits.
"""

from __future__ import annotations

import argparse
import ast
import graphlib
import statistics
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CODE = ("wizard", "steps", "screens")
TREES = (*CODE, "tests")
MOST_FILES = 20
MOST_LINES = 350
MOST_FUNCTION_LINES = 60

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Function:
    """One function or method."""

    name: str
    line: int
    lines: int
    annotated: bool


@dataclass(frozen=True)
class File:
    """What one file of Python is made of."""

    path: Path
    """Below the root."""
    lines: int
    code: int
    """Lines that are not blank."""
    characters: int
    comments: int
    """Lines that hold nothing but a comment."""
    nodes: int
    comprehensions: int
    conditionals: int
    """Conditional expressions: `a if b else c`."""
    tuples: int
    """Assignments of several unrelated values at once: `a, b = c, d`."""
    functions: tuple[Function, ...]

    @property
    def density(self) -> float:
        """Syntax nodes in a line that is not blank."""
        return self.nodes / self.code if self.code else 0.0


@dataclass(frozen=True)
class Arrow:
    """An import of a room from one above it."""

    source: str
    target: str
    line: int


def files(trees: Sequence[str], root: Path = ROOT) -> list[File]:
    """All files of Python below the trees, in order."""
    paths = [path for tree in trees for path in sorted((root / tree).rglob("*.py"))]
    return [measured(path, root) for path in paths]


def measured(path: Path, root: Path = ROOT) -> File:
    """The figures of one file."""
    text = path.read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(text)))
    kinds = Counter(map(type, nodes))
    code = [line for line in text.splitlines() if line.strip()]
    return File(
        path=path.relative_to(root),
        lines=len(text.splitlines()),
        code=len(code),
        characters=sum(len(line) for line in code),
        comments=sum(line.lstrip().startswith("#") for line in code),
        nodes=len(nodes),
        comprehensions=sum(kinds[kind] for kind in _COMPREHENSIONS),
        conditionals=kinds[ast.IfExp],
        tuples=sum(_several_at_once(node) for node in nodes),
        functions=tuple(_function(node) for node in nodes if isinstance(node, _FUNCTIONS)),
    )


def _several_at_once(node: ast.AST) -> bool:
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Tuple):
        return False
    return any(isinstance(target, ast.Tuple) for target in node.targets)


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Function:
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    typed = [word for word in given if word.arg not in ("self", "cls")]
    annotated = node.returns is not None and all(word.annotation for word in typed)
    end = node.end_lineno or node.lineno
    return Function(node.name, node.lineno, end - node.lineno + 1, annotated)


def folders(made: Sequence[File]) -> Counter[Path]:
    """How many files of Python each folder holds."""
    return Counter(file.path.parent for file in made)


def arrows_up(root: Path = ROOT) -> list[Arrow]:
    """All imports that go against the contracts of type `layers`, also those that import-linter
    is told to ignore.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layered = [contract for contract in contracts if contract["type"] == "layers"]
    imports = list(_imports(root))
    return [
        arrow
        for contract in layered
        for container in contract["containers"]
        for arrow in _against(imports, container, _floors(contract))
    ]


def _floors(contract: dict[str, Any]) -> dict[str, int]:
    """Each room's floor, the ground being the highest number."""
    floors: dict[str, int] = {}
    for number, layer in enumerate(contract["layers"]):
        for room in layer.replace("|", ":").split(":"):
            floors[room.strip(" ()")] = number
    return floors


def _against(imports: Sequence[Arrow], container: str, floors: dict[str, int]) -> Iterator[Arrow]:
    for arrow in imports:
        source = _room(arrow.source, container)
        target = _room(arrow.target, container)
        if source in floors and target in floors and floors[target] < floors[source]:
            yield arrow


def _room(module: str, container: str) -> str | None:
    """The part of a module's name that says in which room of a container it is."""
    if not module.startswith(f"{container}."):
        return None
    return module.removeprefix(f"{container}.").partition(".")[0]


def _imports(root: Path) -> Iterator[Arrow]:
    for tree in CODE:
        for path in sorted((root / tree).rglob("*.py")):
            source = ".".join(path.relative_to(root).with_suffix("").parts)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                for target in _targets(node):
                    yield Arrow(source, target, getattr(node, "lineno", 0))


def _targets(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [name.name for name in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [f"{node.module}.{name.name}" for name in node.names]
    return []


def circle(root: Path = ROOT) -> list[str]:
    """Files that import one another in a circle, the first one again at the end; lazy imports and
    those for types alone count too. Empty without any.
    """
    needs: dict[str, set[str]] = {}
    for tree in CODE:
        for path in (root / tree).rglob("*.py"):
            needs[_module(path.relative_to(root))] = set()
    for arrow in _imports(root):
        source = arrow.source.removesuffix(".__init__")
        # What is imported is a file, or a name out of one.
        target = arrow.target if arrow.target in needs else arrow.target.rpartition(".")[0]
        if target in needs and target != source:
            needs[source].add(target)
    try:
        graphlib.TopologicalSorter(needs).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def _module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def over_limits(made: Sequence[File]) -> list[str]:
    """What is larger than the house allows, each in a sentence."""
    found = [
        f"{folder}: {number} files, at most {MOST_FILES}"
        for folder, number in sorted(folders(made).items())
        if number > MOST_FILES
    ]
    for file in made:
        if file.lines > MOST_LINES:
            found.append(f"{file.path}: {file.lines} lines, at most {MOST_LINES}")
        for function in file.functions:
            if function.lines > MOST_FUNCTION_LINES:
                place = f"{file.path}:{function.line}: {function.name}"
                found.append(f"{place}: {function.lines} lines, at most {MOST_FUNCTION_LINES}")
    return found


def _spread(numbers: Sequence[int]) -> str:
    ordered = sorted(numbers)
    ninetieth = ordered[min(len(ordered) - 1, len(ordered) * 9 // 10)]
    return f"{statistics.median(ordered):.0f} / {ninetieth} / {ordered[-1]}"


def table(made: Sequence[File]) -> list[tuple[str, str]]:
    """The figures of some files together, each with its name."""
    functions = [function for file in made for function in file.functions]
    lines = sum(file.code for file in made)
    held = folders(made)
    fullest = max(held, key=lambda folder: held[folder])

    def per_thousand(number: int) -> str:
        return f"{1000 * number / lines:.1f}"

    return [
        ("files", f"{len(made)}"),
        ("folders, the fullest", f"{len(held)}, {fullest} with {held[fullest]} files"),
        ("lines a file, median / p90 / max", _spread([file.lines for file in made])),
        ("lines a function", _spread([function.lines for function in functions])),
        ("annotated", f"{100 * sum(f.annotated for f in functions) / len(functions):.0f} %"),
        ("comment lines", f"{100 * sum(file.comments for file in made) / lines:.1f} %"),
        ("syntax nodes a line", f"{sum(file.nodes for file in made) / lines:.2f}"),
        ("files above 8 nodes a line", f"{sum(file.density > 8 for file in made)}"),
        ("characters a line", f"{sum(file.characters for file in made) / lines:.0f}"),
        ("comprehensions in 1000 lines", per_thousand(sum(f.comprehensions for f in made))),
        ("conditional expressions", per_thousand(sum(f.conditionals for f in made))),
        ("tuple assignments", per_thousand(sum(f.tuples for f in made))),
    ]


def main(words: Sequence[str] | None = None) -> int:
    """Print the figures; 1 when something is larger than the house allows, or an import goes up
    or in a circle.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.house", description=__doc__)
    parser.add_argument("trees", nargs="*", help=f"folders below the root (else {' '.join(CODE)})")
    parser.add_argument("--files", action="store_true", help="each file, the densest first")
    given = parser.parse_args(words)
    made = files(given.trees or CODE)
    for name, value in table(made):
        print(f"{name:34} {value}")
    up = arrows_up()
    print(f"{'imports against the layers':34} {len(up)}")
    for arrow in up:
        print(f"  {arrow.source}:{arrow.line} imports {arrow.target}")
    round_and_round = circle()
    print(f"{'files in a circle of imports':34} {' -> '.join(round_and_round) or 'none'}")
    if given.files:
        for file in sorted(made, key=lambda file: -file.density):
            print(f"{file.density:5.1f} nodes a line {file.lines:4d} lines  {file.path}")
    broken = over_limits(made)
    print("\n".join(broken) or "nothing is over a limit")
    return 1 if broken or up or round_and_round else 0


if __name__ == "__main__":
    raise SystemExit(main())
