"""Nothing of the lab reaches anybody but the package archives and the name server, whatever machine
is dead.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.network import office
from tests.waiting import LAST_RESORT

pytestmark = pytest.mark.netns

APART = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
"""Prefix (util-linux) by which whatever is started inside ends with it."""


def wandered(way: str, folder: Path) -> tuple[set[str], set[str]]:
    """Who answered a machine of the lab, and what the office outside saw of it."""
    lab, outside = (f"gwl{letter}{os.getpid() % 100000}" for letter in "io")
    place = folder / "lab"
    place.mkdir()
    inside = (
        f"mount --bind {office.resolver_file(folder)} /etc/resolv.conf && exec {sys.executable} -m"
    )
    enter = ["ip", "netns", "exec"]
    with office.networks(lab, outside):
        watch = [*enter, outside, sys.executable, "-m", "tests.lab.network.office"]
        with subprocess.Popen(watch, stdout=subprocess.PIPE, text=True) as watcher:
            assert watcher.stdout is not None and watcher.stdout.readline() == "ready\n"
            words = [
                *enter,
                lab,
                *APART,
                "sh",
                "-c",
                f"{inside} tests.lab.network.neighbour {way} {place}",
            ]
            try:
                done = subprocess.run(
                    words, stdout=subprocess.PIPE, text=True, check=True, timeout=LAST_RESORT
                )
                lines = watcher.stdout.read().splitlines()
            finally:
                watcher.kill()
    return set(json.loads(done.stdout)), set(lines)


@pytest.mark.parametrize("way", ["router", "trunk", "management"])
def test_only_archives_and_names_are_reached(way: str, tmp_path: Path) -> None:
    answers, reached = wandered(way, tmp_path)
    assert reached == {f"17 {office.NAMES} 53", f"6 {office.ARCHIVE} 80"}
    network = "10.0.2." if way == "management" else "192.168.0."
    own = [answer for answer in answers if answer.split()[1].startswith(network)]
    assert sorted(own) == [
        f"1 {network}{2 if way == 'management' else 1} 0 0x0",
        f"17 {network}3 53 0x0",
    ]
    assert [answer for answer in answers if answer not in own] == [f"6 {office.ARCHIVE} 80 0x12"]
