"""What the socket and Paramiko raise: each kind is a sentence, no class of Python's."""

from __future__ import annotations

import errno
import os
import re
import subprocess
from pathlib import Path

import pytest
from paramiko import ssh_exception as ssh

from tests.hosts.server import Server, serving
from wizard.base.errors import LoginRefused, Unreachable
from wizard.hosts.failures import forwarding, sentence
from wizard.hosts.known_hosts import KnownHosts
from wizard.hosts.private_key import load_key
from wizard.hosts.refusal import no_session, refusal
from wizard.hosts.ssh import SshHost

RAW = re.compile(r"\[Errno|Exception|[A-Z][a-z]+Error\b|EOF\b|\(2, |https://|\[\'")
"""What is a programmer's word."""


def of_the_system(number: int) -> OSError:
    return OSError(number, os.strerror(number))


RAISED = [
    (ssh.ChannelException(1, "Administratively prohibited"), "opens no further channel"),
    (ssh.SSHException("Unable to open channel."), "opens no further channel"),
    (ssh.SSHException("Timeout opening channel."), "no answer in time"),
    (ssh.SSHException("SSH session not active"), "it hung up"),
    (ssh.SSHException("No existing session"), "it hung up"),
    (ssh.SSHException("Channel closed."), "it hung up"),
    (ssh.SSHException("Negotiation failed."), "while keys were exchanged"),
    (ssh.SSHException("Key-exchange timed out waiting for key negotiation"), "no answer in time"),
    (ssh.SSHException("Mismatched MAC"), "a fault on the way"),
    (
        ssh.SSHException("Error reading SSH protocol banner[Errno 104] Connection reset by peer"),
        "before it named its version of ssh",
    ),
    (ssh.SSHException('Indecipherable protocol version "220 mail"'), "is not ssh"),
    (ssh.BadAuthenticationType("Bad authentication type", ["publickey"]), "ways only: publickey"),
    (ssh.AuthenticationException("Authentication failed."), "it takes none of them"),
    (ssh.AuthenticationException("Authentication timeout."), "no answer to the login in time"),
    (
        ssh.AuthenticationException("Authentication failed: transport shut down or saw EOF"),
        "it hung up during the login",
    ),
    (ssh.SSHException("No authentication methods available"), "neither a key nor a password"),
    (EOFError(), "it hung up"),
    (TimeoutError(), "no answer in time"),
    (TimeoutError("no ssh version came within 10 s"), "no ssh version came within 10 s"),
    (of_the_system(errno.ETIMEDOUT), "no answer in time"),
    (of_the_system(errno.ECONNRESET), "it hung up (Connection reset by peer)"),
    (of_the_system(errno.EPIPE), "it hung up (Broken pipe)"),
    (of_the_system(errno.EHOSTUNREACH), "No route to host"),
    (of_the_system(errno.EADDRNOTAVAIL), "Cannot assign requested address"),
]


@pytest.mark.parametrize(("error", "words"), RAISED, ids=[repr(error) for error, _ in RAISED])
def test_each_kind_is_a_sentence(error: Exception, words: str, tmp_path: Path) -> None:
    assert words in sentence(error)
    host = SshHost("node1", "192.0.2.1", known_hosts=KnownHosts(tmp_path / "known", ()))
    told = [refusal(host, error, passed) for passed in (False, True)]
    for one in (*told, no_session("node1", error)):
        assert words in one.what and not RAW.search(one.what)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ssh.ChannelException(1, "Administratively prohibited"), "AllowTcpForwarding"),
        (ssh.ChannelException(2, "Connect failed"), "its ssh server does not run"),
        (ssh.ChannelException(4, "Resource shortage"), "no room for one more connection"),
        (ssh.ChannelException(99, "(unknown code)"), "its ssh server does not run"),
        (ssh.SSHException("Unable to open channel."), "its ssh server does not run"),
        (ssh.SSHException("Timeout opening channel."), "no answer in time"),
        (EOFError(), "it hung up"),
    ],
)
def test_a_connection_that_is_not_made_on(error: Exception, words: str) -> None:
    assert words in forwarding(error) and not RAW.search(forwarding(error))


@pytest.mark.sshd
def test_a_guest_whose_ssh_server_does_not_run(server: Server) -> None:
    with pytest.raises(Unreachable, match="nothing there takes the connection") as caught:
        server.host().tunnel("127.0.0.1", 9)
    assert not RAW.search(str(caught.value))


@pytest.mark.sshd
def test_a_node_that_forwards_nothing(folder: Path) -> None:
    refused = pytest.raises(Unreachable, match=r"prohibited \(AllowTcpForwarding")
    with serving(folder, "AllowTcpForwarding no") as strict, refused as caught:
        strict.host().tunnel("127.0.0.1", 22)
    assert not RAW.search(str(caught.value))


@pytest.mark.parametrize(
    ("body", "words", "mend"),
    [
        (b"", "no private key as ssh-keygen writes it", "ssh-keygen -y"),
        (b"PuTTY-User-Key-File-3: ssh-ed25519\n", "PuTTY's form", "puttygen"),
        (
            b"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n",
            "no private key as ssh-keygen writes it",
            "ssh-keygen -y",
        ),
    ],
)
def test_a_file_that_is_no_key(body: bytes, words: str, mend: str, tmp_path: Path) -> None:
    path = tmp_path / "id"
    path.write_bytes(body)
    host = SshHost("node1", "192.0.2.1", known_hosts=KnownHosts(tmp_path / "known", ()))
    with pytest.raises(LoginRefused) as caught:
        load_key(host, path)
    assert words in caught.value.what and mend in caught.value.mend
    assert not RAW.search(caught.value.what)


@pytest.mark.parametrize("form", [(), ("-m", "PEM")], ids=["openssh", "pem"])
def test_a_key_with_a_passphrase(form: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "id"
    make = ("ssh-keygen", "-q", "-t", "rsa", *form, "-N", "very secret", "-f", str(path))
    subprocess.run(make, check=True)
    known = KnownHosts(tmp_path / "known", ())
    host = SshHost("node1", "192.0.2.1", known_hosts=known, use_agent=False)
    with pytest.raises(LoginRefused, match="it has a passphrase") as caught:
        load_key(host, path)
    assert "ssh-add" in caught.value.mend
