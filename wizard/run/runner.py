"""Carries out commands: one by its kind, and a plan stage by stage with the hosts side by side."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from wizard.base.errors import ConnectionLost, Unreachable, WizardError
from wizard.base.secrets import mask
from wizard.hosts.host import Host, OnOutput
from wizard.model.events import Emit, Ended, Note, Output, Started, Unknown, notes
from wizard.model.plan import Plan
from wizard.model.step import Command, Kind
from wizard.remote import job as jobs
from wizard.remote import keep, login_message, reboot, rollback
from wizard.remote import unit as units
from wizard.remote.log import Log
from wizard.run.keyring import Keyring
from wizard.state.journal import Journal


@dataclass
class Runner:
    """Runs one plan of one step.

    `stop`: no further command begins. `leave`: jobs, reboots and roll-backs are waited for no
    longer. `abort`: neither are units, because the wizard itself ends.
    """

    step: str
    hosts: Mapping[str, Host]
    journal: Journal
    emit: Emit
    log_dir: Path
    resume: str
    stop: threading.Event
    leave: threading.Event
    abort: threading.Event
    secrets: Keyring = field(default_factory=Keyring)
    active: dict[str, tuple[Command, str]] = field(default_factory=dict)
    lost: list[ConnectionLost] = field(default_factory=list)
    """Why the outcome of commands is unknown."""

    def run(self, plan: Plan) -> bool:
        """Run a plan; True when every command ended well."""
        numbers = {id(command): number for number, command in enumerate(plan.commands, 1)}
        for stage in plan.stages:
            hosts = dict.fromkeys(command.host for command in stage)
            with ThreadPoolExecutor(max_workers=len(hosts)) as pool:
                futures = [
                    pool.submit(
                        self._host, [c for c in stage if c.host == host], numbers, len(plan)
                    )
                    for host in hosts
                ]
                if not all(self._ends(futures)):
                    return False
        return True

    def _ends(self, futures: Sequence[Future[bool]]) -> list[bool]:
        """How the hosts ended. Ctrl-C waits for what runs and lets nothing further begin; again, it
        cuts what runs.
        """
        try:
            return [future.result() for future in futures]
        except KeyboardInterrupt:
            self.stop.set()
            self.emit(Note("", "Ctrl-C: no further command begins; once more cuts those that run"))
            try:
                wait(futures)
            except KeyboardInterrupt:
                self.abort.set()
                self.cut()
                wait(futures)
            raise

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
        """Run one command, with its records before and after; True when it succeeded.

        Its unit has a name that no other build, and no earlier attempt, left behind on the host.
        """
        unit = f"gw-{self.step}-{command.key}-{token_hex(4)}"
        self.journal.add(
            "start",
            step=self.step,
            host=command.host,
            key=command.key,
            line=mask(command.shown),
            kind_of=command.kind.value,
            unit=unit,
            ok_codes=list(command.ok),
        )
        begun = time.monotonic()
        self.active[command.host] = command, unit
        path = self.log_dir / f"{self.step}-{command.host}-{command.key}.log"
        try:
            with Log(path, notes(self.emit, command.host)) as log:
                rc = self._carry_out(command, unit, self._sink(command, log.write))
        except ConnectionLost as error:
            self.emit(Unknown(self.step, command, str(error)))
            self.lost.append(error)
            return False
        except WizardError as error:
            self.emit(Output(self.step, command, f"{error}\n"))
            rc = -1
        finally:
            self.active.pop(command.host, None)
        seconds = round(time.monotonic() - begun, 1)
        ok = rc in command.ok
        self._end(command, unit, rc, ok, seconds)
        return ok

    def cut(self) -> None:
        """Do not wait for the ends of the running commands: stop units, drop connections, leave
        jobs alone.
        """
        self.leave.set()
        for command, unit in list(self.active.values()):
            host = self.hosts[command.host]
            if command.kind is Kind.UNIT:
                units.cut(host, unit, notes(self.emit, command.host))
            elif command.kind is Kind.EXEC:
                host.close()

    def _sink(self, command: Command, write: Callable[[str], object]) -> OnOutput:
        def sink(text: str) -> None:
            text = mask(text)
            write(text)
            self.emit(Output(self.step, command, text))

        return sink

    def _end(self, command: Command, unit: str, rc: int, ok: bool, seconds: float) -> None:
        values = {
            "step": self.step,
            "host": command.host,
            "key": command.key,
            "line": mask(command.shown),
        }
        self.journal.add("end", **values, rc=rc, ok=ok, seconds=seconds)
        if command.kind in (Kind.UNIT, Kind.ROLLBACK):
            with contextlib.suppress(WizardError):
                units.forget(self.hosts[command.host], unit)
        self.emit(Ended(self.step, command, rc, ok, seconds))

    def _carry_out(self, command: Command, unit: str, sink: OnOutput) -> int:
        host = self.hosts[command.host]
        if command.unless:
            keep.forbid(host, self.log_dir.parent / command.unless)
        if command.kind is Kind.UNIT:
            units.start(host, unit, command.argv)
            return units.follow(host, unit, sink, self.abort)
        if command.kind is Kind.ROLLBACK:
            check = self._peers if host.is_self else None
            return rollback.run(
                host, unit, command.argv, command.rollback, sink, self.leave, check=check
            )
        if command.kind is Kind.REBOOT:
            return self._reboot(command, host, sink)
        if command.keep:
            return keep.run(
                host, command.argv, self._input(command), self.log_dir.parent / command.keep, sink
            )
        result = host.run(command.argv, stdin=self._input(command), on_output=sink)
        if command.kind is Kind.JOB and result.rc == 0:
            job = jobs.job_id(result.out)
            self.journal.add("job", step=self.step, host=command.host, key=command.key, job=job)
            return jobs.follow(host, job, sink, self.leave)
        return result.rc

    def _input(self, command: Command) -> bytes | None:
        secrets = "".join(
            f"{self.secrets.take(prompt.key).reveal()}\n" for prompt in command.prompts
        )
        return (
            None
            if command.stdin is None and not secrets
            else ((command.stdin or "") + secrets).encode()
        )

    def _reboot(self, command: Command, host: Host, sink: OnOutput) -> int:
        old = reboot.boot_id(host)
        self.journal.add("boot", step=self.step, host=command.host, key=command.key, boot=old)
        if reboot.same_machine(host):
            login_message.put(host, self.resume)
            sink(
                "this node reboots now, and the wizard with it. Go on afterwards with: "
                f"{self.resume}\n"
            )
        reboot.reboot(host)
        reboot.await_boot(host, old, sink, self.leave, reboot.BOOT_TIMEOUT)
        return 0

    def _peers(self) -> None:
        """From the wizard's own node: raise when none of the others can be reached; guests do not
        count.
        """
        from wizard.hosts.guest import is_guest

        others = [host for host in self.hosts.values() if not host.is_self and not is_guest(host)]
        for number, host in enumerate(others, 1):
            try:
                host.run(("true",), timeout=20)
                return
            except (Unreachable, ConnectionLost):
                if number == len(others):
                    raise
