"""A file is written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from wizard.base.errors import StateError
from wizard.state.files import write_whole


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
