"""DRBD of a simulated cluster: minors, identifiers, what is on the disks, and how a guard asks it.

The outcome of a connection is judged here by its own few rules, so that a forecast that is wrong
ends a test.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.steps.recover.accident import SAME, Accident

HOSTS = ("node1", "node2")
MINORS = ("0", "1")
_STAND_INS = {
    "ssh": """while :; do case $1 in -n) shift ;; -o) shift 2 ;; *) break ;; esac; done
host=${1#root@}; host=${host%%.*}; shift
GW_AT=$GW_ALL/$host exec sh -c "$*\"""",
    "drbdsetup": '[ "$1" = get-gi ] && exec cat "$GW_AT/attached-$2"',
    "drbdmeta": '[ "$5" = get-gi ] && exec cat "$GW_AT/down-$1"',
    "gnt-instance": 'cat "$GW_ALL/pnode"',
}


class Replication:
    """`data` is by host and minor: what is on the disk, in a word."""

    def __init__(self, accident: Accident) -> None:
        self.accident = accident
        self.data = {host: dict.fromkeys(MINORS, "all") for host in HOSTS}
        self.kept: dict[str, str] = {}
        """By a snapshot's name, what was on the volume."""

    def states(self, host: str, minor: str) -> str:
        """A minor's states as /proc/drbd has them; "" while it is down."""
        found = re.search(rf"^ *{minor}: cs:(.*?) C r", self._proc(host), re.M)
        return found[1] if found else ""

    def _proc(self, host: str) -> str:
        return self.accident.raw[host]["drbd-states"]

    def set(self, host: str, minor: str, states: str) -> None:
        """Give one minor other states; "" takes it down."""
        line = f" {minor}: cs:{states} C r-----" if states else f" {minor}: cs:Unconfigured"
        changed, times = re.subn(rf"^ *{minor}: cs:.*$", line, self._proc(host), flags=re.M)
        assert times == 1
        self.accident.raw[host]["drbd-states"] = changed

    def change(self, host: str, minor: str, old: str, new: str) -> None:
        """Replace a part of a minor's states, which must be there."""
        states = self.states(host, minor)
        assert old in states, f"{host} {minor}: {states} has no {old}"
        self.set(host, minor, states.replace(old, new))

    def rows(self, host: str) -> list[dict[str, str]]:
        """The identifiers of each copy on a host."""
        rows: list[dict[str, str]] = json.loads(self.accident.raw[host]["drbd-generations"])
        return rows

    def _write(self, host: str, minor: str, **row: object) -> None:
        rows: list[dict[str, object]] = [dict(row) for row in self.rows(host)]
        rows[int(minor)].update(row)
        self.accident.raw[host]["drbd-generations"] = json.dumps(rows)

    def down(self, host: str) -> None:
        """Take all minors of a host down, as Ganeti does it."""
        for minor in MINORS:
            self.set(host, minor, "")
            self._write(host, minor, attached=False)

    def invalidate(self, host: str, minor: str) -> None:
        """The copy counts as incomplete from now on."""
        states = self.states(host, minor)
        if states:
            assert states.startswith("StandAlone ro:Secondary/"), states
            self.change(host, minor, "ds:UpToDate", "ds:Inconsistent")
        ids, _, flags = self._parts(host, minor)
        self._write(host, minor, gi=f"{ids}:0:0:{flags[4:]}")

    def _parts(self, host: str, minor: str) -> tuple[str, list[str], str]:
        words = self.rows(host)[int(minor)]["gi"].split(":")
        return ":".join(words[:4]), words[:4], ":".join(words[4:])

    def source(self, minor: str) -> str:
        """The side that is copied from when both meet, "" where both are the same.

        Raises AssertionError where DRBD would refuse, or act on both sides' writes.
        """
        whole = [host for host in HOSTS if self._parts(host, minor)[2].startswith("1:")]
        assert whole, "both copies are incomplete"
        if len(whole) == 1:
            return whole[0]
        ids = {host: [int(word, 16) & ~1 for word in self._parts(host, minor)[1]] for host in HOSTS}
        one, other = ids["node1"], ids["node2"]
        if one[0] == other[0]:
            return ""
        if one[0] == other[1]:
            return "node2"
        assert other[0] == one[1], "a split brain is connected"
        return "node1"

    def connect(self, primary: str) -> None:
        """Both sides meet, Ganeti's primary made Primary before they agree."""
        for minor in MINORS:
            source = self.source(minor)
            assert source in ("", primary), f"minor {minor}: {primary} runs on old data"
            if source:
                self.data[peer_of(source)][minor] = self.data[source][minor]
        for host in HOSTS:
            roles = "Primary/Secondary" if host == primary else "Secondary/Primary"
            self.accident.drbd(host, f"Connected ro:{roles} ds:UpToDate/UpToDate")
            self.accident.change(host, "drbd-states", "oos:64", "oos:0")
            self.accident.generations(host, SAME, "1:1:0:1:0:0:0")

    def agrees(self, host: str, guard: str, primary: str) -> bool:
        """What a guard says in a real shell, with stand-ins for DRBD, ssh and Ganeti."""
        with tempfile.TemporaryDirectory(prefix="gw-guard-") as name:
            folder = Path(name)
            for program, body in _STAND_INS.items():
                path = folder / program
                path.write_text(f"#!/bin/sh\n{body}\n")
                path.chmod(0o755)
            (folder / "pnode").write_text(f"{primary}.name.org\n")
            for place in HOSTS:
                self._shown(folder / place, place)
            script = guard.replace("/proc/drbd", '"$GW_AT"/drbd')
            env = {
                "PATH": f"{folder}:/usr/bin:/bin",
                "GW_ALL": name,
                "GW_AT": f"{folder}/{host}",
            }
            done = subprocess.run(["sh", "-c", script], env=env, capture_output=True, check=False)
            return done.returncode == 0

    def _shown(self, folder: Path, host: str) -> None:
        folder.mkdir()
        if host not in self.accident.raw:
            return
        (folder / "drbd").write_text(self._proc(host))
        for minor, row in zip(MINORS, self.rows(host), strict=True):
            kind = "attached" if row["attached"] else "down"
            (folder / f"{kind}-{minor}").write_text(f"{row['gi']}\n")


def peer_of(host: str) -> str:
    """The peer of a node."""
    return next(peer for peer in HOSTS if peer != host)


def node_of(config: dict[str, Any], name: str) -> dict[str, Any]:
    """A node of a configuration by its full name."""
    return next(node for node in config["nodes"] if node["name"] == name)


def name_of(config: dict[str, Any], uuid: str) -> str:
    """A node's short name."""
    found = next(node["name"] for node in config["nodes"] if node["uuid"] == uuid)
    return str(found).partition(".")[0]
