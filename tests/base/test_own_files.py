"""What lies in a file's place is read whole, or not at all; a name for it stands for one place."""

from __future__ import annotations

import errno
import os
import tracemalloc
from pathlib import Path

import pytest

from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.base.own_files import at_home, mend_of, named_by, read_whole


def test_a_file_is_read_up_to_a_bound(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_whole(path) == read_whole(path, 5) == b"12345"
    with pytest.raises(OSError, match="more than 4 bytes"):
        read_whole(path, 4)


def test_what_has_no_end_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero"), Path("/dev/tty"), tmp_path, tmp_path / "none"):
        with pytest.raises(OSError):
            read_whole(path)


def test_no_home_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", unknown)
    assert at_home(Path("~/.ssh/known_hosts")) == Path("~/.ssh/known_hosts")


def test_a_variable_with_blanks_names_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_FOLDER", "")
    assert named_by("SOME_FOLDER") is None
    monkeypatch.setenv("SOME_FOLDER", "~/x")
    assert named_by("SOME_FOLDER") == Path("~/x").expanduser()
    for blanks in (" ", "\t", "\n"):
        monkeypatch.setenv("SOME_FOLDER", blanks)
        with pytest.raises(WizardError, match="nothing but blanks") as caught:
            named_by("SOME_FOLDER")
        assert caught.value.code is Exit.USAGE


def test_a_small_file_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    tracemalloc.start()
    try:
        read_whole(path)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "free space"),
        (errno.EROFS, "mount it for writing"),
        (errno.EBUSY, "unmount"),
        (errno.EACCES, "permissions"),
        (errno.ENAMETOOLONG, "shorten"),
        (errno.EIO, "free space there, or correct"),
    ],
)
def test_the_mend_is_that_of_the_failure(number: int, words: str) -> None:
    assert words in mend_of(OSError(number, os.strerror(number)))
