"""Who may log in and to whom: rows 1, 14, 16, 17, 18 of docs/ssh.md, passwords, keys, refusals."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.server import USER, Server, serving
from tests.waiting import until
from wizard.base.errors import HostKeyChanged, HostKeyUnknown, LoginRefused, Reach, Unreachable
from wizard.base.secrets import Secret
from wizard.hosts.connect import own_key, public_key
from wizard.hosts.install_key import install_key
from wizard.hosts.known_hosts import KnownHosts
from wizard.hosts.refusal import refusal
from wizard.hosts.ssh import SshHost, _login

pytestmark = pytest.mark.sshd
CANARY = "cánary \"quoted\" 'pass' $word"


def test_row_1_an_unknown_key_is_shown_asked_and_then_known(server: Server, tmp_path: Path) -> None:
    known = KnownHosts(tmp_path / "state" / "known_hosts", ())
    host = server.host(known_hosts=known)
    with pytest.raises(HostKeyUnknown) as caught:
        host.run(("true",))
    public = f"{server.host_key}.pub"
    shown = subprocess.run(
        ["ssh-keygen", "-lf", public], capture_output=True, text=True, check=True
    ).stdout
    assert caught.value.fingerprint == shown.split()[1]
    known.accept(caught.value.key_line)
    assert host.run(("true",)).rc == 0
    assert known.own.stat().st_mode & 0o777 == 0o600
    host.close()


def test_row_1_openssh_agrees_with_what_was_accepted(server: Server) -> None:
    host = server.host()
    done = subprocess.run(
        [*host.shell(), "echo", "by-hand"], capture_output=True, text=True, check=False
    )
    assert done.stdout == "by-hand\n", done.stderr


@pytest.mark.parametrize("hashed", [False, True])
def test_row_1_a_changed_key_is_refused_and_the_mend_works(
    server: Server, tmp_path: Path, hashed: bool
) -> None:
    other = public_key(own_key(tmp_path / "other")).split()
    own, system = tmp_path / "own", tmp_path / "their known_hosts"
    system.write_text(f"[{server.address}]:{server.port} {other[0]} {other[1]}\n")
    if hashed:
        subprocess.run(["ssh-keygen", "-H", "-f", str(system)], check=True, capture_output=True)
    host = server.host(known_hosts=KnownHosts(own, (system,)))
    with pytest.raises(HostKeyChanged, match="the host key has changed") as caught:
        host.run(("true",))
    command = caught.value.mend.partition("old key: ")[2].partition(" (if")[0]
    subprocess.run(["sh", "-c", command], check=True, capture_output=True)
    with pytest.raises(HostKeyUnknown):
        host.run(("true",))


def test_row_1_a_revoked_key_is_refused(server: Server, tmp_path: Path) -> None:
    kind, blob = public_key(server.host_key).split()[:2]
    revoked = tmp_path / "revoked"
    revoked.write_text(f"@revoked * {kind} {blob}\n")
    with pytest.raises(HostKeyChanged, match="revoked"):
        server.host(known_hosts=KnownHosts(server.known.own, (revoked,))).run(("true",))


def test_a_host_known_by_its_rsa_key_alone_is_asked_for_that(folder: Path) -> None:
    folder.mkdir()
    rsa = folder / "rsa"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", str(rsa)], check=True
    )
    with serving(folder, f"HostKey {rsa}") as server:
        server.known.own.write_text(f"[127.0.0.1]:{server.port} {public_key(rsa)}\n")
        host = server.host()
        assert host.run(("true",)).rc == 0
        host.close()


def test_row_14_root_is_not_run_through_sudo(server: Server) -> None:
    made = SshHost("n", "127.0.0.1", user="root", known_hosts=server.known)
    assert not made.sudo and SshHost("n", "127.0.0.1", user="admin", known_hosts=server.known).sudo


def _fake_sudo(folder: Path, script: str) -> str:
    folder.mkdir()
    (folder / "sudo").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "sudo").chmod(0o755)
    return f"{folder}:/usr/sbin:/usr/bin:/sbin:/bin"


def test_row_14_another_user_goes_through_sudo_without_a_prompt(
    server: Server, tmp_path: Path
) -> None:
    path = _fake_sudo(tmp_path / "bin", f'echo "$*" >>{tmp_path}/calls; shift 2; exec "$@"')
    host = server.host(sudo=True, path=path)
    result = host.run(("sh", "-c", "cat; echo $LC_ALL"), stdin=b"secret\n")
    assert result.out == "secret\nC\n"
    assert all(
        line.startswith("-n -- env -i HOME=/root LC_ALL=C ")
        for line in (tmp_path / "calls").read_text().splitlines()
    )
    host.close()


def test_row_14_a_user_without_the_right_is_told_the_sudoers_line(
    server: Server, tmp_path: Path
) -> None:
    path = _fake_sudo(tmp_path / "bin", "echo 'sudo: a password is required' >&2; exit 1")
    with pytest.raises(LoginRefused, match="a password is required") as caught:
        server.host(sudo=True, path=path).run(("true",))
    assert f"{USER} ALL=(ALL:ALL) NOPASSWD: ALL" in caught.value.mend
    assert "/etc/sudoers.d/ganeti-wizard" in caught.value.mend


@pytest.mark.skipif(shutil.which("sudo") is None, reason="no sudo on this machine")
def test_row_14_the_real_sudo_takes_our_line(server: Server) -> None:
    host = server.host(sudo=True)
    assert host.run(("sh", "-c", 'echo "$(id -u) $1"', "x", "it's")).out == "0 it's\n"
    host.close()


def test_row_16_each_connection_gets_a_dict_of_its_own(server: Server) -> None:
    host = server.host(password=Secret("x"))
    assert _login(host) is not _login(host)
    first, second = server.host(), server.host()
    assert first.run(("true",)).rc == second.run(("true",)).rc == 0
    for each in (first, second):
        each.close()


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An ssh-agent with ten keys that open nothing."""
    sock = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(sock)], stdout=subprocess.DEVNULL)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(sock))
    try:
        until(sock.exists, "the agent's socket")
        for number in range(10):
            _add(own_key(tmp_path / f"stray{number}"))
        yield sock
    finally:
        process.kill()
        process.wait()


