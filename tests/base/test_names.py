"""Names in sentences: the verb agrees with how many they are."""

from __future__ import annotations

import pytest

from wizard.base.names import clause, counted, together


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], ""),
        (["node1"], "node1"),
        (["node1", "node2"], "node1 and node2"),
        (("a", "b", "c"), "a, b and c"),
    ],
)
def test_names_are_the_subject_of_a_sentence(names: list[str], expected: str) -> None:
    assert together(names) == expected


def test_the_verb_agrees_with_the_number_of_names() -> None:
    assert clause(["node1"], "still starts", "still start") == "node1 still starts"
    assert (
        clause(["node1", "node2"], "still starts", "still start") == "node1 and node2 still start"
    )


def test_what_is_counted_agrees_with_its_number() -> None:
    told = [counted(number, "command") for number in (0, 1, 2)]
    assert told == ["0 commands", "1 command", "2 commands"]
    assert counted(1, "copy", "copies") == "1 copy"
    assert counted(3, "copy", "copies") == "3 copies"
