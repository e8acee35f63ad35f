"""The login of root on the other node, by the fact's own script and stand-ins for ssh and grep."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from steps.network.facts.rootssh import REACHED
from wizard.answers import Answers

ANSWERS = Answers.model_validate(
    {
        "nodes": [
            {"name": "node1.name.org", "ip": "192.0.2.1"},
            {"name": "node2.name.org", "ip": "192.0.2.2"},
        ]
    }
)
PEER = "node2.name.org"


def reached(folder: Path, said: bytes, *, decided: bool = False) -> tuple[dict[str, str], str]:
    """What the fact makes of what ssh says, and with which words ssh was called."""
    (folder / "said").write_bytes(said)
    finds = "exit 0" if decided else 'case "$*" in *Kex*) exit 1;; esac'
    stands = {"ssh": f'echo "$*" >{folder}/argv; cat {folder}/said', "grep": finds}
    for name, body in stands.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    script = REACHED.script_for(ANSWERS, "node1")
    env = {"PATH": f"{folder}:{os.environ['PATH']}", "LC_ALL": "C"}
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, env=env, check=True)
    return REACHED.parse(done.stdout), (folder / "argv").read_text()


@pytest.mark.parametrize(
    ("said", "last"),
    [
        (b"node2\n", "node2"),
        (b"Warning: something\nnode2\n", "node2"),
        (
            b"a\nroot@node2: Permission denied (publickey).\n\n",
            "root@node2: Permission denied (publickey).",
        ),
        (b"", ""),
        (b"%s%d$(touch x)`id`\n", "%s%d$(touch x)`id`"),
        (rb"x\nnode1.name.org: node1", r"x\nnode1.name.org: node1"),
        (b"*\n", "*"),
    ],
)
def test_the_last_line_is_taken_as_it_is(said: bytes, last: str, tmp_path: Path) -> None:
    assert reached(tmp_path, said)[0] == {PEER: last}


def test_a_cheap_key_exchange_comes_first_unless_somebody_decided_about_it(tmp_path: Path) -> None:
    cheap = "KexAlgorithms=^curve25519-sha256"
    assert cheap in reached(tmp_path, b"node2\n")[1]
    assert cheap not in reached(tmp_path, b"node2\n", decided=True)[1]
