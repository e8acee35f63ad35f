"""The wizard as a process of its own that has not to load itself: a server that has all of it
loaded forks for each run, in a tenth of the processor time.

What depends on how the interpreter starts (its encodings, closed streams) needs a start of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

from steps import ALL
from tests.waiting import LAST_RESORT

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        *("wizard.cli", "wizard.verbs.headless", "wizard.verbs.status", "wizard.verbs.vault"),
        *("wizard.run.session", "wizard.hosts.access", "wizard.hosts.ssh", "fabric"),
        *("steps.health", "steps.card.card", *ALL.values()),
    ]
)


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    """A command line with nothing on standard input: its exit code, and what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        err = Path(folder, "err")
        process = _FORKS.Process(target=_begin, args=(argv, dict(os.environ), out, err))
        process.start()
        code = _end_of(process)
        return subprocess.CompletedProcess(argv, code, out.read_text(), err.read_text())


def _end_of(process: BaseProcess) -> int:
    process.join(LAST_RESORT)
    if process.exitcode is None:
        process.kill()
        raise AssertionError(f"still not after {LAST_RESORT:g} s: the end of the wizard")
    return process.exitcode


def _begin(argv: Sequence[str], environment: dict[str, str], out: Path, err: Path) -> None:
    """In the new process, whose standard input is empty: what `python -m wizard` does."""
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["wizard", *argv]
    from wizard.cli import main

    sys.exit(main(list(argv)))
