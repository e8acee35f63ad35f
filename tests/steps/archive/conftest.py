from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from steps.archive.facts import archive
from tests.hosts.server import SSHD, Server, serving
from tests.remote.fake import quick, systemd
from tests.steps.archive.bench import Bench
from tests.steps.archive.server import Maria, running
from wizard.remote import stream, unit


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if SSHD is None:
        pytest.fail("no sshd on this machine: apt-get install openssh-server")
    with serving(tmp_path_factory.mktemp("places")) as server:
        yield server


@pytest.fixture
def maria(template: Path, tmp_path: Path) -> Iterator[Maria]:
    with running(tmp_path / "maria", template) as server:
        yield server


@pytest.fixture
def engine_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The PATH of a systemd that needs no PID 1; folders of the test's own for what is kept."""
    monkeypatch.setattr(unit, "DIRECTORY", str(tmp_path / "wizard" / "units"))
    monkeypatch.setattr(unit, "_FOLLOW", quick(unit._FOLLOW))
    monkeypatch.setattr(stream, "PAUSE", 0.05)
    monkeypatch.setattr(archive, "FOLDER", str(tmp_path / "waited"))
    return systemd(tmp_path / "bin")


@pytest.fixture
def bench(maria: Maria, places: Server, tmp_path: Path, engine_here: str) -> Bench:
    """An engine over this machine as the instance, whose server is empty."""
    return Bench(maria, places, tmp_path, engine_here)


@pytest.fixture
def filled(
    filled_template: Path, places: Server, tmp_path: Path, engine_here: str
) -> Iterator[Bench]:
    """A bench whose server has tables and does not know when they were written to."""
    with running(tmp_path / "maria", filled_template) as server:
        yield Bench(server, places, tmp_path, engine_here)
