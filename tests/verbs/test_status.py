"""`status` where the journal says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.base.exits import Exit
from wizard.cli import main


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "No build was begun in"),
        ({"answers.json": '{"version": 1}', "journal.jsonl": ""}, "nothing was run yet"),
        ({"answers.json": '{"version": 1}'}, "nothing was run yet"),
        ({"journal.jsonl": "7\n"}, "is damaged; the hosts will be looked at"),
        ({"journal.jsonl": "[" * 100_000 + "\n"}, "is damaged; the hosts will be looked at"),
    ],
)
def test_status_of_a_journal_that_says_nothing(
    files: dict[str, str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    assert main(["--state", str(tmp_path), "status"]) == Exit.PENDING
    said = capsys.readouterr().out
    assert words in said and ("No build was begun" in said) == (not files)
