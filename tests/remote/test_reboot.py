"""The reboot checkpoint, with a boot id that a test can change (row 13 of docs/ssh.md)."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.hosts.server import Server
from tests.waiting import LAST_RESORT, until
from wizard.base.errors import WizardError
from wizard.hosts.local import LocalHost
from wizard.hosts.ssh import SshHost
from wizard.remote import reboot
from wizard.remote.stream import LeftRunning


@pytest.fixture
def boot_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "boot_id"
    file.write_text("first\n")
    monkeypatch.setattr(reboot, "BOOT_ID", str(file))
    monkeypatch.setattr(reboot, "PAUSE", 0.2)
    monkeypatch.setattr(reboot, "TELL", 0.5)
    return file


def test_this_machine_is_known_as_such_however_it_is_reached(here: LocalHost) -> None:
    assert reboot.same_machine(here)
    assert reboot.boot_id(here) == Path("/proc/sys/kernel/random/boot_id").read_text().strip()


@pytest.mark.sshd
def test_this_machine_over_ssh(there: SshHost) -> None:
    assert not there.is_self and reboot.same_machine(there)


@pytest.mark.sshd
def test_row_13_the_reboot_is_detached_and_waited_for(
    server: Server, there: SshHost, boot_file: Path, tmp_path: Path
) -> None:
    old = reboot.boot_id(there)
    reboot.reboot(there)
    asked = (tmp_path / "bin" / "asked").read_text()
    assert asked.endswith("systemctl reboot\n")

    said: list[str] = []

    def power_cycle(text: str) -> None:
        """Down as soon as it is waited for, up as soon as it is missed."""
        said.append(text)
        if server.process and boot_file.read_text() == "first\n":
            server.stop()
            boot_file.write_text("second\n")
        elif not server.process and "refuses connections" in text:
            server.start()

    reboot.await_boot(there, old, power_cycle, threading.Event(), LAST_RESORT)
    text = "".join(said)
    assert "node1: waiting for" in text and "node1: back after" in text
    assert "refuses connections" in text
    until((tmp_path / "bin" / "rebooted").exists, "the reboot")


def test_a_host_that_does_not_come_back(here: LocalHost, boot_file: Path) -> None:
    with pytest.raises(
        WizardError, match=r"not back .* minutes after .* it has not gone down yet"
    ) as caught:
        reboot.await_boot(here, "first", lambda _: None, threading.Event(), 0.5)
    assert "console" in caught.value.mend


def test_waiting_can_be_left(here: LocalHost, boot_file: Path) -> None:
    stop = threading.Event()
    with pytest.raises(LeftRunning):
        reboot.await_boot(here, "first", lambda _: stop.set(), stop, LAST_RESORT)


def test_a_host_without_systemd_refuses_the_order(tmp_path: Path, boot_file: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "sh").symlink_to("/bin/sh")
    with pytest.raises(WizardError, match=r"could not be ordered: .*systemd-run"):
        reboot.reboot(LocalHost("node1", path=str(tmp_path / "tools"), need_root=False))
