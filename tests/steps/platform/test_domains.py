"""What the facts make of `xl list`, by their own scripts and a stand-in for xl."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any, TypeVar

from steps.platform.facts.xen import HYPERVISOR
from steps.recover.facts.paused import PAUSED
from steps.recover.facts.room import ROOM
from tests.daily.scene import Scene
from wizard.model.facts import Fact
from wizard.model.verdicts import Level

T = TypeVar("T")
LONG = "a-name-of-more-than-forty-letters-that-is-an-instance.name.org"
DOMAINS = [
    ("Domain-0", 0, 1536, "r-----"),
    ("inst1.name.org", 1, 512, "-b----"),
    (LONG, 2, 1024, "r-----"),
    ("a guest with blanks", 17, 256, "------"),
    ("moves.name.org", 18, 256, "---ss-"),
    ("reboots.name.org", 19, 256, "---sr-"),
    ("held.name.org", 20, 256, "--p---"),
    ("off.name.org", 21, 256, "---s--"),
    ("crashed.name.org", 22, 256, "---sc-"),
    ("paused-and-off.name.org", 23, 256, "--ps--"),
    ("watchdog.name.org", 24, 256, "---sw-"),
    # lists.freebsd.org, freebsd-xen, June 2022: a domain that could not be destroyed
    ("(null)", 25, 0, "--p--d"),
]
"""Name, number, memory, state."""
INFO = "xen_version : 4.17.7\nfree_memory : 2516\nvirt_caps : pv hvm\n"


def seen(folder: Path, fact: Fact[T], domains: list[tuple[str, int, int, str]]) -> T:
    """What the fact reads on a node with these domains."""
    lines = ["Name                                        ID   Mem VCPUs\tState\tTime(s)"]
    for name, number, mib, state in domains:
        # By the format of list_domains in tools/xl/xl_list.c.
        lines.append(f"{name:<40} {number:5d} {mib:5d} {1:5d}     {state}  {2083.7:8.1f}")
    files = {"list": "\n".join(lines) + "\n", "info": INFO, "kind": "xen\n", "may": "control_d\n"}
    for name, text in files.items():
        (folder / name).write_text(text)
    xl = folder / "xl"
    xl.write_text(f'#!/bin/sh\ncat {folder}/"$1"\n')
    xl.chmod(0o755)
    assert isinstance(fact.script, str)
    script = fact.script.replace("/sys/hypervisor/type", f"{folder}/kind")
    script = script.replace("/proc/xen/capabilities", f"{folder}/may")
    env: dict[str, Any] = {"PATH": f"{folder}:{os.environ['PATH']}", "LC_ALL": "C"}
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, env=env, check=True)
    return fact.parse(done.stdout)


def test_what_runs_is_told_from_what_xen_only_keeps(tmp_path: Path) -> None:
    hypervisor = seen(tmp_path, HYPERVISOR, DOMAINS)
    assert hypervisor.dom0_mib == 1536 and not hypervisor.silent
    assert list(hypervisor.guests) == [name for name, *_ in DOMAINS[1:]]
    assert hypervisor.ended == (
        *("off.name.org", "crashed.name.org", "paused-and-off.name.org", "watchdog.name.org"),
    )
    assert hypervisor.running == (
        *("inst1.name.org", LONG, "a guest with blanks", "moves.name.org", "reboots.name.org"),
        *("held.name.org", "(null)"),
    )


def test_only_what_is_held_still_is_held_still(tmp_path: Path) -> None:
    assert seen(tmp_path, PAUSED, DOMAINS) == ("held.name.org",)


def test_the_memory_of_each_domain(tmp_path: Path) -> None:
    room = seen(tmp_path, ROOM, DOMAINS)
    assert room.taken == {name: mib for name, _, mib, _ in DOMAINS[1:]}
    assert room.free_mib == 2516 and room.abilities == ("pv", "hvm")


def test_a_list_of_another_form_is_no_answer(tmp_path: Path) -> None:
    assert seen(tmp_path, HYPERVISOR, []).silent


def test_an_instance_that_ended_by_itself_does_not_run() -> None:
    scene = Scene()
    assert "guest: inst1.name.org\n" in scene.raw["node2"]["hypervisor"]
    scene.raw["node2"]["hypervisor"] += "ended: inst1.name.org\n"
    (verdict,) = [one for one in scene.report.verdicts if one.check == "instance"]
    assert verdict.level is Level.CRITICAL
    assert "does not run: it was shut down from within or crashed on node2" in verdict.what
