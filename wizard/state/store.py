"""Where the wizard keeps its own state: one directory a build, private, written atomically, locked
while in use.
"""

from __future__ import annotations

import contextlib
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
from wizard.state.files import write_whole
from wizard.state.journal import Journal


def default_dir() -> Path:
    """$GANETI_WIZARD_STATE, or the user's state directory as the XDG specification has it."""
    from platformdirs import user_state_path

    given = os.environ.get("GANETI_WIZARD_STATE")
    return Path(given) if given else user_state_path("ganeti-wizard")


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
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._refuse_strangers()
            self.log_dir.mkdir(mode=0o700, exist_ok=True)
            lock = (self.folder / "lock").open("a+b")
        except OSError as error:
            raise StateError(
                f"the state directory cannot be used: {error.strerror}",
                where=str(self.folder),
                mend="correct its permissions, or choose another with --state DIR",
            ) from error
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

    def _refuse_strangers(self) -> None:
        """Raise StateError where others may put files into the directory, or own it: what stands in
        it is believed, and run as root.
        """
        seen = self.folder.stat()
        if seen.st_uid not in (0, os.geteuid()):
            what, mend = "the state directory belongs to somebody else", "choose another"
        elif seen.st_mode & stat.S_IWOTH:
            what, mend = (
                "everybody may write to the state directory",
                "chmod 700 it, or choose another",
            )
        else:
            return
        raise StateError(what, where=str(self.folder), mend=f"{mend}: --state DIR")

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
            text = self.answers_path.read_text("utf-8")
        except FileNotFoundError:
            return Answers()
        except (OSError, UnicodeDecodeError) as error:
            raise StateError(
                f"cannot read the answers: {error}",
                where=str(self.answers_path),
                mend="check the rights on it, or choose another directory: --state DIR",
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


def _holder(lock: IO[bytes]) -> str:
    """The process that stands in the lock's file; what is no number stands for nobody."""
    lock.seek(0)
    said = lock.read(20).strip()
    return said.decode("ascii") if said.isdigit() else "unknown"
