"""The machine that the wizard itself runs on, behind the same protocol as a host over ssh."""

from __future__ import annotations

import contextlib
import os
import selectors
import shlex
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from wizard.base.errors import ConnectionLost, LoginRefused, Reach, WizardError
from wizard.base.secrets import mask
from wizard.base.shell import PATH
from wizard.hosts.connect import open_socket
from wizard.hosts.host import OnOutput, Result
from wizard.hosts.output import Kept

CHUNK = 32768
QUIET = 2.0
"""Seconds to wait for more output after the command's end, when a child it left keeps the pipe
open.
"""


NICE = 10
"""See `give_way`; nice(2) has it from -20 to 19."""


def give_way() -> None:
    """Let Ganeti's daemons on this machine run before this program and the commands that it starts
    itself.

    A call between nodes fails when its connection is not made within a few seconds
    (RPC_CONNECT_TIMEOUT), and units and jobs, which do the work, are not children of this program.
    Threads have a priority each (setpriority(2)).
    """
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            if os.getpriority(os.PRIO_PROCESS, int(task.name)) < NICE:
                os.setpriority(os.PRIO_PROCESS, int(task.name), NICE)


class LocalHost:
    """This machine. Commands run in a session of their own, so that none can ask on the operator's
    terminal.
    """

    is_self = True

    def __init__(self, name: str, *, path: str = PATH, need_root: bool = True) -> None:
        self.name, self.path, self.need_root = name, path, need_root
        self._running: set[_Child] = set()

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes | None = None,
        timeout: float | None = None,
        on_output: OnOutput | None = None,
    ) -> Result:
        """See `Host.run`. A command that outlives `timeout` is killed; what it had done is
        unknown.
        """
        if self.need_root and os.geteuid() != 0:
            raise LoginRefused(
                "the wizard works on this very machine and is not root here",
                where=self.name,
                mend="start it with sudo, or as root",
                reach=Reach.UNTRIED,
            )
        begun = time.monotonic()
        streams = Kept(on_output), Kept(on_output)
        try:
            child = _Child(self._start(argv, stdin is not None), timeout)
        except OSError as error:
            return Result(
                127 if isinstance(error, FileNotFoundError) else 126,
                "",
                f"{argv[0]}: {error.strerror}\n",
                0.0,
            )
        self._running.add(child)
        try:
            code = child.finish(stdin, *streams)
        finally:
            self._running.discard(child)
            child.end()
        seconds = time.monotonic() - begun
        if code is None:
            raise self._lost(argv, seconds, child.late)
        for stream in streams:
            stream.end()
        return Result(
            code if code >= 0 else 128 - code, streams[0].text(), streams[1].text(), seconds
        )

    def _start(self, argv: Sequence[str], fed: bool) -> subprocess.Popen[bytes]:
        env = {"LC_ALL": "C", "PATH": self.path, "HOME": os.environ.get("HOME", "/root")}
        return subprocess.Popen(
            tuple(argv),
            stdin=subprocess.PIPE if fed else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            cwd="/",
            start_new_session=True,
        )

    def _lost(self, argv: Sequence[str], seconds: float, late: bool) -> WizardError:
        line = mask(shlex.join(argv))
        what = "no end after" if late else "given up after"
        return ConnectionLost(
            f"{what} {seconds:.1f} s of `{line if len(line) <= 120 else line[:119] + '…'}`; "
            "state unknown",
            where=self.name,
            mend="look again; nothing is repeated blindly",
        )

    def close(self) -> None:
        """Give up what is running, as a closed connection would; the next `run` works as ever."""
        for child in list(self._running):
            child.give_up()

    def tunnel(self, address: str, port: int) -> socket.socket:
        """A connection from this machine to another address; raises Unreachable."""
        return open_socket(self.name, address, port)

    def jump(self) -> tuple[str, ...]:
        """What makes OpenSSH's client go through this machine: nothing."""
        return ()

    def shell(self) -> tuple[str, ...]:
        """The operator's shell here."""
        return (os.environ.get("SHELL") or "/bin/sh", "-l")


class _Child:
    """A running command with its pipes and its deadline."""

    def __init__(self, process: subprocess.Popen[bytes], timeout: float | None) -> None:
        self.process = process
        self.deadline = None if timeout is None else time.monotonic() + timeout
        self.late = False
        self._given_up = False
        self._ear, self._bell = socket.socketpair()

    def give_up(self) -> None:
        """Make `finish` return None soon, from any thread."""
        self._given_up = True
        with contextlib.suppress(OSError):
            self._bell.send(b"x")

    def finish(self, stdin: bytes | None, out: Kept, err: Kept) -> int | None:
        """Feed and read until the end; the exit code as Popen has it, or None when late or given
        up.
        """
        if stdin is not None:
            threading.Thread(target=self._feed, args=(stdin,), daemon=True).start()
        process = self.process
        with selectors.DefaultSelector() as selector:
            selector.register(self._ear, selectors.EVENT_READ)
            for pipe, kept in ((process.stdout, out), (process.stderr, err)):
                assert pipe is not None
                selector.register(pipe, selectors.EVENT_READ, kept)
            self._pump(selector)
        if self._given_up or self.late:
            return None
        return self._wait()

    def _pump(self, selector: selectors.BaseSelector) -> None:
        quiet_since = time.monotonic()
        while len(selector.get_map()) > 1 and not self._given_up:
            now = time.monotonic()
            if self.deadline is not None and now >= self.deadline:
                self.late = True
                return
            ended = self.process.poll() is not None
            ready = selector.select(min(0.5, max(0.0, (self.deadline or now + 1) - now)))
            for key, _ in ready:
                if key.data is not None:
                    self._take(selector, key)
            # On a busy machine the quiet may be this thread's own: what is ready is read first.
            if ready or not ended:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since >= QUIET:
                return

    @staticmethod
    def _take(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
        if piece := os.read(key.fd, CHUNK):
            key.data.feed(piece)
        else:
            selector.unregister(key.fileobj)

    def _wait(self) -> int | None:
        """The exit code of a command that may have closed its output long before its end."""
        while not self._given_up:
            left = 0.5 if self.deadline is None else self.deadline - time.monotonic()
            try:
                return self.process.wait(max(0.01, min(0.5, left)))
            except subprocess.TimeoutExpired:
                self.late = left <= 0
                if self.late:
                    return None
        return None

    def _feed(self, stdin: bytes) -> None:
        """A command may end without reading all; that is its right and shows in its exit code."""
        pipe = self.process.stdin
        assert pipe is not None
        with contextlib.suppress(OSError, ValueError):
            pipe.write(stdin)
            pipe.close()

    def end(self) -> None:
        """Leave nothing behind: a command that is late is killed, one given up loses its pipes."""
        if self.late:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        pipes: list[IO[bytes] | None] = [self.process.stdout, self.process.stderr]
        for pipe in pipes:
            if pipe is not None:
                pipe.close()
        self._ear.close()
        self._bell.close()
        if self.process.poll() is None:
            threading.Thread(target=self.process.wait, daemon=True).start()
