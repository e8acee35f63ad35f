"""Line mode after an accident, in a real pseudo-terminal, in both dialogues: from the accident to
the report.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.screens.line.typist import DOWN, ENTER, UP, Typist
from wizard.base.exits import Exit
from wizard.daily.accident import accidents
from wizard.state.store import Store

pytestmark = pytest.mark.slow
INSTANCE = "inst1.name.org"


def line_mode(state: Path, *flags: str) -> Typist:
    """A process on a terminal of 80 columns."""
    argv = [sys.executable, "-m", "tests.play", "--accident=node-dead", "--seconds=0"]
    argv += [f"--state={state}", *(flags or ("--plain",))]
    return Typist(argv, {}, term="xterm-256color" if flags else "dumb")


ASKED = ("What is still the matter", "What now?", "Run it now?", "to agree", "Passphrase of")
"""What ends the runbook, and all that it asks on the way."""


def steps(line: Typist) -> None:
    """All of them, once somebody said that the node has no power. Enter runs what is shown."""
    answers = {
        "What now?": ENTER,
        "Run it now?": f"y{ENTER}",
        "to agree": f"{INSTANCE}{ENTER}",
        "Passphrase of": f"secret{ENTER}",
    }
    asked = ""
    while asked != ASKED[0]:
        asked, _ = line.sees_one_of(*ASKED)
        line.types(answers.get(asked, ""))


@pytest.mark.parametrize("flags", [(), ("--line",)])
def test_from_a_dead_node_to_the_report(tmp_path: Path, flags: tuple[str, ...]) -> None:
    line = line_mode(tmp_path / "s", *flags)
    line.sees("node2 is silent; inst1.name.org ran there [node-dead, likely]")
    line.sees("What now?")
    # The second way: node-dead.
    line.types(f"{UP}{ENTER}" if flags else f"2{ENTER}")
    line.sees("Silent is not dead")
    line.sees("How did its power go")
    line.types(f"{DOWN}{ENTER}" if flags else f"2{ENTER}")
    line.answers("to say that it has no power", f"node2.name.org{ENTER}")
    steps(line)
    line.sees("report.md")
    line.sees("What now?")
    line.types("\x04")
    assert line.ends() == Exit.PENDING
    (known,) = accidents(Store(tmp_path / "s"))
    assert known.closed
    assert "its power cables were pulled" in (known.store.folder / "report.md").read_text()
    if not flags:
        # Only what is one word, as a path, may be longer than a line.
        for row in line.raw.splitlines():
            assert len(row) <= 80 or " " not in row.strip(), row


def test_enter_waits_and_a_wrong_name_says_nothing(tmp_path: Path) -> None:
    line = line_mode(tmp_path / "s")
    line.answers("What now?", f"2{ENTER}")
    line.answers("How did its power go", ENTER)
    line.sees("nothing was said of any machine")
    line.answers("What now?", f"2{ENTER}")
    line.answers("How did its power go", f"2{ENTER}")
    line.answers("to say that it has no power", f"node2{ENTER}")
    line.sees("that is not its full name")
    line.answers("What now?", "\x04")
    line.ends()
    assert not list(accidents(Store(tmp_path / "s")))
