"""Names, paths and keys that nobody can reach a host by: told, never a traceback."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from paramiko.ssh_exception import IncompatiblePeer

from wizard.base.errors import LoginRefused, Reach, Unreachable, WizardError
from wizard.base.exits import Exit
from wizard.hosts import private_key, ssh
from wizard.hosts.connect import open_socket
from wizard.hosts.known_hosts import KnownHosts
from wizard.hosts.private_key import home_of, load_key
from wizard.hosts.refusal import refusal
from wizard.hosts.ssh import SshHost
from wizard.verbs.secret_files import read_all


@pytest.fixture
def host(tmp_path: Path) -> SshHost:
    return SshHost("node1", "127.0.0.1", 9, known_hosts=KnownHosts(tmp_path / "known", ()))


@pytest.mark.parametrize("name", ["a..b", f"{'x' * 64}.org", ".", "x" * 5000])
def test_a_name_that_cannot_be_asked_for(name: str) -> None:
    with pytest.raises(Unreachable) as caught:
        open_socket("node1", name, 22)
    assert caught.value.reach is Reach.NAME and "correct the name" in caught.value.mend


def test_the_home_of_nobody(host: SshHost) -> None:
    with pytest.raises(LoginRefused, match="no such user here"):
        home_of(host, "~nosuchuser/key")


@pytest.mark.parametrize("name", ["x" * 4096, "/" + "x/" * 2500])
def test_a_path_that_is_too_long(host: SshHost, name: str) -> None:
    with pytest.raises(LoginRefused, match="cannot be used as it is"):
        load_key(host, Path(name))


@pytest.mark.parametrize("public", [b"", b"ssh-ed25519", b"ssh-ed25519 AAAA\xe4 M\xfcller\n"])
def test_a_public_half_that_names_no_key(tmp_path: Path, public: bytes) -> None:
    path = tmp_path / "key"
    path.with_name("key.pub").write_bytes(public)
    assert private_key._from_agent(path) is None


@pytest.mark.parametrize(
    ("size", "words"), [(65536, ""), (65537, "longer than 65536 bytes"), (10**6, "longer than")]
)
def test_a_secret_is_never_cut(tmp_path: Path, size: int, words: str) -> None:
    file = tmp_path / "secret"
    file.touch(mode=0o600)
    file.write_text("x" * size)
    if not words:
        assert len(read_all([f"k={file}"])["k"].reveal()) == size
        return
    with pytest.raises(WizardError, match=words) as caught:
        read_all([f"k={file}"])
    assert caught.value.code is Exit.USAGE


@pytest.mark.parametrize("name", ["/dev/null", "/dev/zero", "~nosuchuser/x"])
def test_a_secret_out_of_no_file(name: str) -> None:
    with pytest.raises(WizardError) as caught:
        read_all([f"k={name}"])
    assert "chmod" not in caught.value.mend and caught.value.code is Exit.USAGE


@pytest.mark.parametrize(
    "text",
    [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFlmFYn3 you@home\n",
        "ecdsa-sha2-nistp256 AAAA you@home\n",
        "sk-ssh-ed25519@openssh.com AAAA\n",
        "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n",
    ],
)
@pytest.mark.parametrize(
    ("name", "mend"),
    [("id.pub", "give the private key: /"), ("id", "has no .pub at its end")],
)
def test_a_public_half_given_as_the_key(
    host: SshHost, tmp_path: Path, text: str, name: str, mend: str
) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    with pytest.raises(LoginRefused, match="is the public half") as caught:
        load_key(host, path)
    assert mend in caught.value.mend and not caught.value.mend.endswith(".pub")


@pytest.mark.parametrize("lacking", ["kex algorithm", "host key", "ciphers", "macs"])
def test_a_server_with_nothing_but_old_algorithms(host: SshHost, lacking: str) -> None:
    error = refusal(
        host, IncompatiblePeer(f"Incompatible ssh peer (no acceptable {lacking})"), False
    )
    assert error.reach is Reach.NO_SSH and lacking in error.what
    assert "no safe algorithm is left" in error.what and "update openssh-server" in error.mend


@pytest.mark.parametrize("word", [b"220 mail\r\n", b"x"])
def test_a_port_that_says_something_else_without_an_end(
    word: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh, "BANNER_TIMEOUT", 0.5)
    over = threading.Event()

    def talk() -> None:
        peer, _ = server.accept()
        with peer, suppress(OSError):
            while not over.wait(0.02):
                peer.sendall(word)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=talk, daemon=True).start()
        known = KnownHosts(tmp_path / "known", ())
        host = SshHost("node1", *server.getsockname(), known_hosts=known, use_agent=False)
        try:
            with pytest.raises(Unreachable, match="no ssh version came within") as caught:
                host.run(("true",))
        finally:
            over.set()
    assert caught.value.reach is Reach.NO_SSH
