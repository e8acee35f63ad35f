"""known_hosts files, against what OpenSSH's own tools write."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from wizard.base.errors import HostKeyUnknown, StateError
from wizard.hosts.connect import own_key, public_key
from wizard.hosts.known_hosts import KnownHosts, fingerprint, label
from wizard.hosts.ssh import SshHost


@pytest.fixture
def key(tmp_path: Path) -> tuple[str, str]:
    kind, blob = public_key(own_key(tmp_path / "key")).split()[:2]
    return kind, blob


@pytest.mark.parametrize(
    ("hosts", "address", "port", "known"),
    [
        ("node1", "node1", 22, True),
        ("node1,192.168.0.111", "192.168.0.111", 22, True),
        ("node1", "node1", 2201, False),
        ("[node1]:2201", "node1", 2201, True),
        ("[node1]:2201", "node1", 22, False),
        ("*.name.org", "node1.name.org", 22, True),
        ("*.name.org,!node1.name.org", "node1.name.org", 22, False),
        ("node?", "node7", 22, True),
        ("fe80::1", "fe80::1", 22, True),
    ],
)
def test_which_line_speaks_of_which_host(
    tmp_path: Path, key: tuple[str, str], hosts: str, address: str, port: int, known: bool
) -> None:
    own = tmp_path / "known_hosts"
    own.write_text(f"# comment\n\nnonsense\nnode9 ssh-rsa !!!\n{hosts} {key[0]} {key[1]} by hand\n")
    trusted = KnownHosts(own, ())
    if known:
        trusted.check("n", address, port, *key)
        assert trusted.kinds(address, port) == ["ssh-ed25519"]
    else:
        with pytest.raises(HostKeyUnknown):
            trusted.check("n", address, port, *key)


@pytest.mark.parametrize("port", [22, 2201])
def test_hashed_names(tmp_path: Path, key: tuple[str, str], port: int) -> None:
    own = tmp_path / "known_hosts"
    own.write_text(f"{label('node1', port)} {key[0]} {key[1]}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(own)], check=True, capture_output=True)
    assert "node1" not in own.read_text()
    KnownHosts(own, ()).check("n", "node1", port, *key)


def test_the_fingerprint_is_the_one_that_ssh_keygen_shows(
    tmp_path: Path, key: tuple[str, str]
) -> None:
    path = tmp_path / "key" / "id_ed25519.pub"
    shown = subprocess.run(
        ["ssh-keygen", "-lf", str(path)], capture_output=True, text=True, check=True
    ).stdout
    assert fingerprint(key[1]) == shown.split()[1]


def test_accept_keeps_what_is_there_and_adds_once(tmp_path: Path, key: tuple[str, str]) -> None:
    own = tmp_path / "new" / "known_hosts"
    trusted = KnownHosts(own, ())
    line = f"node1 {key[0]} {key[1]}"
    trusted.accept(line)
    own.write_text(own.read_text().rstrip("\n"))
    trusted.accept(line)
    trusted.accept(line.replace("node1", "node2"))
    assert own.read_text().splitlines() == [line, line.replace("node1", "node2")]


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path, key: tuple[str, str]) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="cannot write"):
        KnownHosts(tmp_path / "file" / "known_hosts", ()).accept("x y z")


def test_the_own_key_is_made_once_and_private(tmp_path: Path) -> None:
    path = own_key(tmp_path / "state")
    text = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    path.with_name("id_ed25519.pub").unlink()
    assert own_key(tmp_path / "state") == path and path.read_text() == text
    made = subprocess.run(
        ["ssh-keygen", "-y", "-f", str(path)], capture_output=True, text=True, check=True
    ).stdout
    assert made.split()[:2] == public_key(path).split()[:2]


def test_a_key_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="cannot make the wizard's ssh key"):
        own_key(tmp_path / "file" / os.curdir / "deep")


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize("left", [0, 40, -40])
def test_a_damaged_own_key_is_said_to_be_that(tmp_path: Path, left: int, public: bool) -> None:
    path = own_key(tmp_path)
    path.write_bytes(path.read_bytes()[:left])
    if not public:
        path.with_name("id_ed25519.pub").unlink()
    with pytest.raises(StateError, match=r"id_ed25519: the wizard's ssh key is damaged") as caught:
        own_key(tmp_path)
    assert "move it and its .pub away" in caught.value.mend and "ssh-add" not in str(caught.value)


def test_a_whole_key_that_cannot_be_decoded_is_damaged_at_the_login(tmp_path: Path) -> None:
    path = own_key(tmp_path)
    head, *body, end = path.read_text().splitlines()
    path.write_text("\n".join([head, *(line[::-1] for line in body), end, ""]))
    host = SshHost(
        "node1",
        "127.0.0.1",
        2,
        own_key=own_key(tmp_path),
        known_hosts=KnownHosts(tmp_path / "k", ()),
    )
    with pytest.raises(StateError, match="is damaged"):
        host.run(("true",))


def test_an_own_key_with_a_passphrase_and_without_its_public_half(tmp_path: Path) -> None:
    path = own_key(tmp_path)
    path.with_name("id_ed25519.pub").unlink()
    subprocess.run(
        ["ssh-keygen", "-q", "-p", "-N", "long enough", "-f", str(path)],
        check=True,
        capture_output=True,
    )
    with pytest.raises(StateError, match="has a passphrase") as caught:
        own_key(tmp_path)
    assert f"ssh-keygen -y -f {path}" in caught.value.mend
