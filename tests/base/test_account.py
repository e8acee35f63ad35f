"""An account that has no name: containers run programs under any number."""

from __future__ import annotations

import getpass
import os
import pwd

import pytest

from wizard.base.account import ensure_name


def test_its_number_is_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(number: int) -> pwd.struct_passwd:
        raise KeyError(f"getpwuid(): uid not found: {number}")

    for name in ("USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LOGNAME", "")
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    ensure_name()
    assert getpass.getuser() == str(os.getuid())


def test_a_name_that_is_known_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "somebody")
    ensure_name()
    assert getpass.getuser() == "somebody"
