"""Planned work line by line, in a real pseudo-terminal, in both dialogues."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.screens.line.typist import DOWN, ENTER, Typist
from wizard.base.exits import Exit
from wizard.daily.accident import accidents
from wizard.state.store import Store

pytestmark = pytest.mark.slow


def play(state: Path, verb: str, name: str, dialogue: str) -> Typist:
    argv = [sys.executable, "-m", "tests.play", "--planned", verb, name, "--seconds=0"]
    argv += [f"--state={state}", dialogue]
    return Typist(argv, {}, term="dumb" if dialogue == "--plain" else "xterm-256color")


def steps(line: Typist, end: str) -> int:
    """All that is asked between the beginning and the end; how often it was for a passphrase."""
    asked = ""
    passphrases = 0
    while asked != end:
        asked, _ = line.sees_one_of(end, "What now?", "Run it now?", "Passphrase of")
        answers = {
            "What now?": ENTER,
            "Run it now?": f"y{ENTER}",
            "Passphrase of": f"secret{ENTER}",
        }
        line.types(answers.get(asked, ""))
        passphrases += asked == "Passphrase of"
    return passphrases


def test_a_move_in_plain_lines(tmp_path: Path) -> None:
    line = play(tmp_path / "s", "move", "inst1", "--plain")
    line.sees("DOWNTIME: from its shutdown until it has booted")
    line.answers("Begin it now?", f"y{ENTER}")
    # It is tried before the stop, and opens the volume afterwards.
    assert steps(line, "answered all the time") == 1
    line.sees("The report:")
    assert line.ends() == Exit.OK
    (known,) = accidents(Store(tmp_path / "s"))
    assert known.closed


def test_a_maintenance_that_is_put_off_with_prompts(tmp_path: Path) -> None:
    line = play(tmp_path / "s", "maintenance", "node1", "--line")
    line.sees("no running instance is moved")
    line.answers("Begin it now?", f"y{ENTER}")
    steps(line, "IS FREE")
    line.sees("It is free. What now?")
    line.types(f"{DOWN}{DOWN}{ENTER}")
    assert line.ends() == Exit.PENDING
    (known,) = accidents(Store(tmp_path / "s"))
    assert not known.closed
