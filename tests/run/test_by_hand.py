"""Scripts and copied commands do by hand what the wizard does, and the shell takes them as they
are.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from wizard.model.plan import Plan, by_hand
from wizard.model.step import SUBMIT, Command, Kind, Prompt
from wizard.model.write import write_file


def sh(script: str, **env: str) -> str:
    return subprocess.run(
        ["sh", "-c", script], env=env, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("text", ["it's $HOME\nGW_END\n", "no 'newline' at $(end)", ""])
def test_a_command_brings_its_input_along(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file"
    sh(by_hand(write_file("node1", str(path), text, "why")), PATH="/usr/bin:/bin")
    assert path.read_text() == text


def test_a_job_is_waited_for() -> None:
    job = Command("node1", ("gnt-instance", "startup", *SUBMIT, "inst1"), "why", kind=Kind.JOB)
    assert by_hand(job) == "gnt-instance startup inst1"
    assert " ".join(SUBMIT) not in Plan((job,)).script("node1")


def test_a_change_of_the_network_keeps_its_way_back(tmp_path: Path) -> None:
    runner = tmp_path / "systemd-run"
    runner.write_text('#!/bin/sh\necho "$@"\nfor last; do :; done\nsh "$last"\n')
    runner.chmod(0o755)
    change = Command(
        "node1",
        ("sh", "-c", 'echo "changed ${1#x}"', "switch", "xa b"),
        "why",
        kind=Kind.ROLLBACK,
        rollback=("sh", "-c", 'echo "back ${1#x}"', "back", "xc"),
    )
    script = by_hand(change).replace("/run/", f"{tmp_path}/")
    lines = sh(script, PATH=f"{tmp_path}:/usr/bin:/bin").splitlines()
    assert [line for line in lines if not line.startswith("--")] == ["back c", "changed a b"]
    assert "--on-active=60s" in lines[0] and "--wait" in lines[2]


@pytest.mark.parametrize("words", ["why\nexit 7", "why\r\nexit 7", "x\x0bexit 7", "x\u2028exit 7"])
def test_words_of_a_host_end_no_comment_of_a_script(words: str) -> None:
    asks = Command("node1", ("true",), words, prompts=(Prompt("key", words),), unless="headers/x")
    script = Plan((asks, Command("node1", ("true",), words))).script("node1")
    assert subprocess.run(["sh", "-c", script], env={"PATH": "/usr/bin:/bin"}).returncode == 0
