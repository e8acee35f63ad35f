"""Data of a MariaDB server, made once; the tests' servers run on copies of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shared import made_once
from tests.steps.archive.server import MARIADBD, ROWS, Maria


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a server that was just installed."""
    if MARIADBD is None:
        pytest.fail(
            "no MariaDB on this machine: apt-get install mariadb-server-core mariadb-client"
        )
    return made_once(tmp_path_factory, "maria-empty", Maria) / "data"


@pytest.fixture(scope="session")
def filled_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with tables (`Maria.fill`); nothing in it says when they were written to."""

    def make(folder: Path) -> None:
        server = Maria(folder, template)
        try:
            server.start().fill(ROWS)
        finally:
            server.stop()

    return made_once(tmp_path_factory, "maria-filled", make) / "data"
