"""Changes that undo themselves: the network is an sshd that goes away, its settings a file."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.hosts.server import Server, proc_bytes
from tests.remote.fake import Clock
from tests.waiting import until
from wizard.base.errors import ConnectionLost, Unreachable, WizardError
from wizard.hosts.local import LocalHost
from wizard.hosts.ssh import SshHost
from wizard.remote import rollback, unit
from wizard.remote.stream import LeftRunning

pytestmark = pytest.mark.slow


class Settings:
    """A file in place of the network's settings, with the commands that change and restore it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.write_text("old\n")

    def set(self, text: str, more: str = "") -> tuple[str, ...]:
        return ("sh", "-c", f'echo "$2" >"$1"; {more or ":"}', "set", str(self.file), text)

    @property
    def text(self) -> str:
        return self.file.read_text().strip()


@pytest.fixture
def settings(tmp_path: Path, path: str) -> Settings:
    return Settings(tmp_path / "settings")


@pytest.fixture
def clock(tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(tmp_path / "bin")
    monkeypatch.setattr(rollback, "time", made)
    monkeypatch.setattr(rollback, "PAUSE", 0.05)
    return made


def left_over() -> list[str]:
    return sorted(file.name.partition(".")[2] for file in Path(unit.DIRECTORY).iterdir())


@pytest.mark.sshd
def test_a_change_that_keeps_the_host_reachable_is_kept(
    there: SshHost, settings: Settings, clock: Clock
) -> None:
    said: list[str] = []
    change, undo = settings.set("new", "echo changing"), settings.set("undone")
    assert (
        rollback.run(there, "gw-rb", change, undo, said.append, threading.Event(), seconds=5) == 0
    )
    assert "changing" in "".join(said) and "the change is kept" in "".join(said)
    timer = (clock.folder / "gw-rb-undo.timer").read_text().strip()
    until(lambda: proc_bytes(f"{timer}/cmdline") == b"", "the timer's end")
    assert settings.text == "new", "the timer is disarmed"
    unit.forget(there, "gw-rb")
    assert left_over() == []


@pytest.mark.sshd
def test_a_change_that_cuts_the_host_off_is_undone_by_the_host(
    server: Server, there: SshHost, settings: Settings, clock: Clock
) -> None:
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        if "s left" in text and not server.process:
            clock.ring("gw-rb-undo", 6)

    def follow_settings() -> None:
        while not done.wait(0.05):
            if settings.text == "new" and server.process:
                server.stop()
            elif settings.text != "new" and not server.process:
                server.start()

    done = threading.Event()
    thread = threading.Thread(target=follow_settings)
    thread.start()
    try:
        with pytest.raises(
            WizardError, match="did not come back within 6 s; its former network settings were"
        ):
            undo = settings.set("old again")
            rollback.run(
                there, "gw-rb", settings.set("new"), undo, say, threading.Event(), seconds=6
            )
    finally:
        done.set()
        thread.join()
        if not server.process:
            server.start()
    assert settings.text == "old again"
    assert "s left" in "".join(said) and "not reached in time" in "".join(said)


def test_a_change_whose_start_was_not_answered_is_looked_at(
    here: LocalHost, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It took the link along at once, and the host is reached over what it changed."""
    start = unit.start
    said: list[str] = []

    def unanswered(host: LocalHost, name: str, argv: tuple[str, ...]) -> None:
        start(host, name, argv)
        raise ConnectionLost("the connection was lost", where=host.name)

    monkeypatch.setattr(unit, "start", unanswered)
    change, undo = settings.set("new"), settings.set("undone")
    stop = threading.Event()
    assert rollback.run(here, "gw-rb", change, undo, said.append, stop, seconds=5) == 0
    assert settings.text == "new" and "it may have begun" in "".join(said)


def test_a_change_that_fails_is_undone_at_once(
    here: LocalHost, settings: Settings, clock: Clock
) -> None:
    """The clock stands still: it is not the timer that undoes it."""
    said: list[str] = []
    change, undo = settings.set("half", "exit 4"), settings.set("old again")
    assert (
        rollback.run(here, "gw-rb", change, undo, said.append, threading.Event(), seconds=60) == 4
    )
    assert settings.text == "old again" and "exit code 4, undoing" in "".join(said)


def test_a_further_look_can_refuse_the_change(
    here: LocalHost, settings: Settings, clock: Clock
) -> None:
    def nobody() -> None:
        clock.ring("gw-rb-undo", 4)
        raise Unreachable("node2 does not answer", where="node2")

    said: list[str] = []
    with pytest.raises(WizardError, match="were restored"):
        rollback.run(
            *(
                here,
                "gw-rb",
                settings.set("new"),
                settings.set("old again"),
                said.append,
                threading.Event(),
            ),
            seconds=4,
            check=nobody,
        )
    assert settings.text == "old again" and "node2 does not answer" in "".join(said)


def test_an_undo_that_fails_is_said(here: LocalHost, settings: Settings, clock: Clock) -> None:
    def nobody() -> None:
        clock.ring("gw-rb-undo", 3)
        raise Unreachable("node2 does not answer", where="node2")

    with pytest.raises(WizardError, match="restoring its network settings ended with 7"):
        rollback.run(
            *(
                here,
                "gw-rb",
                settings.set("new"),
                ("sh", "-c", "exit 7"),
                lambda _: None,
                threading.Event(),
            ),
            seconds=3,
            check=nobody,
        )


def test_nothing_is_changed_when_the_timer_cannot_be_set(
    here: LocalHost, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "bin" / "refuse").touch()
    with pytest.raises(WizardError, match="so nothing was changed"):
        rollback.run(
            here, "gw-rb", settings.set("new"), settings.set("x"), lambda _: None, threading.Event()
        )
    assert settings.text == "old"


def test_a_wizard_that_goes_away_leaves_the_host_to_undo_it(
    here: LocalHost, settings: Settings, clock: Clock
) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(LeftRunning, match="undoes the change by itself"):
        undo = settings.set("old again")
        rollback.run(here, "gw-rb", settings.set("new"), undo, lambda _: None, stop, seconds=2)
    clock.ring("gw-rb-undo", 2)
    until(lambda: settings.text == "old again", "the host's roll-back")


def test_keeping_and_undoing_exclude_each_other(
    here: LocalHost, settings: Settings, clock: Clock
) -> None:
    rollback.arm(here, "gw-rb", settings.set("undone"), seconds=1)
    clock.ring("gw-rb-undo", 1)
    until(lambda: settings.text == "undone", "the host's roll-back")
    assert not rollback.disarm(here, "gw-rb")
    rollback.arm(here, "gw-rb2", settings.set("undone twice"), seconds=1)
    assert rollback.disarm(here, "gw-rb2") and rollback.disarm(here, "gw-rb2")
    timer = (clock.folder / "gw-rb2-undo.timer").read_text().strip()
    until(lambda: proc_bytes(f"{timer}/cmdline") == b"", "the timer's end")
    assert settings.text == "undone"
