"""Line mode by questionary's prompts, in a real pseudo-terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.screens.line.typist import (
    CTRL_C,
    CTRL_D,
    DOWN,
    ENTER,
    ESC,
    F1,
    F3,
    F4,
    Typist,
    colours,
    line_mode,
)
from wizard.base.exits import Exit

pytestmark = pytest.mark.slow


def log_in(line: Typist) -> None:
    """From the first prompt to the questions of the first step."""
    line.answers("Change them?", ENTER)
    for node in ("node1", "node2"):
        line.answers(f"Password of {node} for the first login (Enter: the key will do):", "canary")
        line.types(ENTER)
    line.sees("connected to all servers")
    line.sees("1/4 A second partition on each disk")


def agree(line: Typist, *serials: str) -> None:
    """Type each serial where it is asked for."""
    for serial in serials:
        line.answers(f"Type {serial} to agree:", f"{serial}{ENTER}")


def test_a_whole_build_by_prompts(tmp_path: Path) -> None:
    line = line_mode(tmp_path / "s", "prompts")
    log_in(line)
    line.answers("Change any of these answers?", ENTER)
    line.answers("6 commands. What now?", ENTER)
    agree(line, "QM011", "QM012", "QM021", "QM022")
    line.sees("DONE: verified")
    line.sees("2/4 Volume group")
    line.answers("Change any of these answers?", f"y{ENTER}")
    line.answers("the same on all nodes: xenvg", f"\x15bad name{ENTER}")
    line.sees("should be at most 127 letters")
    line.types(f"\x15datavg{ENTER}")
    line.sees("vgcreate datavg")
    line.answers("What now?", ENTER)
    line.answers("Run it now?", f"y{ENTER}")
    line.sees("DONE: verified")
    line.sees("3/4 The bridge")
    line.answers("Change any of these answers?", ENTER)
    line.answers("What now?", ENTER)
    line.sees("the network is away for some seconds")
    line.answers("Run it now?", f"y{ENTER}")
    line.sees("4/4 The first instance")
    line.answers("Change any of these answers?", ENTER)
    line.answers("What now?", ENTER)
    line.answers("Run it now?", f"y{ENTER}")
    line.sees("All steps are done on all hosts")
    assert line.ends() == Exit.OK
    assert "canary" not in line.raw


def test_a_refused_disk_is_taken_by_its_serial_and_no_other_way(tmp_path: Path) -> None:
    line = line_mode(tmp_path / "s", "prompts")
    log_in(line)
    line.answers("Change any of these answers?", f"y{ENTER}")
    line.sees("node1: disks")
    line.answers("REFUSED: it holds an ext4 file system", f"{DOWN}{DOWN} {ENTER}")
    line.answers("type WD-177 to take it all the same", f"WD-178{ENTER}")
    line.sees("node2: disks")
    line.answers("REFUSED: it holds an ext4 file system", f"{DOWN}{DOWN} {ENTER}")
    line.answers("type WD-277 to take it all the same", f"WD-277{ENTER}")
    line.answers("on the smallest disk:", ENTER)
    planned = line.sees("commands. What now?")
    assert "WD-277" in planned and "WD-177" not in planned
    line.types(CTRL_D)
    line.sees("Left; nothing is lost")
    line.ends()


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
@pytest.mark.parametrize("dialogue", ["prompts", "plain"])
def test_ctrl_c_and_ctrl_d_leave_alike(tmp_path: Path, dialogue: str, key: str) -> None:
    line = line_mode(tmp_path / "s", dialogue)
    line.answers("Change them?", key)
    line.sees("Left; nothing is lost. Go on with:")
    assert line.ends() == Exit.PENDING
    assert "Traceback" not in line.raw


def test_no_colour_where_none_is_wanted(tmp_path: Path) -> None:
    coloured = line_mode(tmp_path / "s", "prompts")
    coloured.answers("Change them?", f"y{CTRL_D}")
    coloured.ends()
    assert colours(coloured.raw)
    line = line_mode(tmp_path / "t", "prompts", NO_COLOR="1")
    line.answers("Change them?", f"y{CTRL_D}")
    line.ends()
    assert not colours(line.raw) and "Yes" in line.text


def test_help_log_health_and_back_by_keys(tmp_path: Path) -> None:
    line = line_mode(tmp_path / "s", "prompts")
    line.answers("Change them?", F4)
    line.sees("connect first: there is no host to look at")
    log_in(line)
    line.answers("Change any of these answers?", F1)
    line.sees("Partition the disks")
    line.answers("Change any of these answers?", F3)
    line.sees("no command has printed anything yet")
    line.answers("Change any of these answers?", F4)
    line.sees("this build has no health checks")
    line.answers("Change any of these answers?", ENTER)
    line.answers("6 commands. What now?", ENTER)
    agree(line, "QM011", "QM012", "QM021", "QM022")
    line.sees("2/4 Volume group")
    line.answers("Change any of these answers?", F3)
    line.answers("Which one", ENTER)
    line.answers("How many lines of its end:", ENTER)
    line.sees("all well")
    line.answers("Change any of these answers?", ESC)
    line.sees("1/4 A second partition on each disk: done")
    line.answers("It is done. What now?", ENTER)
    line.sees("2/4 Volume group")
    line.answers("Change any of these answers?", CTRL_D)
    line.ends()


@pytest.mark.parametrize("columns", [60, 80, 132])
def test_no_word_is_broken_at_the_edge(tmp_path: Path, columns: int) -> None:
    for dialogue in ("prompts", "plain"):
        line = line_mode(tmp_path / dialogue, dialogue, columns=columns)
        if dialogue == "prompts":
            log_in(line)
            line.answers("Change any of these answers?", F1)
        else:
            for prompt in ("Change them?", "Password of node1", "Password of node2"):
                line.answers(prompt, ENTER)
            line.answers("Change any of these answers?", f"?{ENTER}")
        line.sees("How to undo")
        line.answers("Change any of these answers?", CTRL_D)
        line.ends()
        words = "or that shows neither, is named by host and kernel name"
        assert words in line.text
        assert "sizes" not in line.text and "onto the other" in line.text


ASKING = """
import sys
from screens.line.ask import Expected
from screens.line.ask_prompts import PromptAsker
known = ("Europe/Berlin", "Europe/Paris")
expected = Expected(file=True) if sys.argv[1:] == ["file"] else Expected(known=known)
print("given", PromptAsker().text("Which", "", expected))
"""


def test_a_zone_is_completed_by_any_part_of_it(tmp_path: Path) -> None:
    line = Typist([sys.executable, "-c", ASKING], {})
    line.answers("Which:", "berl")
    line.answers("Europe/Berlin", "\t")
    line.sees("Europe/Berlin")
    line.types(ENTER)
    line.sees("given Europe/Berlin")
    line.ends()


def test_a_file_of_this_machine_is_completed(tmp_path: Path) -> None:
    (tmp_path / "id_ed25519").touch()
    line = Typist([sys.executable, "-c", ASKING, "file"], {}, columns=200)
    line.answers("Which:", f"{tmp_path}/id_ed")
    line.answers("id_ed25519", "\t")
    line.sees("25519")
    line.types(ENTER, ENTER)
    line.sees(f"given {tmp_path}/id_ed25519")
    line.ends()
