"""A node's host key for Ganeti's ssh: which one is taken, and what ssh makes of it by the options
that Ganeti 3.0 gives it (lib/ssh.py, _BuildSshOptions).
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from steps.ganeti.node import KNOW
from tests.hosts.server import SSHD, USER, Server, serving
from wizard.hosts.connect import public_key

pytestmark = pytest.mark.slow

CLUSTER = "cluster1.name.org ssh-rsa AAAAB3NzaC1yc2E="
KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIGQ8Mm5OGrMckpB+X3yRrtXIwWgw2wlJSlHToT3Aak/N"
OTHER = "AAAAC3NzaC1lZDI1NTE5AAAAII6RTdac6IcQge3WixoGfEG97778mXpMrBINBim/uCmc"


def know(folder: Path, name: str = "node2.name.org") -> subprocess.CompletedProcess[str]:
    script = KNOW.replace("/var/lib/ganeti", str(folder)).replace("/root/.ssh", f"{folder}/root")
    return subprocess.run(["sh", "-c", script, "know", name], capture_output=True, text=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    (tmp_path / "known_hosts").write_text(f"{CLUSTER}\n")
    (tmp_path / "known_hosts").chmod(0o644)
    return tmp_path


@pytest.mark.parametrize("before", ["", f"node2.name.org ssh-ed25519 {OTHER}\n"])
def test_the_pinned_key_takes_the_place_of_an_older_one(folder: Path, before: str) -> None:
    known = folder / "known_hosts"
    known.write_text(f"{CLUSTER}\n{before}node22.name.org ssh-ed25519 {OTHER}\n")
    (folder / "root" / "known_hosts").write_text(
        "node2.name.org,node2,192.168.0.112 ssh-rsa AAAAB3NzaC1yc2E=\n"
        f"node2.name.org,node2,192.168.0.112 ssh-ed25519 {KEY}\n"
    )
    for _ in range(2):
        assert know(folder).returncode == 0
        assert known.read_text().splitlines() == [
            CLUSTER,
            f"node22.name.org ssh-ed25519 {OTHER}",
            f"node2.name.org ssh-ed25519 {KEY}",
        ]
    assert known.stat().st_mode & 0o777 == 0o644 and not list(folder.glob("*.gw-new"))


@pytest.mark.parametrize("pinned", ["", f"node1.name.org ssh-ed25519 {KEY}\n"])
def test_without_a_pinned_key_nothing_is_changed(folder: Path, pinned: str) -> None:
    (folder / "root" / "known_hosts").write_text(pinned)
    done = know(folder)
    assert done.returncode == 1 and "run the step trust" in done.stdout
    assert (folder / "known_hosts").read_text() == f"{CLUSTER}\n"


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if SSHD is None:
        pytest.fail("no sshd on this machine: apt-get install openssh-server")
    with serving(tmp_path_factory.mktemp("node")) as running:
        yield running


def ssh(server: Server, known: Path, name: str) -> subprocess.CompletedProcess[str]:
    """As `gnt-node add` calls it without --no-ssh-key-check, and without a terminal."""
    options = [
        "-oEscapeChar=none",
        "-oHashKnownHosts=no",
        f"-oGlobalKnownHostsFile={known}",
        "-oUserKnownHostsFile=/dev/null",
        "-oCheckHostIp=no",
        "-oConnectTimeout=10",
        f"-oPort={server.port}",
        "-oStrictHostKeyChecking=ask",
        "-4",
    ]
    # The server of the tests has no name of its own, and a port of its own.
    own = ["-F", "none", "-i", str(server.key), "-oIdentitiesOnly=yes", f"-oHostKeyAlias={name}"]
    return subprocess.run(
        ["setsid", "ssh", *own, *options, f"{USER}@{server.address}", "echo in"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def test_ssh_goes_in_without_a_question_by_the_pinned_key_alone(
    server: Server, folder: Path
) -> None:
    known = folder / "known_hosts"
    refused = ssh(server, known, "node2.name.org")
    assert refused.returncode == 255 and "Host key verification failed" in refused.stderr
    kind, key = public_key(server.host_key).split()[:2]
    (folder / "root" / "known_hosts").write_text(f"node2.name.org,node2 {kind} {key}\n")
    assert know(folder).returncode == 0
    assert ssh(server, known, "node2.name.org").stdout == "in\n"
    assert ssh(server, known, "node3.name.org").returncode == 255
    known.write_text(f"{CLUSTER}\nnode2.name.org ssh-ed25519 {OTHER}\n")
    changed = ssh(server, known, "node2.name.org")
    assert changed.returncode == 255 and "HOST IDENTIFICATION HAS CHANGED" in changed.stderr


def test_a_node_s_own_key_under_the_cluster_s_name_would_shut_out_the_others(
    server: Server, folder: Path
) -> None:
    """Why it stands there under the node's name only: with the RSA key alone, ssh asks for RSA."""
    rsa = folder / "rsa"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", str(rsa)], check=True)
    cluster_key = " ".join(rsa.with_suffix(".pub").read_text().split()[:2])
    server.stop()
    server.configure(f"HostKey {rsa}")
    server.start()
    known = folder / "known_hosts"
    known.write_text(f"cluster1.name.org {cluster_key}\n")
    assert ssh(server, known, "cluster1.name.org").stdout == "in\n"
    known.write_text(f"cluster1.name.org {cluster_key}\ncluster1.name.org ssh-ed25519 {OTHER}\n")
    assert ssh(server, known, "cluster1.name.org").returncode == 255
