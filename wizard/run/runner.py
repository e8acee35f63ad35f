"""Carries out a plan: stage by stage, the hosts side by side, each command between its records."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from wizard.base.errors import ConnectionLost, WizardError
from wizard.base.plain import plain
from wizard.base.secrets import Masked, mask
from wizard.hosts.host import Host, OnOutput
from wizard.model.events import Emit, Ended, Note, Output, Started, Unknown, notes
from wizard.model.flight import Flight
from wizard.model.plan import Plan
from wizard.model.step import REFUSED, Command
from wizard.model.way_back import noted
from wizard.remote import keep, kinds
from wizard.remote.host_lock import Held
from wizard.remote.kind import Order
from wizard.remote.log import Log
from wizard.run.active import Active
from wizard.run.hold import Hold
from wizard.run.keyring import Keyring
from wizard.state.journal import Journal

NOTICE = 0.5
"""Seconds after which a wait for the hosts is taken up anew: a Ctrl-C that comes just before a wait
begins does not wake it (signal, Python: handlers run between two instructions).
"""
BROKEN = -1
"""In place of an exit code: the command could not be begun, or not be kept as it came."""


def await_all(futures: Sequence[Future[bool]]) -> None:
    """Until all are over; a Ctrl-C meanwhile is always heard."""
    while wait(futures, timeout=NOTICE).not_done:
        pass


@dataclass
class Runner:
    """Runs one plan of one step. Once `stop` is set, no further command begins."""

    step: str
    hosts: Mapping[str, Host]
    journal: Journal
    emit: Emit
    log_dir: Path
    resume: str
    stop: threading.Event
    active: Active
    secrets: Keyring = field(default_factory=Keyring)
    lost: list[ConnectionLost] = field(default_factory=list)
    """Why the outcome of commands is unknown."""
    hold: Hold | None = None
    """The locks on the hosts."""

    def run(self, plan: Plan) -> bool:
        """Run a plan; True when every command ended well."""
        numbers = {id(command): number for number, command in enumerate(plan.commands, 1)}
        return all(self._stage(stage, numbers, len(plan)) for stage in plan.stages)

    def _stage(self, stage: Sequence[Command], numbers: Mapping[int, int], total: int) -> bool:
        """One stage: a thread a host, each with its commands in their order."""
        hosts: dict[str, list[Command]] = {}
        for command in stage:
            hosts.setdefault(command.host, []).append(command)
        with ThreadPoolExecutor(max_workers=len(hosts)) as pool:
            futures: list[Future[bool]] = []
            try:
                for commands in hosts.values():
                    futures.append(pool.submit(self._host, commands, numbers, total))
                await_all(futures)
            except KeyboardInterrupt:
                self._interrupted(futures)
                raise
            return all(future.result() for future in futures)

    def _interrupted(self, futures: Sequence[Future[bool]]) -> None:
        """Ctrl-C waits for what runs and lets nothing further begin; again, it cuts what runs."""
        self.stop.set()
        told = "Ctrl-C: no further command begins; once more cuts those that run"
        try:
            self.emit(Note("", told))
            await_all(futures)
        except KeyboardInterrupt:
            try:
                self.active.cut()
            finally:
                # A third one, while a host takes its time to stop a unit, ends the waiting.
                self.active.leave()
            await_all(futures)

    def _host(self, commands: Sequence[Command], numbers: Mapping[int, int], total: int) -> bool:
        for command in commands:
            if self.stop.is_set():
                self.emit(Note(command.host, f"stopped before: {command.shown}"))
                return False
            self.emit(Started(self.step, command, numbers[id(command)], total))
            if not self.one(command):
                return False
        return True

    def one(self, command: Command) -> bool:
        """Run one command, with its records before and after; True when it succeeded."""
        flight = self._started(command)
        begun = time.monotonic()
        path = self.log_dir / f"{self.step}-{command.host}-{command.key}.log"
        try:
            with Log(path, notes(self.emit, command.host)) as log:
                rc = self._told(command, flight, log.write)
        except ConnectionLost as error:
            self.emit(Unknown(self.step, command, str(error)))
            self.lost.append(error)
            return False
        except WizardError as error:
            self.emit(Output(self.step, command, f"{error}\n"))
            rc = BROKEN
        seconds = round(time.monotonic() - begun, 1)
        return self._ended(command, flight, rc, seconds)

    def _started(self, command: Command) -> Flight:
        """The record before a command begins.

        Its unit has a name that no other build, and no earlier attempt, left behind on the host.
        """
        flight = Flight(
            step=self.step,
            host=command.host,
            key=command.key,
            line=mask(command.shown),
            kind=command.kind.value,
            unit=f"gw-{self.step}-{command.key}-{token_hex(4)}",
            ok=command.ok,
        )
        record = self.journal.add(
            "start",
            step=flight.step,
            host=flight.host,
            key=flight.key,
            line=flight.line,
            kind_of=flight.kind,
            unit=flight.unit,
            ok_codes=list(flight.ok),
            undo=noted(command),
        )
        flight.at = record["at"]
        return flight

    def _carry_out(self, command: Command, flight: Flight, sink: OnOutput) -> int:
        """Begin it and see it to its end; its exit code."""
        host = self.hosts[command.host]
        folder = self.log_dir.parent
        if command.unless:
            keep.forbid(host, folder / command.unless)
        self._confirm(command.host)
        carrier = kinds.of(command.kind)
        with self.active.entered(flight, host) as leave:
            order = Order(
                command=command,
                flight=flight,
                host=host,
                stdin=self._input(command),
                on_output=sink,
                leave=leave,
                remember=self._memory(flight),
                folder=folder,
                resume=self.resume,
                peers=self._peers,
            )
            rc = carrier.start(order)
            if rc is None:
                rc = carrier.follow(flight, host, sink, leave)
        return rc

    def _confirm(self, host: str) -> None:
        """Raise Held when somebody took the lock over meanwhile: no further command begins."""
        if self.hold is None:
            return
        try:
            self.hold.confirm(host)
        except Held:
            self.stop.set()
            raise

    def _ended(self, command: Command, flight: Flight, rc: int, seconds: float) -> bool:
        """The record after its end; then what it left on the host is no longer needed."""
        ok = rc in command.ok
        if command.guard and rc == REFUSED:
            told = "refused by its guard, not begun: what the plan was made from has changed"
            self.emit(Note(command.host, told))
        self.journal.add(
            "end",
            step=flight.step,
            host=flight.host,
            key=flight.key,
            line=flight.line,
            rc=rc,
            ok=ok,
            seconds=seconds,
        )
        with contextlib.suppress(WizardError):
            kinds.of(command.kind).tidy(flight, self.hosts[command.host])
        self.emit(Ended(self.step, command, rc, ok, seconds))
        return ok

    def _told(self, command: Command, flight: Flight, write: Callable[[str], object]) -> int:
        """Carry it out; what it says is told without secrets, here and in its log."""
        masked = Masked()

        def tell(text: str) -> None:
            if text:
                write(text)
                self.emit(Output(self.step, command, text))

        try:
            return self._carry_out(command, flight, lambda text: tell(masked.feed(plain(text))))
        finally:
            tell(masked.end())

    def _memory(self, flight: Flight) -> Callable[[str, int | str], None]:
        """Keeps a job's number or a boot's id: in the journal first, where a kill loses neither."""

        def remember(name: str, value: int | str) -> None:
            own = {name: value}
            self.journal.add(name, step=flight.step, host=flight.host, key=flight.key, **own)
            setattr(flight, name, value)

        return remember

    def _input(self, command: Command) -> bytes | None:
        """The command's own input, then its secrets, a line each; None when it has neither."""
        if command.send:
            return _content(command)
        if command.stdin is None and not command.prompts:
            return None
        text = command.stdin or ""
        for prompt in command.prompts:
            text += f"{self.secrets.take(prompt.key).reveal()}\n"
        return text.encode()

    def _peers(self) -> list[Host]:
        """The servers beside the wizard's own; guests do not count."""
        from wizard.hosts.guest import is_guest

        return [host for host in self.hosts.values() if not host.is_self and not is_guest(host)]


def _content(command: Command) -> bytes:
    """The file that a command sends; raises WizardError when it cannot be read."""
    try:
        return Path(command.send).read_bytes()
    except OSError as error:
        raise WizardError(
            f"{command.send} cannot be read: {error.strerror}",
            where="this machine",
            mend="bring the file back to its place, then run the step again",
        ) from error
