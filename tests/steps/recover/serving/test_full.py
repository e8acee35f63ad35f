"""A server whose disk is full or read-only, as Ganeti's users report it: `OSError 28` in jobs, a
configuration that is not written, a root that the kernel mounted anew after errors.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from steps.recover.facts.writable import WRITABLE, parse
from tests.steps.recover.accident import Accident
from tests.steps.recover.combined.test_kinds_of_instances import configured, plain
from tests.steps.recover.test_situations import node_dead, runbook

FULL = "/var/lib/ganeti / 120 210000 rw\n/tmp /tmp 500000 100000 rw\n"
NO_INODES = "/var/lib/ganeti /var 2373880 3 rw\n"
READ_ONLY = "/var/lib/ganeti / 2373880 210000 ro\n"


@pytest.mark.parametrize(
    ("text", "words", "way"),
    [
        (FULL, "/ is full, where /var/lib/ganeti lies: 120 KiB are free", "full"),
        (NO_INODES, "/var takes no more files", "full"),
        (READ_ONLY, "/ is read-only, where /var/lib/ganeti lies", "read-only"),
    ],
)
def test_it_is_named_before_anything_is_to_be_written(text: str, words: str, way: str) -> None:
    accident = node_dead()
    accident.raw["node1"]["writable"] = text
    assert accident.situations == ["full", "node-dead"]
    situation = accident.situation("full")
    assert words in next(evidence.what for evidence in situation.evidence)
    assert not situation.runbooks[0].changes
    assert runbook(situation, way).offered
    assert not runbook(accident.situation("node-dead"), "node-dead").offered


def test_what_runs_on_a_read_only_server_is_not_rebooted() -> None:
    accident = Accident()
    accident.raw["node2"]["writable"] = READ_ONLY
    words = [word.text for word in runbook(accident.situation("full"), "read-only").words]
    assert any("Do not reboot node2 yet: inst1.name.org" in text for text in words)


@pytest.mark.parametrize(("free", "held_up"), [(5000, False), (900, True)])
def test_a_small_folder_for_other_files_holds_up_no_takeover(free: int, held_up: bool) -> None:
    accident = node_dead()
    accident.raw["node1"]["writable"] = f"/tmp /tmp {free} 100000 rw\n"
    assert ("full" in accident.situations) is held_up


def test_what_was_not_told_says_nothing() -> None:
    accident = Accident()
    accident.raw["node2"]["writable"] = "/var/lib/ganeti df: no such\n\n/tmp / ² ² ro\n"
    assert accident.situations == []


def test_the_snippet_reads_this_machine(tmp_path: Path) -> None:
    script = WRITABLE.script
    assert isinstance(script, str)
    for path in ("/var/lib/ganeti", "/var/log/ganeti", "/root"):
        script = script.replace(path, str(tmp_path))
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    done = subprocess.run(["sh", "-c", script], env=env, capture_output=True, check=True, text=True)
    places = parse(done.stdout).places
    assert places[0].path == str(tmp_path)
    free = os.statvfs(tmp_path)
    assert abs(places[0].free_kib - free.f_bavail * free.f_frsize // 1024) < 1 << 20
    assert not places[0].read_only


def test_an_instance_in_files_holds_up_no_recovery() -> None:
    # File-based instances lie on one node as plain volumes do (gnt-instance(8), disk templates).
    accident = plain(node_dead(), "node1")
    configured(accident, lambda config: config["disks"][-1].update(type="file"))
    accident.change("node1", "hypervisor", "dom0_mib", "guest: test2.name.org\ndom0_mib")
    assert runbook(accident.situation("node-dead"), "node-dead").offered
