"""The lab's machines taken into a build's answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.sim import SimHost
from wizard.lab.adopt import adopt
from wizard.lab.base.paths import LAB_ENV, LabPaths
from wizard.lab.base.spec import make_spec, save_spec
from wizard.run.session import Session
from wizard.state.store import Store


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LabPaths:
    monkeypatch.setenv(LAB_ENV, str(tmp_path / "lab"))
    found = LabPaths(tmp_path / "lab")
    found.root.mkdir()
    found.known_hosts.touch()
    return found


def session(folder: Path) -> Session:
    made = Session(Store(folder / "state"), (), lambda *_: dict[str, SimHost]())
    made.open()
    return made


def boot(paths: LabPaths, **settings: Any) -> None:
    save_spec(paths.spec, make_spec(**settings))


def test_a_backup_host_that_comes_later_is_taken(paths: LabPaths, tmp_path: Path) -> None:
    one = session(tmp_path)
    boot(paths)
    adopt(one)
    assert one.answers.backup_host is None
    boot(paths, backup=True)
    adopt(one)
    assert one.answers.backup_host is not None and one.answers.backup_host.short == "backup"
    assert one.answers.guest.gateway is not None
    again = one.answers
    adopt(one)
    assert one.answers == again
    one.close()


def test_what_was_decided_stays(paths: LabPaths, tmp_path: Path) -> None:
    one = session(tmp_path)
    boot(paths)
    adopt(one)
    data = one.answers.model_dump(exclude_unset=True)
    data["backup"] = {"host": {"name": "vault.example.net", "ip": "192.168.0.9"}}
    data["guest"] = {"proxy": "http://proxy:3142"}
    one.decide(type(one.answers).model_validate(data))
    boot(paths, backup=True)
    adopt(one)
    assert (
        one.answers.backup.host.name == "vault.example.net"
        and one.answers.guest.proxy == "http://proxy:3142"
    )
    one.close()
