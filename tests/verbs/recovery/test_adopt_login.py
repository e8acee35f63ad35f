"""`recover adopt` logs in as a build does: keys are compared, and no password is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.sim import SimHost
from tests.steps.recover.accident import Accident
from tests.verbs.recovery.adopting import Bench
from wizard.base.errors import HostKeyUnknown, LoginRefused
from wizard.base.exits import Exit
from wizard.hosts import access
from wizard.hosts.host import Result
from wizard.hosts.ssh import SshHost
from wizard.state.store import Store


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Bench:
    return Bench(tmp_path / "state", monkeypatch, capsys)


class Locked(SshHost):
    """A server that wants its key to be known, then a password until the wizard's key is there."""

    LINE = "192.168.0.111 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHh4eHh4"
    FINGERPRINT = "SHA256:" + "a" * 43
    inner: SimHost
    let_in = False

    def run(self, argv: Any, **given: Any) -> Result:
        if not self.known_hosts.of("192.168.0.111", 22):
            raise HostKeyUnknown(self.name, self.FINGERPRINT, self.LINE)
        if self.password is None and not self.let_in:
            raise LoginRefused("it takes neither key nor password", where=self.name)
        if self.password is not None and self.password.reveal() != "right":
            raise LoginRefused("wrong password", where=self.name)
        if "install-key" in argv:
            self.let_in = True
        return self.inner.run(argv, **given)

    def close(self) -> None:
        pass


def locked(bench: Bench) -> Locked:
    host = Locked("node1", "192.168.0.111", known_hosts=access.known_hosts(Store(bench.folder)))
    inner = bench.hosts["node1"]
    assert isinstance(inner, SimHost)
    host.inner = inner
    host.name = "192.168.0.111"
    bench.hosts["node1"] = host
    return host


def test_key_and_password_as_at_a_build_s_first_login(bench: Bench, tmp_path: Path) -> None:
    bench.at(Accident())
    host = locked(bench)
    adopt = ("recover", "adopt", "192.168.0.111")
    assert bench(*adopt) == Exit.HOST_KEY
    assert host.FINGERPRINT in bench.err
    accept = ("--accept-host-key", host.FINGERPRINT)
    assert bench(*adopt, *accept) == Exit.UNREACHABLE
    assert access.known_hosts(Store(bench.folder)).of("192.168.0.111", 22)
    secret = tmp_path / "password"
    secret.write_text("wrong\n")
    secret.chmod(0o600)
    assert bench(*adopt, "--secret", f"login={secret}") == Exit.UNREACHABLE
    secret.write_text("right\n")
    assert bench(*adopt, "--secret", f"login-192.168.0.111={secret}") == Exit.OK
    assert host.let_in
    assert host.password is None
    kept = "".join(path.read_text() for path in bench.folder.iterdir() if path.is_file())
    assert "right" not in kept


def test_on_a_terminal_key_and_password_are_asked_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.at(Accident())
    host = locked(bench)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "no")
    assert bench("recover", "adopt", "192.168.0.111") == Exit.HOST_KEY
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    typed = ["wrong", "right"]
    monkeypatch.setattr("getpass.getpass", lambda _: typed.pop(0))
    assert bench("recover", "adopt", "192.168.0.111") == Exit.OK
    assert host.FINGERPRINT in bench.out
    assert host.let_in
