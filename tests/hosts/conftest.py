from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.server import SSHD, Server, serving
from wizard.hosts.ssh import SshHost


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if SSHD is None:
        pytest.fail("no sshd on this machine: apt-get install openssh-server")
    with serving(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture
def host(server: Server) -> Iterator[SshHost]:
    one = server.host()
    yield one
    one.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sshd"