def _add(key: Path) -> None:
    subprocess.run(["ssh-add", "-q", str(key)], check=True, capture_output=True)


def test_row_17_many_agent_keys_do_not_hinder_an_explicit_key(server: Server, agent: Path) -> None:
    host = server.host(own_key=None, key_path=str(server.key), use_agent=True)
    assert host.run(("true",)).rc == 0
    host.close()


def test_row_17_nor_the_wizards_own_key(server: Server, agent: Path) -> None:
    host = server.host(use_agent=True)
    assert host.run(("true",)).rc == 0
    host.close()


def test_row_17_many_agent_keys_alone_are_refused_in_plain_words(
    server: Server, agent: Path
) -> None:
    with pytest.raises(LoginRefused, match=r"login as .* is refused .*your agent") as caught:
        server.host(own_key=None, use_agent=True).run(("true",))
    assert "authorized_keys" in caught.value.mend


def test_a_key_with_a_passphrase_is_taken_from_the_agent(
    server: Server, agent: Path, tmp_path: Path
) -> None:
    key = tmp_path / "locked"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    with server.authorized.open("a") as file:
        file.write((tmp_path / "locked.pub").read_text())
    subprocess.run(["ssh-add", "-q", "-D"], check=True, capture_output=True)
    _add(key)
    subprocess.run(
        ["ssh-keygen", "-q", "-p", "-N", "long enough", "-f", str(key)],
        check=True,
        capture_output=True,
    )
    host = server.host(own_key=None, key_path=str(key), use_agent=True)
    assert host.run(("true",)).rc == 0
    host.close()
    subprocess.run(["ssh-add", "-q", "-D"], check=True, capture_output=True)
    with pytest.raises(LoginRefused, match="cannot be used") as caught:
        host.run(("true",))
    assert "ssh-add" in caught.value.mend


def test_row_18_the_agent_is_not_forwarded(
    server: Server, agent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "config").write_text("Host *\n ForwardAgent yes\n User nobody\n Port 1\n")
    monkeypatch.setenv("HOME", str(home))
    host = server.host(use_agent=True)
    assert host.run(("sh", "-c", "echo [$SSH_AUTH_SOCK]")).out == "[]\n"
    host.close()


def test_a_wrong_key_is_refused(server: Server, tmp_path: Path) -> None:
    with pytest.raises(LoginRefused, match="the wizard's own key"):
        server.host(own_key=own_key(tmp_path / "stranger")).run(("true",))


