"""The locks that one run holds on its hosts: taken before the first command that changes anything,
kept while it works, given back at its end.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from wizard.answers import Answers
from wizard.base.beside import begun
from wizard.base.errors import StateError, WizardError
from wizard.hosts.host import Host
from wizard.model.events import Emit, Note, ignore
from wizard.remote.host_lock import Held, Holder, Taken, release, take
from wizard.state.owner import Owner, owner_of

BEAT = 60.0
"""Seconds from one sign of life to the next."""
IDLE = 900.0
"""Seconds after the last command for which a wizard that is left open keeps its locks."""
ANSWER = 45.0
"""Seconds within which a host answers, as when it is looked at after an accident."""
BUSY = 90.0
"""The same before a command: a host in the middle of heavy work answers slowly."""
RESTING = "waits for its operator"
LEAVING = 5.0
"""Seconds for which the end of the program waits until the locks are given back."""


def nobody() -> set[str]:
    """No host."""
    return set()


def nothing() -> None:
    """Do nothing."""


def never() -> bool:
    """Not so."""
    return False


def lockable(answers: Answers, needed: Collection[str]) -> set[str]:
    """The machines that are locked: all servers of the cluster, whatever is done; the backup host,
    which other clusters may have as well, only for what is done there. A guest is its servers'.
    """
    names = {node.short for node in answers.nodes}
    backup = answers.backup_host
    if backup is not None and backup.short in needed:
        names.add(backup.short)
    return names


@dataclass
class Hold:
    """The locks of one state directory.

    Hosts are asked one after the other, by their names: of two who begin at the same time one is
    refused at the first host, and holds none that the other one wants. Nobody waits for a lock, so
    none can wait for ever.
    """

    folder: Path
    """The state directory that stands in the locks."""
    take_over: str = ""
    """The name of somebody whose locks are taken all the same, once."""
    emit: Emit = ignore
    anew: Callable[[], None] = nothing
    """Called when locks were taken that were not held before: what was seen earlier may be old."""
    apart: Callable[[], set[str]] = nobody
    """The hosts that are just being rebooted or cut off: they get no sign of life."""
    left: Callable[[], bool] = never
    """Whether commands are at work on the hosts by themselves: then the locks are not given back.
    """
    held: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._hosts: dict[str, Host] = {}
        self._over = threading.Event()
        self._keeper: threading.Thread | None = None
        self._doing = RESTING
        self._last = time.monotonic()
        self._silent: set[str] = set()

    @cached_property
    def owner(self) -> Owner:
        """Who holds the locks; raises StateError when the state directory takes no file."""
        return owner_of(self.folder)

    def begin(
        self, doing: str, hosts: Mapping[str, Host], needed: Collection[str], seen: Collection[str]
    ) -> Mapping[str, Holder]:
        """Hold all of `hosts` that answer; gives whose locks were taken over, by host.

        One that did not answer before is asked again only when it is `needed`, or was `seen` since.
        Raises Held when somebody else holds one of them, and StateError when one that is needed
        cannot keep a lock: then nothing is held that was not held before.
        """
        self._doing = doing
        self._last = time.monotonic()
        self._hosts.update(hosts)
        self._silent -= {*needed, *seen}
        taken: dict[str, Taken] = {}
        assert self.owner
        try:
            for name in sorted(hosts.keys() - self._silent):
                found = self._ask(name, needed=name in needed)
                if found is not None:
                    taken[name] = found
        except WizardError:
            self._give_back([name for name, found in taken.items() if found.anew])
            raise
        self.take_over = ""
        if any(found.anew for found in taken.values()):
            self.anew()
        self._keep_on()
        return self._tell(taken)

    def _ask(self, name: str, *, needed: bool) -> Taken | None:
        """Take one lock; None for a host that does not answer, or is broken and not needed."""
        try:
            found = self._taken(name)
        except Held:
            raise
        except WizardError as error:
            # Whether a step can do without a host that does not answer is judged by the look.
            if needed and isinstance(error, StateError):
                raise
            self._silent.add(name)
            self.emit(Note(name, f"not locked: {error.what}"))
            return None
        self.held.add(name)
        return found

    def _taken(self, name: str) -> Taken:
        host = self._hosts[name]
        try:
            return take(host, self.owner, self._doing, timeout=ANSWER)
        except Held as error:
            holder = error.holder
            if not self.take_over or holder.who != self.take_over:
                raise
        return take(host, self.owner, self._doing, over=holder.token, timeout=ANSWER)

    def _tell(self, taken: Mapping[str, Taken]) -> Mapping[str, Holder]:
        over = {}
        for name, found in taken.items():
            if found.former is not None:
                over[name] = found.former
                why = "taken over" if found.state == "over" else "left behind, and free by now"
                self.emit(Note(name, f"its lock was {why}: {found.former.words}"))
        return over

    def confirm(self, name: str) -> None:
        """Make sure, just before a command on that host, that the lock is still held: whoever slept
        may have lost it. A guest has none: it is its servers' locks that count.

        Raises Held, or WizardError when the host does not say: then nothing was run.
        """
        self._last = time.monotonic()
        if name in self._hosts:
            self._confirm(name)
            return
        for server in sorted(self.held):
            with contextlib.suppress(_Silent):
                self._confirm(server)
                return

    def _confirm(self, name: str) -> None:
        try:
            take(self._hosts[name], self.owner, self._doing, timeout=BUSY)
        except Held:
            self.held.discard(name)
            raise
        except WizardError as error:
            raise _Silent(
                f"the lock could not be confirmed, so nothing was run: {error.what}",
                where=name,
                mend=error.mend or "look again",
                code=error.code,
            ) from error
        self.held.add(name)

    def rest(self) -> None:
        """A step is over: what the locks say of it is no longer so."""
        self._doing = RESTING
        self._last = time.monotonic()

    def _keep_on(self) -> None:
        """Begin to give signs of life."""
        if self._keeper is None:
            self._over = threading.Event()
            self._keeper = threading.Thread(target=self._keep, args=(self._over,), daemon=True)
            self._keeper.start()

    def _keep(self, over: threading.Event) -> None:
        while not over.wait(BEAT):
            idle = self._doing == RESTING and time.monotonic() - self._last > IDLE
            if idle and not self.left():
                self._give_back(sorted(self.held))
            for name in sorted(self.held - self.apart()):
                self._beat(name)

    def _beat(self, name: str) -> None:
        try:
            take(self._hosts[name], self.owner, self._doing, timeout=ANSWER)
        except Held as error:
            self.held.discard(name)
            self.emit(Note(name, f"no further command begins: {error.what}"))
        except (WizardError, KeyError):
            # A link that is away comes back, or the next command says so.
            return

    def _give_back(self, names: Sequence[str]) -> None:
        for name in names:
            self.held.discard(name)
            with contextlib.suppress(WizardError, KeyError):
                release(self._hosts[name], self.owner, timeout=ANSWER)

    def end(self) -> None:
        """No more signs of life; the locks are given back, unless commands were left at work: then
        they keep them, until the same state directory goes on.
        """
        self._over.set()
        if self._keeper is not None:
            self._keeper.join(LEAVING)
            self._keeper = None
        names = sorted(self.held)
        self.held.clear()
        if not names or self.left():
            return
        jobs = [begun(partial(self._give_back, [name])) for name in names]
        until = time.monotonic() + LEAVING
        for job in jobs:
            with contextlib.suppress(TimeoutError):
                job.result(max(0.0, until - time.monotonic()))


class _Silent(WizardError):
    """A host does not say whether its lock is held."""
