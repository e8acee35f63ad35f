from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from steps.archive.facts import archive
from tests.hosts.server import SSHD, Server, serving
from tests.remote.fake import systemd
from tests.steps.archive.bench import Bench
from tests.steps.archive.server import MARIADBD, ROWS, Maria, running
from wizard.remote import stream, unit


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if SSHD is None:
        pytest.fail("no sshd on this machine: apt-get install openssh-server")
    with serving(tmp_path_factory.mktemp("places")) as server:
        yield server


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if MARIADBD is None:
        pytest.fail(
            "no MariaDB on this machine: apt-get install mariadb-server-core mariadb-client"
        )
    return Maria(tmp_path_factory.mktemp("maria") / "template").data


@pytest.fixture
def maria(template: Path, tmp_path: Path) -> Iterator[Maria]:
    with running(tmp_path / "maria", template) as server:
        yield server


@pytest.fixture
def bench(maria: Maria, places: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """An engine over this machine as the instance, with its own folders and a systemd that needs no
    PID 1.
    """
    monkeypatch.setattr(unit, "DIRECTORY", str(tmp_path / "wizard" / "units"))
    monkeypatch.setattr(stream, "PAUSE", 0.2)
    monkeypatch.setattr(archive, "FOLDER", str(tmp_path / "waited"))
    return Bench(maria, places, tmp_path, systemd(tmp_path / "bin"))


@pytest.fixture
def filled(bench: Bench) -> Bench:
    """A bench whose server has tables and no longer knows when they were written to."""
    bench.maria.fill(ROWS)
    bench.maria.restart()
    return bench
