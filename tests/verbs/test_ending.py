"""An error that nobody foresaw is told like any other; its trace is kept for the report."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from wizard.base.errors import StateError
from wizard.base.exits import Exit
from wizard.verbs.ending import ended


def _fails() -> NoReturn:
    raise RuntimeError("boom")


def test_it_is_told_and_its_trace_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log").mkdir()
    assert ended(_fails, lambda: tmp_path) == Exit.FAILED
    told = capsys.readouterr().err
    assert "the wizard itself failed: RuntimeError: boom" in told and "Traceback" not in told
    assert "Traceback" in (tmp_path / "log" / "crash.log").read_text("utf-8")


def test_no_place_for_the_trace(capsys: pytest.CaptureFixture[str]) -> None:
    def nowhere() -> NoReturn:
        raise StateError("no home folder is known")

    assert ended(_fails, nowhere) == Exit.FAILED
    assert "the wizard itself failed: RuntimeError: boom" in capsys.readouterr().err


def test_a_log_that_is_a_pipe_is_not_waited_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import os

    (tmp_path / "log").mkdir()
    os.mkfifo(tmp_path / "log" / "crash.log")
    assert ended(_fails, lambda: tmp_path) == Exit.FAILED
    assert "boom" in capsys.readouterr().err
