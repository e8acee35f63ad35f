"""unlock and lock: what reaches the guest, what the operator reads, the exit code of each end."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.sim import SimHost
from wizard import cli
from wizard.answers import Answers
from wizard.base.errors import Unreachable, WizardError
from wizard.base.exits import Exit
from wizard.hosts import access
from wizard.hosts.host import Result
from wizard.state.store import Store

CANARY = "canary passphrase ü"


class Guest:
    """A guest whose volume opens with one passphrase; every verb and what it read is recorded."""

    def __init__(self, state: int = 5, end: int = 0) -> None:
        self.state, self.end, self.calls = state, end, list[tuple[tuple[str, ...], bytes | None]]()

    def __call__(self, _: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> Result:
        self.calls.append((argv, stdin))
        if argv[1] == "status":
            return Result(self.state, "", "", 0.0)
        if argv[1] == "unlock" and self.state == 5 and stdin != f"{CANARY}\n".encode():
            return Result(3, "FAILED volume    wrong passphrase\n", "", 0.0)
        return Result(self.end, "ok     volume    opened\n", "", 0.0)


class Typed(io.StringIO):
    """Standard input, no terminal."""

    def isatty(self) -> bool:
        return False


def run(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    guest: Guest | WizardError,
    *argv: str,
    typed: str = "",
) -> int:
    host = (
        SimHost("inst1", down=guest)
        if isinstance(guest, WizardError)
        else SimHost("inst1", on_run=guest)
    )
    monkeypatch.setattr(access, "make_hosts", lambda *_: {"inst1": host})
    Store(tmp_path).save(Answers())
    monkeypatch.setattr("sys.stdin", Typed(typed))
    return cli.main(["--state", str(tmp_path), *argv])


def test_the_passphrase_goes_over_standard_input_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    guest = Guest()
    assert run(monkeypatch, tmp_path, guest, "unlock", typed=f"{CANARY}\n") == Exit.OK
    assert guest.calls[-1] == (
        ("/usr/local/sbin/protected-volume", "unlock"),
        f"{CANARY}\n".encode(),
    )
    assert not any(CANARY in word for argv, _ in guest.calls for word in argv)
    assert "[inst1] ok     volume    opened" in capsys.readouterr().out
    assert not any(
        CANARY.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    )


def test_a_wrong_passphrase_has_its_own_exit_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        run(monkeypatch, tmp_path, Guest(), "unlock", typed="wrong one\n") == Exit.PASSPHRASE == 13
    )
    said = capsys.readouterr()
    assert "wrong passphrase" in said.err and "wrong one" not in said.out + said.err


@pytest.mark.parametrize("state", [0, 1])
def test_an_open_volume_asks_for_nothing_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], state: int
) -> None:
    guest = Guest(state)
    assert run(monkeypatch, tmp_path, guest, "unlock", "inst1.name.org") == Exit.OK
    assert [argv[1] for argv, stdin in guest.calls if not stdin] == ["status", "unlock"]
    assert "is open already" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("guest", "argv", "code", "text"),
    [
        (Guest(end=4), ("lock",), Exit.FAILED, "something uses it"),
        (Guest(end=1), ("lock",), Exit.FAILED, "ended with 1"),
        (Guest(end=127), ("lock",), Exit.BLOCKED, "finish the step `vault`"),
        (Guest(), ("unlock", "other"), Exit.USAGE, "there is no instance other"),
        (Guest(), ("unlock",), Exit.CONSENT, "no passphrase was given"),
        (Guest(1, end=1), ("unlock",), Exit.FAILED, "ended with 1"),
        (Guest(2), ("unlock",), Exit.BLOCKED, "run the step `vault`"),
        (Guest(6), ("unlock",), Exit.BLOCKED, "run the step `vault`"),
        (Guest(end=6), ("lock",), Exit.BLOCKED, "run the step `vault`"),
        (Guest(124), ("unlock",), Exit.FAILED, "ended with 124"),
        (Unreachable("no route", where="inst1"), ("unlock",), Exit.UNREACHABLE, "no route"),
    ],
)
def test_each_end_is_told(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    guest: Guest | WizardError,
    argv: tuple[str, ...],
    code: Exit,
    text: str,
) -> None:
    assert run(monkeypatch, tmp_path, guest, *argv) == code
    assert text in capsys.readouterr().err


def test_bytes_that_are_not_utf8_are_told_and_not_sent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    guest = Guest()
    assert run(monkeypatch, tmp_path, guest, "unlock", typed="p\udce4ss\n") == Exit.CONSENT
    assert "not UTF-8" in capsys.readouterr().err and [argv[1] for argv, _ in guest.calls] == [
        "status"
    ]


def test_without_standard_input_no_passphrase_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        access, "make_hosts", lambda *_: {"inst1": SimHost("inst1", on_run=Guest())}
    )
    Store(tmp_path).save(Answers())
    monkeypatch.setattr("sys.stdin", None)
    assert cli.main(["--state", str(tmp_path), "unlock"]) == Exit.CONSENT
    assert "no passphrase was given" in capsys.readouterr().err


def test_a_volume_whose_answer_was_taken_back_can_still_be_unlocked_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text(
        'version = 1\n[[vault.volumes]]\ninstance = "inst1.name.org"\nkind = "none"\n'
    )
    argv = ("--answers", str(answers), "unlock")
    assert run(monkeypatch, tmp_path, Guest(), *argv, typed=f"{CANARY}\n") == Exit.USAGE
    assert run(monkeypatch, tmp_path, Guest(), *argv, "inst1", typed=f"{CANARY}\n") == Exit.OK


@pytest.mark.parametrize("typed", ["", EOFError()])
def test_a_passphrase_that_is_not_typed_ends_with_10(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    typed: str | EOFError,
) -> None:
    def ask(prompt: str) -> str:
        assert "inst1" in prompt
        if isinstance(typed, EOFError):
            raise typed
        return typed

    guest = Guest()
    monkeypatch.setattr(Typed, "isatty", lambda _: True)
    monkeypatch.setattr("getpass.getpass", ask)
    assert run(monkeypatch, tmp_path, guest, "unlock") == Exit.CONSENT == 10
    assert "no passphrase was given" in capsys.readouterr().err
    assert [argv[1] for argv, _ in guest.calls] == ["status"]


@pytest.mark.parametrize("state", [2, 6, 124])
def test_a_volume_that_cannot_be_looked_at_is_not_called_open(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], state: int
) -> None:
    guest = Guest(state)
    run(monkeypatch, tmp_path, guest, "unlock", typed=f"{CANARY}\n")
    said = capsys.readouterr()
    assert "open already" not in said.out and [argv[1] for argv, _ in guest.calls] == ["status"]


class Upgraded(Guest):
    """A guest that runs a newer kernel than those whose modules it has, or has them all."""

    def __init__(self, *, modules: bool, left: int = 5) -> None:
        super().__init__(end=1)
        self.modules, self.left = modules, left

    def __call__(self, host: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> Result:
        if argv[0] == "sh":
            return Result(0 if self.modules else 1, "", "", 0.0)
        tried = any(given for _, given in self.calls)
        result = super().__call__(host, argv, stdin)
        return Result(self.left, "", "", 0.0) if argv[1] == "status" and tried else result


@pytest.mark.parametrize(
    ("guest", "text"),
    [
        (Upgraded(modules=False), "no modules of the kernel that it runs"),
        (Upgraded(modules=True), "ended with 1"),
        (Upgraded(modules=False, left=1), "ended with 1"),
    ],
    ids=["after a kernel upgrade", "something else", "open, and a service failed"],
)
def test_why_a_volume_does_not_open_after_an_upgrade_of_the_kernel(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    guest: Guest,
    text: str,
) -> None:
    assert run(monkeypatch, tmp_path, guest, "unlock", typed=f"{CANARY}\n") != Exit.OK
    assert text in capsys.readouterr().err
