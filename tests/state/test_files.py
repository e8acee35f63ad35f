"""A file is written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path

import pytest

from wizard.base.errors import StateError, WizardError
from wizard.base.exits import Exit
from wizard.state import files
from wizard.state.files import place, write_whole


@pytest.mark.parametrize(("content", "data"), [("ä\n", b"\xc3\xa4\n"), (b"\x00\xff", b"\x00\xff")])
def test_text_and_bytes_come_with_the_mode_asked_for(
    tmp_path: Path, content: str | bytes, data: bytes
) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    path.chmod(0o666)
    write_whole(path, content)
    assert path.read_bytes() == data and path.stat().st_mode & 0o777 == 0o600
    write_whole(path, content, 0o700)
    assert path.stat().st_mode & 0o777 == 0o700 and list(tmp_path.iterdir()) == [path]


def test_the_file_and_then_its_name_are_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, synced = tmp_path / "file", list[tuple[bool, bool]]()

    def fsync(fd: int) -> None:
        synced.append((stat.S_ISDIR(os.fstat(fd).st_mode), path.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    write_whole(path, "text")
    assert synced == [(False, False), (True, True)]


def test_what_fails_leaves_the_old_one_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_whole(path, "old")

    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StateError, match="cannot be written: No space left") as caught:
        write_whole(path, "new", keep_old=True)
    assert caught.value.where == str(path) and "free space" in caught.value.mend
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_the_old_one_is_kept_when_it_differs(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for text in ("one", "two", "two"):
        write_whole(path, text, keep_old=True)
    assert path.read_text() == "two" and (tmp_path / "file.old").read_text() == "one"


def test_two_threads_that_write_the_same_file_do_not_meet(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path, inner, others = tmp_path / "file", os.fsync, list[threading.Thread]()

    def while_another_writes(number: int) -> None:
        inner(number)
        if not others:
            others.append(threading.Thread(target=write_whole, args=(path, "the other's")))
            others[0].start()
            others[0].join()

    monkeypatch.setattr(os, "fsync", while_another_writes)
    write_whole(path, "mine")
    assert path.read_text() == "mine", "the last one is renamed last"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_and_a_pipe_is_written_into(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    link, target, pipe = tmp_path / "link", tmp_path / "folder" / "target", tmp_path / "pipe"
    link.symlink_to(target)
    write_whole(link, "text")
    assert link.is_symlink() and target.read_text() == "text"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, "text")
    assert os.read(reader, 10) == b"text" and pipe.is_fifo()
    os.close(reader)


def test_a_text_that_is_no_unicode_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "new \ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero"])
def test_a_device_stays_a_device(device: str, tmp_path: Path) -> None:
    before = Path(device).stat()
    link = tmp_path / "link"
    link.symlink_to(device)
    for path in (Path(device), link):
        write_whole(path, "text")
        write_whole(path, "text", keep_old=True)
    after = Path(device).stat()
    assert (before.st_ino, before.st_mode) == (after.st_ino, after.st_mode)
    assert link.is_symlink() and list(tmp_path.iterdir()) == [link]


def test_a_full_device_is_said_and_stays(tmp_path: Path) -> None:
    before = Path("/dev/full").stat()
    with pytest.raises(StateError, match="No space left"):
        write_whole(Path("/dev/full"), "text")
    assert Path("/dev/full").stat().st_ino == before.st_ino


@pytest.mark.parametrize("name", ["/dev/fd/{}", "/proc/self/fd/{}", "link"])
def test_an_open_file_is_written_on_where_it_is(name: str, tmp_path: Path) -> None:
    """As `>>log` leaves it: what it had stays, and it is the same file."""
    log = tmp_path / "log"
    log.write_text("before\n")
    number = log.stat().st_ino
    with log.open("ab") as file:
        path = Path(name.format(file.fileno()))
        if name == "link":
            path = tmp_path / name
            path.symlink_to(f"/dev/fd/{file.fileno()}")
        write_whole(path, "text\n")
        write_whole(path, "more\n")
    assert log.read_text() == "before\ntext\nmore\n" and log.stat().st_ino == number
    assert not list(tmp_path.glob("*.new"))


def test_links_are_followed_through_links(tmp_path: Path) -> None:
    target = tmp_path / "target"
    middle = tmp_path / "middle"
    last = tmp_path / "last"
    middle.symlink_to("target")
    last.symlink_to(middle)
    for text in ("one", "two"):
        write_whole(last, text, keep_old=True)
    assert target.read_text() == "two" and (tmp_path / "target.old").read_text() == "one"
    assert last.is_symlink() and middle.is_symlink()


def test_links_in_a_ring_are_said(tmp_path: Path) -> None:
    ring = tmp_path / "ring"
    ring.symlink_to(ring)
    with pytest.raises(StateError, match="Too many levels"):
        write_whole(ring, "text")
    assert ring.is_symlink() and list(tmp_path.iterdir()) == [ring]


def test_a_disk_is_no_place_for_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Path, "is_block_device", lambda self: True)
    with pytest.raises(WizardError, match="this is a disk") as caught:
        place(tmp_path / "sda")
    assert caught.value.code is Exit.USAGE


def test_a_pipe_that_nobody_reads_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PATIENCE", 0.1)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(StateError, match="nobody reads from this pipe"):
        write_whole(pipe, "text")
    assert pipe.is_fifo()
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, "text")
    assert os.read(reader, 10) == b"text"
    os.close(reader)
