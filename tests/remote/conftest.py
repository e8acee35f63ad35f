from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.server import SSHD, Server, serving
from tests.remote.fake import quick, systemd
from wizard.hosts.local import LocalHost
from wizard.hosts.ssh import SshHost
from wizard.remote import stream, unit


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A PATH with a systemd that needs no PID 1, and a directory of units below the test's own."""
    monkeypatch.setattr(unit, "DIRECTORY", str(tmp_path / "wizard" / "units"))
    monkeypatch.setattr(unit, "_FOLLOW", quick(unit._FOLLOW))
    monkeypatch.setattr(stream, "PAUSE", 0.05)
    return systemd(tmp_path / "bin")


@pytest.fixture
def here(path: str) -> LocalHost:
    return LocalHost("node1", path=path, need_root=False)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if SSHD is None:
        pytest.fail("no sshd on this machine: apt-get install openssh-server")
    with serving(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture
def there(server: Server, path: str) -> Iterator[SshHost]:
    host = server.host(path=path)
    yield host
    host.close()
