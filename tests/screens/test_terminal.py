"""The real program in a real pseudo-terminal of 80×24, driven by keys alone."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.acceptance.terminal import Terminal, View
from wizard.base.exits import Exit


def begin(state: Path, *flags: str, **env: str) -> Terminal:
    """The screens over simulated hosts in a process of their own."""
    argv = [sys.executable, "-m", "tests.screens.line.main", str(state), "screen", *flags]
    plain = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    return Terminal(argv, {**plain, **env})


def at(terminal: Terminal, words: str) -> View:
    """Wait for a title that ends with these words."""
    return terminal.wait(lambda view: f"{view.place} [{view.state}]".endswith(words), 30, words)


def test_from_the_login_to_a_shell_and_out(tmp_path: Path) -> None:
    terminal = begin(tmp_path / "s")
    at(terminal, "hosts [LOGIN]")
    terminal.press("F8")
    at(terminal, "inventory [SEEN]")
    terminal.press("F8")
    at(terminal, "overview · 0/4 done [TO DO]")
    terminal.press("\x1bOQ")
    terminal.wait(lambda view: view.dialog == "A shell on", 20, "the choice of a host")
    terminal.press("Enter")
    terminal.wait(lambda view: "back from node1" in str(view), 20, "the way back from the shell")
    terminal.press("Enter")
    at(terminal, "partition · Why [TO DO]")
    terminal.press("^Q")
    terminal.wait(lambda view: view.dialog == "Quit?", 20, "the dialog Quit?")
    terminal.press("Tab", "Enter")
    assert terminal.end() == Exit.OK


def test_a_shutdown_ends_it_in_good_order(tmp_path: Path) -> None:
    terminal = begin(tmp_path / "s")
    at(terminal, "hosts [LOGIN]")
    terminal.child.kill(signal.SIGTERM)
    assert terminal.end() == Exit.INTERRUPTED
    assert not (tmp_path / "s" / "log" / "crash.log").exists()


@pytest.mark.parametrize("set_", [True, False], ids=["NO_COLOR", "colours"])
def test_no_color_is_respected(tmp_path: Path, set_: bool) -> None:
    seen: list[str] = []
    terminal = begin(tmp_path / "s", COLORTERM="truecolor", **({"NO_COLOR": "1"} if set_ else {}))
    feed = terminal.stream.feed
    terminal.stream.feed = lambda text: (seen.append(text), feed(text))  # type: ignore[method-assign,func-returns-value,assignment]
    at(terminal, "hosts [LOGIN]")
    terminal.child.kill(signal.SIGTERM)
    terminal.end()
    colours = {tuple(found) for found in re.findall(r"[34]8;2;(\d+);(\d+);(\d+)", "".join(seen))}
    grey = all(len(set(colour)) == 1 for colour in colours)
    assert grey is set_


def test_a_terminal_that_takes_no_more_output_and_goes_away_ends_it(tmp_path: Path) -> None:
    """As with a link that stalls before it breaks: the loop is held up by its own output, so it
    cannot leave.
    """
    terminal = begin(tmp_path / "s")
    at(terminal, "hosts [LOGIN]")
    for _ in range(400):
        terminal.child.send("\x1bOP\x1b")
        time.sleep(0.01)
    child = terminal.child.pid
    terminal.child.ptyproc.fileobj.close()
    terminal.child.closed = terminal.child.ptyproc.closed = True
    until = time.monotonic() + 60
    while (done := os.waitpid(child, os.WNOHANG))[0] == 0 and time.monotonic() < until:
        time.sleep(0.2)
    state = Path(f"/proc/{child}/status").read_text() if not done[0] else ""
    assert done[0] == child and os.waitstatus_to_exitcode(done[1]) in (Exit.INTERRUPTED, 1), state
    assert not (tmp_path / "s" / "log" / "crash.log").exists()
