"""The judge of the drills is itself judged: what counts as running twice."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.lab import ARTICLE
from tests.drills.sampler import PERIOD, Sample, loop, read, together


def samples(*rows: tuple[float, str, bool]) -> list[Sample]:
    """Samples of (moment, node, active)."""
    return [Sample(moment, node, active, False) for moment, node, active in rows]


def test_a_line_of_a_node() -> None:
    assert read("node1", "1795956292.79 -b---- /1\n", 5.0) == Sample(5.0, "node1", True, True)
    assert read("node1", "1795956292.79 --p--- /0\n", 5.0) == Sample(5.0, "node1", False, False)
    assert read("node2", "1795956292.79  /0\n", 5.0) == Sample(5.0, "node2", False, False)
    assert read("node2", "17959562", 5.0) is None
    assert read("node2", "1795956292.79 -b---- /", 5.0) is None


def test_twice_is_twice_at_one_time() -> None:
    twice = samples((0, "a", True), (1, "b", False), (2, "a", True), (3, "b", True), (4, "a", True))
    assert together(twice, "active") == [(3, 4)]
    handed_over = samples((0, "a", True), (1, "b", False), (2, "a", False), (3, "b", True))
    assert together(handed_over, "active") == []


def test_a_node_that_fell_silent_no_longer_counts() -> None:
    later = 5 * PERIOD
    dead = samples((0, "a", True), (later, "b", True))
    assert together(dead, "active") == []
    assert together(dead, "master") == []


STUBS = {
    "xl": f'echo "{ARTICLE.instance} 3 512 1 -b---- 9.5"',
    "pgrep": "echo 1",
    "sleep": 'kill -TERM "$PPID"',
}
"""A node on which luxid's process runs; the loop ends instead of its first pause."""


def sampled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Sample | None:
    """What one round of the loop says on this machine."""
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    for name, does in STUBS.items():
        (programs / name).write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    done = subprocess.run(
        ["sh", "-c", loop("inst1.name.org")], capture_output=True, text=True, check=False
    )
    return read("node1", done.stdout, 5.0)


def test_a_master_is_who_takes_orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sockets = tmp_path / "ganeti" / "socket"
    sockets.mkdir(parents=True)
    voting = Sample(5.0, "node1", True, False)
    assert sampled(tmp_path, monkeypatch) == voting
    with socket.socket(socket.AF_UNIX) as luxid:
        luxid.bind(str(sockets / "ganeti-query"))
        assert sampled(tmp_path, monkeypatch) == voting
        luxid.listen()
        assert sampled(tmp_path, monkeypatch) == Sample(5.0, "node1", True, True)
    # Its file stays behind when it is killed.
    assert (sockets / "ganeti-query").exists()
    assert sampled(tmp_path, monkeypatch) == voting
