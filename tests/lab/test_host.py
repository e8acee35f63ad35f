"""What this machine lacks is refused in words that say what, where and how to mend it."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from wizard.base.errors import LabError
from wizard.lab.base import host
from wizard.lab.base.host import (
    RUN_TOOLS,
    need_disk,
    need_memory,
    need_ports,
    need_tools,
    port_free,
)
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.spec import make_spec


@contextlib.contextmanager
def listener() -> Iterator[int]:
    """A port of 127.0.0.1 that somebody listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_taken_port_is_named() -> None:
    with listener() as port:
        assert not port_free(port)
        with pytest.raises(LabError, match=str(port)) as caught:
            need_ports([port])
        assert caught.value.where == "127.0.0.1"
        assert "--port-base" in caught.value.mend
    assert port_free(port)


def test_missing_programs_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "find_tool", lambda name: None)
    with pytest.raises(LabError, match="qemu-system-x86_64") as caught:
        need_tools(RUN_TOOLS)
    assert caught.value.mend == "as root: apt-get install openssh-client qemu-system-x86 qemu-utils"


def test_programs_of_the_administrator_are_found_without_his_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert host.find_tool("mke2fs")
    assert host.find_tool("no-such-program") is None


def test_too_little_disk(tmp_path: Path) -> None:
    need_disk(tmp_path / "not" / "yet" / "there", 1)
    with pytest.raises(LabError, match="GiB needed") as caught:
        need_disk(tmp_path, 1 << 60)
    assert caught.value.where == str(tmp_path)


def test_too_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    assert host.available_memory_mib() > 0
    monkeypatch.setattr(host, "available_memory_mib", lambda: 6000)
    small = make_spec(memory_mib=2048, backup=True)
    need_memory(small, small.cluster)
    with pytest.raises(LabError, match="6000 MiB of memory available, 9216 MiB needed"):
        need_memory(make_spec(), make_spec().nodes)


def test_a_folder_too_deep_for_sockets(tmp_path: Path, paths: LabPaths) -> None:
    paths.check("node1")
    with pytest.raises(LabError, match="too long"):
        LabPaths(tmp_path / ("x" * 100)).check("node1")
