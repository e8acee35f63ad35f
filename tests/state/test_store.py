"""The state directory: lock, permissions, answers."""

from __future__ import annotations

import dataclasses
import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.run.toy import TOY
from wizard.answers import Answers, GuestSetup
from wizard.answers.documents import read, write
from wizard.base.errors import AnswersError, StateError
from wizard.base.exits import Exit
from wizard.model.facts import Facts
from wizard.model.review import suggest
from wizard.state.store import Store


def test_answers_come_back(tmp_path: Path) -> None:
    store = Store(tmp_path / "s")
    store.open()
    answers = Answers()
    answers.lvm.vg = "other"
    store.save(answers)
    assert store.load().lvm.vg == "other"
    assert (tmp_path / "s").stat().st_mode & 0o777 == 0o700
    assert store.answers_path.stat().st_mode & 0o777 == 0o600


def test_encryption_that_was_not_decided_about_is_still_wanted_after_a_resume(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path)
    store.open()
    store.save(Answers())
    store.save(store.load())
    assert len(store.load().encrypted) == 1
    store.save(Answers.model_validate({"vault": {"volumes": []}}))
    assert not store.load().encrypted
    store.close()


def test_what_the_hosts_suggest_is_still_suggested_after_a_resume_and_an_export(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path)
    store.open()
    store.save(Answers())
    assert store.load().undecided == {
        "bridge": {"name", "prefix"},
        "guest": {"proxy"},
        "vault": {"volumes"},
        "backup": {"folders", "password_file", "work"},
        "archive": {"work"},
    }
    exported = tmp_path / "exported.toml"
    exported.write_text(write(store.load()))
    assert read(exported).undecided == {
        "bridge": {"name", "prefix"},
        "guest": {"proxy"},
        "backup": {"folders", "password_file", "work"},
        "archive": {"work"},
    }
    store.save(Answers.model_validate({"backup": {"work": "/srv/dumps"}}))
    assert store.load().backup.work == "/srv/dumps" and store.load().undecided["backup"] == {
        "folders",
        "password_file",
    }
    store.close()


def test_no_proxy_is_an_answer_that_no_suggestion_overrules() -> None:
    step = dataclasses.replace(
        TOY, id="guest", section=GuestSetup, suggest=lambda a, f: {"proxy": "http://node:3142"}
    )
    undecided, none = Answers(), Answers.model_validate({"guest": {"proxy": ""}})
    assert suggest(step, undecided, Facts({})).guest.proxy == "http://node:3142"
    assert suggest(step, none, Facts({})).guest.proxy == ""


def test_a_second_wizard_is_refused_with_the_first_ones_pid(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.open()
    code = (
        "from pathlib import Path\nfrom wizard.state.store import "
        f"Store\nStore(Path({str(tmp_path)!r})).open()"
    )
    second = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert "another ganeti-wizard (process" in second.stderr and second.returncode == 1
    store.close()
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_place_that_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="state directory cannot be used"):
        Store(tmp_path / "file").open()


def test_damaged_answers_name_the_file(tmp_path: Path) -> None:
    (tmp_path / "answers.json").write_text('{"lvm": {"vgg": "x"}}')
    with pytest.raises(AnswersError, match=r"lvm\.vgg: there is no such field"):
        Store(tmp_path).load()


def test_a_file_system_without_locks_is_no_other_wizard(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def flock(lock: object, how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(StateError, match="cannot be locked: No locks available") as told:
        Store(tmp_path).open()
    assert "another ganeti-wizard" not in str(told.value)


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o702])
def test_a_directory_that_everybody_may_write_to_is_refused(mode: int, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(StateError, match="everybody may write"):
        Store(folder).open()
    assert list(folder.iterdir()) == []
    folder.chmod(0o700)
    store = Store(folder)
    store.open()
    store.close()


def test_a_directory_of_somebody_else_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    owner = tmp_path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    if owner == 0:
        # Root's own directory is one that an operator may have been given.
        os.chown(tmp_path, 12345, -1)
    with pytest.raises(StateError, match="belongs to somebody else"):
        Store(tmp_path).open()


@pytest.mark.parametrize("data", [b"\xe4\xff\0", b"", b"\n", "²".encode(), b"1" * 10_000])
def test_a_lock_file_with_anything_in_it(data: bytes, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    lock = tmp_path / "lock"
    lock.write_bytes(data)
    with lock.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StateError, match=r"another ganeti-wizard \(process"):
            Store(tmp_path).open()
    store = Store(tmp_path)
    store.open()
    assert lock.read_text("utf-8") == f"{os.getpid()}\n"
    store.close()


def test_a_disk_that_is_full_at_the_first_write(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def write(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", write)
        with pytest.raises(StateError, match="No space left on device") as told:
            Store(tmp_path / "s").open()
    assert told.value.code is Exit.STATE
    # The lock was not kept.
    store = Store(tmp_path / "s")
    store.open()
    store.close()


@pytest.mark.parametrize("rest", ["", ', "lvm": {"of_tomorrow": 1}', ', "x": ["ä"]'])
def test_the_answers_of_a_newer_program_are_to_be_kept(rest: str, tmp_path: Path) -> None:
    (tmp_path / "answers.json").write_text(f'{{"version": 2{rest}}}', "utf-8")
    with pytest.raises(AnswersError) as told:
        Store(tmp_path).load()
    assert told.value.what == "version 2: a newer ganeti-wizard saved these answers"
    assert told.value.mend == "keep the file, and update this program"


@pytest.mark.parametrize("text", ["", "[]", "[" * 100_000, '{"version": "2"}', "\ufeff{}", "null"])
def test_damaged_answers_are_said_and_never_to_be_removed(text: str, tmp_path: Path) -> None:
    (tmp_path / "answers.json").write_text(text, "utf-8")
    with pytest.raises(AnswersError) as told:
        Store(tmp_path).load()
    assert "remove" not in told.value.mend and len(told.value.what) < 200