def test_a_login_that_breaks_off_is_not_refused(server: Server) -> None:
    cut = ConnectionResetError(104, "Connection reset by peer")
    told = refusal(server.host(), cut, key_passed=True)
    assert not isinstance(told, LoginRefused) and told.reach is Reach.NO_SSH
    assert "does not come about: it hung up (Connection reset by peer)" in str(told)


def test_a_key_file_that_is_missing_is_named(server: Server) -> None:
    with pytest.raises(LoginRefused, match="/no/such/key does not exist"):
        server.host(key_path="/no/such/key").run(("true",))


def test_refused_unresolved_and_foreign_ports_each_say_so(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    host = server.host()
    host.port = port
    with pytest.raises(Unreachable, match=f"refuses connections on port {port}"):
        host.run(("true",))
    host.address = "node1.invalid"
    with pytest.raises(Unreachable, match="cannot be resolved"):
        host.run(("true",))


def _private(folder: Path) -> tuple[str, ...]:
    """A prefix that gives sshd a shadow file with the canary as root's password, and a home of its
    own.
    """
    folder.mkdir(parents=True)
    asked = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"],
        input=CANARY,
        capture_output=True,
        text=True,
        check=True,
    )
    shadow, home = folder / "shadow", folder / "home"
    shadow.write_text(
        f"root:{asked.stdout.strip()}:19000:0:99999:7:::\nsshd:!:19000:0:99999:7:::\n"
    )
    home.mkdir(mode=0o700)
    script = f'mount --bind "{shadow}" /etc/shadow && mount --bind "{home}" /root && exec "$@"'
    return ("unshare", "-m", "sh", "-c", script, "private")


def _can_unshare() -> bool:
    return (
        os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], check=False).returncode == 0
    )


needs_mounts = pytest.mark.skipif(
    not _can_unshare(), reason="needs root and a mount namespace of its own"
)


@needs_mounts
def test_password_once_then_the_wizards_own_key(folder: Path) -> None:
    options = ("PasswordAuthentication yes", "AuthorizedKeysFile .ssh/authorized_keys")
    with serving(folder, *options, prefix=_private(folder)) as server:
        server._await_port()
        key = own_key(folder / "state")
        host = server.host(user="root", own_key=key, password=Secret(CANARY))
        install_key(host, public_key(key))
        assert host.password is None
        install_key(host, public_key(key))
        line = public_key(key)
        assert host.run(("cat", "/root/.ssh/authorized_keys")).out == f"{line}\n"
        assert (
            host.run(("stat", "-c", "%a", "/root/.ssh", "/root/.ssh/authorized_keys")).out
            == "700\n600\n"
        )
        host.close()
        assert CANARY not in (folder / "log").read_text()


@needs_mounts
def test_a_last_line_without_an_end_is_not_joined(folder: Path) -> None:
    options = ("PasswordAuthentication yes", "AuthorizedKeysFile .ssh/authorized_keys")
    prefix = _private(folder)
    (folder / "home" / ".ssh").mkdir(mode=0o700)
    (folder / "home" / ".ssh" / "authorized_keys").write_text("# by hand")
    with serving(folder, *options, prefix=prefix) as server:
        server._await_port()
        host = server.host(user="root", password=Secret(CANARY))
        install_key(host, public_key(server.key))
        text = (folder / "home" / ".ssh" / "authorized_keys").read_text()
        assert text == f"# by hand\n{public_key(server.key)}\n"
        host.close()


@needs_mounts
def test_a_wrong_password_is_refused_and_not_shown(folder: Path) -> None:
    with serving(folder, "PasswordAuthentication yes", prefix=_private(folder)) as server:
        server._await_port()
        wrong = Secret("wróng one")
        with pytest.raises(LoginRefused, match="the password") as caught:
            server.host(user="root", own_key=None, password=wrong).run(("true",))
        assert "wróng" not in f"{caught.value!r} {caught.value}"
        assert "PermitRootLogin" in caught.value.mend


@needs_mounts
def test_a_key_that_the_host_does_not_take_keeps_the_password(folder: Path) -> None:
    options = ("PasswordAuthentication yes", "PubkeyAuthentication no")
    with serving(folder, *options, prefix=_private(folder)) as server:
        server._await_port()
        host = server.host(user="root", password=Secret(CANARY))
        with pytest.raises(LoginRefused):
            install_key(host, public_key(server.key))
        assert host.password is not None
        assert host.run(("true",)).rc == 0
        host.close()
