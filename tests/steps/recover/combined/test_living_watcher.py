"""Ganeti's watcher at work beside a look and a runbook: every five minutes it starts daemons, has
those of a lone master ask for votes again, and gives jobs.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from steps.ganeti.facts import ganeti
from steps.ganeti.facts.ganeti_probe import PROGRAM
from steps.recover.facts.daemons import RUNNING, Running
from steps.recover.facts.lineage import LINEAGE
from steps.recover.runbooks import RECOVERY
from steps.recover.steps import freeze
from tests.steps.recover.accident import NOW, Accident
from tests.steps.recover.test_runbook_scripts import program, sh
from wizard.model.accident import Case
from wizard.model.review import State, look
from wizard.model.step import Step

CASE = Case("split-brain", "20261122T160850Z-split-brain", "me", NOW)
ASKS = "daemon: ganeti-luxid asking\ndaemon: ganeti-wconfd asking\n"


class Machine:
    """A folder that stands for /proc and /run/ganeti of a node."""

    def __init__(self, folder: Path) -> None:
        self.proc = folder / "proc"
        self.run = folder / "run"
        for made in (self.proc, self.run):
            made.mkdir()
        (self.proc / "uptime").write_text("1000.00 900.00\n")

    def process(self, pid: int, name: str, *words: str, parent: int = 1, start: int = 0) -> None:
        made = self.proc / str(pid)
        made.mkdir()
        (made / "comm").write_text(f"{name}\n")
        (made / "cmdline").write_text("\0".join((name, *words)) + "\0")
        rest = [parent, *[0] * 17, start * 100, 0]
        (made / "stat").write_text(f"{pid} ({name}) S {' '.join(map(str, rest))}\n")

    def pid_file(self, name: str, pid: int) -> None:
        # It is not truncated: what a longer number left stays behind it.
        (self.run / f"{name}.pid").write_text(f"{pid}\n5\n")

    def placed(self, script: str) -> str:
        return script.replace("/run/ganeti", str(self.run)).replace("/proc", str(self.proc))

    @property
    def running(self) -> Running:
        return RUNNING.parse(sh(self.placed(str(RUNNING.script))).stdout)

    def stored(self, folder: Path) -> tuple[str, ...]:
        text = self.placed(PROGRAM).replace("/var/lib/ganeti", str(folder))
        done = subprocess.run(["python3", "-c", text], capture_output=True, text=True, check=True)
        return ganeti.parse(done.stdout).daemons


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_daemon_that_asks_for_votes_does_not_lead(machine: Machine, tmp_path: Path) -> None:
    machine.process(70, "ganeti-noded")
    machine.process(71, "ganeti-wconfd", parent=60)
    machine.process(72, "ganeti-luxid", parent=61)
    # That of a daemon that was killed.
    machine.pid_file("ganeti-luxid", 40)
    assert machine.running.asking == ("ganeti-luxid", "ganeti-wconfd")
    assert machine.running.daemons == ("ganeti-noded",)
    assert not machine.running.leads
    assert machine.stored(tmp_path) == ("ganeti-noded",)


def test_a_daemon_that_leads_detached_itself_or_stands_in_its_pid_file(
    machine: Machine, tmp_path: Path
) -> None:
    machine.process(71, "ganeti-wconfd", "--no-voting", "--yes-do-it")
    machine.process(72, "ganeti-luxid", parent=61)
    machine.pid_file("ganeti-luxid", 72)
    # A process that luxid makes for a job has its name for a moment.
    machine.process(73, "ganeti-luxid", parent=72)
    assert machine.running.leads
    assert machine.running.unvoted == ("ganeti-wconfd",)
    assert machine.stored(tmp_path) == ("ganeti-luxid", "ganeti-wconfd")


@pytest.mark.parametrize(("words", "starts"), [("start", True), ("check-and-start", False)])
def test_what_the_watcher_starts_is_no_boot(machine: Machine, words: str, starts: bool) -> None:
    machine.process(80, "daemon-util", "/usr/lib/ganeti/daemon-util", words, "ganeti-luxid")
    machine.process(81, "ganeti-watcher", start=926)
    assert machine.running.starting is starts
    assert machine.running.watchers == (74,)


def back() -> Accident:
    """node1, the former master, is up again, and node2 leads since a takeover."""
    accident = Accident()
    stored = json.loads(accident.raw["node2"]["ganeti"])
    second = next(node for node in stored["config"]["nodes"] if node["name"] == "node2.name.org")
    first = next(node for node in stored["config"]["nodes"] if node["name"] == "node1.name.org")
    stored["ssconf"]["master_node"] = ["node2.name.org"]
    stored["config"]["master"] = second["uuid"]
    first["offline"] = True
    accident.raw["node2"]["ganeti"] = json.dumps(stored)
    running = accident.running("192.168.0.112", "luxid", "noded", "wconfd", cluster=True)
    accident.raw["node2"]["ganeti-running"] = running
    accident.raw["node1"]["ganeti-running"] = accident.running("192.168.0.111", "noded")
    return accident


def test_a_former_master_that_asks_for_votes_is_no_second_master() -> None:
    accident = back()
    silent = accident.situations
    accident.raw["node1"]["ganeti-running"] += ASKS
    assert accident.situations == silent
    assert "one-master" not in silent
    assert "rejoin" in silent


def alone() -> Accident:
    """node1, the master, was restarted, and node2 is silent."""
    accident = Accident().down("node2").drbd("node1", "")
    accident.raw["node1"]["ganeti-running"] = accident.running("192.168.0.111", "confd", "noded")
    return accident


def test_a_lone_master_that_asks_for_votes_again_and_again_is_alone_all_the_time() -> None:
    accident = alone()
    quiet = accident.situations
    accident.raw["node1"]["ganeti-running"] += ASKS
    assert accident.situations == quiet


def test_it_is_said_who_asks_for_votes() -> None:
    accident = Accident()
    asks = accident.running("192.168.0.111", "noded") + "daemon: ganeti-luxid asking\n"
    accident.raw["node1"]["ganeti-running"] = asks
    evidence = accident.situation("no-master").evidence
    told = "Ganeti's daemons: ganeti-noded, ganeti-luxid (asks for votes)"
    assert told in [sign.what for sign in evidence]


def paused(seconds: int, since: int | None = None) -> Accident:
    accident = Accident()
    for host in ("node1", "node2"):
        text = f"pause: {NOW + seconds}"
        if since is not None:
            text += f"\npause since: {NOW - since}"
        accident.change(host, "lineage", "pause: ", text)
    return accident


def judged(step: Step, accident: Accident) -> State:
    return look(step, accident.answers, accident.facts).state


@pytest.mark.parametrize(
    ("made", "age", "state"),
    [
        # Paused by a runbook 20 minutes ago.
        (lambda: paused(6000), 3, State.DONE),
        (lambda: paused(6000), 1300, State.READY),
        # Paused by somebody for a day, an hour ago.
        (lambda: paused(82800, 3600), 3, State.DONE),
        (lambda: paused(82800, 3600), 4000, State.READY),
        (lambda: paused(82800), 3, State.READY),
        (lambda: paused(7195, 5), 7, State.READY),
    ],
)
def test_a_watcher_that_saw_the_pause_does_nothing(
    made: Callable[[], Accident], age: int, state: State
) -> None:
    accident = made()
    accident.raw["node1"]["ganeti-running"] += f"watcher: {age}\n"
    assert judged(freeze.step(CASE), accident) is state


def test_a_pause_of_somebodys_own_stays(tmp_path: Path) -> None:
    pause = tmp_path / "watcher.pause"
    now = int(time.time())
    for told in (f"{now + 86400}\n", f"{now + 86400}.25", f"{now + 3600}\n"):
        pause.write_text(told)
        assert sh(freeze.FREEZE, str(pause)).returncode == 0
        assert pause.read_text() == f"{told.strip().partition('.')[0]}\n"
    # One that ends soon, one of a runbook's own, what is none.
    for told in (f"{now + 600}\n", f" {now + 6000}\n", "", "x\n", "9" * 40, "12 13\n"):
        pause.write_text(told)
        assert sh(freeze.FREEZE, str(pause)).returncode == 0
        assert re.fullmatch(r" \d{10}\n", pause.read_text())
        # As Ganeti reads it (lib/utils/io.py, ReadWatcherPauseFile).
        assert abs(int(pause.read_text()) - now - 7200) < 60


def test_whose_pause_it_is_can_be_told(tmp_path: Path) -> None:
    script = str(LINEAGE.script).replace("/var/lib/ganeti ", f"{tmp_path} ")
    pause = tmp_path / "watcher.pause"
    assert not LINEAGE.parse(sh(script).stdout).paused
    assert sh(freeze.FREEZE, str(pause)).returncode == 0
    told = LINEAGE.parse(sh(script).stdout)
    assert told.paused_by_us
    assert told.paused == int(pause.read_text())
    assert abs(told.paused_since - time.time()) < 60
    pause.write_text(f"{told.paused}\n")
    told = LINEAGE.parse(sh(script).stdout)
    assert (told.paused, told.paused_by_us) == (int(pause.read_text()), False)


JOBS = {
    "job-7": '{"ops": [{"status": "waiting", "input": {"reason": [["gnt:watcher", "x", 1]]}}]}',
    "job-8": '{"ops": [{"status": "waiting", "input": {"reason": [["gnt:client:x", "x", 1]]}}]}',
    "job-9": '{"ops": [{"status": "success", "input": {"reason": [["gnt:watcher", "x", 1]]}}]}',
}


def test_a_watcher_that_follows_a_job_is_ended_and_what_it_left_is_cancelled(
    tmp_path: Path, machine: Machine
) -> None:
    machine.process(4194303, "ganeti-watcher")
    queue = tmp_path / "queue"
    queue.mkdir()
    for name, text in JOBS.items():
        (queue / name).write_text(text)
    program(tmp_path, "sleep", "exit 0")
    program(tmp_path, "gnt-job", f'echo "$*" >>{tmp_path}/told; rm -r {machine.proc}/4194303')
    script = machine.placed(freeze.FREEZE).replace("/var/lib/ganeti/queue", str(queue))
    done = sh(script, str(tmp_path / "watcher.pause"), path=tmp_path)
    assert done.returncode == 0
    assert "is ended" in done.stdout
    assert (tmp_path / "told").read_text() == "cancel 7\n"


def made(name: str) -> Step:
    return next(step for step in RECOVERY.plays["split-brain"].steps(CASE) if step.id == name)


def held(accident: Accident) -> Accident:
    for host in ("node1", "node2"):
        accident.raw[host]["recovery-hold"] = '{"owner": "me"}\n== marks\nowner\n'
    return accident


def commands(accident: Accident) -> list[tuple[str, int]]:
    """What the step `connect` would run on copies that are apart, and in which stage."""
    accident.drbd("node1", "WFConnection ro:Secondary/Unknown ds:UpToDate/DUnknown")
    accident.drbd("node2", "StandAlone ro:Primary/Unknown ds:UpToDate/DUnknown")
    plan = look(made("connect"), accident.answers, accident.facts).plan
    return [(command.shown.partition(" ")[0], command.stage) for command in plan.commands]


def test_a_pause_that_has_run_out_is_renewed_before_anything_else() -> None:
    work = [("gnt-instance", 0)]
    assert commands(held(paused(6000))) == work
    later = [("pause", 0), ("pause", 0), ("gnt-instance", 1)]
    assert commands(held(paused(1000))) == later
    assert commands(held(paused(-60))) == later
    # Nothing was begun: this is a preview.
    assert commands(Accident()) == work


def test_no_step_that_only_looks_renews_it() -> None:
    accident = held(paused(-60))
    assert judged(made("connect"), accident) is State.DONE


def test_runbooks_and_planned_work_keep_the_pause_but_for_those_that_end_it() -> None:
    for play in RECOVERY.plays.values():
        steps = {step.id: step for step in play.steps(CASE)}
        assert "_paused_first" not in str(steps["freeze"].plan)
        for name in ("service", "thaw"):
            assert name not in steps or "_paused_first" not in str(steps[name].plan)
