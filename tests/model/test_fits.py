"""What a parsed fact may hold is what its dataclasses declare."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from wizard.model.fits import LARGEST, misfit


@dataclass(frozen=True)
class Disk:
    serial: str
    size: int = 0
    used: float | None = None
    healthy: bool | None = None


@dataclass(frozen=True)
class Machine:
    disks: tuple[Disk, ...] = ()
    place: tuple[str, int] = ("", 0)
    words: Mapping[str, tuple[str, ...]] | None = None
    tags: frozenset[str] = frozenset()
    kind: Literal["node", "guest"] = "node"
    anything: Any = None


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        5,
        0.5,
        Machine(),
        Machine((Disk("a", 5, 0.5, True), Disk("b", used=3)), ("x", 1), {"a": ("b",)}),
        {"node1": [Machine(tags=frozenset({"a"}), kind="guest", anything={"x": [1, None]})]},
    ],
)
def test_what_is_as_declared_fits(value: object) -> None:
    assert misfit(value) == ""


WRONG: list[tuple[Any, str]] = [
    (LARGEST, "number"),
    ([1, math.nan], "number"),
    (Disk(5), "Disk.serial"),  # type: ignore[arg-type]
    (Disk("a", True), "Disk.size"),
    (Disk("a", -LARGEST), "Disk.size"),
    (Disk("a", used=math.inf), "Disk.used"),
    (Disk("a", used="5"), "Disk.used"),  # type: ignore[arg-type]
    (Disk("a", healthy=[[]]), "Disk.healthy"),  # type: ignore[arg-type]
    (Machine((Disk("a"), "b")), "Machine.disks"),  # type: ignore[arg-type]
    (Machine((Disk("a"), Disk(None))), "Disk.serial"),  # type: ignore[arg-type]
    (Machine(place=("x",)), "Machine.place"),  # type: ignore[arg-type]
    (Machine(words={"a": ("b", 5)}), "Machine.words"),  # type: ignore[dict-item]
    (Machine(words={5: ("b",)}), "Machine.words"),  # type: ignore[dict-item]
    (Machine(tags=frozenset({5})), "Machine.tags"),  # type: ignore[arg-type]
    (Machine(kind="other"), "Machine.kind"),  # type: ignore[arg-type]
    (Machine(anything=[1e999]), "Machine.anything"),
    ({"node1": (Disk(()),)}, "Disk.serial"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("value", "field"), WRONG)
def test_the_first_field_that_holds_something_else_is_named(value: Any, field: str) -> None:
    assert misfit(value) == field
