"""Which file the program is, and whether it is all of it."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from wizard.base import program


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Forget what this process is, before and after."""
    program.one_file.cache_clear()
    program.digest.cache_clear()
    yield
    program.one_file.cache_clear()
    program.digest.cache_clear()


def test_one_archive_is_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ganeti-wizard"
    path.write_bytes(b"#!/usr/bin/env python3\n")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("__main__.py", "")
    monkeypatch.setattr(sys, "argv", [str(path)])
    assert program.one_file() == path
    assert program.digest() == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", ["script", "missing", ""])
def test_any_other_installation_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "script").write_text("#!/usr/bin/python3\nimport wizard\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [name])
    assert program.one_file() is None
    assert program.digest() == ""
