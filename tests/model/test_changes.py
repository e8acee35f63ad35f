"""What a plan says of a file that it changes, and of how a command is undone."""

from __future__ import annotations

import pytest

from screens.shared.step_texts import about
from wizard.base.secrets import BULLETS, Secret
from wizard.model.changes import change, cut
from wizard.model.plan import Plan
from wizard.model.step import Command
from wizard.model.undo import Undo, in_words
from wizard.model.write import write_file


def test_a_change_is_a_unified_diff() -> None:
    command = write_file("node1", "/etc/a", "1\n2\nx\n", "why", old="1\n2\n3\n")
    assert change(command) == [
        "--- /etc/a as it is",
        "+++ /etc/a as it will be",
        "@@ -1,3 +1,3 @@",
        " 1",
        " 2",
        "-3",
        "+x",
    ]


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (write_file("node1", "/etc/a", "1\n", "why", old=""), "is new or was empty"),
        (write_file("node1", "/etc/a", "1\n", "why", old="1\n", mode="755"), "another mode"),
        (write_file("node1", "/etc/a", "1\n", "why"), "not shown"),
        (write_file("node1", "/etc/a", "1\n", "why", old="pass\n", secret=True), "not shown"),
    ],
)
def test_where_there_is_no_difference_to_show_one_line_says_why(
    command: Command, word: str
) -> None:
    (line,) = change(command)
    assert word in line and "pass" not in line


def test_a_command_that_replaces_no_file_has_no_change() -> None:
    assert change(Command("node1", ("true",), "why")) == []


def test_a_secret_is_masked() -> None:
    secret = Secret("correct horse")
    command = write_file("node1", "/etc/a", "none\n", "why", old=f"key = {secret.reveal()}\n")
    assert f"-key = {BULLETS}" in change(command)


def test_a_long_change_is_cut_with_the_place_of_the_rest() -> None:
    lines = [str(number) for number in range(10)]
    assert cut(lines, 10, "there") == lines
    assert cut(lines, 4, "there") == ["0", "1", "2", "3", "… 6 more lines: there"]


def test_consent_covers_the_text_that_is_replaced() -> None:
    digests = {
        Plan((write_file("node1", "/etc/a", "1\n", "why", old=old),)).digest
        for old in ("a\n", "b\n", None)
    }
    assert len(digests) == 3


def test_all_that_is_known_of_a_command_names_change_and_undo() -> None:
    old = "".join(f"{number}\n" for number in range(60))
    command = write_file("node1", "/etc/a", "1\n", "why", old=old)
    text = about(command)
    assert "undo    put back what was at /etc/a before" in text
    assert "\n-59\n" in text and "undone by\nsh -c" in text
    short = about(command, 5)
    assert "\n-59\n" not in short and "more lines: Enter shows all" in short


@pytest.mark.parametrize(
    ("undo", "told"),
    [
        ("", "cannot be undone"),
        ("none: what it held is gone", "cannot be undone: what it held is gone"),
        ("none needed: it only reads", "none needed: it only reads"),
        ("vgremove xenvg", "not by the wizard; by hand: vgremove xenvg"),
        (Undo(("rm", "a b")), "rm 'a b'"),
        (Undo(("rm", "a"), "take it away"), "take it away"),
    ],
)
def test_how_a_command_is_undone_is_told(undo: Undo | str, told: str) -> None:
    assert in_words(undo) == told
