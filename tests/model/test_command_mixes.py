"""A command that its kind cannot carry out as it is written is refused when it is made."""

from __future__ import annotations

from typing import Any

import pytest

from wizard.model.step import Command, Kind, Prompt

ASKED = (Prompt("key", "A passphrase"),)
BACK = ("ifdown", "xenbr0")


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (Kind.UNIT, {"stdin": ""}),
        (Kind.UNIT, {"prompts": ASKED}),
        (Kind.UNIT, {"keep": "headers/one"}),
        (Kind.JOB, {"keep": "headers/one"}),
        (Kind.REBOOT, {"stdin": "now"}),
        (Kind.REBOOT, {"prompts": ASKED}),
        (Kind.REBOOT, {"keep": "headers/one"}),
        (Kind.ROLLBACK, {"rollback": BACK, "stdin": "now"}),
        (Kind.ROLLBACK, {"rollback": BACK, "prompts": ASKED}),
        (Kind.ROLLBACK, {"rollback": BACK, "keep": "headers/one"}),
        (Kind.ROLLBACK, {}),
        (Kind.EXEC, {"rollback": BACK}),
        (Kind.UNIT, {"rollback": BACK}),
        (Kind.EXEC, {"ok": ()}),
        (Kind.REBOOT, {"guard": "true"}),
        (Kind.ROLLBACK, {"rollback": BACK, "guard": "true"}),
    ],
)
def test_impossible_mixes(kind: Kind, more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=kind.value):
        Command("node1", ("work",), "why", kind=kind, **more)


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (Kind.EXEC, {"stdin": "text", "prompts": ASKED, "keep": "headers/one"}),
        (Kind.JOB, {"stdin": "text", "prompts": ASKED}),
        (Kind.UNIT, {"unless": "headers/one", "ok": (0, 1)}),
        (Kind.ROLLBACK, {"rollback": BACK}),
        (Kind.JOB, {"guard": "true", "ok": (0, 1), "turning": True}),
    ],
)
def test_what_goes_together(kind: Kind, more: dict[str, Any]) -> None:
    assert Command("node1", ("work",), "why", kind=kind, **more).kind is kind


def test_what_a_guard_refuses_with_is_no_success() -> None:
    with pytest.raises(ValueError, match="75"):
        Command("node1", ("work",), "why", guard="true", ok=(0, 75))
