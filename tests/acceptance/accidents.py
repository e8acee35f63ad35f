"""One step without a screen, disturbed on purpose: the wizard is killed, then the connection
breaks, then it ends.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.acceptance.database import SHORT, guest
from tests.acceptance.lab import Lab

STARTED = re.compile(r"^\[([^]]+)\] \d+/\d+ (.*)")
"""A command begins: its host and what it is."""
CUT = (
    'rm -f /run/gw-cut; setsid sh -c \'sleep 0.2; pkill -KILL -f "^sshd: root@notty"; '
    "echo $? >/run/gw-cut'"
    " >/dev/null 2>&1 </dev/null & sleep 3"
)
"""Ends every session without a terminal, its own as well, and leaves behind whether there was any.
"""


@dataclass
class Attempt:
    """One run of `ganeti-wizard apply STEP`: its exit code and the last line that matters."""

    rc: int
    during: str
    said: str


@dataclass
class Disturbed:
    """What became of a step that was disturbed twice."""

    step: str
    killed: Attempt
    broken: Attempt
    ended: Attempt
    attempts: int
    seconds: float


def attempt(
    lab: Lab, argv: tuple[str, ...], accident: Callable[[subprocess.Popen[str], str], None] | None
) -> Attempt:
    """Run the wizard; shortly after its first command began, the accident happens."""
    command = [sys.executable, "-u", "-m", "wizard", *argv]
    process = subprocess.Popen(
        command,
        env=lab.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    during, lines = "", []
    for line in process.stdout:
        print(f"  {line}", end="", flush=True)
        lines.append(line.rstrip())
        found = STARTED.match(line)
        if found and not during:
            during = f"{found[1]}: {found[2]}"
            if accident is not None:
                time.sleep(1.0)
                accident(process, found[1])
    rc = process.wait(3600)
    telling = [
        line
        for line in lines
        if re.search(r"UNKNOWN|FAILED|lost|cannot be reached|goes on|done in", line)
    ]
    return Attempt(rc, during, (telling or lines or [""])[-1])


def kill(process: subprocess.Popen[str], host: str) -> None:
    """End the wizard without a word."""
    print("  ** SIGKILL for the wizard", flush=True)
    os.kill(process.pid, signal.SIGKILL)


def breaker(lab: Lab) -> Callable[[subprocess.Popen[str], str], None]:
    """An accident that cuts all ssh connections of the host where the command runs."""

    def accident(process: subprocess.Popen[str], host: str) -> None:
        print(f"  ** every ssh connection to {host} is cut", flush=True)
        with contextlib.suppress(SystemExit):
            on(host, CUT)
        assert on(host, "cat /run/gw-cut").strip() == "0", f"no connection to {host} was cut"

    def on(host: str, script: str) -> str:
        return guest(lab, script) if host == SHORT else lab.ssh(host, script)

    return accident


def disturb(lab: Lab, step: str, base: tuple[str, ...]) -> Disturbed:
    """Kill, cut, and go on until the step is done; raises AssertionError when it does not get
    there.
    """
    begun, argv = time.monotonic(), (*base, step)
    print(f"\n#### {step}", flush=True)
    killed = attempt(lab, argv, kill)
    broken = attempt(lab, argv, breaker(lab))
    ended, attempts = broken, 0
    while ended.rc != 0 and attempts < 4:
        attempts += 1
        ended = attempt(lab, argv, None)
    assert ended.rc == 0, (step, ended)
    return Disturbed(step, killed, broken, ended, attempts, time.monotonic() - begun)


def table(rows: list[Disturbed]) -> None:
    """What happened to each step."""
    for row in rows:
        print(f"{row.step:<10} {row.seconds:6.0f} s, {row.attempts} further attempts", flush=True)
        print(f"    killed (exit {row.killed.rc}) during: {row.killed.during or 'nothing ran'}")
        print(
            f"    link cut (exit {row.broken.rc}) during: "
            f"{row.broken.during or 'nothing was left to run'}"
        )
        print(f"        it said: {row.broken.said}")
