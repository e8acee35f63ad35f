"""Where the wizard keeps its own state: one directory a build, private, written atomically, locked
while in use.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from wizard.answers import Answers
from wizard.answers.documents import saved_wrong
from wizard.base.errors import AnswersError, StateError
from wizard.base.own_files import known_home, named_by, read_whole
from wizard.state.files import write_whole
from wizard.state.journal import Journal
from wizard.state.place import refuse_no_folder, refuse_strangers, unusable


def default_dir() -> Path:
    """$GANETI_WIZARD_STATE, or the user's state directory as the XDG specification has it.

    Raises StateError where neither is known.
    """
    from platformdirs import user_state_path

    mend = "set HOME, or name a folder by --state DIR or $GANETI_WIZARD_STATE"
    try:
        return named_by("GANETI_WIZARD_STATE") or known_home(user_state_path("ganeti-wizard"))
    except RuntimeError as error:
        raise StateError("no home folder is known for this user", mend=mend) from error


class Store:
    """The state directory. `open` must be called before anything is written: it makes and locks the
    directory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or default_dir()
        self._lock: IO[bytes] | None = None

    @property
    def answers_path(self) -> Path:
        """The answers of this build, as JSON."""
        return self.folder / "answers.json"

    @property
    def journal_path(self) -> Path:
        """The journal of this build."""
        return self.folder / "journal.jsonl"

    @property
    def log_dir(self) -> Path:
        """Whole outputs of commands, one file each."""
        return self.folder / "log"

    def begun(self) -> bool:
        """Whether a build was begun here: anything was answered or run. Raises StateError when that
        cannot be seen.
        """
        with contextlib.suppress(OSError):
            self.answers_path.stat()
            return True
        return bool(self.journal().records)

    def open(self) -> None:
        """Make the directory and take the lock; raises StateError when not writable or held by
        another wizard.
        """
        refuse_no_folder(self.folder)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            refuse_strangers(self.folder)
            self._make_log_dir()
            lock = _lock_file(self.folder / "lock")
        except (OSError, RecursionError) as error:
            raise unusable(self.folder, error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = _holder(lock)
            lock.close()
            raise StateError(
                f"another ganeti-wizard (process {holder}) works on this build",
                where=str(self.folder),
                mend="go on there, or end it first; `status` may be run beside it",
            ) from error
        except OSError as error:
            lock.close()
            raise StateError(
                f"the state directory cannot be locked: {error.strerror}",
                where=str(self.folder),
                mend="choose one on a disk of this machine: --state DIR",
            ) from error
        try:
            lock.truncate(0)
            os.write(lock.fileno(), f"{os.getpid()}\n".encode())
        except OSError as error:
            lock.close()
            raise StateError(
                f"the state directory takes nothing more: {error.strerror}",
                where=str(self.folder),
                mend="free space there, or choose another with --state DIR; nothing was run",
            ) from error
        self._lock = lock

    def _make_log_dir(self) -> None:
        try:
            self.log_dir.mkdir(mode=0o700, exist_ok=True)
        except FileExistsError as error:
            what = "this is no folder, and the outputs of commands go there"
            raise StateError(what, where=str(self.log_dir), mend="move it away") from error

    @contextlib.contextmanager
    def holding(self) -> Iterator[None]:
        """Hold the lock for a while; one that is held already stays when that is over."""
        if self._lock is not None:
            yield
            return
        self.open()
        try:
            yield
        finally:
            self.close()

    def close(self) -> None:
        """Give the lock back."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def journal(self) -> Journal:
        """The journal of this build, read anew."""
        return Journal(self.journal_path)

    def load(self) -> Answers:
        """The saved answers, or the defaults; raises AnswersError when the file is damaged, or of a
        newer program.
        """
        try:
            text = read_whole(self.answers_path).decode()
        except FileNotFoundError:
            return Answers()
        except OSError as error:
            raise StateError(
                f"cannot read the answers: {error.strerror}",
                where=str(self.answers_path),
                mend="check the rights on it, or choose another directory: --state DIR",
            ) from error
        except UnicodeDecodeError as error:
            raise AnswersError(
                f"is damaged: byte {error.start} is no UTF-8",
                where=str(self.answers_path),
                mend="move it away and give the answers anew, or put a copy in its place",
            ) from error
        try:
            return Answers.model_validate_json(text)
        except ValidationError as error:
            what, mend = saved_wrong(text, error)
            raise AnswersError(what, where=str(self.answers_path), mend=mend) from error

    def save(self, answers: Answers) -> None:
        """Keep the answers; what nobody decided about stays undecided, so that the hosts may still
        suggest it.
        """
        text = answers.model_dump_json(indent=1, exclude=answers.undecided)
        write_whole(self.answers_path, f"{text}\n")


def _lock_file(path: Path) -> IO[bytes]:
    """The file that is locked; raises OSError, or StateError for what is none. A link would have
    whatever it leads to cut.
    """
    how = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, how, 0o600)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return os.fdopen(descriptor, "a+b")
        os.close(descriptor)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
            raise
    what = "this is no file of the wizard's own, and is to be locked"
    raise StateError(what, where=str(path), mend="move it away")


def _holder(lock: IO[bytes]) -> str:
    """The process that stands in the lock's file; what is no number stands for nobody."""
    lock.seek(0)
    said = lock.read(20).strip()
    return said.decode("ascii") if said.isdigit() else "unknown"
