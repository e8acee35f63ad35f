"""What goes into the one file: all that is needed at run time, each pinned and with hashes."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest

from tests.house import ROOT


@pytest.mark.parametrize("version", ["3.11", "3.13"])
def test_each_requirement_has_its_version_and_its_hashes(version: str) -> None:
    argv = [sys.executable, str(ROOT / ".ci" / "locked.py"), version]
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    entry = r"^([a-z0-9-]+)==[^ ;]+ \\\n(?:    --hash=sha256:[0-9a-f]{64}.*\n)+"
    pinned = re.findall(entry, said, re.MULTILINE)
    assert pinned == re.findall(r"^([a-z0-9-]+)", said, re.MULTILINE)
    names = set(pinned)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {re.split("[=>]", text)[0] for text in project["dependencies"]} <= names
    # What comes by a dependency's dependency and by an extra is there, what only develops is not.
    assert {"pydantic-core", "linkify-it-py", "cffi"} <= names
    assert names.isdisjoint({"pytest", "mypy", "shiv", "pip", "setuptools"})
