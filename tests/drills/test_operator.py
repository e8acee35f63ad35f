"""The operator of the drills: gives what is asked for and nothing else, waits, and kills."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.lab import ARTICLE, Lab
from tests.drills import command, operator
from tests.drills.command import Done
from tests.drills.drill import Drill, DrillFailed
from tests.drills.scripts.killed import AtEachCommand
from tests.waiting import until

WELL = json.dumps({"exit": 0, "situations": []})
STARTS = json.dumps({"exit": 5, "situations": [{"id": "starting", "runbooks": []}]})
WORD = (
    "ganeti-wizard: move: this destroys data and lacks the confirmation of: inst1.name.org\n"
    "  To mend it: give --confirm WORD, or --answers FILE\n"
)
CHOICE = (
    "ganeti-wizard: split-brain: Whose data is thrown away? Nothing was chosen\n"
    "  To mend it: --choose, one of: victim=node1/inst1.name.org: what node1 alone has; "
    "victim=node2/inst1.name.org: what node2 alone has\n"
)

Say = Callable[[tuple[str, ...]], tuple[int, str]]


def drill_of(say: Say, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Drill:
    """A drill whose program says that: an exit code and a text for each command line."""

    def run(drill: Drill, words: tuple[str, ...], **options: object) -> Done:
        rc, text = say(words)
        lines = tuple((7.0, line) for line in text.splitlines(keepends=True))
        done = Done(words, rc, lines, 1.0)
        drill.done.append(done)
        return done

    monkeypatch.setattr(Drill, "run", run)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    return Drill("one", Lab(folder, 2501))


def asked(words: tuple[str, ...]) -> tuple[int, str]:
    """A runbook that wants a word."""
    if "diagnose" in words:
        return 0, WELL
    return (0, "") if ARTICLE.instance in words else (10, WORD)


def test_a_word_is_typed_only_after_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drill = drill_of(asked, tmp_path, monkeypatch)
    operator.recover(drill, "node-dead", *operator.dead("node2"))
    applied = [done.words for done in drill.done if "apply" in done.words]
    assert ["--confirm" in words for words in applied] == [False, True]
    assert ("words that were asked for", "inst1.name.org") in drill.rows


def test_a_word_that_nobody_expects_is_not_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drill = drill_of(asked, tmp_path, monkeypatch)
    with pytest.raises(DrillFailed, match="exit 10"):
        operator.recover(drill, "disk", confirm=("GWN1D2R1",))


def test_a_decision_is_one_of_the_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def say(words: tuple[str, ...]) -> tuple[int, str]:
        if "diagnose" in words:
            return 0, WELL
        return (0, "") if "victim=node2/inst1.name.org" in words else (4, CHOICE)

    drill = drill_of(say, tmp_path, monkeypatch)
    pick = {"victim": lambda value: value.startswith("node2/")}
    operator.recover(drill, "split-brain", pick=pick)
    with pytest.raises(DrillFailed, match="exit 4"):
        operator.recover(drill, "split-brain", pick={"victim": lambda value: False})


def test_nothing_is_done_while_a_server_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = [STARTS, STARTS, WELL]
    drill = drill_of(lambda words: (5, looks.pop(0)), tmp_path, monkeypatch)
    assert operator.settled(drill).well
    assert looks == []


def test_a_program_is_killed_with_its_children_at_the_line(tmp_path: Path) -> None:
    child = tmp_path / "child"
    script = f"sleep 600 & echo $! >{child}; echo one; echo two; wait"
    done = command.run(["sh", "-c", script], os.environ, at_line=lambda line: line == "one\n")
    assert done.killed and done.rc < 0
    pid = child.read_text().strip()
    until(lambda: not _alive(pid), "the child's end")


def _alive(pid: str) -> bool:
    """Whether a process runs; a dead one that nobody waits for has no command line."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except OSError:
        return False


def test_a_program_that_never_ends_is_ended() -> None:
    words = [sys.executable, "-c", "import signal; signal.pause()"]
    done = command.run(words, os.environ, seconds=0.5)
    assert done.rc < 0 and not done.killed


def test_each_command_is_killed_once() -> None:
    kills = AtEachCommand()
    lines = ["[node1] 1/2 take the hold", "[node1] ok after 1.0 s", "[node1] 2/2 rm -f x"]
    assert [kills(line) for line in [*lines, *lines]] == [True, False, True, False, False, False]


def test_the_end_of_a_command_has_its_moment() -> None:
    said = ["[node2] 1/1 xl pause inst1\n", "[node2]   out\n", "[node2] ok after 0.4 s\n"]
    done = Done((), 0, tuple((10.0 + n, line) for n, line in enumerate(said)), 3.0)
    assert operator.ended(done, "xl pause inst1") == 12.0
    assert operator.ended(done, "xl destroy inst1") == 0.0
