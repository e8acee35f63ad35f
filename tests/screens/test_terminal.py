"""The real program in a real pseudo-terminal of 80×24, driven by keys alone."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.terminal import Terminal, View
from tests.waiting import LAST_RESORT, until
from wizard.base.exits import Exit

pytestmark = pytest.mark.slow


def begin(state: Path, *flags: str, **env: str) -> Terminal:
    """The screens over simulated hosts in a process of their own."""
    argv = [sys.executable, "-m", "tests.screens.line.main", str(state), "screen", *flags]
    plain = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    return Terminal(argv, {**plain, **env})


def at(terminal: Terminal, words: str) -> View:
    """Wait for a title that ends with these words."""
    return wait(terminal, lambda view: f"{view.place} [{view.state}]".endswith(words), words)


def wait(terminal: Terminal, good: Callable[[View], bool], what: str) -> View:
    """Wait for a screen."""
    return terminal.wait(good, LAST_RESORT, what)


def test_from_the_login_to_a_shell_and_out(tmp_path: Path) -> None:
    terminal = begin(tmp_path / "s")
    at(terminal, "hosts [LOGIN]")
    terminal.press("F8")
    at(terminal, "inventory [SEEN]")
    terminal.press("F8")
    at(terminal, "overview · 0/4 done [TO DO]")
    terminal.press("\x1bOQ")
    wait(terminal, lambda view: view.dialog == "A shell on", "the choice of a host")
    terminal.press("Enter")
    wait(terminal, lambda view: "back from node1" in str(view), "the way back from the shell")
    terminal.press("Enter")
    at(terminal, "partition · Why [TO DO]")
    terminal.press("^Q")
    wait(terminal, lambda view: view.dialog == "Quit?", "the dialog Quit?")
    terminal.press("Tab", "Enter")
    assert terminal.end(LAST_RESORT) == Exit.OK


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_shutdown_ends_it_in_good_order(number: signal.Signals, tmp_path: Path) -> None:
    terminal = begin(tmp_path / "s")
    at(terminal, "hosts [LOGIN]")
    terminal.child.kill(number)
    assert terminal.end(LAST_RESORT) == Exit.INTERRUPTED
    assert not (tmp_path / "s" / "log" / "crash.log").exists()


@pytest.mark.parametrize("set_", [True, False], ids=["NO_COLOR", "colours"])
def test_no_color_is_respected(tmp_path: Path, set_: bool) -> None:
    seen: list[str] = []
    terminal = begin(tmp_path / "s", COLORTERM="truecolor", **({"NO_COLOR": "1"} if set_ else {}))
    feed = terminal.stream.feed
    terminal.stream.feed = lambda text: (seen.append(text), feed(text))  # type: ignore[method-assign,func-returns-value,assignment]
    at(terminal, "hosts [LOGIN]")
    terminal.child.kill(signal.SIGTERM)
    terminal.end(LAST_RESORT)
    colours = {tuple(found) for found in re.findall(r"[34]8;2;(\d+);(\d+);(\d+)", "".join(seen))}
    grey = all(len(set(colour)) == 1 for colour in colours)
    assert grey is set_


def test_a_terminal_that_takes_no_more_output_and_goes_away_ends_it(tmp_path: Path) -> None:
    """As with a link that stalls before it breaks: the loop is held up by its own output, so it
    cannot leave. The keys come as from a finger that stays on them; how many of them the program
    has seen when the terminal goes makes no difference to what is asked of it.
    """
    terminal = begin(tmp_path / "s")
    at(terminal, "hosts [LOGIN]")
    for _ in range(400):
        terminal.child.send("\x1bOP\x1b")
        time.sleep(0.01)
    child = terminal.child.pid
    terminal.child.ptyproc.fileobj.close()
    terminal.child.closed = terminal.child.ptyproc.closed = True
    until(lambda: Path(f"/proc/{child}/stat").read_text().split(") ")[1][0] == "Z", "its end")
    done = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(done[1]) in (Exit.INTERRUPTED, 1)
    assert not (tmp_path / "s" / "log" / "crash.log").exists()
