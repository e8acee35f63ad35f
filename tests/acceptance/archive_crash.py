"""The server killed at every rename, unlink and sync of a move and of an undo; the step goes on
from what it finds.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable

from tests.steps.archive.bench import HOST, Bench
from tests.steps.archive.server import OLD
from wizard.model.step import Command

CALLS = ("rename", "unlink", "fdatasync")
TABLE = OLD[0]


def _go_on(bench: Bench, step: str) -> None:
    """Carry out what the step plans, without units: as often as it asks for more."""
    for _ in range(4):
        review = bench.review(step)
        assert not review.blockers, review.blockers
        if not review.plan:
            assert not review.problems, review.problems
            return
        for command in review.plan.commands:
            result = bench.engine.hosts[HOST].run(
                command.argv, stdin=command.stdin.encode() if command.stdin else None, timeout=120
            )
            assert result.rc == 0, (command.shown, result)
    raise AssertionError("it never ends")


def _until_move(bench: Bench, step: str) -> Command:
    """Carry out what comes before the first move; returns the move."""
    for command in bench.review(step).plan.commands:
        if "rename-table" in command.argv:
            return command
        bench.engine.hosts[HOST].run(
            command.argv, stdin=command.stdin.encode() if command.stdin else None
        )
    raise AssertionError("there is no move")


def _killed_at(bench: Bench, command: Command, call: str, number: int) -> bool:
    """Run a command while the server is killed at that system call; False when it makes fewer of
    them.
    """
    maria = bench.maria
    inject = f"inject={call}:signal=SIGKILL:when={number}"
    argv = (
        "strace",
        "-qq",
        "-f",
        "-p",
        str(maria.pid),
        "-e",
        f"trace={call}",
        "-e",
        inject,
        "-o",
        "/dev/null",
    )
    tracer = subprocess.Popen(argv, stderr=subprocess.DEVNULL)
    time.sleep(0.7)
    bench.engine.hosts[HOST].run(command.argv, timeout=120)
    time.sleep(0.5)
    tracer.terminate()
    tracer.wait()
    assert maria.process
    died = maria.process.poll() is not None
    if died:
        maria.start()
    return died


def crash_everywhere(bench: Bench, tell: Callable[[str, str], None]) -> None:
    """Move and undo one small table again and again, the server dying at each point once."""
    assert shutil.which("strace"), "apt-get install strace"
    maria = bench.maria
    maria.fill(300)
    maria.restart()
    bench.answers = bench.answering(patterns=[], tables=[TABLE])
    wanted = maria.sql(f"CHECKSUM TABLE UTM5.{TABLE}").split()[1]
    for step, back in (("archive", "unarchive"), ("unarchive", "archive")):
        found: Counter[str] = Counter()
        for call in CALLS:
            for number in range(1, 60):
                _go_on(bench, back)
                if not _killed_at(bench, _until_move(bench, step), call, number):
                    break
                found[_state(bench)] += 1
                _go_on(bench, step)
                schema = "UTM5_archive" if step == "archive" else "UTM5"
                assert maria.sql(f"CHECKSUM TABLE {schema}.{TABLE}").split()[1] == wanted
        text = "; ".join(f"{count} × {state}" for state, count in sorted(found.items()))
        tell(f"killed {found.total()} times in {step}, each time resumed, rows the same", text)


def _state(bench: Bench) -> str:
    """What the crash left, in short."""
    seen = bench.maria.relations()
    rows = "in the archive" if seen.get(f"UTM5_archive.{TABLE}") == "T" else "at home"
    views = [
        name.partition(".")[2].removesuffix(TABLE) or "(in its place)"
        for name, kind in seen.items()
        if kind == "V"
    ]
    return f"rows {rows}, views: {', '.join(views) or 'none'}"
