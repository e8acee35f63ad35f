"""A guest behind two nodes, all of them real ssh servers: ways, host keys, the wizard's key, the
shell.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.server import USER, Server, serving
from wizard.base.errors import HostKeyChanged, HostKeyUnknown, LoginRefused, Unreachable
from wizard.hosts import guest
from wizard.hosts.connect import own_key, public_key
from wizard.hosts.guest import GuestHost
from wizard.hosts.known_hosts import KnownHosts
from wizard.hosts.local import LocalHost

pytestmark = pytest.mark.sshd
NAME = "inst1.name.org"
OF_THE_LOGIN = r"cat; tr '\0' '\n' </proc/$PPID/environ | sed -n 's/^SSH_CONNECTION=//p'"
"""What sshd told the login shell; a command has none of its environment."""


@pytest.fixture
def inside(folder: Path) -> Iterator[Server]:
    """The guest's own ssh server."""
    with serving(folder / "inside") as running:
        yield running


@pytest.fixture
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the records; both "nodes" are this machine and share it."""
    made = tmp_path / "guests"
    made.mkdir()
    monkeypatch.setattr(guest, "RECORDS", str(made))
    return made


def record(records: Path, key: Path, age: int = 0) -> None:
    path = records / f"{NAME}.keys"
    path.write_text(f"{public_key(key)}\n")
    os.utime(path, (time.time() - age,) * 2)


def reach(inside: Server, ways: Sequence[Any], tmp_path: Path, **more: Any) -> GuestHost:
    known = KnownHosts(tmp_path / "state" / "known_hosts", ())
    values: dict[str, Any] = {
        "known_hosts": known,
        "own_key": inside.key,
        "port": inside.port,
        "user": USER,
        **more,
    }
    return GuestHost(NAME, inside.address, ways, **values)


def test_through_a_node_with_the_key_that_it_recorded(
    server: Server, inside: Server, records: Path, tmp_path: Path
) -> None:
    record(records, inside.host_key)
    host = reach(inside, [server.host()], tmp_path)
    assert host.name == "inst1" and not host.is_self
    assert host.run(("sh", "-c", OF_THE_LOGIN), stdin=b"hello\n").out.startswith(
        "hello\n127.0.0.1 "
    )
    kind, blob = public_key(inside.host_key).split()[:2]
    assert host.known_hosts.own.read_text() == f"{NAME} {kind} {blob}\n"
    host.close()


def test_without_a_record_the_key_is_unknown(
    server: Server, inside: Server, records: Path, tmp_path: Path
) -> None:
    host = reach(inside, [server.host()], tmp_path)
    with pytest.raises(HostKeyUnknown) as caught:
        host.run(("true",))
    host.known_hosts.accept(caught.value.key_line)
    assert host.run(("true",)).rc == 0
    host.close()


def test_a_key_changed_by_a_reinstall_is_replaced_any_other_is_refused(
    server: Server, inside: Server, records: Path, tmp_path: Path
) -> None:
    host = reach(inside, [server.host()], tmp_path)
    old = public_key(own_key(tmp_path / "old")).split()
    host.known_hosts.accept(f"{NAME} {old[0]} {old[1]}")
    with pytest.raises(HostKeyChanged):
        host.run(("true",))
    record(records, own_key(tmp_path / "other"))
    with pytest.raises(HostKeyChanged):
        host.run(("true",))
    record(records, inside.host_key)
    assert host.run(("true",)).rc == 0
    assert old[1] not in host.known_hosts.own.read_text()
    host.close()


class Told(LocalHost):
    """A node that has the record given here, whatever lies on this machine."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(name, need_root=False)
        self.text = text

    def run(self, argv: Sequence[str], **more: Any) -> Any:
        return super().run(("printf", "%s", self.text), **more)


def test_only_the_newest_record_counts(inside: Server, tmp_path: Path) -> None:
    new, old = public_key(inside.host_key), public_key(own_key(tmp_path / "old"))
    ways = [Told("node1", f"1700000000\n{old}\n"), Told("node2", f"1700000500\n{new}\n")]
    host = reach(inside, ways, tmp_path)
    assert host.run(("true",)).rc == 0
    host.close()
    stale = reach(inside, [Told("node1", f"1700000900\n{old}\n"), ways[1]], tmp_path / "again")
    with pytest.raises(HostKeyUnknown):
        stale.run(("true",))


def test_the_other_node_is_taken_when_the_first_is_down(
    server: Server, inside: Server, records: Path, tmp_path: Path
) -> None:
    record(records, inside.host_key)
    dead = server.host()
    dead.port, dead.name = 9, "node2"
    host = reach(inside, [dead, server.host()], tmp_path)
    assert host.run(("true",)).rc == 0 and host._way is host.ways[1]
    host.close()


def test_a_guest_that_is_down_says_what_each_node_found(
    server: Server, inside: Server, tmp_path: Path
) -> None:
    host = reach(inside, [server.host(), LocalHost("node2", need_root=False)], tmp_path)
    host.port = 9
    with pytest.raises(
        Unreachable, match=r"through node1: .*; through node2: .* refuses"
    ) as caught:
        host.run(("true",))
    assert f"gnt-instance console {NAME}" in caught.value.mend


def test_forbidden_forwarding_is_named(folder: Path, inside: Server, tmp_path: Path) -> None:
    with serving(folder / "strict", "AllowTcpForwarding no") as strict:
        host = reach(inside, [strict.host()], tmp_path)
        with pytest.raises(Unreachable, match="prohibited"):
            host.run(("true",))


def test_a_key_that_the_guest_does_not_know_is_brought_by_a_node(
    server: Server, inside: Server, records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(records, inside.host_key)
    stranger = own_key(tmp_path / "stranger")
    host = reach(inside, [server.host()], tmp_path, own_key=stranger)
    host.use_agent = False
    with pytest.raises(LoginRefused, match="the wizard's own key") as caught:
        host.run(("true",))
    assert "on its console" in caught.value.mend
    install = f'cat >>{inside.authorized}; : "$@"'
    monkeypatch.setattr(guest, "INSTALL", install)
    node = f"-i {inside.key} -o BatchMode=yes"
    monkeypatch.setattr(guest, "_INTRODUCE", guest._INTRODUCE.replace("-o BatchMode=yes", node))
    assert host.run(("true",)).rc == 0
    assert inside.authorized.read_text().count(public_key(stranger)) == 1
    host.close()


@pytest.mark.parametrize("local", [False, True])
def test_openssh_goes_the_same_way(
    server: Server, inside: Server, records: Path, tmp_path: Path, local: bool
) -> None:
    record(records, inside.host_key)
    way = LocalHost("node1", need_root=False) if local else server.host()
    host = reach(inside, [way], tmp_path / "100% mine")
    assert host.run(("true",)).rc == 0
    done = subprocess.run(
        [*host.shell(), "echo", "by-hand"], capture_output=True, text=True, check=False
    )
    assert done.stdout == "by-hand\n", done.stderr
    assert any(word.startswith("ProxyCommand=") for word in host.shell()) is not local
    host.close()
