"""The command that the login message names works from any directory."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from wizard.run.session import Session
from wizard.state.store import Store


@pytest.mark.parametrize(
    ("program", "wanted"),
    [
        ("./ganeti-wizard", "{here}/ganeti-wizard"),
        ("/opt/gw/wizard", "/opt/gw/wizard"),
        ("gw", "gw"),
        ("/opt/venv/site-packages/wizard/__main__.py", f"{sys.executable} -m wizard"),
    ],
)
def test_relative_paths_become_whole(
    program: str, wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [program])
    session = Session(Store(Path("state")), (), lambda answers, store, passwords: {})
    assert session.resume_command == f"{wanted.format(here=tmp_path)} --state {tmp_path}/state"
